/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The kernels in plain C, written as loops over a tile that compilers can vectorise. */
#include <string.h>

#include "kernels.h"

static void interleave_samples(const uint8_t *const rows[], unsigned count, uint32_t *lanes)
{
	const uint8_t *first = rows[0], *second = rows[1];

	for (unsigned i = 0; i < count; i++)
		lanes[i] = first[i] | (uint32_t)second[i] << 16;
}

/* Sums stay below 1024 * 9 * 255 * 255 < 2^30. */
static void dot(const uint32_t *lanes, size_t units, const uint32_t *weights, unsigned channels,
		int32_t *restrict sums)
{
	memset(sums, 0, sizeof(*sums) * KPU_TILE * channels);
	for (size_t unit = 0; unit < units; unit++) {
		const uint32_t *row = lanes + unit * KPU_TILE;

		for (unsigned c = 0; c < channels; c++) {
			int32_t first = (int32_t)(weights[unit * channels + c] & 0xffff);
			int32_t second = (int32_t)(weights[unit * channels + c] >> 16);
			int32_t *sum = sums + c * KPU_TILE;

			for (unsigned i = 0; i < KPU_TILE; i++)
				sum[i] += (int32_t)(row[i] & 0xffff) * first +
					  (int32_t)(row[i] >> 16) * second;
		}
	}
}

static void depthwise(const uint8_t *top_left, size_t row_stride, const uint32_t *weights,
		      const uint32_t *ones, int32_t *restrict sums, int32_t *restrict samples)
{
	memset(sums, 0, sizeof(*sums) * KPU_TILE);
	memset(samples, 0, sizeof(*samples) * KPU_TILE);
	for (unsigned tap = 0; tap < 9; tap++) {
		const uint8_t *from = top_left + tap / 3 * row_stride + tap % 3;
		unsigned word = tap / 3 * 2 + tap % 3 / 2, shift = tap % 3 % 2 * 16;
		int32_t weight = (int32_t)(weights[word] >> shift & 0xffff);
		int32_t one = (int32_t)(ones[word] >> shift & 0xffff);

		for (unsigned i = 0; i < KPU_TILE; i++) {
			sums[i] += from[i] * weight;
			samples[i] += from[i] * one;
		}
	}
}

static void pixel_terms(const int32_t *samples, int32_t arg_x, unsigned shift, int32_t correction,
			int32_t *restrict terms)
{
	for (unsigned i = 0; i < KPU_TILE; i++) {
		int64_t term =
			(((int64_t)arg_x * samples[i]) >> shift) + (int64_t)correction * samples[i];

		terms[i] = (int32_t)(uint32_t)(uint64_t)term;
	}
}

static void finish(const struct kpu_finish_plan *plan, const int32_t *sums, const int32_t *terms,
		   uint8_t *output)
{
	uint32_t channel = (uint32_t)(uint64_t)plan->channel_term;

	for (unsigned i = 0; i < KPU_TILE; i++) {
		uint32_t sum = (uint32_t)sums[i] + (uint32_t)terms[i] + channel;
		uint32_t sign = (uint32_t)plan->sign;
		int32_t value = (int32_t)((sum ^ sign) - sign);
		unsigned s = 0;

		if (value > plan->limit)
			value = plan->limit;
		while (s + 1 < plan->segments && value > plan->above[s + 1])
			s++;
		uint32_t scaled =
			(uint32_t)(((int64_t)value * plan->multiplier) >> plan->norm_shift);
		int64_t product =
			(int64_t)(int32_t)(scaled + (uint32_t)plan->offset[s]) * plan->slope[s];
		int64_t odd = product >> plan->round_shift & plan->round_odd;
		int64_t result =
			((product + plan->round_add + odd) >> plan->round_shift) + plan->bias[s];

		output[i] = result < 0 ? 0 : result > 255 ? 255 : (uint8_t)result;
	}
}

const struct kpu_kernels kpu_kernels_portable = {
	.interleave = 2,
	.weight_offset = 0,
	.words_per_row = 2,
	.interleave_samples = interleave_samples,
	.dot = dot,
	.depthwise = depthwise,
	.pixel_terms = pixel_terms,
	.finish = finish,
};
