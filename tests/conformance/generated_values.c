/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Models of V4 operators on values and matrices. */
#include <math.h>
#include <string.h>

#include "tests/conformance/generated.h"

static void row(int32_t shape[4], int32_t count)
{
	shape[0] = shape[1] = shape[2] = 1;
	shape[3] = count;
}

static void make_quantize(struct generation *g)
{
	int32_t shape[4], zero_point = random_int(g, -20, 200);
	float scale = 1.0f + fabsf(random_float(g)) * 4.0f;
	struct kmodel_v4_tensor in, out;
	const float *values;
	uint8_t *expected;

	row(shape, random_int(g, 1, 9000));
	in = random_floats(g, shape, &values);
	out = expect_byte_output(g, shape, &expected);
	kmodel_v4_quantize(g->v4, KMODEL_V4_QUANTIZE, in.range, out.range, zero_point, scale);
	for (int32_t i = 0; i < shape[3]; i++) {
		float product = values[i] * scale;

		expected[i] = clamp_byte(lroundf(product + (float)zero_point));
	}
}

static void make_dequantize(struct generation *g)
{
	int32_t shape[4], zero_point = random_int(g, 0, 255);
	float scale = 1.0f + fabsf(random_float(g)), step = 1.0f / scale;
	struct kmodel_v4_tensor in, out;
	const uint8_t *values;
	float *expected;

	row(shape, random_int(g, 1, 9000));
	in = random_bytes(g, shape, &values);
	out = expect_float_output(g, shape, &expected);
	kmodel_v4_quantize(g->v4, KMODEL_V4_DEQUANTIZE, in.range, out.range, zero_point, scale);
	for (int32_t i = 0; i < shape[3]; i++)
		expected[i] = (float)(values[i] - zero_point) * step;
}

static float apply_unary(int32_t operation, float x)
{
	switch (operation) {
	case 0:
		return fabsf(x);
	case 1:
		return ceilf(x);
	case 2:
		return (float)cos((double)x);
	case 3:
		return (float)exp((double)x);
	case 4:
		return floorf(x);
	case 5:
		return (float)log((double)x);
	case 6:
		return -x;
	case 7:
		return (float)(1 / sqrt((double)x));
	case 8:
		return (float)sin((double)x);
	default:
		return x * x;
	}
}

static float apply_binary(int32_t operation, float a, float b)
{
	switch (operation) {
	case 0:
		return a + b;
	case 1:
		return a - b;
	case 2:
		return a * b;
	case 3:
		return a / b;
	case 4:
		return b < a ? b : a; /* std::min: a if one is not a number */
	default:
		return a < b ? b : a;
	}
}

static void make_unary(struct generation *g)
{
	int32_t shape[4], operation = random_int(g, 0, 9);
	struct kmodel_v4_tensor in, out;
	const float *values;
	float *expected;

	row(shape, random_int(g, 1, 700));
	in = random_floats(g, shape, &values);
	out = expect_float_output(g, shape, &expected);
	kmodel_v4_unary(g->v4, operation, in.range, out.range);
	for (int32_t i = 0; i < shape[3]; i++)
		expected[i] = apply_unary(operation, values[i]);
}

/* b's dimensions are those of a or 1, and the other way round. */
static void broadcast_shapes(struct generation *g, int32_t a[4], int32_t b[4], int32_t out[4])
{
	random_shape(g, 12, out);
	memcpy(a, out, 4 * sizeof(*a));
	memcpy(b, out, 4 * sizeof(*b));
	for (unsigned i = 0; i < 4; i++) {
		int32_t which = random_int(g, 0, 5);

		if (which == 0)
			a[i] = 1;
		else if (which == 1)
			b[i] = 1;
	}
}

/* Element of an operand for output position @at. */
static size_t operand_element(const int32_t shape[4], const int32_t at[4])
{
	size_t element = 0;

	for (unsigned i = 0; i < 4; i++)
		element = element * (size_t)shape[i] + (size_t)(shape[i] == 1 ? 0 : at[i]);
	return element;
}

#define FOR_EACH_POSITION(at, shape)                                       \
	for ((at)[0] = 0; (at)[0] < (shape)[0]; (at)[0]++)                 \
		for ((at)[1] = 0; (at)[1] < (shape)[1]; (at)[1]++)         \
			for ((at)[2] = 0; (at)[2] < (shape)[2]; (at)[2]++) \
				for ((at)[3] = 0; (at)[3] < (shape)[3]; (at)[3]++)

static void make_binary(struct generation *g)
{
	int32_t a_shape[4], b_shape[4], shape[4], at[4], operation = random_int(g, 0, 5);
	struct kmodel_v4_bounds bounds = { -20, 20 };
	struct kmodel_v4_tensor left, right, out;
	const float *a, *b;
	float *expected;

	broadcast_shapes(g, a_shape, b_shape, shape);
	left = random_floats(g, a_shape, &a);
	right = random_floats(g, b_shape, &b);
	out = expect_float_output(g, shape, &expected);
	kmodel_v4_binary(g->v4, operation, &left, &right, &out, bounds);
	FOR_EACH_POSITION(at, shape)
	*expected++ = clamp_float(apply_binary(operation, a[operand_element(a_shape, at)],
					       b[operand_element(b_shape, at)]),
				  bounds);
}

static int32_t apply_quantized(int32_t operation, int32_t a, int32_t b)
{
	switch (operation) {
	case 0:
		return a + b;
	case 1:
		return a - b;
	case 2:
		return a * b;
	case 3:
		return b ? (a + b / 2) / b : -1;
	case 4:
		return a < b ? a : b;
	default:
		return a > b ? a : b;
	}
}

static void make_quantized_binary(struct generation *g)
{
	int32_t a_shape[4], b_shape[4], shape[4], at[4], operation = random_int(g, 0, 5);
	int32_t numbers[9];
	struct kmodel_v4_tensor left, right, out;
	const uint8_t *a, *b;
	uint8_t *expected;

	for (unsigned i = 0; i < 9; i += 3) {
		numbers[i] = random_int(g, -128, 128);
		numbers[i + 1] = random_int(g, 1, 900);
		numbers[i + 2] = random_int(g, -1, 10);
	}
	if (operation == 2)
		numbers[2] = numbers[5] = 6; /* products stay small */
	broadcast_shapes(g, a_shape, b_shape, shape);
	left = random_bytes(g, a_shape, &a);
	right = random_bytes(g, b_shape, &b);
	out = expect_byte_output(g, shape, &expected);
	kmodel_v4_quantized_binary(g->v4, operation, &left, &right, &out, numbers);
	FOR_EACH_POSITION(at, shape)
	{
		int32_t x = scale_half_up(a[operand_element(a_shape, at)] + numbers[0], numbers[1],
					  numbers[2]);
		int32_t y = scale_half_up(b[operand_element(b_shape, at)] + numbers[3], numbers[4],
					  numbers[5]);

		*expected++ = clamp_byte((int64_t)scale_half_up(apply_quantized(operation, x, y),
								numbers[7], numbers[8]) +
					 numbers[6]);
	}
}

static void make_table_lookup(struct generation *g)
{
	int32_t shape[4], table_shape[4];
	struct kmodel_v4_tensor in, table, out;
	const uint8_t *values, *entries;
	uint8_t *expected;

	row(shape, random_int(g, 1, 2000));
	row(table_shape, 256);
	in = random_bytes(g, shape, &values);
	table = random_bytes(g, table_shape, &entries);
	out = expect_byte_output(g, shape, &expected);
	kmodel_v4_table_lookup(g->v4, in.range, table.range, out.range);
	for (int32_t i = 0; i < shape[3]; i++)
		expected[i] = entries[values[i]];
}

static void make_softmax(struct generation *g)
{
	int32_t shape[4] = { 1, 1, random_int(g, 1, 30), random_int(g, 1, 200) };
	float beta = 0.25f + fabsf(random_float(g)) * 0.25f;
	struct kmodel_v4_tensor in, out;
	const float *values;
	float *expected;

	in = random_floats(g, shape, &values);
	out = expect_float_output(g, shape, &expected);
	kmodel_v4_softmax(g->v4, in.range, out.range, shape[3], shape[2], beta);
	for (int32_t y = 0; y < shape[2]; y++, values += shape[3], expected += shape[3]) {
		double sum = 0, greatest = (double)values[0];

		for (int32_t x = 1; x < shape[3]; x++)
			greatest = fmax(greatest, (double)values[x]);
		for (int32_t x = 0; x < shape[3]; x++)
			sum += exp(((double)values[x] - greatest) * (double)beta);
		for (int32_t x = 0; x < shape[3]; x++)
			expected[x] =
				(float)(exp(((double)values[x] - greatest) * (double)beta) / sum);
	}
}

static void make_matmul(struct generation *g)
{
	int32_t sizes[3] = { random_int(g, 1, 12), random_int(g, 1, 90), random_int(g, 1, 12) };
	int32_t a_shape[4] = { 1, 1, sizes[0], sizes[1] },
		b_shape[4] = { 1, 1, sizes[1], sizes[2] };
	int32_t shape[4] = { 1, 1, sizes[0], sizes[2] };
	struct kmodel_v4_bounds bounds = { -100, 100 };
	struct kmodel_v4_tensor left, right, out;
	const float *a, *b;
	float *expected, bias[12];

	for (unsigned i = 0; i < 12; i++)
		bias[i] = random_float(g);
	left = random_floats(g, a_shape, &a);
	right = random_floats(g, b_shape, &b);
	out = expect_float_output(g, shape, &expected);
	kmodel_v4_matmul(g->v4, left.range, right.range, out.range, sizes, bounds, bias);
	for (int32_t y = 0; y < sizes[0]; y++)
		for (int32_t x = 0; x < sizes[2]; x++) {
			float sum = bias[x];

			for (int32_t i = 0; i < sizes[1]; i++) {
				float product = a[y * sizes[1] + i] * b[i * sizes[2] + x];

				sum += product;
			}
			expected[y * sizes[2] + x] = clamp_float(sum, bounds);
		}
}

static void make_quantized_matmul(struct generation *g)
{
	int32_t sizes[3] = { random_int(g, 1, 12), random_int(g, 1, 90), random_int(g, 1, 12) };
	int32_t a_shape[4] = { 1, 1, sizes[0], sizes[1] },
		b_shape[4] = { 1, 1, sizes[1], sizes[2] };
	int32_t shape[4] = { 1, 1, sizes[0], sizes[2] }, bias[12];
	struct kmodel_v4_quantization numbers = { random_int(g, -255, 0), random_int(g, -255, 0),
						  random_int(g, 1, 50), random_int(g, 12, 20),
						  random_int(g, 0, 255) };
	struct kmodel_v4_tensor left, right, out;
	const uint8_t *a, *b;
	uint8_t *expected;

	for (unsigned i = 0; i < 12; i++)
		bias[i] = random_int(g, -5000, 5000);
	left = random_bytes(g, a_shape, &a);
	right = random_bytes(g, b_shape, &b);
	out = expect_byte_output(g, shape, &expected);
	kmodel_v4_quantized_matmul(g->v4, left.range, right.range, out.range, sizes, &numbers,
				   bias);
	for (int32_t y = 0; y < sizes[0]; y++)
		for (int32_t x = 0; x < sizes[2]; x++) {
			int32_t sum = bias[x];

			for (int32_t i = 0; i < sizes[1]; i++)
				sum += (a[y * sizes[1] + i] + numbers.a_offset) *
				       (b[i * sizes[2] + x] + numbers.b_offset);
			expected[y * sizes[2] + x] = clamp_byte(
				(int64_t)scale_half_up(sum, numbers.factor, numbers.shift) +
				numbers.output);
		}
}

/* A random program: as long as there is something on the stack, anything may follow. */
static void make_nnil(struct generation *g)
{
	static const uint8_t unary[] = { 0x20, 0x21, 0x24, 0x26 };
	uint8_t code[128] = { 0x03 };
	uint32_t length = 1;
	int32_t shape[4], depth = 1;
	struct kmodel_v4_tensor in, out;
	const float *values;
	float *expected;

	while (length < 100) {
		int32_t choice = random_int(g, 0, 9);

		if (choice < 3 && depth < 60) {
			code[length++] = (uint8_t)(0x03 + choice); /* input, 0, 1 */
			depth++;
		} else if (choice == 3 && depth < 60) {
			code[length++] = 0x01; /* dup */
			depth++;
		} else if (choice == 4 && depth < 60) {
			float value = random_float(g);

			code[length++] = 0x06;
			memcpy(code + length, &value, 4);
			length += 4;
			depth++;
		} else if (choice == 5) {
			code[length++] = unary[random_int(g, 0, 3)];
		} else if (choice > 5 && depth > 1) {
			code[length++] = (uint8_t)(0x40 + random_int(g, 0, 5));
			depth--;
		}
	}
	code[length++] = 0xa0;
	row(shape, random_int(g, 1, 300));
	in = random_floats(g, shape, &values);
	out = expect_float_output(g, shape, &expected);
	kmodel_v4_nnil(g->v4, in.range, out.range, code, length);
	for (int32_t i = 0; i < shape[3]; i++) {
		float stack[64] = { 0 };
		unsigned top = 0;

		for (uint32_t at = 0; code[at] != 0xa0; at++) {
			uint8_t c = code[at];

			if (c == 0x01) {
				stack[top] = stack[top - 1];
				top++;
			} else if (c == 0x06) {
				memcpy(&stack[top++], code + at + 1, 4);
				at += 4;
			} else if (c < 0x06) {
				stack[top++] = c == 0x03 ? values[i] : (float)(c - 0x04);
			} else if (c < 0x40) {
				stack[top - 1] = apply_unary(c - 0x20, stack[top - 1]);
			} else {
				top--;
				stack[top - 1] = apply_binary(c - 0x40, stack[top - 1], stack[top]);
			}
		}
		expected[i] = stack[top - 1];
	}
}

const struct generated_kind generated_values[] = {
	{ .name = "quantize", .generate = make_quantize },
	{ .name = "dequantize", .generate = make_dequantize },
	{ .name = "unary", .generate = make_unary, .is_close = true },
	{ .name = "binary", .generate = make_binary },
	{ .name = "quantized_binary", .generate = make_quantized_binary },
	{ .name = "table_lookup1d", .generate = make_table_lookup },
	{ .name = "softmax", .generate = make_softmax, .is_close = true },
	{ .name = "matmul", .generate = make_matmul },
	{ .name = "quantized_matmul", .generate = make_quantized_matmul },
	{ .name = "nnil_unary_method", .generate = make_nnil },
	{ 0 },
};
