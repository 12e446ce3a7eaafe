/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Sums of two tensors: ADD, QUANTIZED_ADD. */
#include "firmware_k210/runtime/layers/layer.h"

/* The count is the field at 16 in both. */
static void add_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = (layer_field(job, 16) + LAYER_CHUNK - 1) / LAYER_CHUNK;
	plan->piece_cost = 2 * LAYER_CHUNK;
}

static void add_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in_a = layer_work(job, 4), *in_b = layer_work(job, 8);
	uint8_t *out = layer_work(job, 12);
	uint32_t total = layer_field(job, 16);
	LAYER_BUFFER float a[LAYER_CHUNK], b[LAYER_CHUNK];

	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t start = piece * LAYER_CHUNK * 4;
		uint32_t length = layer_chunk_length(total, piece);

		memory_read(a, in_a + start, length * 4);
		memory_read(b, in_b + start, length * 4);
		for (uint32_t i = 0; i < length; i++)
			a[i] += b[i];
		memory_write(out + start, a, length * 4);
	}
}

struct quantized_add {
	int64_t a_offset, a_mul, b_offset, b_mul, out_offset, out_mul;
	uint32_t a_shift, b_shift, out_shift;
};

static int64_t signed_field(const struct layer_job *job, uint32_t offset)
{
	return (int32_t)layer_field(job, offset);
}

/* Shifts of more than the word's width (hostile files only) would be undefined. */
static uint32_t shift_field(const struct layer_job *job, uint32_t offset)
{
	uint32_t shift = layer_field(job, offset);

	return shift > 63 ? 63 : shift;
}

/* Shift right, to nearest, ties away from zero ("carry_shift" of the SDK). */
static int64_t carry_shift(int64_t value, uint32_t shift)
{
	int64_t half;

	if (!shift)
		return value;
	half = value >> (shift - 1);
	if (half & 1)
		return half < 0 ? (half >> 1) - 1 : (half >> 1) + 1;
	return half >> 1;
}

/* Products wrap around as the SDK's registers do, instead of being undefined. */
static int64_t wrapping_product(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a * (uint64_t)b);
}

static int64_t wrapping_sum(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static uint8_t quantized_sum(const struct quantized_add *add, uint8_t a, uint8_t b)
{
	int64_t left = wrapping_product(a + add->a_offset, add->a_mul);
	int64_t right = wrapping_product(b + add->b_offset, add->b_mul);
	int64_t sum;

	if (add->a_shift == add->b_shift)
		sum = wrapping_sum(left, right) >> add->a_shift;
	else
		sum = wrapping_sum(left >> add->a_shift, right >> add->b_shift);
	sum = carry_shift(wrapping_product(sum, add->out_mul), add->out_shift);
	sum = wrapping_sum(sum, add->out_offset);
	return sum < 0 ? 0 : sum > 255 ? 255 : (uint8_t)sum;
}

/* The SDK rounds the count up to a multiple of 8 and writes past the tensor; this does not. */
static void quantized_add_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in_a = layer_work(job, 4), *in_b = layer_work(job, 8);
	uint8_t *out = layer_work(job, 12);
	uint32_t total = layer_field(job, 16);
	struct quantized_add add = {
		.a_offset = signed_field(job, 20),
		.a_mul = signed_field(job, 24),
		.a_shift = shift_field(job, 28),
		.b_offset = signed_field(job, 32),
		.b_mul = signed_field(job, 36),
		.b_shift = shift_field(job, 40),
		.out_offset = signed_field(job, 44),
		.out_mul = signed_field(job, 48),
		.out_shift = shift_field(job, 52),
	};
	LAYER_BUFFER uint8_t a[LAYER_CHUNK], b[LAYER_CHUNK];

	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t start = piece * LAYER_CHUNK;
		uint32_t length = layer_chunk_length(total, piece);

		memory_read(a, in_a + start, length);
		memory_read(b, in_b + start, length);
		for (uint32_t i = 0; i < length; i++)
			a[i] = quantized_sum(&add, a[i], b[i]);
		memory_write(out + start, a, length);
	}
}

const struct layer_kind layer_add = { KMODEL_V3_ADD, add_plan, add_run };
const struct layer_kind layer_quantized_add = { KMODEL_V3_QUANTIZED_ADD, add_plan,
						quantized_add_run };
