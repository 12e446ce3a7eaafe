/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/line_noise.h"

/* Start bit and data bits. A stop bit that was hit does no harm without another character. */
#define BITS 9

/* splitmix64: any seed is a good one. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

bool line_noise_pass(const struct line_noise *noise, uint64_t *state, uint8_t *byte, bool *changed)
{
	uint64_t random;
	unsigned bit;

	*changed = false;
	if (noise->ppm == 0)
		return true;
	random = next_random(state);
	if ((random >> 32) % LINE_NOISE_PPM_MAX >= noise->ppm)
		return true;
	*changed = true;
	bit = (uint32_t)random % BITS;
	if (bit == 0)
		return false;
	*byte ^= (uint8_t)(1u << (bit - 1));
	return true;
}
