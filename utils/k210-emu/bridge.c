/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/bridge.h"

#include <stdlib.h>
#include <string.h>

#include "k210/fpioa.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/fpioa.h"
#include "utils/k210-emu/devices/gpiohs.h"
#include "utils/k210-emu/devices/uart.h"
#include "utils/k210-emu/devices/uarths.h"

/* Faces stop the board long before the output is full; what still does not fit is lost. */
#define INPUT_SIZE  (64u * 1024)
#define OUTPUT_SIZE (1024u * 1024)

/* Reset mapping: IO16 is GPIOHS 0. */
#define K210_PIN_GPIOHS0 16

struct byte_queue {
	uint8_t *bytes;
	size_t start, end;
};

struct bridge {
	struct board *board;
	enum bridge_style style;
	struct byte_queue input, output;
	uint32_t rate;
	bool dtr, rts, boot_button, reset_line;
	struct bridge_counters counters;
};

struct bridge *bridge_new(struct board *board)
{
	struct bridge *bridge = calloc(1, sizeof(*bridge));

	if (!bridge)
		return NULL;
	bridge->board = board;
	bridge->input.bytes = malloc(INPUT_SIZE);
	bridge->output.bytes = malloc(OUTPUT_SIZE);
	if (!bridge->input.bytes || !bridge->output.bytes) {
		bridge_free(bridge);
		return NULL;
	}
	return bridge;
}

void bridge_free(struct bridge *bridge)
{
	if (!bridge)
		return;
	free(bridge->input.bytes);
	free(bridge->output.bytes);
	free(bridge);
}

void bridge_reset(struct bridge *bridge, enum reset_cause cause)
{
	/* In the real clock the line itself takes care of what arrives during a reset. */
	if (cause == RESET_POWER_ON || (cause == RESET_PIN && !board_is_real(bridge->board)))
		bridge->input.start = bridge->input.end = 0;
	if (cause == RESET_POWER_ON) {
		bridge->output.start = bridge->output.end = 0;
	}
	bridge_offer_input(bridge);
}

void bridge_set_style(struct bridge *bridge, enum bridge_style style)
{
	bridge->style = style;
}

static size_t queue_size(const struct byte_queue *queue)
{
	return queue->end - queue->start;
}

/* Room behind the last byte, after moving the content to the front where that helps. */
static size_t queue_room(struct byte_queue *queue, size_t capacity)
{
	if (queue->start && queue->end == capacity) {
		memmove(queue->bytes, queue->bytes + queue->start, queue_size(queue));
		queue->end -= queue->start;
		queue->start = 0;
	}
	return capacity - queue->end;
}

static void queue_take(struct byte_queue *queue, size_t size)
{
	queue->start += size;
	if (queue->start == queue->end)
		queue->start = queue->end = 0;
}

size_t bridge_space(const struct bridge *bridge)
{
	return INPUT_SIZE - queue_size(&bridge->input);
}

void bridge_from_host(struct bridge *bridge, const uint8_t *bytes, size_t size)
{
	while (size) {
		size_t room = queue_room(&bridge->input, INPUT_SIZE);

		if (room == 0) {
			bridge->counters.dropped += size;
			break;
		}
		if (room > size)
			room = size;
		memcpy(bridge->input.bytes + bridge->input.end, bytes, room);
		bridge->input.end += room;
		bytes += room;
		size -= room;
	}
	bridge_offer_input(bridge);
}

const uint8_t *bridge_output(const struct bridge *bridge, size_t *size)
{
	*size = queue_size(&bridge->output);
	return bridge->output.bytes + bridge->output.start;
}

void bridge_consume(struct bridge *bridge, size_t size)
{
	queue_take(&bridge->output, size);
}

void bridge_set_rate(struct bridge *bridge, uint32_t rate)
{
	bridge->rate = rate;
}

static void update_pins(struct bridge *bridge)
{
	bool wired = bridge->style != BRIDGE_STYLE_NONE;
	bool reset = wired && (bridge->style == BRIDGE_STYLE_DAN ? bridge->rts : bridge->dtr);
	bool boot = wired && (bridge->style == BRIDGE_STYLE_DAN ? bridge->dtr : bridge->rts);

	gpiohs_set_pin(bridge->board->gpiohs, K210_PIN_BOOT - K210_PIN_GPIOHS0,
		       !boot && !bridge->boot_button);
	if (reset != bridge->reset_line)
		board_hold_reset(bridge->board, reset);
	bridge->reset_line = reset;
}

void bridge_set_lines(struct bridge *bridge, bool dtr, bool rts)
{
	bridge->dtr = dtr;
	bridge->rts = rts;
	update_pins(bridge);
}

void bridge_set_dtr(struct bridge *bridge, bool asserted)
{
	bridge_set_lines(bridge, asserted, bridge->rts);
}

void bridge_set_rts(struct bridge *bridge, bool asserted)
{
	bridge_set_lines(bridge, bridge->dtr, asserted);
}

void bridge_press_boot(struct bridge *bridge, bool pressed)
{
	bridge->boot_button = pressed;
	update_pins(bridge);
}

size_t bridge_input_size(const struct bridge *bridge)
{
	return queue_size(&bridge->input);
}

/* A 16550 samples each bit in its middle: ten bits leave about 3 % to either side. */
static bool rates_differ(const struct bridge *bridge, uint64_t rate)
{
	uint64_t difference = rate > bridge->rate ? rate - bridge->rate : bridge->rate - rate;

	return bridge->rate && difference * 100 > (uint64_t)bridge->rate * 3;
}

/* Not what a scope would show, but never the byte itself and the same in every run. */
static uint8_t garble(struct bridge *bridge, uint8_t byte)
{
	uint32_t mixed = (uint32_t)(++bridge->counters.garbled) * 2654435761u;

	return byte ^ (uint8_t)(1 | mixed >> 24);
}

uint8_t bridge_receive(struct bridge *bridge, uint64_t rate, bool *framing_error)
{
	uint8_t byte = bridge->input.bytes[bridge->input.start];

	queue_take(&bridge->input, 1);
	bridge->counters.from_host++;
	*framing_error = rates_differ(bridge, rate);
	return *framing_error ? garble(bridge, byte) : byte;
}

void bridge_transmit(struct bridge *bridge, uint8_t byte, uint64_t rate)
{
	if (queue_room(&bridge->output, OUTPUT_SIZE) == 0) {
		bridge->counters.dropped++;
		return;
	}
	bridge->counters.to_host++;
	bridge->output.bytes[bridge->output.end++] =
		rates_differ(bridge, rate) ? garble(bridge, byte) : byte;
}

void bridge_offer_input(struct bridge *bridge)
{
	enum console_uart console = fpioa_console_receiver(bridge->board->fpioa);

	if (queue_size(&bridge->input) == 0 || console == CONSOLE_NONE)
		return;
	if (console == CONSOLE_UARTHS)
		uarths_input_available(bridge->board->uarths);
	else
		uart_input_available(bridge->board->uarts[console - CONSOLE_UART1]);
}

const struct bridge_counters *bridge_counters(const struct bridge *bridge)
{
	return &bridge->counters;
}
