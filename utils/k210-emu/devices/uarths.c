/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * UARTHS: SiFive UART with 8-entry FIFOs; the mask ROM's console. Runs from the CPU clock.
 * Registers: k210/uart.h. Clocking and loss of bytes as in uart.c.
 *
 * Not modelled: stop bit setting, break.
 */
#include "utils/k210-emu/devices/uarths.h"

#include <stdlib.h>

#include "k210/uart.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/bridge.h"
#include "utils/k210-emu/devices/byte_fifo.h"
#include "utils/k210-emu/devices/fpioa.h"

#define DEPTH              K210_UARTHS_FIFO_DEPTH
#define BITS_PER_CHARACTER 10
/* 115200 bit/s at 390 MHz, as the mask ROM leaves it. */
#define DIVISOR_AFTER_ROM 3384

struct uarths {
	struct device device;
	uint32_t txctrl, rxctrl, ie, div;
	struct byte_fifo receive, transmit, shifter;
	unsigned arriving; /* characters that the receive event brings */
	struct event receive_event, transmit_event;
	bool touched; /* by the program: before that, input can wait for whoever gets the pins */
};

static uint32_t pending(const struct uarths *uarths)
{
	uint32_t value = 0;

	if (uarths->transmit.count < (uarths->txctrl >> K210_UARTHS_LEVEL_SHIFT & 7))
		value |= K210_UARTHS_TX_WATERMARK;
	if (uarths->receive.count > (uarths->rxctrl >> K210_UARTHS_LEVEL_SHIFT & 7))
		value |= K210_UARTHS_RX_WATERMARK;
	return value;
}

static void update(struct uarths *uarths)
{
	board_set_irq(uarths->device.board, K210_IRQ_UARTHS, (pending(uarths) & uarths->ie) != 0);
}

static uint64_t character_cycles(const struct uarths *uarths, unsigned characters)
{
	if (!board_is_real(uarths->device.board))
		return (uint64_t)characters * UART_FAST_CYCLES;
	return (uint64_t)characters * BITS_PER_CHARACTER * (uarths->div + 1);
}

static uint64_t bit_rate(const struct uarths *uarths)
{
	return uarths->device.board->cpu_hz / (uarths->div + 1);
}

static void start_receiver(struct uarths *uarths)
{
	struct board *board = uarths->device.board;
	size_t available = bridge_input_size(board->bridge);
	unsigned room = DEPTH - uarths->receive.count;
	unsigned characters = 1;

	if (uarths->receive_event.queued || available == 0 ||
	    fpioa_console_receiver(board->fpioa) != CONSOLE_UARTHS)
		return;
	if (!board_is_real(board)) {
		if (room == 0 || !uarths->touched || !(uarths->rxctrl & K210_UARTHS_CTRL_ENABLE))
			return;
		characters = available < room ? (unsigned)available : room;
	}
	uarths->arriving = characters;
	board_schedule_completion(board, &uarths->receive_event,
				  character_cycles(uarths, characters));
}

void uarths_input_available(struct uarths *uarths)
{
	start_receiver(uarths);
}

static void fire_receive(void *context)
{
	struct uarths *uarths = context;
	struct board *board = uarths->device.board;
	unsigned characters = uarths->arriving;

	if (fpioa_console_receiver(board->fpioa) != CONSOLE_UARTHS)
		return;
	while (characters-- && bridge_input_size(board->bridge)) {
		bool framing_error;
		uint8_t byte;

		if (!bridge_receive(board->bridge, bit_rate(uarths), &byte, &framing_error) ||
		    !(uarths->rxctrl & K210_UARTHS_CTRL_ENABLE))
			continue;
		if (uarths->receive.count < DEPTH)
			byte_fifo_push(&uarths->receive, byte);
		else
			board_guest_error(board, uarths->device.name,
					  "receive FIFO overrun: a byte is lost");
	}
	start_receiver(uarths);
	update(uarths);
	mask_rom_serial_event(board->rom);
}

static void start_transmitter(struct uarths *uarths)
{
	unsigned characters = board_is_real(uarths->device.board) ? 1 : uarths->transmit.count;

	if (uarths->shifter.count || uarths->transmit.count == 0 ||
	    !(uarths->txctrl & K210_UARTHS_CTRL_ENABLE))
		return;
	while (characters--)
		byte_fifo_push(&uarths->shifter, byte_fifo_pop(&uarths->transmit));
	board_schedule_completion(uarths->device.board, &uarths->transmit_event,
				  character_cycles(uarths, uarths->shifter.count));
}

static void fire_transmit(void *context)
{
	struct uarths *uarths = context;
	struct board *board = uarths->device.board;
	bool connected = fpioa_console_transmitter(board->fpioa) == CONSOLE_UARTHS;

	while (uarths->shifter.count) {
		uint8_t byte = byte_fifo_pop(&uarths->shifter);

		if (connected)
			bridge_transmit(board->bridge, byte, bit_rate(uarths));
	}
	start_transmitter(uarths);
	update(uarths);
	mask_rom_serial_event(board->rom);
}

static bool uarths_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct uarths *uarths = (struct uarths *)device;

	*value = 0;
	uarths->touched = true;
	start_receiver(uarths);
	switch (offset) {
	case K210_UARTHS_TXDATA:
		*value = uarths->transmit.count >= DEPTH ? K210_UARTHS_TXDATA_FULL : 0;
		break;
	case K210_UARTHS_RXDATA:
		*value = K210_UARTHS_RXDATA_EMPTY;
		if (uarths->receive.count) {
			*value = byte_fifo_pop(&uarths->receive);
			start_receiver(uarths);
			update(uarths);
		}
		break;
	case K210_UARTHS_TXCTRL:
		*value = uarths->txctrl;
		break;
	case K210_UARTHS_RXCTRL:
		*value = uarths->rxctrl;
		break;
	case K210_UARTHS_IE:
		*value = uarths->ie;
		break;
	case K210_UARTHS_IP:
		*value = pending(uarths);
		break;
	case K210_UARTHS_DIV:
		*value = uarths->div;
		break;
	default:
		break;
	}
	return true;
}

static bool uarths_store(struct device *device, uint32_t offset, uint64_t value64)
{
	struct uarths *uarths = (struct uarths *)device;
	uint32_t value = (uint32_t)value64;

	uarths->touched = true;
	switch (offset) {
	case K210_UARTHS_TXDATA:
		if (uarths->transmit.count < DEPTH)
			byte_fifo_push(&uarths->transmit, (uint8_t)value);
		else
			board_guest_error(device->board, device->name,
					  "byte written to the full transmit FIFO: lost");
		break;
	case K210_UARTHS_TXCTRL:
		uarths->txctrl = value & 0x70003;
		break;
	case K210_UARTHS_RXCTRL:
		uarths->rxctrl = value & 0x70001;
		break;
	case K210_UARTHS_IE:
		uarths->ie = value & 3;
		break;
	case K210_UARTHS_DIV:
		uarths->div = value & 0xffff;
		break;
	case K210_UARTHS_RXDATA:
	case K210_UARTHS_IP:
		break;
	default:
		board_guest_error(device->board, device->name, "store to unknown register +0x%x",
				  offset);
		break;
	}
	start_transmitter(uarths);
	start_receiver(uarths);
	update(uarths);
	return true;
}

static void uarths_reset(struct device *device)
{
	struct uarths *uarths = (struct uarths *)device;

	uarths->txctrl = K210_UARTHS_CTRL_ENABLE;
	uarths->rxctrl = K210_UARTHS_CTRL_ENABLE;
	uarths->ie = 0;
	uarths->touched = false;
	uarths->div = DIVISOR_AFTER_ROM;
	byte_fifo_clear(&uarths->receive);
	byte_fifo_clear(&uarths->transmit);
	byte_fifo_clear(&uarths->shifter);
	board_cancel(device->board, &uarths->receive_event);
	board_cancel(device->board, &uarths->transmit_event);
	update(uarths);
}

static const struct device_ops uarths_ops = {
	.load = uarths_load,
	.store = uarths_store,
	.reset = uarths_reset,
};

bool uarths_create(struct board *board)
{
	struct uarths *uarths = calloc(1, sizeof(*uarths));

	if (!uarths)
		return false;
	uarths->device = (struct device){ .ops = &uarths_ops,
					  .board = board,
					  .name = "uarths",
					  .base = K210_UARTHS_BASE,
					  .size = 0x1000,
					  .width = 4,
					  .clock_gate = -1 };
	event_init(&uarths->receive_event, EVENT_WORK, fire_receive, uarths);
	event_init(&uarths->transmit_event, EVENT_WORK, fire_transmit, uarths);
	board->uarths = uarths;
	return board_add_device(board, &uarths->device);
}
