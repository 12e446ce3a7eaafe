/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The only place where the emulator looks at the host's clock: how long to wait for the host while
 * the board is idle. Virtual time stands still meanwhile, so what is measured on the board's clock
 * does not depend on it.
 */
#ifndef K210_EMU_RUNNER_H
#define K210_EMU_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "utils/k210-emu/board.h"
#include "utils/k210-emu/faces/control.h"
#include "utils/k210-emu/faces/face.h"

struct runner_options {
	uint64_t stop_after; /* cycles; UINT64_MAX: no limit */
	/* Before a timer of an idle board fires, the host gets at least this long to speak. */
	uint64_t grace_nanoseconds;
	/*
	 * ... and as long as the timer's own delay, so that the time-outs of the board are no
	 * shorter than real ones; longer, within a bound, while the host has not read what it was
	 * sent.
	 */
	bool pace;
	struct control *control; /* commands from outside, or NULL */
	struct face *spi;        /* a second face, or NULL */
};

/* Runs the board until its host goes away, nothing can happen any more, stop_after is reached or a
 * trace cannot be written. */
void runner_run(struct board *board, struct face *face, const struct runner_options *options);

#endif
