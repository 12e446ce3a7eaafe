/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Pin multiplexer. Stores every word; IO4 and IO5, the pins of the USB bridge, decide which UART is
 * connected to it, and spi_wires.c asks for the pins that SPI2's wires are soldered to.
 *
 * Not modelled: all other pins, tie values, drive strength, pulls, inversions other than those that
 * SPI2's data function needs.
 */
#include "utils/k210-emu/devices/fpioa.h"

#include <stdlib.h>
#include <string.h>

#include "k210/fpioa.h"
#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/bridge.h"
#include "utils/k210-emu/spi_wires.h"

struct fpioa {
	struct device device;
	uint32_t words[K210_FPIOA_END / 4];
};

static enum console_uart uart_of_function(unsigned function, unsigned first, unsigned uarths)
{
	if (function == uarths)
		return CONSOLE_UARTHS;
	if (function >= first && function <= first + 4 && (function - first) % 2 == 0)
		return CONSOLE_UART1 + (function - first) / 2;
	return CONSOLE_NONE;
}

enum console_uart fpioa_console_receiver(const struct fpioa *fpioa)
{
	uint32_t io = fpioa->words[K210_PIN_CONSOLE_RX];

	if (!(io & K210_FPIOA_IE))
		return CONSOLE_NONE;
	return uart_of_function(io & K210_FPIOA_FUNCTION_MASK, K210_FUNCTION_UART1_RX,
				K210_FUNCTION_UARTHS_RX);
}

enum console_uart fpioa_console_transmitter(const struct fpioa *fpioa)
{
	uint32_t io = fpioa->words[K210_PIN_CONSOLE_TX];

	if (!(io & K210_FPIOA_OE))
		return CONSOLE_NONE;
	return uart_of_function(io & K210_FPIOA_FUNCTION_MASK, K210_FUNCTION_UART1_TX,
				K210_FUNCTION_UARTHS_TX);
}

uint32_t fpioa_io(const struct fpioa *fpioa, unsigned pin)
{
	return fpioa->words[pin];
}

static void pins_changed(struct board *board)
{
	if (board->spi_wires)
		spi_wires_update(board->spi_wires);
}

static bool fpioa_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct fpioa *fpioa = (struct fpioa *)device;

	*value = offset < K210_FPIOA_END ? fpioa->words[offset / 4] : 0;
	return true;
}

static bool fpioa_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct fpioa *fpioa = (struct fpioa *)device;

	if (offset >= K210_FPIOA_END) {
		board_guest_error(device->board, device->name, "store to unknown register +0x%x",
				  offset);
		return true;
	}
	fpioa->words[offset / 4] = (uint32_t)value & ~K210_FPIOA_PAD_INPUT;
	if (offset == K210_FPIOA_IO(K210_PIN_CONSOLE_RX))
		bridge_offer_input(device->board->bridge);
	pins_changed(device->board);
	return true;
}

/* Reset mapping: Kendryte data sheet chapter 2. */
static void fpioa_reset(struct device *device)
{
	struct fpioa *fpioa = (struct fpioa *)device;

	memset(fpioa->words, 0, sizeof(fpioa->words));
	for (unsigned pin = 0; pin < K210_FPIOA_PIN_COUNT; pin++) {
		uint32_t function = K210_FUNCTION_RESERVED0;

		if (pin < 4)
			function = K210_FUNCTION_JTAG_TCLK + pin;
		else if (pin >= 8 && pin < 16)
			function = K210_FUNCTION_GPIO0 + pin - 8;
		else if (pin >= 16)
			function = K210_FUNCTION_GPIOHS0 + pin - 16;
		fpioa->words[pin] = function;
	}
	fpioa->words[K210_PIN_CONSOLE_RX] = K210_FPIOA_UART_RX(K210_FUNCTION_UARTHS_RX);
	fpioa->words[K210_PIN_CONSOLE_TX] = K210_FPIOA_UART_TX(K210_FUNCTION_UARTHS_TX);
	pins_changed(device->board);
}

static const struct device_ops fpioa_ops = {
	.load = fpioa_load,
	.store = fpioa_store,
	.reset = fpioa_reset,
};

bool fpioa_create(struct board *board)
{
	struct fpioa *fpioa = calloc(1, sizeof(*fpioa));

	if (!fpioa)
		return false;
	fpioa->device = (struct device){ .ops = &fpioa_ops,
					 .board = board,
					 .name = "fpioa",
					 .base = K210_FPIOA_BASE,
					 .size = 0x1000,
					 .width = 4,
					 .clock_gate = K210_PERI_FPIOA };
	board->fpioa = fpioa;
	return board_add_device(board, &fpioa->device);
}
