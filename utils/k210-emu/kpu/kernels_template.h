/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The vector kernels in terms of a few operations on 32-bit lanes. Not an ordinary header: a file
 * per instruction set defines these operations, includes it once and is compiled with its flags.
 *
 *   lanes                     vector type; LANES its number of 32-bit lanes
 *   VECTORS_AT_ONCE           vectors kept in registers side by side
 *   WORDS_PER_ROW             see struct kpu_kernels
 *   lanes_dot(sum, x, w)      sum + dot product within each lane
 *   lanes_taps(p, taps)       taps[0..WORDS_PER_ROW-1]: samples p[i], p[i+1], p[i+2] of lane i
 *   lanes_multiply_even(a, b) signed 64-bit products of the even lanes
 *   lanes_join(even, odd)     low halves of 64-bit elements, alternating
 *   lanes_choose_above(v, limit, yes, no)   per lane: v > limit ? yes : no
 *   lanes_store_bytes(p, v)   signed saturation to 0..255, LANES bytes
 *   lanes_load, _store, _set, _set64, _add, _add64, _subtract, _minimum, _and, _xor, _odd
 *   lanes_multiply(a, b)      low halves of the products
 *   lanes_shift_right64(v, count)  logical, one count for all
 */
#ifndef K210_EMU_KPU_KERNELS_TEMPLATE_H
#define K210_EMU_KPU_KERNELS_TEMPLATE_H

#define STEP (LANES * VECTORS_AT_ONCE)

static inline __attribute__((always_inline)) void dot_channels(const uint32_t *lane_rows,
							       size_t units,
							       const uint32_t *weights,
							       const unsigned channels,
							       int32_t *sums)
{
	for (unsigned first = 0; first < KPU_TILE; first += STEP) {
		lanes sum[KPU_CHANNEL_BLOCK][VECTORS_AT_ONCE];

		for (unsigned c = 0; c < channels; c++) {
			for (unsigned v = 0; v < VECTORS_AT_ONCE; v++)
				sum[c][v] = lanes_set(0);
		}
		for (size_t unit = 0; unit < units; unit++) {
			const uint32_t *row = lane_rows + unit * KPU_TILE + first;
			lanes x[VECTORS_AT_ONCE];

			for (unsigned v = 0; v < VECTORS_AT_ONCE; v++)
				x[v] = lanes_load(row + v * LANES);
			for (unsigned c = 0; c < channels; c++) {
				lanes w = lanes_set((int32_t)weights[unit * channels + c]);

				for (unsigned v = 0; v < VECTORS_AT_ONCE; v++)
					sum[c][v] = lanes_dot(sum[c][v], x[v], w);
			}
		}
		for (unsigned c = 0; c < channels; c++) {
			for (unsigned v = 0; v < VECTORS_AT_ONCE; v++)
				lanes_store(sums + c * KPU_TILE + first + v * LANES, sum[c][v]);
		}
	}
}

static void dot(const uint32_t *lane_rows, size_t units, const uint32_t *weights, unsigned channels,
		int32_t *sums)
{
	if (channels == 1)
		dot_channels(lane_rows, units, weights, 1, sums);
	else
		dot_channels(lane_rows, units, weights, KPU_CHANNEL_BLOCK, sums);
}

static void depthwise(const uint8_t *top_left, size_t row_stride, const uint32_t *weights,
		      const uint32_t *ones, int32_t *sums, int32_t *samples)
{
	lanes w[3 * WORDS_PER_ROW], one[3 * WORDS_PER_ROW];

	for (unsigned i = 0; i < 3 * WORDS_PER_ROW; i++) {
		w[i] = lanes_set((int32_t)weights[i]);
		one[i] = lanes_set((int32_t)ones[i]);
	}
	for (unsigned first = 0; first < KPU_TILE; first += LANES) {
		lanes sum = lanes_set(0), sample = lanes_set(0);

		for (unsigned row = 0; row < 3; row++) {
			lanes taps[WORDS_PER_ROW];

			lanes_taps(top_left + row * row_stride + first, taps);
			for (unsigned i = 0; i < WORDS_PER_ROW; i++) {
				sum = lanes_dot(sum, taps[i], w[row * WORDS_PER_ROW + i]);
				sample = lanes_dot(sample, taps[i], one[row * WORDS_PER_ROW + i]);
			}
		}
		lanes_store(sums + first, sum);
		lanes_store(samples + first, sample);
	}
}

/* Shifts are at most 15, so the low half of a logical shift is that of the arithmetic one. */
static inline lanes multiply_shift(lanes value, lanes factor, unsigned shift)
{
	return lanes_join(lanes_shift_right64(lanes_multiply_even(value, factor), shift),
			  lanes_shift_right64(lanes_multiply_even(lanes_odd(value), factor),
					      shift));
}

static void pixel_terms(const int32_t *samples, int32_t arg_x, unsigned shift, int32_t correction,
			int32_t *terms)
{
	for (unsigned i = 0; i < KPU_TILE; i += LANES) {
		lanes sample = lanes_load(samples + i);
		lanes term = multiply_shift(sample, lanes_set(arg_x), shift);

		lanes_store(terms + i,
			    lanes_add(term, lanes_multiply(sample, lanes_set(correction))));
	}
}

/* Product of even lanes, rounded; never negative. */
static inline lanes round_product(lanes product, lanes round_add, lanes round_odd, unsigned shift)
{
	lanes odd = lanes_and(lanes_shift_right64(product, shift), round_odd);

	return lanes_shift_right64(lanes_add64(lanes_add64(product, round_add), odd), shift);
}

static void finish(const struct kpu_finish_plan *plan, const int32_t *sums, const int32_t *terms,
		   uint8_t *output)
{
	const lanes channel = lanes_set((int32_t)(uint32_t)(uint64_t)plan->channel_term);
	const lanes sign = lanes_set(plan->sign), limit = lanes_set(plan->limit);
	const lanes multiplier = lanes_set(plan->multiplier);
	const lanes round_add = lanes_set64(plan->round_add);
	const lanes round_odd = lanes_set64(plan->round_odd);

	for (unsigned first = 0; first < KPU_TILE; first += STEP) {
		lanes value[VECTORS_AT_ONCE], offset[VECTORS_AT_ONCE];
		lanes slope[VECTORS_AT_ONCE], bias[VECTORS_AT_ONCE];

		for (unsigned v = 0; v < VECTORS_AT_ONCE; v++) {
			unsigned i = first + v * LANES;
			lanes sum = lanes_add(
				lanes_add(lanes_load(sums + i), lanes_load(terms + i)), channel);

			sum = lanes_subtract(lanes_xor(sum, sign), sign);
			value[v] = lanes_minimum(sum, limit);
		}
		choose_segments(plan, value, offset, slope, bias);
		for (unsigned v = 0; v < VECTORS_AT_ONCE; v++) {
			lanes distance = lanes_add(
				multiply_shift(value[v], multiplier, plan->norm_shift), offset[v]);
			lanes even = lanes_multiply_even(distance, slope[v]);
			lanes odd = lanes_multiply_even(lanes_odd(distance), lanes_odd(slope[v]));

			even = round_product(even, round_add, round_odd, plan->round_shift);
			odd = round_product(odd, round_add, round_odd, plan->round_shift);
			lanes_store_bytes(output + first + v * LANES,
					  lanes_add(lanes_join(even, odd), bias[v]));
		}
	}
}

#endif
