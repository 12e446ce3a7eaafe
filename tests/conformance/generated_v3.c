/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * V3 models of the layers that the CPU computes. A V3 model begins with a convolution or a fully
 * connected layer: here with the latter, from three inputs, and for layers on bytes a QUANTIZE.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kmodel/format.h"
#include "tests/conformance/generated.h"

#define INPUTS     3u
#define VALUES_MAX 4096u
#define FIELDS_MAX (VALUES_MAX * (INPUTS + 1) + 16)

struct v3 {
	uint32_t fields[FIELDS_MAX];
	uint32_t count;
	float values[VALUES_MAX]; /* what the layer under test gets */
	uint8_t bytes[VALUES_MAX];
	uint32_t at; /* where in the work buffer */
};

static void put(struct v3 *v3, uint32_t value)
{
	v3->fields[v3->count++] = value;
}

static void put_float(struct v3 *v3, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	put(v3, bits);
}

static void begin_layer(struct v3 *v3)
{
	v3->count = 0;
	put(v3, KMODEL_V3_BODY_FLAG_MAIN_MEMORY);
}

static void end_layer(struct generation *g, struct v3 *v3, uint32_t type)
{
	kmodel_writer_layer(g->v3, type, v3->fields, v3->count * 4);
}

static uint32_t work(struct generation *g, uint32_t bytes)
{
	uint32_t at = g->v3_work;

	g->v3_work += (bytes + 7) & ~7u;
	return at;
}

/* The model's input and a fully connected layer that makes @count values of it. */
static struct v3 *begin_floats(struct generation *g, uint32_t count)
{
	struct v3 *v3 = malloc(sizeof(*v3));
	float *input;
	uint32_t from = work(g, INPUTS * 4);

	if (!v3 || count > VALUES_MAX)
		abort();
	input = (float *)(void *)add_input(g, INPUTS * 4);
	for (unsigned i = 0; i < INPUTS; i++)
		input[i] = random_float(g);
	v3->at = work(g, count * 4);
	begin_layer(v3);
	put(v3, from);
	put(v3, v3->at);
	put(v3, INPUTS);
	put(v3, count);
	put(v3, 0);
	for (uint32_t i = 0; i < count; i++) {
		float sum = 0;

		for (unsigned k = 0; k < INPUTS; k++) {
			float weight = random_float(g) / 8, product = input[k] * weight;

			sum += product;
			put_float(v3, weight);
		}
		v3->values[i] = sum;
	}
	for (uint32_t i = 0; i < count; i++) {
		float value = random_float(g) / 2;

		put_float(v3, value);
		v3->values[i] += value;
	}
	end_layer(g, v3, KMODEL_V3_FULLY_CONNECTED);
	return v3;
}

/* The same, then bytes of them. */
static struct v3 *begin_bytes(struct generation *g, uint32_t count)
{
	struct v3 *v3 = begin_floats(g, count);
	uint32_t from = v3->at;
	const float scale = 0.125f, bias = -16.0f; /* exact: the reciprocal is 8 */

	v3->at = work(g, count);
	begin_layer(v3);
	put(v3, from);
	put(v3, v3->at);
	put(v3, count);
	put_float(v3, scale);
	put_float(v3, bias);
	end_layer(g, v3, KMODEL_V3_QUANTIZE);
	for (uint32_t i = 0; i < count; i++)
		v3->bytes[i] = clamp_byte(lroundf((v3->values[i] - bias) * 8));
	return v3;
}

static float *expect_floats(struct generation *g, uint32_t count, uint32_t *at)
{
	*at = work(g, count * 4);
	kmodel_writer_output(g->v3, *at, count * 4);
	g->model->count = count;
	g->model->is_float = true;
	g->model->floats = calloc(count, 4);
	return g->model->floats ? g->model->floats : (abort(), NULL);
}

static uint8_t *expect_bytes(struct generation *g, uint32_t count, uint32_t *at)
{
	*at = work(g, count);
	kmodel_writer_output(g->v3, *at, count);
	g->model->count = count;
	g->model->bytes = calloc(count, 1);
	return g->model->bytes ? g->model->bytes : (abort(), NULL);
}

static uint32_t random_count(struct generation *g, int32_t greatest)
{
	return (uint32_t)random_int(g, 1, greatest);
}

static void make_add(struct generation *g)
{
	uint32_t count = random_count(g, 1500), at;
	struct v3 *v3 = begin_floats(g, 2 * count);
	float *expected = expect_floats(g, count, &at);

	begin_layer(v3);
	put(v3, v3->at);
	put(v3, v3->at + count * 4);
	put(v3, at);
	put(v3, count);
	end_layer(g, v3, KMODEL_V3_ADD);
	for (uint32_t i = 0; i < count; i++)
		expected[i] = v3->values[i] + v3->values[count + i];
	free(v3);
}

/* The SDK's rounding: odd halves move away from zero after they were rounded down. */
static int64_t carry(int64_t value, int32_t shift)
{
	int64_t half = value >> (shift - 1), whole = half >> 1;

	if (half % 2 == 0)
		return whole;
	return half < 0 ? whole - 1 : whole + 1;
}

static void make_quantized_add(struct generation *g)
{
	uint32_t count = random_count(g, 1500), at;
	struct v3 *v3 = begin_bytes(g, 2 * count);
	uint8_t *expected = expect_bytes(g, count, &at);
	int32_t numbers[9];

	for (unsigned i = 0; i < 6; i += 3) {
		numbers[i] = random_int(g, -200, 0);
		numbers[i + 1] = random_int(g, 1, 2000);
		numbers[i + 2] = random_int(g, 0, 3);
	}
	numbers[6] = random_int(g, 0, 200);
	numbers[7] = random_int(g, 1, 100);
	numbers[8] = 17;
	begin_layer(v3);
	put(v3, v3->at);
	put(v3, v3->at + count);
	put(v3, at);
	put(v3, count);
	for (unsigned i = 0; i < 9; i++)
		put(v3, (uint32_t)numbers[i]);
	end_layer(g, v3, KMODEL_V3_QUANTIZED_ADD);
	for (uint32_t i = 0; i < count; i++) {
		int64_t a = (int64_t)(v3->bytes[i] + numbers[0]) * numbers[1];
		int64_t b = (int64_t)(v3->bytes[count + i] + numbers[3]) * numbers[4];
		int64_t sum = numbers[2] == numbers[5] ? (a + b) >> numbers[2]
						       : (a >> numbers[2]) + (b >> numbers[5]);

		expected[i] = clamp_byte(carry(sum * numbers[7], numbers[8]) + numbers[6]);
	}
	free(v3);
}

static void make_global_average(struct generation *g)
{
	uint32_t pixels = random_count(g, 60), channels = random_count(g, 40), at;
	struct v3 *v3 = begin_floats(g, pixels * channels);
	float *expected = expect_floats(g, channels, &at);

	begin_layer(v3);
	put(v3, v3->at);
	put(v3, at);
	put(v3, pixels);
	put(v3, channels);
	end_layer(g, v3, KMODEL_V3_GLOBAL_AVERAGE_POOL2D);
	for (uint32_t c = 0; c < channels; c++) {
		for (uint32_t i = 0; i < pixels; i++)
			expected[c] += v3->values[c * pixels + i];
		expected[c] /= (float)pixels;
	}
	free(v3);
}

struct pooling {
	int32_t width, height, channels, out_width, out_height;
	int32_t kernel[2], stride[2], pad[2]; /* width, height */
};

/* The windows lie so that each covers at least one pixel. */
static void random_pooling(struct generation *g, struct pooling *pooling)
{
	pooling->width = random_int(g, 2, 16);
	pooling->height = random_int(g, 2, 16);
	pooling->channels = random_int(g, 1, 12);
	for (unsigned i = 0; i < 2; i++) {
		pooling->kernel[i] = random_int(g, 2, 4);
		pooling->stride[i] = random_int(g, 1, 3);
		pooling->pad[i] = random_int(g, 0, 1);
	}
	pooling->out_width = (pooling->width + pooling->pad[0] - 1) / pooling->stride[0] + 1;
	pooling->out_height = (pooling->height + pooling->pad[1] - 1) / pooling->stride[1] + 1;
}

static void put_pooling(struct v3 *v3, const struct pooling *pooling, uint32_t at)
{
	begin_layer(v3);
	put(v3, v3->at);
	put(v3, at);
	put(v3, (uint32_t)pooling->width);
	put(v3, (uint32_t)pooling->height);
	put(v3, (uint32_t)pooling->channels);
	put(v3, (uint32_t)pooling->out_width);
	put(v3, (uint32_t)pooling->out_height);
	put(v3, (uint32_t)pooling->channels);
	put(v3, (uint32_t)pooling->kernel[0]);
	put(v3, (uint32_t)pooling->kernel[1]);
	put(v3, (uint32_t)pooling->stride[0]);
	put(v3, (uint32_t)pooling->stride[1]);
	put(v3, (uint32_t)pooling->pad[0]);
	put(v3, (uint32_t)pooling->pad[1]);
}

/* Input element of a tap of output (c, y, x), or -1 outside. */
static int32_t pooled(const struct pooling *pooling, int32_t c, int32_t y, int32_t x, int32_t ky,
		      int32_t kx)
{
	int32_t from_x = x * pooling->stride[0] - pooling->pad[0] + kx;
	int32_t from_y = y * pooling->stride[1] - pooling->pad[1] + ky;

	if (from_x < 0 || from_y < 0 || from_x >= pooling->width || from_y >= pooling->height)
		return -1;
	return (c * pooling->height + from_y) * pooling->width + from_x;
}

static void make_pooling(struct generation *g, bool is_maximum)
{
	struct pooling pooling;
	uint32_t at, in_count, out_count;
	struct v3 *v3;
	float *floats = NULL;
	uint8_t *bytes = NULL;

	random_pooling(g, &pooling);
	in_count = (uint32_t)(pooling.width * pooling.height * pooling.channels);
	out_count = (uint32_t)(pooling.out_width * pooling.out_height * pooling.channels);
	v3 = is_maximum ? begin_bytes(g, in_count) : begin_floats(g, in_count);
	if (is_maximum)
		bytes = expect_bytes(g, out_count, &at);
	else
		floats = expect_floats(g, out_count, &at);
	put_pooling(v3, &pooling, at);
	if (!is_maximum)
		put(v3, 1); /* activation, ignored */
	end_layer(g, v3, is_maximum ? KMODEL_V3_QUANTIZED_MAX_POOL2D : KMODEL_V3_AVERAGE_POOL2D);
	for (uint32_t i = 0; i < out_count; i++) {
		int32_t x = (int32_t)i % pooling.out_width;
		int32_t y = (int32_t)i / pooling.out_width % pooling.out_height;
		int32_t c = (int32_t)i / pooling.out_width / pooling.out_height;
		uint8_t greatest = 0;
		float sum = 0;
		int count = 0;

		for (int32_t ky = 0; ky < pooling.kernel[1]; ky++)
			for (int32_t kx = 0; kx < pooling.kernel[0]; kx++) {
				int32_t from = pooled(&pooling, c, y, x, ky, kx);

				if (from < 0)
					continue;
				if (is_maximum && v3->bytes[from] > greatest)
					greatest = v3->bytes[from];
				sum += v3->values[from];
				count++;
			}
		if (is_maximum)
			bytes[i] = greatest;
		else
			floats[i] = sum / (float)count;
	}
	free(v3);
}

static void make_max_pool(struct generation *g)
{
	make_pooling(g, true);
}

static void make_average_pool(struct generation *g)
{
	make_pooling(g, false);
}

static void make_requantize(struct generation *g)
{
	uint32_t count = random_count(g, 3000), at;
	struct v3 *v3 = begin_bytes(g, count);
	uint8_t *expected = expect_bytes(g, count, &at), table[256];

	begin_layer(v3);
	put(v3, v3->at);
	put(v3, at);
	put(v3, count);
	for (unsigned i = 0; i < 256; i++)
		table[i] = (uint8_t)random_bits(g);
	memcpy(&v3->fields[v3->count], table, sizeof(table));
	v3->count += sizeof(table) / 4;
	end_layer(g, v3, KMODEL_V3_REQUANTIZE);
	for (uint32_t i = 0; i < count; i++)
		expected[i] = table[v3->bytes[i]];
	free(v3);
}

/* L2_NORMALIZATION, SOFTMAX, LOGISTIC have the same body. */
static void make_vector(struct generation *g, uint32_t type)
{
	uint32_t count = random_count(g, 1000), at;
	struct v3 *v3 = begin_floats(g, count);
	float *expected = expect_floats(g, count, &at);
	double sum = 0, greatest = (double)FLT_MIN;

	begin_layer(v3);
	put(v3, v3->at);
	put(v3, at);
	put(v3, count);
	end_layer(g, v3, type);
	for (uint32_t i = 0; i < count; i++)
		greatest = fmax(greatest, (double)v3->values[i]);
	for (uint32_t i = 0; i < count; i++) {
		double x = (double)v3->values[i];

		sum += type == KMODEL_V3_SOFTMAX ? exp(x - greatest) : x * x;
	}
	for (uint32_t i = 0; i < count; i++) {
		double x = (double)v3->values[i];

		if (type == KMODEL_V3_SOFTMAX)
			expected[i] = (float)(exp(x - greatest) / sum);
		else if (type == KMODEL_V3_LOGISTIC)
			expected[i] = (float)(1 / (1 + exp(-x)));
		else
			expected[i] = (float)(x / sqrt(fmax(sum, 1e-10)));
	}
	free(v3);
}

static void make_l2(struct generation *g)
{
	make_vector(g, KMODEL_V3_L2_NORMALIZATION);
}

static void make_softmax(struct generation *g)
{
	make_vector(g, KMODEL_V3_SOFTMAX);
}

static void make_logistic(struct generation *g)
{
	make_vector(g, KMODEL_V3_LOGISTIC);
}

/* Parts of one tensor in another order. */
static void make_concat(struct generation *g, bool is_quantized)
{
	uint32_t element = is_quantized ? 1 : 4, part = random_count(g, 300) * 4, at;
	struct v3 *v3 = is_quantized ? begin_bytes(g, part * 3) : begin_floats(g, part * 3);
	static const uint32_t order[3] = { 2, 0, 1 };

	if (is_quantized)
		expect_bytes(g, part * 3, &at);
	else
		expect_floats(g, part * 3, &at);
	begin_layer(v3);
	put(v3, at);
	put(v3, 3);
	for (unsigned i = 0; i < 3; i++) {
		put(v3, v3->at + order[i] * part * element);
		put(v3, part * element);
		if (is_quantized)
			memcpy(g->model->bytes + i * part, v3->bytes + order[i] * part, part);
		else
			memcpy(g->model->floats + i * part, v3->values + order[i] * part, part * 4);
	}
	end_layer(g, v3, is_quantized ? KMODEL_V3_QUANTIZED_CONCAT : KMODEL_V3_CONCAT);
	free(v3);
}

static void make_float_concat(struct generation *g)
{
	make_concat(g, false);
}

static void make_quantized_concat(struct generation *g)
{
	make_concat(g, true);
}

static void make_flatten(struct generation *g)
{
	uint32_t w = random_count(g, 16), h = random_count(g, 16), c = random_count(g, 16), at;
	struct v3 *v3 = begin_floats(g, w * h * c);
	float *expected = expect_floats(g, w * h * c, &at);

	begin_layer(v3);
	put(v3, v3->at);
	put(v3, at);
	put(v3, w);
	put(v3, h);
	put(v3, c);
	end_layer(g, v3, KMODEL_V3_TENSORFLOW_FLATTEN);
	for (uint32_t i = 0; i < w * h * c; i++)
		expected[(i % (w * h)) * c + i / (w * h)] = v3->values[i];
	free(v3);
}

static void make_resize(struct generation *g, bool is_quantized)
{
	uint32_t w = random_count(g, 16), h = random_count(g, 16), c = random_count(g, 12), at;
	uint32_t ow = random_count(g, 30), oh = random_count(g, 30);
	struct v3 *v3 = is_quantized ? begin_bytes(g, w * h * c) : begin_floats(g, w * h * c);

	if (is_quantized)
		expect_bytes(g, ow * oh * c, &at);
	else
		expect_floats(g, ow * oh * c, &at);
	begin_layer(v3);
	put(v3, v3->at);
	put(v3, at);
	put(v3, w);
	put(v3, h);
	put(v3, c);
	put(v3, ow);
	put(v3, oh);
	put(v3, 1); /* align_corners, ignored */
	end_layer(g, v3,
		  is_quantized ? KMODEL_V3_QUANTIZED_RESIZE_NEAREST_NEIGHBOR
			       : KMODEL_V3_RESIZE_NEAREST_NEIGHBOR);
	for (uint32_t i = 0; i < ow * oh * c; i++) {
		uint32_t x = (uint32_t)floorf((float)(i % ow) * ((float)w / (float)ow));
		uint32_t y = (uint32_t)floorf((float)(i / ow % oh) * ((float)h / (float)oh));
		uint32_t from = (i / ow / oh * h + (y < h ? y : h - 1)) * w + (x < w ? x : w - 1);

		if (is_quantized)
			g->model->bytes[i] = v3->bytes[from];
		else
			g->model->floats[i] = v3->values[from];
	}
	free(v3);
}

static void make_float_resize(struct generation *g)
{
	make_resize(g, false);
}

static void make_quantized_resize(struct generation *g)
{
	make_resize(g, true);
}

static void make_channelwise_dequantize(struct generation *g)
{
	uint32_t channels = random_count(g, 30), size = random_count(g, 100), at;
	struct v3 *v3 = begin_bytes(g, channels * size);
	float *expected = expect_floats(g, channels * size, &at);

	begin_layer(v3);
	put(v3, v3->at);
	put(v3, at);
	put(v3, channels);
	put(v3, size);
	for (uint32_t c = 0; c < channels; c++) {
		float scale = random_float(g), bias = random_float(g);

		put_float(v3, scale);
		put_float(v3, bias);
		for (uint32_t i = c * size; i < (c + 1) * size; i++) {
			float product = (float)v3->bytes[i] * scale;

			expected[i] = product + bias;
		}
	}
	end_layer(g, v3, KMODEL_V3_CHANNELWISE_DEQUANTIZE);
	free(v3);
}

#define V3_KIND(text, function)                                           \
	{                                                                 \
		.name = "V3 " text, .generate = (function), .is_v3 = true \
	}
#define V3_CLOSE_KIND(text, function)                                                       \
	{                                                                                   \
		.name = "V3 " text, .generate = (function), .is_v3 = true, .is_close = true \
	}

const struct generated_kind generated_v3[] = {
	V3_KIND("ADD", make_add),
	V3_KIND("QUANTIZED_ADD", make_quantized_add),
	V3_KIND("GLOBAL_AVERAGE_POOL2D", make_global_average),
	V3_KIND("QUANTIZED_MAX_POOL2D", make_max_pool),
	V3_KIND("AVERAGE_POOL2D", make_average_pool),
	V3_KIND("REQUANTIZE", make_requantize),
	V3_CLOSE_KIND("L2_NORMALIZATION", make_l2),
	V3_CLOSE_KIND("SOFTMAX", make_softmax),
	V3_CLOSE_KIND("LOGISTIC", make_logistic),
	V3_KIND("CONCAT", make_float_concat),
	V3_KIND("QUANTIZED_CONCAT", make_quantized_concat),
	V3_KIND("TENSORFLOW_FLATTEN", make_flatten),
	V3_KIND("RESIZE_NEAREST_NEIGHBOR", make_float_resize),
	V3_KIND("QUANTIZED_RESIZE_NEAREST_NEIGHBOR", make_quantized_resize),
	V3_KIND("CHANNELWISE_DEQUANTIZE", make_channelwise_dequantize),
	{ 0 },
};
