/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* binary and quantized_binary. An operand's index past its end in a dimension counts as 0, which
 * repeats it (nncase kernel_utils.h, get_reduced_offset). */
#include "firmware_k210/runtime/v4/node.h"

/* Both operators begin alike: three ranges, the operation, three shapes. */
#define OUTPUT    32u
#define OPERATION 48u
#define SHAPES    52u
#define BOUNDS    100u /* binary */
#define NUMBERS   100u /* quantized_binary */

struct operand {
	const uint8_t *values;
	uint32_t shape[4], steps[4];
	bool is_whole; /* has the shape of the output */
};

struct operands {
	struct operand sides[2];
	struct v4_index index;
	uint32_t element_bytes;
};

static void read_operands(const struct layer_job *job, struct operands *operands,
			  uint32_t element_bytes)
{
	/* cppcheck-suppress uninitvar ; it is filled here */
	v4_read_words(job, SHAPES + 32, operands->index.shape, 4);
	operands->element_bytes = element_bytes;
	for (unsigned side = 0; side < 2; side++) {
		struct operand *operand = &operands->sides[side];

		operand->values = v4_address(job, side * KMODEL_V4_RANGE_BYTES);
		v4_read_words(job, SHAPES + side * 16, operand->shape, 4);
		v4_steps(operand->shape, operand->steps);
		operand->is_whole =
			memcmp(operand->shape, operands->index.shape, sizeof(operand->shape)) == 0;
	}
}

/* @length values from output element @start on. */
static void fetch(struct operands *operands, unsigned side, uint32_t start, uint32_t length,
		  void *out)
{
	const struct operand *operand = &operands->sides[side];
	uint32_t bytes = operands->element_bytes;
	uint8_t *to = out;

	if (operand->is_whole) {
		memory_read(out, operand->values + start * bytes, length * bytes);
		return;
	}
	v4_index_set(&operands->index, start);
	for (; length; length--, to += bytes) {
		uint32_t element = 0;

		for (unsigned i = 0; i < 4; i++)
			if (operands->index.at[i] < operand->shape[i])
				element += operands->index.at[i] * operand->steps[i];
		memory_read(to, operand->values + element * bytes, bytes);
		v4_index_next(&operands->index);
	}
}

void v4_binary_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	uint8_t *out = v4_address(job, OUTPUT);
	uint32_t total = v4_output_elements(job), operation = layer_field(job, OPERATION);
	struct v4_bounds bounds = v4_read_bounds(job, BOUNDS);
	LAYER_BUFFER float a[LAYER_CHUNK];
	LAYER_BUFFER float b[LAYER_CHUNK];
	struct operands operands;

	read_operands(job, &operands, 4);
	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t start = piece * LAYER_CHUNK, length = layer_chunk_length(total, piece);

		fetch(&operands, 0, start, length, a);
		fetch(&operands, 1, start, length, b);
		for (uint32_t i = 0; i < length; i++)
			a[i] = v4_clamp(v4_binary(operation, a[i], b[i]), bounds);
		memory_write(out + start * 4, a, length * 4);
	}
}

/* In the order of the body. */
struct quantized_binary {
	int32_t a_offset, a_factor, a_shift;
	int32_t b_offset, b_factor, b_shift;
	int32_t offset, factor, shift;
};

static int32_t wrapping_sum(int32_t a, int32_t b)
{
	return (int32_t)((uint32_t)a + (uint32_t)b);
}

/* Rounded to nearest for positive numbers. By zero: -1, the largest number over -1: itself, both
 * as the processor's division instruction gives it. */
static int32_t divide(int32_t a, int32_t b)
{
	a = wrapping_sum(a, b / 2);
	if (b == 0)
		return -1;
	if (b == -1)
		return (int32_t)(0u - (uint32_t)a);
	return a / b;
}

static int32_t operate(uint32_t operation, int32_t a, int32_t b)
{
	switch (operation) {
	case KMODEL_V4_BINARY_ADD:
		return wrapping_sum(a, b);
	case KMODEL_V4_BINARY_SUB:
		return (int32_t)((uint32_t)a - (uint32_t)b);
	case KMODEL_V4_BINARY_MUL:
		return (int32_t)((uint32_t)a * (uint32_t)b);
	case KMODEL_V4_BINARY_DIV:
		return divide(a, b);
	case KMODEL_V4_BINARY_MIN:
		return b < a ? b : a;
	default:
		return a < b ? b : a;
	}
}

static uint8_t quantized_value(const struct quantized_binary *numbers, uint32_t operation,
			       uint8_t a, uint8_t b)
{
	int32_t left =
		v4_scale(wrapping_sum(a, numbers->a_offset), numbers->a_factor, numbers->a_shift);
	int32_t right =
		v4_scale(wrapping_sum(b, numbers->b_offset), numbers->b_factor, numbers->b_shift);

	return v4_byte((int64_t)v4_scale(operate(operation, left, right), numbers->factor,
					 numbers->shift) +
		       numbers->offset);
}

void v4_quantized_binary_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	uint8_t *out = v4_address(job, OUTPUT);
	uint32_t total = v4_output_elements(job), operation = layer_field(job, OPERATION);
	LAYER_BUFFER uint8_t a[LAYER_CHUNK];
	LAYER_BUFFER uint8_t b[LAYER_CHUNK];
	struct quantized_binary numbers;
	struct operands operands;

	read_operands(job, &operands, 1);
	v4_read_words(job, NUMBERS, &numbers, sizeof(numbers) / 4);
	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t start = piece * LAYER_CHUNK, length = layer_chunk_length(total, piece);

		fetch(&operands, 0, start, length, a);
		fetch(&operands, 1, start, length, b);
		for (uint32_t i = 0; i < length; i++)
			a[i] = quantized_value(&numbers, operation, a[i], b[i]);
		memory_write(out + start, a, length);
	}
}
