/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Wires between a master outside and the slave SPI2: which pins of the board they are soldered to,
 * what the pin multiplexer makes of them, transfers in virtual time, and the level of ready.
 */
#ifndef K210_EMU_SPI_WIRES_H
#define K210_EMU_SPI_WIRES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utils/k210-emu/event.h"

struct board;

/* IO numbers. With one data wire mosi and miso are the same. */
struct spi_pins {
	uint8_t sclk, cs, mosi, miso;
	uint8_t sense; /* chip select once more, for a GPIO */
	uint8_t ready; /* from the board; pulled down by the host */
};

/* What goes wrong on the wires, in so many; 0: nothing. */
struct spi_faults {
	uint32_t flip;   /* bits */
	uint32_t edge;   /* edges of ready that the host does not see */
	uint32_t glitch; /* transfers with a pulse of chip select before them */
	uint64_t seed;
};

struct spi_transfer {
	uint32_t hz, length;
	uint32_t delay_ns; /* until chip select falls */
	uint8_t mode;
	bool drives;        /* the master drives the data line with @out */
	bool keep_selected; /* at the end */
	const uint8_t *out;
	uint8_t *in;
};

struct spi_wires_ops {
	/* @missed: a fault; the host's edge detector does not see it. */
	void (*ready_changed)(void *context, bool level, bool missed);
	void (*transfer_done)(void *context);
};

struct spi_wires {
	struct board *board;
	struct spi_pins pins;
	struct spi_faults faults;
	const struct spi_wires_ops *ops;
	void *context;
	bool ready, selected, busy;
	int sense; /* GPIOHS pin that sees chip select at present, or -1 */
	struct spi_transfer transfer;
	uint32_t position;
	unsigned waited; /* collapsed durations: for room in the receive FIFO */
	struct event event;
	uint64_t random;
};

extern const struct spi_pins spi_pins_default;

void spi_wires_init(struct spi_wires *wires, struct board *board, const struct spi_pins *pins,
		    const struct spi_faults *faults, const struct spi_wires_ops *ops,
		    void *context);
/* One at a time; ops->transfer_done follows. The buffers stay until then. */
void spi_wires_start(struct spi_wires *wires, const struct spi_transfer *transfer);
/* The master lets go of everything. */
void spi_wires_release(struct spi_wires *wires);
/* Pins or their routing have changed. */
void spi_wires_update(struct spi_wires *wires);

#endif
