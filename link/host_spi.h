/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Host end of the exchange: what to transfer next, at what clock, and what the answer meant. No
 * I/O, no locks, no allocation; time is an argument in microseconds. The owner moves bytes and
 * watches the ready line:
 *
 *	for (;;) {
 *		action = kpu_spi_host_next(spi, ready_level(), now, &transfer);
 *		if (action == KPU_SPI_REST)
 *			sleep until kpu_spi_host_deadline(), an edge of ready, or something to send
 *		else
 *			do the transfer, with one chip select;
 *			kpu_spi_host_done(spi, ok, fell, now);
 *	}
 *
 * It is given every falling edge of ready that was seen while KPU_SPI_REST was the last action, and
 * told of those from the beginning of a transfer to kpu_spi_host_done(), which comes when the owner
 * notices that the transfer is over: the board may have called since.
 */
#ifndef KPU_LINK_HOST_SPI_H
#define KPU_LINK_HOST_SPI_H

#include "link/spi_frame.h"

enum kpu_spi_action {
	KPU_SPI_REST,
	KPU_SPI_WRITE, /* send transfer->length bytes of `out` */
	KPU_SPI_READ, /* receive transfer->length bytes to `in`, data line not driven by the host */
};

struct kpu_spi_transfer {
	uint8_t *out, *in; /* the other one is NULL */
	size_t length;
	uint32_t hz;
};

struct kpu_spi_host_ops {
	/* Next packet to send, at most @room bytes; 0 if there is none. */
	size_t (*next_packet)(void *context, uint8_t *packet, size_t room);
	/* A packet came, or a piece that is none. */
	void (*take_packet)(void *context, const uint8_t *packet, size_t length);
	/* No intact answer for KPU_SPI_SILENCE_US: told once until there is one again. Also, with
	 * spi->restarted, that the board's answer shows a start since the one before. */
	void (*silent)(void *context);
	/* The clock has been chosen, or lowered. May be NULL. */
	void (*clock_changed)(void *context, uint32_t hz);
};

struct kpu_spi_host_config {
	uint32_t hz_max;     /* the wiring's and the controller's limit */
	uint32_t patience;   /* the limits below times this, for boards slower than silicon; 0: 1 */
	uint32_t hz_min;     /* the controller's slowest clock; at most @hz_max */
	size_t transfer_max; /* the controller's limit for one chip select; the session's payload
				* must fit: kpu_spi_payload_for_room() */
	uint8_t *out, *in;   /* @room bytes each, as the controller's DMA wants them */
	size_t room;
};

/* Times in microseconds. */
#define KPU_SPI_ANSWER_US    2000u  /* for the board to lower ready after a frame */
#define KPU_SPI_ARM_US       20000u /* for ready to rise; then the phase is taken for lost */
#define KPU_SPI_ARM_BAD_US   2000u  /* the same after an answer that was none */
#define KPU_SPI_ARM_MAX_US   1000000u
#define KPU_SPI_LOOK_US      1000u  /* the level is looked at again: an edge may be lost */
#define KPU_SPI_LOOK_MAX_US  50000u /* so long after an exchange, each time twice as late */
#define KPU_SPI_SILENCE_US   60000u
#define KPU_SPI_PAUSE_US     1000u /* after the second failure in a row; doubles up to the next */
#define KPU_SPI_PAUSE_MAX_US 100000u
#define KPU_SPI_HZ_START     1000000u

struct kpu_spi_host_counters {
	uint32_t exchanges, bad_answers, refused, no_answers, flushes, clock_steps, restarts;
	uint64_t bytes; /* on the wire, both ways */
};

struct kpu_spi_host {
	struct kpu_spi_host_config config;
	const struct kpu_spi_host_ops *ops;
	void *context;
	struct kpu_spi_host_counters counters;
	uint32_t hz;     /* at present */
	bool in_reverse; /* groups of four bytes are reversed on the wire; learned from answers */
	bool tuning;     /* the clock is being chosen: no packets yet */
	bool board_busy; /* the last answer said so */
	bool restarted;  /* the last answer showed that the board has started anew */

	/* Private. */
	uint8_t state, action;
	bool attention, flush, flushing, is_silent, known;
	uint16_t sequence, limit, fetch, read, frame_length, board_refused;
	uint16_t largest; /* body of an answer so far */
	bool ready;       /* the level, when last asked */
	uint64_t waiting_since, heard_at, resume_at, looked_at, exchanged_at;
	uint32_t arm_limit;
	uint8_t failures;    /* exchanges without an intact answer in a row */
	uint32_t passing_hz; /* tuning: the fastest clock so far */
	uint8_t tests_left, test_failures;
	uint32_t random;
	uint16_t trouble;
	uint32_t clean, clean_wanted; /* exchanges since the last failure; before a faster clock */
};

/* False: a value of @config is out of range. */
bool kpu_spi_host_init(struct kpu_spi_host *spi, const struct kpu_spi_host_config *config,
		       const struct kpu_spi_host_ops *ops, void *context, uint64_t now);
enum kpu_spi_action kpu_spi_host_next(struct kpu_spi_host *spi, bool ready, uint64_t now,
				      struct kpu_spi_transfer *transfer);
/* The transfer is over; @ok false: the controller reported an error. @fell: ready has fallen since
 * it began. */
void kpu_spi_host_done(struct kpu_spi_host *spi, bool ok, bool fell, uint64_t now);
/* A falling edge of ready while at rest: the board has something to send. */
void kpu_spi_host_attention(struct kpu_spi_host *spi);
uint64_t kpu_spi_host_deadline(const struct kpu_spi_host *spi);
/* Between two exchanges. */
bool kpu_spi_host_at_rest(const struct kpu_spi_host *spi);

#endif
