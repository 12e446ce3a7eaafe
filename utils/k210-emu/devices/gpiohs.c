/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * High-speed GPIO (SiFive), 32 pins with an interrupt each. Registers: k210/gpiohs.h.
 *
 * Not modelled: the FPIOA between pins and pads (pin n is taken to be connected), drive strength.
 */
#include "utils/k210-emu/devices/gpiohs.h"

#include <stdlib.h>
#include <string.h>

#include "k210/gpiohs.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/spi_wires.h"

struct gpiohs {
	struct device device;
	uint32_t words[K210_GPIOHS_OUTPUT_XOR / 4 + 1];
	uint32_t outside; /* levels that the board gives to the pins */
	uint32_t level;   /* as input_val shows them */
	uint32_t lines;   /* interrupt lines that are up */
};

static uint32_t word(const struct gpiohs *gpiohs, unsigned offset)
{
	return gpiohs->words[offset / 4];
}

static void update(struct gpiohs *gpiohs)
{
	uint32_t driven = word(gpiohs, K210_GPIOHS_OUTPUT_EN);
	uint32_t output =
		word(gpiohs, K210_GPIOHS_OUTPUT_VAL) ^ word(gpiohs, K210_GPIOHS_OUTPUT_XOR);
	uint32_t level = ((output & driven) | (gpiohs->outside & ~driven)) &
			 word(gpiohs, K210_GPIOHS_INPUT_EN);
	uint32_t lines, changed;

	gpiohs->words[K210_GPIOHS_RISE_IP / 4] |= level & ~gpiohs->level;
	gpiohs->words[K210_GPIOHS_FALL_IP / 4] |= ~level & gpiohs->level;
	gpiohs->words[K210_GPIOHS_HIGH_IP / 4] |= level;
	gpiohs->words[K210_GPIOHS_LOW_IP / 4] |= ~level;
	gpiohs->level = level;
	lines = (word(gpiohs, K210_GPIOHS_RISE_IE) & word(gpiohs, K210_GPIOHS_RISE_IP)) |
		(word(gpiohs, K210_GPIOHS_FALL_IE) & word(gpiohs, K210_GPIOHS_FALL_IP)) |
		(word(gpiohs, K210_GPIOHS_HIGH_IE) & word(gpiohs, K210_GPIOHS_HIGH_IP)) |
		(word(gpiohs, K210_GPIOHS_LOW_IE) & word(gpiohs, K210_GPIOHS_LOW_IP));
	changed = lines ^ gpiohs->lines;
	gpiohs->lines = lines;
	for (; changed; changed &= changed - 1) {
		unsigned pin = (unsigned)__builtin_ctz(changed);

		board_set_irq(gpiohs->device.board, K210_IRQ_GPIOHS0 + pin, lines >> pin & 1);
	}
	if (gpiohs->device.board->spi_wires)
		spi_wires_update(gpiohs->device.board->spi_wires);
}

void gpiohs_set_pin(struct gpiohs *gpiohs, unsigned pin, bool level)
{
	uint32_t bit = 1u << pin;

	gpiohs->outside = level ? gpiohs->outside | bit : gpiohs->outside & ~bit;
	update(gpiohs);
}

bool gpiohs_output(const struct gpiohs *gpiohs, unsigned pin)
{
	uint32_t output =
		word(gpiohs, K210_GPIOHS_OUTPUT_VAL) ^ word(gpiohs, K210_GPIOHS_OUTPUT_XOR);

	return (output & word(gpiohs, K210_GPIOHS_OUTPUT_EN)) >> pin & 1;
}

bool gpiohs_outside(const struct gpiohs *gpiohs, unsigned pin)
{
	return gpiohs->outside >> pin & 1;
}

static bool gpiohs_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct gpiohs *gpiohs = (struct gpiohs *)device;

	*value = 0;
	if (offset == K210_GPIOHS_INPUT_VAL)
		*value = gpiohs->level;
	else if (offset <= K210_GPIOHS_OUTPUT_XOR)
		*value = word(gpiohs, offset);
	return true;
}

static bool gpiohs_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct gpiohs *gpiohs = (struct gpiohs *)device;

	switch (offset) {
	case K210_GPIOHS_INPUT_VAL:
		break;
	case K210_GPIOHS_RISE_IP:
	case K210_GPIOHS_FALL_IP:
	case K210_GPIOHS_HIGH_IP:
	case K210_GPIOHS_LOW_IP:
		gpiohs->words[offset / 4] &= ~(uint32_t)value;
		break;
	default:
		if (offset <= K210_GPIOHS_OUTPUT_XOR)
			gpiohs->words[offset / 4] = (uint32_t)value;
		else
			board_guest_error(device->board, device->name,
					  "store to unknown register +0x%x", offset);
		break;
	}
	update(gpiohs);
	return true;
}

static void gpiohs_reset(struct device *device)
{
	struct gpiohs *gpiohs = (struct gpiohs *)device;

	memset(gpiohs->words, 0, sizeof(gpiohs->words));
	gpiohs->level = 0;
	update(gpiohs);
}

static const struct device_ops gpiohs_ops = {
	.load = gpiohs_load,
	.store = gpiohs_store,
	.reset = gpiohs_reset,
};

bool gpiohs_create(struct board *board)
{
	struct gpiohs *gpiohs = calloc(1, sizeof(*gpiohs));

	if (!gpiohs)
		return false;
	gpiohs->device = (struct device){ .ops = &gpiohs_ops,
					  .board = board,
					  .name = "gpiohs",
					  .base = K210_GPIOHS_BASE,
					  .size = 0x1000,
					  .width = 4,
					  .clock_gate = -1 };
	gpiohs->outside = UINT32_MAX;
	board->gpiohs = gpiohs;
	return board_add_device(board, &gpiohs->device);
}
