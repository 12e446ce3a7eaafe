/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What dense and depthwise layers share: packing of weights and the last step of a tile. */
#include <string.h>

#include "fast.h"

int64_t kpu_sum_weights(const struct kpu_job *job, unsigned channel)
{
	size_t count = kpu_weights_per_channel(&job->layer);
	size_t planes = kpu_weight_planes(job);
	const uint8_t *bytes = job->weights + channel * count * planes;
	uint32_t low = 0, high = 0;

	if (planes == 1) {
		for (size_t i = 0; i < count; i++)
			low += bytes[i];
	} else {
		for (size_t i = 0; i < count; i++) {
			low += bytes[2 * i];
			high += bytes[2 * i + 1];
		}
	}
	return (int64_t)high * 256 + low;
}

void kpu_pack_weights(const struct kpu_job *job, const struct kpu_kernels *kernels, unsigned plane,
		      size_t index, size_t count, uint32_t *words, size_t word_stride)
{
	size_t stride = kpu_weight_planes(job);
	const uint8_t *bytes = job->weights + index * stride + plane;
	unsigned bits = 32 / kernels->interleave;
	uint32_t mask = (1u << bits) - 1;

	for (size_t i = 0; i < count; words += word_stride) {
		uint32_t word = 0;

		for (unsigned j = 0; j < kernels->interleave && i < count; j++, i++)
			word |= ((bytes[i * stride] - kernels->weight_offset) & mask) << j * bits;
		*words = word;
	}
}

void kpu_pack_ones(const struct kpu_kernels *kernels, size_t count, uint32_t *words)
{
	unsigned bits = 32 / kernels->interleave;

	for (size_t i = 0; i < count; words++) {
		*words = 0;
		for (unsigned j = 0; j < kernels->interleave && i < count; j++, i++)
			*words |= 1u << j * bits;
	}
}

/* Modulo 2^32: the plan has shown that the final value fits. */
static void combine_planes(const int32_t *low, const int32_t *high, int32_t *combined)
{
	for (unsigned i = 0; i < KPU_TILE; i++)
		combined[i] = (int32_t)((uint32_t)low[i] + ((uint32_t)high[i] << 8));
}

void kpu_finish_tile(const struct kpu_job *job, const struct kpu_kernels *kernels,
		     const struct kpu_finish_plan *plan, const struct kpu_tile_sums *sums,
		     unsigned count, uint8_t *output)
{
	const int32_t *low = sums->low;
	int32_t combined[KPU_TILE];
	uint8_t whole[KPU_TILE];

	if (plan->exact_only) {
		kpu_finish_exact(plan, job, low, sums->high, sums->samples,
				 kpu_sum_correction(job, kernels), count, output);
		return;
	}
	if (sums->high) {
		combine_planes(low, sums->high, combined);
		low = combined;
	}
	if (count == KPU_TILE) {
		kernels->finish(plan, low, sums->terms, output);
	} else {
		kernels->finish(plan, low, sums->terms, whole);
		memcpy(output, whole, count);
	}
}

bool kpu_run_fast(const struct kpu_job *job, const struct kpu_kernels *kernels)
{
	return job->layer.depthwise ? kpu_run_depthwise(job, kernels) : kpu_run_dense(job, kernels);
}
