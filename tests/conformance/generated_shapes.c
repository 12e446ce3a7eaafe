/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Models of V4 operators that move values, and of reductions. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "tests/conformance/generated.h"

static size_t element_at(const int32_t shape[4], int32_t a, int32_t b, int32_t c, int32_t d)
{
	return (((size_t)a * (size_t)shape[1] + (size_t)b) * (size_t)shape[2] + (size_t)c) *
		       (size_t)shape[3] +
	       (size_t)d;
}

#define FOR_EACH_POSITION(at, shape)                                       \
	for ((at)[0] = 0; (at)[0] < (shape)[0]; (at)[0]++)                 \
		for ((at)[1] = 0; (at)[1] < (shape)[1]; (at)[1]++)         \
			for ((at)[2] = 0; (at)[2] < (shape)[2]; (at)[2]++) \
				for ((at)[3] = 0; (at)[3] < (shape)[3]; (at)[3]++)

/* Bytes or floats in turn: input and output of a rearrangement. */
struct pair {
	bool is_float;
	struct kmodel_v4_tensor in, out;
	const float *float_values;
	const uint8_t *byte_values;
	float *float_expected;
	uint8_t *byte_expected;
};

static void begin_pair(struct generation *g, struct pair *pair, const int32_t in_shape[4],
		       const int32_t out_shape[4])
{
	memset(pair, 0, sizeof(*pair));
	pair->is_float = random_bits(g) & 1;
	if (pair->is_float) {
		pair->in = random_floats(g, in_shape, &pair->float_values);
		pair->out = expect_float_output(g, out_shape, &pair->float_expected);
	} else {
		pair->in = random_bytes(g, in_shape, &pair->byte_values);
		pair->out = expect_byte_output(g, out_shape, &pair->byte_expected);
	}
}

static void copy_element(struct pair *pair, size_t to, size_t from)
{
	if (pair->is_float)
		pair->float_expected[to] = pair->float_values[from];
	else
		pair->byte_expected[to] = pair->byte_values[from];
}

static void make_pad(struct generation *g)
{
	int32_t shape[4], out[4], at[4], pads[8];
	struct pair pair;
	float float_fill = random_float(g);
	uint8_t byte_fill = (uint8_t)random_bits(g);
	uint32_t fill = byte_fill;
	size_t element = 0;

	random_shape(g, 9, shape);
	for (unsigned i = 0; i < 4; i++) {
		pads[i * 2] = random_int(g, shape[i] > 2 ? -1 : 0, 3);
		pads[i * 2 + 1] = random_int(g, shape[i] > 2 ? -1 : 0, 3);
		out[i] = shape[i] + pads[i * 2] + pads[i * 2 + 1];
	}
	begin_pair(g, &pair, shape, out);
	if (pair.is_float)
		memcpy(&fill, &float_fill, sizeof(fill));
	kmodel_v4_pad(g->v4, &pair.in, pair.out.range, pads, fill);
	FOR_EACH_POSITION(at, out)
	{
		int32_t from[4];
		bool inside = true;

		for (unsigned i = 0; i < 4; i++) {
			from[i] = at[i] - pads[i * 2];
			inside = inside && from[i] >= 0 && from[i] < shape[i];
		}
		if (inside)
			copy_element(&pair, element,
				     element_at(shape, from[0], from[1], from[2], from[3]));
		else if (pair.is_float)
			pair.float_expected[element] = float_fill;
		else
			pair.byte_expected[element] = byte_fill;
		element++;
	}
}

static void make_transpose(struct generation *g)
{
	int32_t shape[4], out[4], at[4], order[4] = { 0, 1, 2, 3 };
	struct pair pair;
	size_t element = 0;

	random_shape(g, 14, shape);
	for (unsigned i = 3; i > 0; i--) {
		unsigned other = (unsigned)random_int(g, 0, (int32_t)i);
		int32_t swap = order[i];

		order[i] = order[other];
		order[other] = swap;
	}
	for (unsigned i = 0; i < 4; i++)
		out[i] = shape[order[i]];
	begin_pair(g, &pair, shape, out);
	kmodel_v4_transpose(g->v4, &pair.in, pair.out.range, order);
	FOR_EACH_POSITION(at, out)
	{
		int32_t from[4];

		for (unsigned i = 0; i < 4; i++)
			from[order[i]] = at[i];
		copy_element(&pair, element++,
			     element_at(shape, from[0], from[1], from[2], from[3]));
	}
}

static void make_strided_slice(struct generation *g)
{
	int32_t shape[4], out[4], at[4], begin[4], end[4], strides[4];
	struct pair pair;
	size_t element = 0;

	random_shape(g, 14, shape);
	for (unsigned i = 0; i < 4; i++) {
		int32_t first = random_int(g, 0, shape[i] - 1);
		int32_t last = random_int(g, 0, shape[i] - 1);

		begin[i] = first;
		strides[i] = random_int(g, 1, 3) * (last < first ? -1 : 1);
		end[i] = last < first ? last - 1 : last + 1;
		out[i] = 0;
		for (int32_t k = begin[i]; strides[i] > 0 ? k < end[i] : k > end[i];
		     k += strides[i])
			out[i]++;
	}
	begin_pair(g, &pair, shape, out);
	kmodel_v4_strided_slice(g->v4, &pair.in, pair.out.range, begin, end, strides);
	FOR_EACH_POSITION(at, out)
	copy_element(&pair, element++,
		     element_at(shape, begin[0] + at[0] * strides[0], begin[1] + at[1] * strides[1],
				begin[2] + at[2] * strides[2], begin[3] + at[3] * strides[3]));
}

static void make_concat(struct generation *g)
{
	int32_t count = random_int(g, 1, 6), outer = random_int(g, 1, 6), unit;
	int32_t inner = random_int(g, 1, 60), sizes[6], total = 0;
	struct kmodel_v4_range inputs[6];
	const float *values[6];
	int32_t shape[4] = { 1, 1, outer, 0 };
	struct kmodel_v4_tensor out;
	float *expected;

	unit = inner * 4;
	for (int32_t i = 0; i < count; i++) {
		int32_t part[4] = { 1, outer, 0, inner };

		part[2] = sizes[i] = random_int(g, 1, 9);
		total += sizes[i];
		inputs[i] = random_floats(g, part, &values[i]).range;
	}
	shape[3] = total * inner;
	out = expect_float_output(g, shape, &expected);
	kmodel_v4_concat(g->v4, inputs, sizes, count, unit, outer, out.range);
	for (int32_t o = 0; o < outer; o++)
		for (int32_t i = 0; i < count; i++)
			for (int32_t k = 0; k < sizes[i] * inner; k++)
				*expected++ = values[i][o * sizes[i] * inner + k];
}

static void make_memory_copy(struct generation *g)
{
	int32_t shape[4];
	struct kmodel_v4_tensor in, out;
	const float *values;
	float *expected;

	random_shape(g, 11, shape);
	in = random_floats(g, shape, &values);
	out = expect_float_output(g, shape, &expected);
	kmodel_v4_memory_copy(g->v4, in.range, out.range);
	memcpy(expected, values, (size_t)elements_of(shape) * 4);
}

static float value_at(const struct pair *pair, size_t element)
{
	return pair->is_float ? pair->float_values[element] : (float)pair->byte_values[element];
}

static void make_resize(struct generation *g)
{
	int32_t shape[4], out[4], at[4];
	bool nearest = random_bits(g) & 1, aligned = random_bits(g) & 1;
	float scale[2];
	struct pair pair;
	size_t element = 0;

	random_shape(g, 12, shape);
	memcpy(out, shape, sizeof(out));
	out[2] = random_int(g, 1, 25);
	out[3] = random_int(g, 1, 25);
	begin_pair(g, &pair, shape, out);
	kmodel_v4_resize(g->v4, &pair.in, pair.out.range, out[2], out[3], nearest, aligned);
	for (unsigned i = 0; i < 2; i++) {
		scale[i] = (float)shape[2 + i] / (float)out[2 + i];
		if (!nearest && aligned && out[2 + i] > 1)
			scale[i] = (float)(shape[2 + i] - 1) / (float)(out[2 + i] - 1);
	}
	FOR_EACH_POSITION(at, out)
	{
		float y = (float)at[2] * scale[0], x = (float)at[3] * scale[1];
		int32_t y0 = (int32_t)floorf(y), x0 = (int32_t)floorf(x);
		int32_t y1, x1;
		float parts[4], sum;

		y0 = y0 < shape[2] ? y0 : shape[2] - 1;
		x0 = x0 < shape[3] ? x0 : shape[3] - 1;
		if (nearest) {
			copy_element(&pair, element++, element_at(shape, at[0], at[1], y0, x0));
			continue;
		}
		y1 = y0 + 1 < shape[2] ? y0 + 1 : y0;
		x1 = x0 + 1 < shape[3] ? x0 + 1 : x0;
		y -= (float)y0;
		x -= (float)x0;
		parts[0] = value_at(&pair, element_at(shape, at[0], at[1], y0, x0)) *
			   ((1 - y) * (1 - x));
		parts[1] = value_at(&pair, element_at(shape, at[0], at[1], y1, x0)) * (y * (1 - x));
		parts[2] = value_at(&pair, element_at(shape, at[0], at[1], y0, x1)) * ((1 - y) * x);
		parts[3] = value_at(&pair, element_at(shape, at[0], at[1], y1, x1)) * (y * x);
		sum = parts[0] + parts[1];
		sum += parts[2];
		sum += parts[3];
		if (pair.is_float)
			pair.float_expected[element++] = sum;
		else
			pair.byte_expected[element++] = (uint8_t)sum;
	}
}

static float combine(int32_t operation, float sum, float value)
{
	if (operation == KMODEL_V4_REDUCE_MIN)
		return value < sum ? value : sum;
	if (operation == KMODEL_V4_REDUCE_MAX)
		return value > sum ? value : sum;
	return sum + value;
}

static void make_reduce(struct generation *g)
{
	int32_t shape[4], out[4], at[4], operation = random_int(g, 0, 3);
	float start = operation == KMODEL_V4_REDUCE_MIN   ? FLT_MAX
		      : operation == KMODEL_V4_REDUCE_MAX ? -FLT_MAX
							  : 0.0f;
	struct kmodel_v4_tensor in, result;
	const float *values;
	float *expected;

	random_shape(g, 12, shape);
	for (unsigned i = 0; i < 4; i++)
		out[i] = random_bits(g) & 1 ? 1 : shape[i];
	in = random_floats(g, shape, &values);
	result = expect_float_output(g, out, &expected);
	kmodel_v4_reduce(g->v4, operation, &in, &result, start);
	for (int32_t i = 0; i < elements_of(out); i++)
		expected[i] = start;
	FOR_EACH_POSITION(at, shape)
	{
		float *to =
			&expected[element_at(out, out[0] == 1 ? 0 : at[0], out[1] == 1 ? 0 : at[1],
					     out[2] == 1 ? 0 : at[2], out[3] == 1 ? 0 : at[3])];

		*to = combine(operation, *to, *values++);
	}
	for (int32_t i = 0; operation == KMODEL_V4_REDUCE_MEAN && i < elements_of(out); i++)
		expected[i] *= (float)elements_of(out) / (float)elements_of(shape);
}

const struct generated_kind generated_shapes[] = {
	{ .name = "pad", .generate = make_pad },
	{ .name = "transpose", .generate = make_transpose },
	{ .name = "strided_slice", .generate = make_strided_slice },
	{ .name = "concat", .generate = make_concat },
	{ .name = "memory_copy", .generate = make_memory_copy },
	{ .name = "resize_image", .generate = make_resize },
	{ .name = "reduce", .generate = make_reduce },
	{ 0 },
};
