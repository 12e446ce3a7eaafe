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

/*
 * Faces stop the board long before the output is full; what still does not fit is lost. The input
 * is no deeper than what lies before a real line: a sender that repeats what got lost waits for
 * all of it.
 */
#define INPUT_SIZE  (16u * 1024)
#define OUTPUT_SIZE (1024u * 1024)

/* Reset mapping: IO16 is GPIOHS 0. */
#define K210_PIN_GPIOHS0 16

#define PICOSECONDS_PER_MS 1000000000ull

struct byte_queue {
	uint8_t *bytes;
	size_t start, end;
};

struct bridge {
	struct board *board;
	enum bridge_style style;
	struct byte_queue input, output;
	uint32_t rate, rate_limit;
	bool dtr, rts, boot_button, reset_line;
	bool boot_latch; /* BRIDGE_STYLE_GOD: what the debugger does with the boot pin */
	struct line_noise noise;
	uint64_t noise_state, reset_ps;
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
	bridge->reset_ps = board_picoseconds(bridge->board);
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

/* A 16550 samples each bit in its middle: ten bits leave about 3 % to either side. */
static bool rates_agree(uint64_t one, uint64_t other)
{
	uint64_t difference = one > other ? one - other : other - one;

	return difference * 100 <= other * 3;
}

void bridge_set_rate_limit(struct bridge *bridge, uint32_t rate)
{
	bridge->rate_limit = rate;
}

static bool above_limit(const struct bridge *bridge, uint64_t rate)
{
	return bridge->rate_limit && rate > bridge->rate_limit &&
	       !rates_agree(rate, bridge->rate_limit);
}

bool bridge_set_rate(struct bridge *bridge, uint32_t rate)
{
	if (above_limit(bridge, rate))
		return false;
	bridge->rate = rate;
	return true;
}

void bridge_set_noise(struct bridge *bridge, const struct line_noise *noise)
{
	bridge->noise = *noise;
	bridge->noise_state = noise->seed;
}

static void update_pins(struct bridge *bridge)
{
	bool reset = false, boot = false;

	switch (bridge->style) {
	case BRIDGE_STYLE_NONE:
		break;
	case BRIDGE_STYLE_DAN:
		reset = bridge->rts;
		boot = bridge->dtr;
		break;
	case BRIDGE_STYLE_KD233:
		reset = bridge->dtr;
		boot = bridge->rts;
		break;
	case BRIDGE_STYLE_GOD:
		boot = bridge->boot_latch;
		break;
	}
	gpiohs_set_pin(bridge->board->gpiohs, K210_PIN_BOOT - K210_PIN_GPIOHS0,
		       !boot && !bridge->boot_button);
	if (reset != bridge->reset_line)
		board_hold_reset(bridge->board, reset);
	bridge->reset_line = reset;
}

void bridge_set_lines(struct bridge *bridge, bool dtr, bool rts)
{
	bool pulse = bridge->style == BRIDGE_STYLE_GOD && bridge->dtr && dtr && bridge->rts != rts;

	if (pulse)
		bridge->boot_latch = !rts;
	bridge->dtr = dtr;
	bridge->rts = rts;
	update_pins(bridge);
	if (pulse)
		board_request_reset(bridge->board, RESET_PIN);
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

static bool rates_differ(const struct bridge *bridge, uint64_t rate)
{
	return bridge->rate ? !rates_agree(rate, bridge->rate) : above_limit(bridge, rate);
}

static bool noise_is_over(const struct bridge *bridge)
{
	uint64_t limit = bridge->noise.milliseconds * PICOSECONDS_PER_MS;

	return limit && board_picoseconds(bridge->board) - bridge->reset_ps >= limit;
}

/* False: the character is lost. */
static bool pass_noise(struct bridge *bridge, uint8_t *byte)
{
	bool changed, arrives;

	if (bridge->noise.ppm == 0 || noise_is_over(bridge))
		return true;
	arrives = line_noise_pass(&bridge->noise, &bridge->noise_state, byte, &changed);
	bridge->counters.noisy += changed;
	return arrives;
}

/* Not what a scope would show, but never the byte itself and the same in every run. */
static uint8_t garble(struct bridge *bridge, uint8_t byte)
{
	uint32_t mixed = (uint32_t)(++bridge->counters.garbled) * 2654435761u;

	return byte ^ (uint8_t)(1 | mixed >> 24);
}

bool bridge_receive(struct bridge *bridge, uint64_t rate, uint8_t *byte, bool *framing_error)
{
	*byte = bridge->input.bytes[bridge->input.start];
	queue_take(&bridge->input, 1);
	bridge->counters.from_host++;
	*framing_error = rates_differ(bridge, rate);
	if (*framing_error)
		*byte = garble(bridge, *byte);
	return pass_noise(bridge, byte);
}

void bridge_transmit(struct bridge *bridge, uint8_t byte, uint64_t rate)
{
	if (queue_room(&bridge->output, OUTPUT_SIZE) == 0) {
		bridge->counters.dropped++;
		return;
	}
	bridge->counters.to_host++;
	if (rates_differ(bridge, rate))
		byte = garble(bridge, byte);
	if (pass_noise(bridge, &byte))
		bridge->output.bytes[bridge->output.end++] = byte;
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
