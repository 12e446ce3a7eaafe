/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * An SPI bus between a host end and a board end of the exchange, on a virtual clock: frames take
 * their bits, the board's interrupt and main loop their time. Wires and edges can be damaged.
 */
#ifndef TESTS_UNIT_LINK_SPI_BUS_H
#define TESTS_UNIT_LINK_SPI_BUS_H

#include "link/host_spi.h"
#include "link/spi_board.h"
#include "tests/unit/link/test_board.h"

#define SPI_BUS_BUFFER 4180u
#define SPI_BUS_SMALL  64u

struct spi_bus {
	struct kpu_session host_session, board_session;
	struct kpu_host *host;
	struct test_board *test_board;
	struct kpu_spi_host spi;
	struct kpu_spi_board board;
	uint64_t now_ns;

	/* What goes wrong; 0 or false: nothing. */
	uint32_t flip_one_in;          /* bits, both ways */
	uint32_t lose_edge_one_in;     /* edges of ready that the host does not see */
	uint32_t glitch_one_in;        /* transfers with a pulse of the chip select before them */
	uint32_t cut_one_in;           /* frames that end early */
	uint32_t overrun_one_in;       /* frames that lose a word in the receive FIFO */
	uint32_t works_up_to_hz;       /* above, one bit in 50 is wrong */
	uint32_t slowest_hz;           /* that the host has asked for */
	bool board_dead, ready_floats; /* level of ready when dead */
	bool native_order;             /* the board's words are not reversed */
	uint32_t notice_ns;            /* from the end of a transfer until the host knows of it */
	uint64_t random;

	/* Board's hardware. */
	bool ready, edge, bound, woken, asleep;
	uint8_t *receiving;
	struct kpu_spi_answer answer;
	uint64_t attention_at, attention_pause, boot_id;
	unsigned silences, attentions, resets, glitches, cuts;

	uint8_t out[SPI_BUS_BUFFER], in[SPI_BUS_BUFFER];
	uint8_t first[SPI_BUS_BUFFER], second[SPI_BUS_BUFFER], staging[SPI_BUS_BUFFER];
	uint8_t small[SPI_BUS_SMALL];
	uint8_t host_memory[KPU_SESSION_MEMORY(4096, 16)];
	uint8_t board_memory[KPU_SESSION_MEMORY(4096, 16)];
};

struct spi_bus_config {
	uint32_t hz_max;
	uint16_t payload;
	uint8_t host_window, board_window;
	size_t transfer_max; /* of the host's controller, 0 = SPI_BUS_BUFFER */
	uint32_t hz_min;     /* of the host's controller */
};

void spi_bus_init(struct spi_bus *bus, const struct spi_bus_config *config, struct kpu_host *host,
		  struct test_board *board);
uint64_t spi_bus_now(const struct spi_bus *bus); /* microseconds */
/* Power-on of the board: a new boot id, nothing known any more. */
void spi_bus_reset_board(struct spi_bus *bus);
void spi_bus_submit(struct spi_bus *bus, struct kpu_transaction *transaction);
bool spi_bus_run(struct spi_bus *bus, bool (*done)(void *), void *context, uint64_t timeout_us);

#endif
