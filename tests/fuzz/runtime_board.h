/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The firmware's runtime on a board made of memory, for fuzzers: its KPU takes some time and writes
 * nothing but its output map. Whatever a model says, it stays in its memories.
 */
#ifndef TESTS_FUZZ_RUNTIME_BOARD_H
#define TESTS_FUZZ_RUNTIME_BOARD_H

#include "firmware_k210/runtime/runtime.h"

/* Small, so that a read beyond a model's own memory soon is one beyond the board's. */
#define RUNTIME_BOARD_MEMORY (256u * 1024)

struct runtime_board {
	struct runtime runtime;
	uint8_t *memory, *ai_sram;
	uint8_t fill; /* of inputs and of the KPU's results */
	bool finished;
	uint16_t status; /* of the run that finished last */
	uint64_t cycles, now;
	/* The layer that the KPU computes. */
	unsigned polls_left;
	const uint8_t *weights;
	uint32_t weights_bytes, weights_crc;
};

extern struct runtime_board runtime_board;

void require(bool condition);

/* Starts anew, with nothing loaded; @flash may be NULL. */
void runtime_board_start(uint8_t fill, const struct runtime_flash *flash);
/* A run from its input to its end; it may take a bounded number of steps, as a time-out would end
 * it. */
void runtime_board_run(const struct kpu_load_result *model);
/* Releases all models and checks that all memory is back. */
void runtime_board_end(void);

/* Of the board's memory only what is opened may be touched from runtime_board_fence() on, if there
 * is a sanitizer to watch it, until runtime_board_open_all(). */
void runtime_board_fence(void);
void runtime_board_open(const uint8_t *bytes, size_t size);
void runtime_board_open_all(void);
/* Work buffer and profile of a model. */
void runtime_board_open_work(const struct runtime_model *model);

#endif
