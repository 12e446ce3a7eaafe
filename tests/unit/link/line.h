/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A serial line between a host end and a board end, on a virtual clock. Each direction has the
 * queue of its transport in front of the wire and may damage bytes on the wire.
 */
#ifndef TESTS_UNIT_LINK_LINE_H
#define TESTS_UNIT_LINK_LINE_H

#include <check.h>

#include "link/board.h"
#include "link/host.h"

#define LINE_QUEUE_MAX 8192u

/* What becomes of one byte on the wire: writes 0, 1 or 2 bytes, returns how many. */
typedef size_t line_damage(void *context, uint8_t byte, uint8_t out[2]);

struct direction {
	uint8_t queue[LINE_QUEUE_MAX];
	size_t head, count, limit;
	line_damage *damage;
	void *damage_context;
	uint64_t bytes_carried;
};

struct line {
	struct kpu_session host_session, board_session;
	struct direction to_board, to_host;
	uint64_t now_ns;
	uint32_t byte_ns;
	uint32_t step; /* bytes that arrive at once */
	bool cut;      /* nothing arrives */
	/* Called before each step; may be NULL. */
	void (*tick)(struct line *line);
	void *context;
	struct kpu_host *host;
	uint8_t host_memory[KPU_SESSION_MEMORY(4096, 16)];
	uint8_t board_memory[KPU_SESSION_MEMORY(4096, 16)];
};

struct line_config {
	uint32_t bytes_per_second;
	uint16_t payload;
	uint8_t host_window, board_window;
	uint32_t host_queue, board_queue; /* bytes in the transports; 0 = one step */
	uint32_t step;                    /* 0 = 16 bytes */
};

extern const struct line_config line_2mbaud;

/* Initialises line, sessions, host and board; starts nothing. */
void line_init(struct line *line, const struct line_config *config, struct kpu_host *host,
	       struct kpu_board *board, const struct kpu_board_ops *board_ops, void *board_context);
/* The same for sessions whose owner is the test itself. */
void line_init_sessions(struct line *line, const struct line_config *config,
			const struct kpu_session_ops *host_ops, void *host_context,
			const struct kpu_session_ops *board_ops, void *board_context);
void line_start(struct line *line);
uint64_t line_now(const struct line *line); /* microseconds */
/* One step of virtual time: as long as the step's bytes take, or to the next timer if the line is
 * quiet (not beyond @limit_us). */
void line_step(struct line *line, uint64_t limit_us);
/* Runs until @done says so or @timeout_us have passed; returns what @done says. */
bool line_run(struct line *line, bool (*done)(void *), void *context, uint64_t timeout_us);
void line_run_for(struct line *line, uint64_t duration_us);

/* Check's own assertions note each place they pass, which is too slow where millions pass. */
#define expect(condition)                               \
	do {                                            \
		if (!(condition))                       \
			ck_abort_msg("%s", #condition); \
	} while (0)

/* Small deterministic generator (xorshift64*). */
uint32_t random_next(uint64_t *state);

#endif
