/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The 8-pin DesignWare GPIO with its single interrupt. Registers: k210/gpiohs.h. Pins that the chip
 * does not drive read high.
 *
 * Not modelled: debouncing, synchronisation, hardware source of the output.
 */
#include "utils/k210-emu/devices/gpio.h"

#include <stdlib.h>
#include <string.h>

#include "k210/gpiohs.h"
#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"

#define PINS 0xff

struct gpio {
	struct device device;
	uint32_t words[K210_GPIO_BOTH_EDGE / 4 + 1];
	uint32_t level, edges;
};

static uint32_t word(const struct gpio *gpio, unsigned offset)
{
	return gpio->words[offset / 4];
}

static uint32_t raw_status(const struct gpio *gpio)
{
	uint32_t active = ~(gpio->level ^ word(gpio, K210_GPIO_POLARITY));
	uint32_t by_edge = word(gpio, K210_GPIO_INT_LEVEL);

	return ((by_edge & gpio->edges) | (~by_edge & active)) & word(gpio, K210_GPIO_INT_ENABLE) &
	       PINS;
}

static uint32_t status(const struct gpio *gpio)
{
	return raw_status(gpio) & ~word(gpio, K210_GPIO_INT_MASK);
}

static void update(struct gpio *gpio)
{
	uint32_t driven = word(gpio, K210_GPIO_DIRECTION);
	uint32_t level = (word(gpio, K210_GPIO_DATA_OUTPUT) & driven) | (~driven & PINS);
	uint32_t rising = level & ~gpio->level, falling = ~level & gpio->level;
	uint32_t high = word(gpio, K210_GPIO_POLARITY), both = word(gpio, K210_GPIO_BOTH_EDGE);

	gpio->edges |= (rising & (high | both)) | (falling & (~high | both));
	gpio->level = level;
	board_set_irq(gpio->device.board, K210_IRQ_GPIO, status(gpio) != 0);
}

static bool gpio_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct gpio *gpio = (struct gpio *)device;

	*value = 0;
	if (offset == K210_GPIO_DATA_INPUT)
		*value = gpio->level;
	else if (offset == K210_GPIO_INT_STATUS)
		*value = status(gpio);
	else if (offset == K210_GPIO_INT_RAW)
		*value = raw_status(gpio);
	else if (offset <= K210_GPIO_BOTH_EDGE)
		*value = word(gpio, offset);
	return true;
}

static bool gpio_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct gpio *gpio = (struct gpio *)device;

	if (offset == K210_GPIO_INT_CLEAR)
		gpio->edges &= ~(uint32_t)value;
	else if (offset <= K210_GPIO_BOTH_EDGE)
		gpio->words[offset / 4] = (uint32_t)value;
	update(gpio);
	return true;
}

static void gpio_reset(struct device *device)
{
	struct gpio *gpio = (struct gpio *)device;

	memset(gpio->words, 0, sizeof(gpio->words));
	gpio->level = PINS;
	gpio->edges = 0;
	update(gpio);
}

static const struct device_ops gpio_ops = {
	.load = gpio_load,
	.store = gpio_store,
	.reset = gpio_reset,
};

bool gpio_create(struct board *board)
{
	struct gpio *gpio = calloc(1, sizeof(*gpio));

	if (!gpio)
		return false;
	gpio->device = (struct device){ .ops = &gpio_ops,
					.board = board,
					.name = "gpio",
					.base = K210_GPIO_BASE,
					.size = 0x1000,
					.width = 4,
					.clock_gate = K210_PERI_GPIO };
	return board_add_device(board, &gpio->device);
}
