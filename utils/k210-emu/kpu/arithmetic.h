/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The scalar rules of one output value: from the convolution sums to the activated byte.
 *
 * Source: nncase v0.2 K210 simulator. It works on signed 64-bit integers; parameters that a
 * compiler would never write can overflow them, so every operation that can is done modulo 2^64.
 * Right shifts are arithmetic.
 */
#ifndef K210_EMU_KPU_ARITHMETIC_H
#define K210_EMU_KPU_ARITHMETIC_H

#include <stdbool.h>
#include <stdint.h>

#include "kpu_model.h"

struct kpu_batch_norm {
	int32_t multiplier; /* signed 24 bit */
	int32_t addend;
	unsigned shift; /* 0..15 */
};

struct kpu_segment {
	int64_t start; /* signed 36 bit; the segment holds for values strictly above */
	int32_t slope; /* signed 16 bit */
	uint8_t shift;
	uint8_t bias;
};

struct kpu_activation {
	struct kpu_segment segment[K210_ACTIVATION_SEGMENTS];
};

static inline int64_t kpu_wrapping_add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline int64_t kpu_wrapping_subtract(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static inline int64_t kpu_wrapping_multiply(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a * (uint64_t)b);
}

/*
 * V = sum(x*w) + ((arg_x * sum x) >> shift_x) + ((arg_w * sum w) >> shift_w) + arg_add * channels.
 * No wrap is possible: |arg_x * sum x| < 2^45, |arg_w * sum w| < 2^53, |arg_add * n| <= 2^49.
 */
static inline int64_t kpu_pixel_term(const struct k210_kpu_layer *layer, int64_t sum_x)
{
	return (layer->arg_x * sum_x) >> layer->shift_x;
}

static inline int64_t kpu_channel_term(const struct k210_kpu_layer *layer, int64_t sum_w)
{
	int64_t channels = layer->depthwise ? 1 : layer->input_channels;

	return ((layer->arg_w * sum_w) >> layer->shift_w) + layer->arg_add * channels;
}

static inline int64_t kpu_normalise(const struct kpu_batch_norm *norm, int64_t value)
{
	return kpu_wrapping_add(kpu_wrapping_multiply(value, norm->multiplier) >> norm->shift,
				norm->addend);
}

/*
 * Division by 2^shift to the nearest. A negative value that has to be rounded goes one down from
 * the floor, not up: so does the simulator, whose result is the rule here. Shifts above 63 are
 * encodable; they act as if the value were sign-extended far enough.
 */
static inline int64_t kpu_round_shift(int64_t value, unsigned shift, enum kpu_rounding rounding)
{
	if (shift == 0)
		return value;
	if (shift > 64)
		shift = 64;

	/* cppcheck-suppress shiftTooManyBitsSigned; gcc and clang shift the sign in */
	int64_t halves = value >> (shift - 1);
	int64_t whole = halves >> 1;
	bool tie = ((uint64_t)value & ((1ull << (shift - 1)) - 1)) == 0;

	if (!(halves & 1))
		return whole;
	if (rounding == KPU_ROUND_HALF_EVEN && tie && !(whole & 1))
		return whole;
	return value < 0 ? whole - 1 : whole + 1;
}

/* The last segment whose start is below the value; values at or below every start use the first. */
static inline const struct kpu_segment *kpu_find_segment(const struct kpu_activation *activation,
							 int64_t value)
{
	unsigned i = K210_ACTIVATION_SEGMENTS - 1;

	while (i > 0 && value <= activation->segment[i].start)
		i--;
	return &activation->segment[i];
}

static inline uint8_t kpu_activate(const struct kpu_activation *activation, int64_t value,
				   enum kpu_rounding rounding)
{
	const struct kpu_segment *segment = kpu_find_segment(activation, value);
	int64_t product =
		kpu_wrapping_multiply(kpu_wrapping_subtract(value, segment->start), segment->slope);
	int64_t result =
		kpu_wrapping_add(kpu_round_shift(product, segment->shift, rounding), segment->bias);

	return result < 0 ? 0 : result > 255 ? 255 : (uint8_t)result;
}

#endif
