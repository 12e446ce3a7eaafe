/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Models of V4 operators with windows. The reference looks at every tap and skips those outside. */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/generated.h"

/* Dimensions by name, whatever their order in memory. */
struct map {
	bool channels_last;
	int32_t batches, channels, height, width;
};

static void stored_shape(const struct map *map, int32_t shape[4])
{
	shape[0] = map->batches;
	shape[map->channels_last ? 3 : 1] = map->channels;
	shape[map->channels_last ? 1 : 2] = map->height;
	shape[map->channels_last ? 2 : 3] = map->width;
}

static size_t element_at(const struct map *map, int32_t n, int32_t c, int32_t y, int32_t x)
{
	if (map->channels_last)
		return (size_t)(((n * map->height + y) * map->width + x) * map->channels + c);
	return (size_t)(((n * map->channels + c) * map->height + y) * map->width + x);
}

/* A window of random size that fits @in, and the map that it gives. */
static struct map random_window(struct generation *g, const struct map *in,
				struct kmodel_v4_window_parameters *window)
{
	int32_t sizes[2] = { in->height, in->width }, out[2];
	struct map map = *in;

	for (unsigned i = 0; i < 2; i++) {
		int32_t padded, reach;

		window->padding[i * 2] = random_int(g, 0, 2);
		window->padding[i * 2 + 1] = random_int(g, 0, 2);
		window->filter[i] = random_int(g, 1, 3);
		window->dilation[i] = random_int(g, 1, 2);
		window->stride[i] = random_int(g, 1, 3);
		padded = sizes[i] + window->padding[i * 2] + window->padding[i * 2 + 1];
		reach = (window->filter[i] - 1) * window->dilation[i] + 1;
		if (reach > padded) {
			window->filter[i] = 1;
			reach = 1;
		}
		out[i] = (padded - reach) / window->stride[i] + 1;
	}
	map.height = out[0];
	map.width = out[1];
	return map;
}

static struct map random_map(struct generation *g, bool channels_last)
{
	return (struct map){ channels_last, random_int(g, 1, 2), random_int(g, 1, 6),
			     random_int(g, 1, 14), random_int(g, 1, 14) };
}

/* Input position of a tap; false: outside. */
static bool tap_position(const struct map *in, const struct kmodel_v4_window_parameters *window,
			 int32_t oy, int32_t ox, int32_t ky, int32_t kx, int32_t *y, int32_t *x)
{
	*y = oy * window->stride[0] - window->padding[0] + ky * window->dilation[0];
	*x = ox * window->stride[1] - window->padding[2] + kx * window->dilation[1];
	return *y >= 0 && *y < in->height && *x >= 0 && *x < in->width;
}

struct convolution {
	struct map in, out;
	struct kmodel_v4_window_parameters window;
	int32_t groups, weight_count;
	bool is_depthwise;
};

static void random_convolution(struct generation *g, uint32_t type, struct convolution *conv)
{
	bool channels_last = type >= KMODEL_V4_CPU_CONV2D;
	int32_t group_outputs = random_int(g, 1, 4);

	memset(conv, 0, sizeof(*conv));
	conv->is_depthwise = type == KMODEL_V4_CPU_DEPTHWISE_CONV2D ||
			     type == KMODEL_V4_CPU_QUANTIZED_DEPTHWISE_CONV2D;
	conv->in = random_map(g, channels_last);
	if (type == KMODEL_V4_CONV2D && random_bits(g) % 4 == 0)
		conv->in = (struct map){ false, 1, random_int(g, 100, 300), 1, 1 };
	conv->out = random_window(g, &conv->in, &conv->window);
	conv->groups = 1;
	if (conv->is_depthwise) {
		conv->groups = conv->in.channels;
		group_outputs = 1;
	} else if (!channels_last) {
		for (conv->groups = random_int(g, 1, 3); conv->in.channels % conv->groups;)
			conv->groups--;
	}
	conv->out.channels = conv->groups * group_outputs;
	conv->weight_count = conv->out.channels * (conv->in.channels / conv->groups) *
			     conv->window.filter[0] * conv->window.filter[1];
}

/* Weights lie in the order of the dimensions of the map, output channels first. */
static size_t weight_at(const struct convolution *conv, int32_t oc, int32_t i, int32_t ky,
			int32_t kx)
{
	int32_t inputs = conv->in.channels / conv->groups;
	const int32_t *filter = conv->window.filter;

	if (conv->in.channels_last)
		return (size_t)(((oc * filter[0] + ky) * filter[1] + kx) * inputs + i);
	return (size_t)(((oc * inputs + i) * filter[0] + ky) * filter[1] + kx);
}

/* One step of the sum: true, and the elements that are multiplied. Steps count in the order in
 * which nncase adds: channels outermost, or innermost where they are last. */
static bool convolution_step(const struct convolution *conv, const int32_t at[4], int32_t step,
			     size_t *element, size_t *weight)
{
	int32_t inputs = conv->in.channels / conv->groups, group, i, ky, kx, y, x;
	const int32_t *filter = conv->window.filter;

	group = at[1] / (conv->out.channels / conv->groups);
	if (conv->in.channels_last) {
		i = step % inputs;
		kx = step / inputs % filter[1];
		ky = step / inputs / filter[1];
	} else {
		kx = step % filter[1];
		ky = step / filter[1] % filter[0];
		i = step / filter[1] / filter[0];
	}
	if (!tap_position(&conv->in, &conv->window, at[2], at[3], ky, kx, &y, &x))
		return false;
	*element = element_at(&conv->in, at[0], group * inputs + i, y, x);
	*weight = weight_at(conv, at[1], i, ky, kx);
	return true;
}

/* All output positions (n, c, y, x) by a number. */
static void output_position(const struct map *map, int32_t number, int32_t at[4])
{
	at[3] = number % map->width;
	at[2] = number / map->width % map->height;
	at[1] = number / map->width / map->height % map->channels;
	at[0] = number / map->width / map->height / map->channels;
}

static int32_t size_of(const struct map *map)
{
	return map->batches * map->channels * map->height * map->width;
}

static float *random_table(struct generation *g, int32_t count)
{
	float *table = malloc((size_t)count * sizeof(*table));

	for (int32_t i = 0; table && i < count; i++)
		table[i] = random_float(g);
	return table ? table : (abort(), NULL);
}

static void make_float_convolution(struct generation *g, uint32_t type)
{
	struct kmodel_v4_bounds bounds = { -200, 200 };
	int32_t in_shape[4], out_shape[4], at[4], steps;
	struct kmodel_v4_tensor in, out;
	struct convolution conv;
	float *weights, *bias, *expected;
	const float *values;

	random_convolution(g, type, &conv);
	stored_shape(&conv.in, in_shape);
	stored_shape(&conv.out, out_shape);
	weights = random_table(g, conv.weight_count);
	bias = random_table(g, conv.out.channels);
	in = random_floats(g, in_shape, &values);
	out = expect_float_output(g, out_shape, &expected);
	kmodel_v4_conv2d(g->v4, type, &in, out.range, conv.groups, conv.out.channels, &conv.window,
			 bounds, weights, (unsigned)conv.weight_count, bias,
			 (unsigned)conv.out.channels);
	steps = conv.weight_count / conv.out.channels;
	for (int32_t i = 0; i < size_of(&conv.out); i++) {
		size_t element, weight;
		float sum;

		output_position(&conv.out, i, at);
		sum = bias[at[1]];
		for (int32_t step = 0; step < steps; step++)
			if (convolution_step(&conv, at, step, &element, &weight)) {
				float product = values[element] * weights[weight];

				sum += product;
			}
		expected[element_at(&conv.out, at[0], at[1], at[2], at[3])] =
			clamp_float(sum, bounds);
	}
	free(weights);
	free(bias);
}

static void make_quantized_convolution(struct generation *g, uint32_t type)
{
	struct kmodel_v4_quantization numbers = { random_int(g, -255, 255),
						  random_int(g, -255, 255), random_int(g, 1, 50),
						  random_int(g, 10, 20), random_int(g, 0, 255) };
	int32_t sign = type == KMODEL_V4_QUANTIZED_CONV2D ? 1 : -1;
	int32_t in_shape[4], out_shape[4], at[4], bias[64], steps;
	struct kmodel_v4_tensor in, out;
	struct convolution conv;
	uint8_t weights[4096], *expected;
	const uint8_t *values;

	random_convolution(g, type, &conv);
	stored_shape(&conv.in, in_shape);
	stored_shape(&conv.out, out_shape);
	for (int32_t i = 0; i < conv.weight_count; i++)
		weights[i] = (uint8_t)random_bits(g);
	for (int32_t i = 0; i < conv.out.channels; i++)
		bias[i] = random_int(g, -10000, 10000);
	in = random_bytes(g, in_shape, &values);
	out = expect_byte_output(g, out_shape, &expected);
	kmodel_v4_quantized_conv2d(g->v4, type, &in, out.range, conv.groups, conv.out.channels,
				   &conv.window, &numbers, weights, (unsigned)conv.weight_count,
				   bias, (unsigned)conv.out.channels);
	steps = conv.weight_count / conv.out.channels;
	for (int32_t i = 0; i < size_of(&conv.out); i++) {
		size_t element, weight;
		int32_t sum;

		output_position(&conv.out, i, at);
		sum = bias[at[1]];
		for (int32_t step = 0; step < steps; step++)
			if (convolution_step(&conv, at, step, &element, &weight))
				sum += (values[element] + sign * numbers.a_offset) *
				       (weights[weight] + sign * numbers.b_offset);
		expected[element_at(&conv.out, at[0], at[1], at[2], at[3])] =
			clamp_byte((int64_t)scale_half_up(sum, numbers.factor, numbers.shift) +
				   numbers.output);
	}
}

/* Scatters, as the operator is described: each input value paints a window into the output. */
static void paint(const struct convolution *conv, const float *weights, const int32_t at[4],
		  float value, float *expected)
{
	int32_t inputs = conv->in.channels / conv->groups;
	int32_t outputs = conv->out.channels / conv->groups, y, x;
	int32_t group = at[1] / inputs;

	for (int32_t oc = group * outputs; oc < (group + 1) * outputs; oc++)
		for (int32_t ky = 0; ky < conv->window.filter[0]; ky++)
			for (int32_t kx = 0; kx < conv->window.filter[1]; kx++) {
				float product =
					value *
					weights[weight_at(conv, oc, at[1] % inputs, ky, kx)];

				if (tap_position(&conv->out, &conv->window, at[2], at[3], ky, kx,
						 &y, &x))
					expected[element_at(&conv->out, at[0], oc, y, x)] +=
						product;
			}
}

static void make_transposed_convolution(struct generation *g)
{
	struct kmodel_v4_bounds bounds = { -200, 200 };
	int32_t in_shape[4], out_shape[4], at[4];
	struct kmodel_v4_tensor in, out;
	struct convolution conv;
	struct map swap;
	float *weights, *bias, *expected;
	const float *values;

	/* The window runs over the output and gives the input. */
	random_convolution(g, KMODEL_V4_QUANTIZED_CONV2D, &conv);
	swap = conv.in;
	conv.in = conv.out;
	conv.out = swap;
	stored_shape(&conv.in, in_shape);
	stored_shape(&conv.out, out_shape);
	weights = random_table(g, conv.weight_count);
	bias = random_table(g, conv.out.channels);
	in = random_floats(g, in_shape, &values);
	out = expect_float_output(g, out_shape, &expected);
	kmodel_v4_conv2d_transpose(g->v4, &in, &out, conv.groups, &conv.window, bounds, weights,
				   (unsigned)conv.weight_count, bias, (unsigned)conv.out.channels);
	for (int32_t i = 0; i < size_of(&conv.in); i++) {
		output_position(&conv.in, i, at);
		paint(&conv, weights, at, values[i], expected);
	}
	for (int32_t i = 0; i < size_of(&conv.out); i++)
		expected[i] = clamp_float(expected[i], bounds);
	free(weights);
	free(bias);
}

static void make_pooling(struct generation *g, uint32_t type)
{
	struct map in_map = random_map(g, type == KMODEL_V4_CPU_REDUCE_WINDOW2D), out_map;
	int32_t operation = random_int(g, 0, 3), in_shape[4], out_shape[4], at[4], y, x;
	struct kmodel_v4_bounds bounds = { -7, 7 };
	struct kmodel_v4_window_parameters window;
	float start = operation == KMODEL_V4_REDUCE_MIN   ? 100.0f
		      : operation == KMODEL_V4_REDUCE_MAX ? -100.0f
							  : 0.0f;
	struct kmodel_v4_tensor in, out;
	const float *values;
	float *expected;

	out_map = random_window(g, &in_map, &window);
	stored_shape(&in_map, in_shape);
	stored_shape(&out_map, out_shape);
	in = random_floats(g, in_shape, &values);
	out = expect_float_output(g, out_shape, &expected);
	kmodel_v4_reduce_window(g->v4, type, operation, &in, out.range, &window, start, bounds);
	for (int32_t i = 0; i < size_of(&out_map); i++) {
		float sum = start;
		int32_t count = 0;

		output_position(&out_map, i, at);
		for (int32_t ky = 0; ky < window.filter[0]; ky++)
			for (int32_t kx = 0; kx < window.filter[1]; kx++) {
				float value;

				if (!tap_position(&in_map, &window, at[2], at[3], ky, kx, &y, &x))
					continue;
				value = values[element_at(&in_map, at[0], at[1], y, x)];
				if (operation == KMODEL_V4_REDUCE_MIN)
					sum = value < sum ? value : sum;
				else if (operation == KMODEL_V4_REDUCE_MAX)
					sum = value > sum ? value : sum;
				else
					sum += value;
				count++;
			}
		if (operation == KMODEL_V4_REDUCE_MEAN)
			sum /= (float)count;
		expected[element_at(&out_map, at[0], at[1], at[2], at[3])] =
			clamp_float(sum, bounds);
	}
}

static void make_conv2d(struct generation *g)
{
	make_float_convolution(g, KMODEL_V4_CONV2D);
}

static void make_cpu_conv2d(struct generation *g)
{
	make_float_convolution(g, KMODEL_V4_CPU_CONV2D);
}

static void make_cpu_depthwise_conv2d(struct generation *g)
{
	make_float_convolution(g, KMODEL_V4_CPU_DEPTHWISE_CONV2D);
}

static void make_quantized_conv2d(struct generation *g)
{
	make_quantized_convolution(g, KMODEL_V4_QUANTIZED_CONV2D);
}

static void make_cpu_quantized_conv2d(struct generation *g)
{
	make_quantized_convolution(g, KMODEL_V4_CPU_QUANTIZED_CONV2D);
}

static void make_cpu_quantized_depthwise_conv2d(struct generation *g)
{
	make_quantized_convolution(g, KMODEL_V4_CPU_QUANTIZED_DEPTHWISE_CONV2D);
}

static void make_reduce_window(struct generation *g)
{
	make_pooling(g, KMODEL_V4_REDUCE_WINDOW2D);
}

static void make_cpu_reduce_window(struct generation *g)
{
	make_pooling(g, KMODEL_V4_CPU_REDUCE_WINDOW2D);
}

const struct generated_kind generated_windows[] = {
	{ .name = "conv2d", .generate = make_conv2d },
	{ .name = "cpu_conv2d", .generate = make_cpu_conv2d },
	{ .name = "cpu_depthwise_conv2d", .generate = make_cpu_depthwise_conv2d },
	{ .name = "quantized_conv2d", .generate = make_quantized_conv2d },
	{ .name = "cpu_quantized_conv2d", .generate = make_cpu_quantized_conv2d },
	{ .name = "cpu_quantized_depthwise_conv2d",
	  .generate = make_cpu_quantized_depthwise_conv2d },
	{ .name = "conv2d_transpose", .generate = make_transposed_convolution },
	{ .name = "reduce_window2d", .generate = make_reduce_window },
	{ .name = "cpu_reduce_window2d", .generate = make_cpu_reduce_window },
	{ 0 },
};
