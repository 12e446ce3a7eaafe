/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The fast implementation: tiles of pixels, kernels per instruction set. */
#ifndef K210_EMU_KPU_FAST_H
#define K210_EMU_KPU_FAST_H

#include "kernels.h"

/* NULL for the reference and for what this processor cannot run. */
const struct kpu_kernels *kpu_find_kernels(enum kpu_implementation implementation);

/* Like kpu_run_reference(). */
bool kpu_run_fast(const struct kpu_job *job, const struct kpu_kernels *kernels);
bool kpu_run_dense(const struct kpu_job *job, const struct kpu_kernels *kernels);
bool kpu_run_depthwise(const struct kpu_job *job, const struct kpu_kernels *kernels);

/* Byte planes of the weights: 1 for 8-bit weights, else low and high. */
static inline unsigned kpu_weight_planes(const struct kpu_job *job)
{
	return job->eight_bit_weights ? 1 : 2;
}

/* Sum of samples times this corrects the sums of products for the offset of the weights. */
static inline int32_t kpu_sum_correction(const struct kpu_job *job,
					 const struct kpu_kernels *kernels)
{
	return (int32_t)kernels->weight_offset * (job->eight_bit_weights ? 1 : 257);
}

int64_t kpu_sum_weights(const struct kpu_job *job, unsigned channel);

/* Lanes that @positions weights fill. */
static inline size_t kpu_lane_units(const struct kpu_kernels *kernels, size_t positions)
{
	return (positions + kernels->interleave - 1) / kernels->interleave;
}

/*
 * Writes @count weights of one byte plane, from weight @index on, as lanes @word_stride words
 * apart; positions behind the last are zero.
 */
void kpu_pack_weights(const struct kpu_job *job, const struct kpu_kernels *kernels, unsigned plane,
		      size_t index, size_t count, uint32_t *words, size_t word_stride);
/* The same for weights that are all one, without the offset: their dot product sums samples. */
void kpu_pack_ones(const struct kpu_kernels *kernels, size_t count, uint32_t *words);

/* Sums of one tile of one channel; @high for 16-bit weights, else NULL. */
struct kpu_tile_sums {
	const int32_t *low, *high, *samples, *terms;
};

/* Batch norm and activation of the first @count pixels of a tile. */
void kpu_finish_tile(const struct kpu_job *job, const struct kpu_kernels *kernels,
		     const struct kpu_finish_plan *plan, const struct kpu_tile_sums *sums,
		     unsigned count, uint8_t *output);

/*
 * Pools @output_height rows from a map of @height rows, which are @row_stride bytes apart.
 * Windows that reach over the right or lower edge repeat it.
 */
void kpu_pool_rows(enum k210_pool pool, const uint8_t *map, size_t row_stride, unsigned height,
		   unsigned output_width, unsigned output_height, uint8_t *output);

#endif
