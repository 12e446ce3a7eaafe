/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A board inside the test process, with a program on it. */
#ifndef TESTS_UNIT_SOC_MACHINE_H
#define TESTS_UNIT_SOC_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "utils/k210-emu/board.h"
#include "utils/k210-emu/bridge.h"

#define MACHINE_OUTPUT_MAX 65536

struct machine {
	struct board *board;
	char output[MACHINE_OUTPUT_MAX]; /* what the board has sent, with a terminating zero */
	size_t output_size;
};

/* True if the test programs were built; prints why not otherwise. */
bool machine_programs_available(void);

/* Fail the test on errors. Options may be NULL for the defaults. */
void machine_start(struct machine *machine, const char *program,
		   const struct board_options *options);
void machine_start_image(struct machine *machine, const uint8_t *image, size_t size,
			 const struct board_options *options);
void machine_stop(struct machine *machine);

/*
 * Gives @input to the bridge (NULL: nothing) and runs for up to @cycles or until nothing can
 * happen any more; idle time is jumped over. True if it came to an end by itself.
 */
bool machine_run(struct machine *machine, const char *input, uint64_t cycles);

#endif
