/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What differs between instruction sets: the inner loops of the fast implementation.
 *
 * They all work on tiles of KPU_TILE pixels. Samples and weights meet in 32-bit lanes: a lane holds
 * the samples of one pixel for 2 (as 16-bit halves) or 4 (as bytes) consecutive weight positions,
 * in memory order of the weights; first position in the least significant bits.
 */
#ifndef K210_EMU_KPU_KERNELS_H
#define K210_EMU_KPU_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "finish_plan.h"

#define KPU_TILE 64u
/* Output channels that the dot kernel does at once. */
#define KPU_CHANNEL_BLOCK 4u
/* Kernels read samples in steps of this many, so buffers need as many bytes behind the last. */
#define KPU_READ_SLACK 128u
/* interleave() writes lanes in steps of this many. */
#define KPU_INTERLEAVE_STEP 16u

struct kpu_kernels {
	/* Weight positions per lane, 2 or 4. */
	unsigned interleave;
	/* Subtracted from each weight byte (signed instructions); the sum of samples makes up. */
	unsigned weight_offset;
	/* Words for the three weights of one kernel row of depthwise(). */
	unsigned words_per_row;

	/* @lanes[i] = samples rows[0..interleave-1][i], for count rounded up to the step. */
	void (*interleave_samples)(const uint8_t *const rows[], unsigned count, uint32_t *lanes);

	/*
	 * sums[c][p] = dot product of lanes[0..units-1][p] and weights[0..units-1][c]; @channels is
	 * KPU_CHANNEL_BLOCK (weights and sums in blocks of that) or 1.
	 */
	void (*dot)(const uint32_t *lanes, size_t units, const uint32_t *weights, unsigned channels,
		    int32_t *sums);

	/*
	 * 3x3 window on KPU_TILE consecutive positions: sums with @weights and with @ones, each of
	 * three rows of words_per_row words.
	 */
	void (*depthwise)(const uint8_t *top_left, size_t row_stride, const uint32_t *weights,
			  const uint32_t *ones, int32_t *sums, int32_t *samples);

	/* terms[p] = low half of ((arg_x * samples[p]) >> shift) + correction * samples[p] */
	void (*pixel_terms)(const int32_t *samples, int32_t arg_x, unsigned shift,
			    int32_t correction, int32_t *terms);

	/* Batch norm and activation of one tile of one channel whose plan is not exact_only. */
	void (*finish)(const struct kpu_finish_plan *plan, const int32_t *sums,
		       const int32_t *terms, uint8_t *output);
};

extern const struct kpu_kernels kpu_kernels_portable;
extern const struct kpu_kernels kpu_kernels_sse41;
extern const struct kpu_kernels kpu_kernels_avx2;
extern const struct kpu_kernels kpu_kernels_avx512vnni;

#endif
