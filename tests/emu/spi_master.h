/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * An SPI master for tests of the real firmware image, with trouble at will. It lives by the board's
 * own clock, so what it measures and when it gives up do not depend on the computer. One call at a
 * time.
 *
 * Each trouble is timed: from where it happens to the end of the call that was going on or came
 * next, or to where the host is told that something is wrong, whichever is first.
 */
#ifndef TESTS_EMU_SPI_MASTER_H
#define TESTS_EMU_SPI_MASTER_H

#include <sys/types.h>

#include "link/host.h"
#include "link/host_spi.h"

enum spi_trouble {
	SPI_TROUBLE_FLIP,    /* one bit of a transfer, either way */
	SPI_TROUBLE_EDGE,    /* a change of ready that wakes nobody */
	SPI_TROUBLE_GLITCH,  /* a pulse of chip select before a transfer */
	SPI_TROUBLE_RESET,   /* of the board, in the middle of a transfer */
	SPI_TROUBLE_OVERRUN, /* a frame goes on until the board's receive FIFO loses words */
	SPI_TROUBLES,
};

struct spi_recovery {
	unsigned troubles, healed, reported;
	uint64_t longest_us;      /* from a trouble to the first of both */
	uint64_t longest_away_us; /* from the report to the next session */
};

struct spi_master {
	pid_t board;
	int wires, control;
	uint64_t now;       /* the board's time in microseconds */
	uint32_t delay_ns;  /* what it needs before each transfer: 20 us, or what the test sets */
	uint32_t notice_us; /* until it knows that a transfer is over; 0, or what the test sets */
	uint32_t think_us;  /* of the computer's time, before it says that nothing follows */
	bool deaf;          /* edges in that time it takes for that end's */
	bool ready, fell, done;
	struct kpu_spi_host spi;
	struct kpu_session session;
	struct kpu_host host;
	uint8_t memory[KPU_SESSION_MEMORY(4096u, KPU_WIRE_WINDOW_MAX)];
	uint8_t out[KPU_SPI_FRAME_MAX], in[KPU_SPI_FRAME_MAX];

	/* One in so many transfers, edges, for FLIP bits; 0: none. May be changed at any time. */
	uint32_t one_in[SPI_TROUBLES];
	/* The next of this kind comes after so many more chances; 0: not asked for. */
	uint32_t next_in[SPI_TROUBLES];
	uint64_t random;
	uint64_t trouble_at; /* of the first that is not over; 0: none */
	struct spi_recovery recovery;
	uint64_t down_at;
	unsigned sessions, sessions_kept, resets, overruns;
};

/* Starts build/bin/k210-emu in the real clock with the firmware and @options (NULL-terminated, may
 * be NULL; one of them --flash: the firmware is in there). The first session is up afterwards. */
void spi_master_open(struct spi_master *master, uint32_t hz, const char *const *options);
/* Ends the board; its program has done nothing that it should not. */
void spi_master_close(struct spi_master *master);
/* Runs @transaction (its result buffers, opcode and arguments are set) to its end; the test fails
 * after @seconds of the board's time. Returns its status. */
uint16_t spi_master_call(struct spi_master *master, struct kpu_transaction *transaction,
			 unsigned seconds);
/* Serves the board for so long. */
void spi_master_idle(struct spi_master *master, uint32_t us);
/* An order to the side channel. */
void spi_master_order(struct spi_master *master, const char *order);

#endif
