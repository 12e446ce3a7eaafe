/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/spi_wires.h"

#include "k210/fpioa.h"
#include "k210/spi.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/fpioa.h"
#include "utils/k210-emu/devices/gpiohs.h"
#include "utils/k210-emu/devices/spi_slave.h"

#define FAST_WORD_CYCLES 20
#define FAST_WAITS       10000
#define NAME             "spi2"

/* Pins that every header has: docs/spi.md. */
const struct spi_pins spi_pins_default = {
	.sclk = 21, .cs = 24, .mosi = 22, .miso = 23, .sense = 15, .ready = 32
};

static bool happens(struct spi_wires *wires, uint32_t one_in)
{
	uint64_t x = wires->random;

	if (!one_in)
		return false;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	wires->random = x;
	return (x * 0x2545f4914f6cdd1dull >> 32) % one_in == 0;
}

static bool routed(const struct spi_wires *wires, unsigned pin, unsigned function, uint32_t enable)
{
	uint32_t io = fpioa_io(wires->board->fpioa, pin);

	return (io & K210_FPIOA_FUNCTION_MASK) == function && (io & enable);
}

/* The data function's own signals are 0 while it drives, and 0 for an input (k210/fpioa.h). */
static bool data_drives(const struct spi_wires *wires, unsigned pin)
{
	bool inverted = fpioa_io(wires->board->fpioa, pin) & K210_FPIOA_OE_INVERT;

	return routed(wires, pin, K210_FUNCTION_SPI2_D0, K210_FPIOA_OE) &&
	       inverted == spi_slave_drives(wires->board->spi_slave);
}

static bool data_hears(const struct spi_wires *wires, unsigned pin)
{
	return routed(wires, pin, K210_FUNCTION_SPI2_D0, K210_FPIOA_IE) &&
	       (fpioa_io(wires->board->fpioa, pin) & K210_FPIOA_IE_INVERT);
}

/* Number of the GPIOHS pin at an IO, or -1. */
static int gpiohs_at(const struct spi_wires *wires, unsigned pin, uint32_t enable)
{
	uint32_t io = fpioa_io(wires->board->fpioa, pin);
	unsigned function = io & K210_FPIOA_FUNCTION_MASK;

	if (function < K210_FUNCTION_GPIOHS0 || function >= K210_FUNCTION_GPIOHS0 + 32 ||
	    !(io & enable))
		return -1;
	return (int)(function - K210_FUNCTION_GPIOHS0);
}

static void set_chip_select(struct spi_wires *wires, bool selected)
{
	struct spi_slave *slave = wires->board->spi_slave;

	wires->selected = selected;
	if (selected && routed(wires, wires->pins.cs, K210_FUNCTION_SPI2_SS, K210_FPIOA_IE) &&
	    routed(wires, wires->pins.sclk, K210_FUNCTION_SPI2_SCLK, K210_FPIOA_IE))
		spi_slave_select(slave, wires->transfer.mode,
				 wires->transfer.length ? wires->transfer.hz : 0);
	else
		spi_slave_deselect(slave);
	if (wires->sense >= 0)
		gpiohs_set_pin(wires->board->gpiohs, (unsigned)wires->sense, !selected);
}

static uint8_t damage(struct spi_wires *wires, uint8_t byte)
{
	for (unsigned bit = 0; wires->faults.flip && bit < 8; bit++)
		if (happens(wires, wires->faults.flip))
			byte ^= (uint8_t)(1 << bit);
	return byte;
}

/* Eight clocks. */
static void exchange_byte(struct spi_wires *wires)
{
	const struct spi_transfer *transfer = &wires->transfer;
	struct spi_slave *slave = wires->board->spi_slave;
	uint8_t to_slave = 0xff, from_slave = 0xff, out = 0xff;
	bool driven = data_drives(wires, wires->pins.miso);

	if (transfer->drives)
		out = damage(wires, transfer->out[wires->position]);
	if (data_hears(wires, wires->pins.mosi))
		to_slave = out;
	if (driven && transfer->drives && wires->pins.mosi == wires->pins.miso)
		board_guest_error(wires->board, NAME, "both ends drive the data line");
	from_slave = spi_slave_clock(slave, to_slave);
	transfer->in[wires->position++] = driven ? damage(wires, from_slave) : 0xff;
}

static void schedule(struct spi_wires *wires, uint32_t bytes)
{
	struct board *board = wires->board;
	uint64_t cycles = FAST_WORD_CYCLES;

	if (board_is_real(board))
		cycles = board_cycles(board, 8ull * bytes, wires->transfer.hz);
	board_schedule(board, &wires->event, cycles);
}

static uint32_t next_piece(const struct spi_wires *wires)
{
	uint32_t left = wires->transfer.length - wires->position;

	return left < 4 ? left : 4;
}

static void finish(struct spi_wires *wires)
{
	if (!wires->transfer.keep_selected)
		set_chip_select(wires, false);
	wires->busy = false;
	wires->ops->transfer_done(wires->context);
}

static void fire(void *context)
{
	struct spi_wires *wires = context;
	uint32_t piece = next_piece(wires);

	if (!wires->selected) {
		set_chip_select(wires, true);
		/* Half a clock before the first edge and behind the last one. */
		schedule(wires, piece ? piece : 1);
		return;
	}
	/* Collapsed durations: the master waits for a program that moves frames itself, but a frame
	 * that nobody takes overruns here as well. */
	if (piece && !board_is_real(wires->board) && spi_slave_is_full(wires->board->spi_slave) &&
	    wires->waited++ < FAST_WAITS) {
		schedule(wires, piece);
		return;
	}
	if (!spi_slave_is_full(wires->board->spi_slave))
		wires->waited = 0;
	for (; piece; piece--)
		exchange_byte(wires);
	if (wires->position < wires->transfer.length)
		schedule(wires, next_piece(wires));
	else
		finish(wires);
}

void spi_wires_start(struct spi_wires *wires, const struct spi_transfer *transfer)
{
	struct board *board = wires->board;
	uint64_t delay = 1;

	wires->transfer = *transfer;
	wires->position = 0;
	wires->waited = 0;
	wires->busy = true;
	if (transfer->hz > K210_SPI_SLAVE_HZ_MAX)
		board_guest_error(board, NAME, "clocked with %u Hz, more than it takes",
				  transfer->hz);
	if (happens(wires, wires->faults.glitch)) {
		set_chip_select(wires, true);
		set_chip_select(wires, false);
	}
	if (transfer->delay_ns && board_is_real(board))
		delay = board_cycles(board, transfer->delay_ns, 1000000000);
	board_schedule(board, &wires->event, delay);
}

void spi_wires_release(struct spi_wires *wires)
{
	board_cancel(wires->board, &wires->event);
	wires->busy = false;
	if (wires->selected)
		set_chip_select(wires, false);
}

static void update_sense(struct spi_wires *wires)
{
	int pin = gpiohs_at(wires, wires->pins.sense, K210_FPIOA_IE), was = wires->sense;

	if (pin == was)
		return;
	wires->sense = pin;
	if (was >= 0)
		gpiohs_set_pin(wires->board->gpiohs, (unsigned)was, true);
	if (pin >= 0)
		gpiohs_set_pin(wires->board->gpiohs, (unsigned)pin, !wires->selected);
}

void spi_wires_update(struct spi_wires *wires)
{
	int pin = gpiohs_at(wires, wires->pins.ready, K210_FPIOA_OE);
	bool level = pin >= 0 && gpiohs_output(wires->board->gpiohs, (unsigned)pin);

	if (wires->pins.mosi != wires->pins.miso && data_drives(wires, wires->pins.mosi))
		board_guest_error(wires->board, NAME, "drives the wire that the master drives");
	update_sense(wires);
	if (level == wires->ready)
		return;
	wires->ready = level;
	wires->ops->ready_changed(wires->context, level, happens(wires, wires->faults.edge));
}

void spi_wires_init(struct spi_wires *wires, struct board *board, const struct spi_pins *pins,
		    const struct spi_faults *faults, const struct spi_wires_ops *ops, void *context)
{
	*wires = (struct spi_wires){ .board = board,
				     .pins = *pins,
				     .faults = *faults,
				     .ops = ops,
				     .context = context,
				     .sense = -1,
				     .random = faults->seed ? faults->seed : 1 };
	event_init(&wires->event, EVENT_WORK, fire, wires);
	board->spi_wires = wires;
}
