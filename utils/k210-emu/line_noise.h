/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Noise on the serial line. A damaged character is lost when its start bit was hit (one in nine),
 * otherwise one of its eight bits is flipped. Repeatable from the seed: what happens to the n-th
 * character of a run depends on nothing else.
 */
#ifndef K210_EMU_LINE_NOISE_H
#define K210_EMU_LINE_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#define LINE_NOISE_PPM_MAX 1000000

struct line_noise {
	uint32_t ppm; /* characters damaged of a million; 0: a quiet line */
	uint64_t seed;
	uint64_t milliseconds; /* of the board's time after each reset; 0: for ever */
};

/* One character on the line; *@state starts as the seed. False: it is lost. *@changed is set. */
bool line_noise_pass(const struct line_noise *noise, uint64_t *state, uint8_t *byte, bool *changed);

#endif
