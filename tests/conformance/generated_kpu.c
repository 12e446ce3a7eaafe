/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Models whose layer is a convolution of the KPU: every pooling, both widths of weights, depthwise,
 * in V3; batches with uploads and both memories in V4. The arithmetic is written down once more
 * from its description (nncase v0.2.0-beta4, K210 simulator).
 */
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/generated.h"

#define CHANNELS_MAX 12
#define WEIGHTS_MAX  (CHANNELS_MAX * CHANNELS_MAX * 9)

struct tables {
	uint8_t weights[WEIGHTS_MAX];
	uint16_t wide_weights[WEIGHTS_MAX];
	struct kmodel_batch_norm norms[CHANNELS_MAX];
	struct kmodel_activation activation;
	struct kmodel_convolution conv;
};

/* Segments that rise from 0 over T of about +-2^20. */
static void random_activation(struct generation *g, struct kmodel_activation *activation)
{
	activation->start[0] = -(1ll << 35);
	activation->mul[0] = 0;
	activation->shift[0] = 0;
	activation->bias[0] = (uint8_t)random_int(g, 0, 5);
	for (unsigned i = 1; i < K210_ACTIVATION_SEGMENTS; i++) {
		activation->start[i] = -(1 << 19) + (int64_t)i * (1 << 16) + random_int(g, 0, 999);
		activation->mul[i] = (int16_t)random_int(g, 50, 300);
		activation->shift[i] = 20;
		activation->bias[i] = (uint8_t)(i * 16);
	}
}

static void random_tables(struct generation *g, struct tables *tables, bool sixteen_bit)
{
	struct kmodel_convolution *conv = &tables->conv;
	unsigned pool = (unsigned)random_int(g, 0, K210_POOL_COUNT - 1);

	memset(tables, 0, sizeof(*tables));
	for (unsigned i = 0; i < WEIGHTS_MAX; i++) {
		tables->weights[i] = (uint8_t)random_bits(g);
		tables->wide_weights[i] = (uint16_t)random_bits(g);
	}
	for (unsigned i = 0; i < CHANNELS_MAX; i++)
		tables->norms[i] = (struct kmodel_batch_norm){ random_int(g, 100, 30000),
							       sixteen_bit ? 15 : 11,
							       random_int(g, -(1 << 18), 1 << 18) };
	random_activation(g, &tables->activation);
	conv->depthwise = random_bits(g) & 1;
	conv->pool = conv->depthwise ? K210_POOL_BYPASS : (enum k210_pool)pool;
	conv->width = (unsigned)random_int(g, 4, 70);
	conv->height = (unsigned)random_int(g, 4, 24);
	conv->input_channels = (unsigned)random_int(g, 1, CHANNELS_MAX);
	conv->output_channels =
		conv->depthwise ? conv->input_channels : (unsigned)random_int(g, 1, CHANNELS_MAX);
	conv->kernel = random_bits(g) & 1 ? 3 : 1;
	conv->pad_value = (uint8_t)random_bits(g);
	conv->sixteen_bit = sixteen_bit;
	conv->weights = sixteen_bit ? (void *)tables->wide_weights : (void *)tables->weights;
	conv->arg_x = random_int(g, -(1 << 22), 1 << 22);
	conv->arg_w = random_int(g, -(1 << 22), 1 << 22);
	conv->shift_x = conv->shift_w = 15;
	conv->arg_add = random_int(g, -100000, 100000);
	conv->batch_norm = tables->norms;
	conv->activation = &tables->activation;
}

static int64_t weight(const struct tables *tables, size_t index)
{
	return tables->conv.sixteen_bit ? tables->wide_weights[index] : tables->weights[index];
}

static int64_t input_pixel(const struct tables *tables, const uint8_t *in, unsigned channel, int y,
			   int x)
{
	const struct kmodel_convolution *conv = &tables->conv;

	if (y < 0 || x < 0 || y >= (int)conv->height || x >= (int)conv->width)
		return conv->pad_value;
	return in[(channel * conv->height + (unsigned)y) * conv->width + (unsigned)x];
}

/* To nearest, ties to even; q is not negative in these tables. */
static int64_t round_shift(int64_t q, unsigned shift)
{
	int64_t whole = q >> shift, rest = q - (whole << shift),
		half = shift ? 1ll << (shift - 1) : 0;

	if (!shift)
		return q;
	return rest > half || (rest == half && (whole & 1)) ? whole + 1 : whole;
}

static uint8_t activate(const struct kmodel_activation *activation, int64_t t)
{
	unsigned i = K210_ACTIVATION_SEGMENTS - 1;

	while (i > 0 && t <= activation->start[i])
		i--;
	return clamp_byte(
		round_shift((t - activation->start[i]) * activation->mul[i], activation->shift[i]) +
		activation->bias[i]);
}

/* One value before pooling. */
static uint8_t convolve(const struct tables *tables, const uint8_t *in, unsigned output, int y,
			int x)
{
	const struct kmodel_convolution *conv = &tables->conv;
	unsigned inputs = conv->depthwise ? 1 : conv->input_channels, side = conv->kernel;
	int64_t products = 0, pixels = 0, weights = 0, v, t;

	for (unsigned i = 0; i < inputs; i++)
		for (unsigned ky = 0; ky < side; ky++)
			for (unsigned kx = 0; kx < side; kx++) {
				int64_t w = weight(tables,
						   ((output * inputs + i) * side + ky) * side + kx);
				int64_t p = input_pixel(tables, in, conv->depthwise ? output : i,
							y + (int)ky - (int)side / 2,
							x + (int)kx - (int)side / 2);

				products += p * w;
				pixels += p;
				weights += w;
			}
	v = products + ((conv->arg_x * pixels) >> conv->shift_x) +
	    ((conv->arg_w * weights) >> conv->shift_w) + conv->arg_add * (int64_t)inputs;
	t = ((v * tables->norms[output].mul) >> tables->norms[output].shift) +
	    tables->norms[output].add;
	return activate(&tables->activation, t);
}

/* @map is width x height; (x, y) of the pooled map. */
static uint8_t pool(const struct kmodel_convolution *conv, const uint8_t *map, int y, int x)
{
	int stride = (int)k210_pool_stride(conv->pool), size = stride, sum = 0, greatest = 0;
	int width = (int)conv->width, height = (int)conv->height;

	switch (conv->pool) {
	case K210_POOL_LEFT_TOP_2_STRIDE_2:
	case K210_POOL_LEFT_TOP_4_STRIDE_4:
	case K210_POOL_BYPASS:
		return map[y * stride * width + x * stride];
	case K210_POOL_RIGHT_TOP_2_STRIDE_2:
		return map[y * stride * width + x * stride + 1];
	case K210_POOL_MEAN_2_STRIDE_1:
	case K210_POOL_MAX_2_STRIDE_1:
		size = 2;
		break;
	default:
		break;
	}
	for (int dy = 0; dy < size; dy++)
		for (int dx = 0; dx < size; dx++) {
			int from_y = y * stride + dy, from_x = x * stride + dx, value;

			/* the edge repeats: nothing new for a maximum */
			from_y = from_y < height ? from_y : height - 1;
			from_x = from_x < width ? from_x : width - 1;
			value = map[from_y * width + from_x];
			sum += value;
			greatest = value > greatest ? value : greatest;
		}
	if (conv->pool == K210_POOL_MEAN_2_STRIDE_2 || conv->pool == K210_POOL_MEAN_2_STRIDE_1)
		return (uint8_t)(sum / 4);
	if (conv->pool == K210_POOL_MEAN_4_STRIDE_4)
		return (uint8_t)(sum / 16);
	return (uint8_t)greatest;
}

static unsigned output_bytes(const struct kmodel_convolution *conv)
{
	unsigned stride = k210_pool_stride(conv->pool);

	return conv->width / stride * (conv->height / stride) * conv->output_channels;
}

static void reference(const struct tables *tables, const uint8_t *in, uint8_t *out)
{
	const struct kmodel_convolution *conv = &tables->conv;
	int stride = (int)k210_pool_stride(conv->pool);
	uint8_t map[70 * 24];

	for (unsigned output = 0; output < conv->output_channels; output++) {
		for (unsigned i = 0; i < conv->width * conv->height; i++)
			map[i] = convolve(tables, in, output, (int)(i / conv->width),
					  (int)(i % conv->width));
		for (int y = 0; y < (int)conv->height / stride; y++)
			for (int x = 0; x < (int)conv->width / stride; x++)
				*out++ = pool(conv, map, y, x);
	}
}

static void make_v3(struct generation *g, bool sixteen_bit)
{
	struct tables *tables = malloc(sizeof(*tables));
	struct generated *model = g->model;
	uint32_t bytes, floats, count;
	size_t input_bytes;
	uint8_t *in, *out;

	if (!tables)
		abort();
	random_tables(g, tables, sixteen_bit);
	tables->conv.input_line = (unsigned)random_int(g, 0, 9000);
	tables->conv.output_line = (unsigned)random_int(g, 12000, 20000);
	tables->conv.to_work_buffer = true;
	input_bytes = tables->conv.width * tables->conv.height * tables->conv.input_channels;
	in = add_input(g, input_bytes);
	for (size_t i = 0; i < input_bytes; i++)
		in[i] = (uint8_t)random_bits(g);
	count = output_bytes(&tables->conv);
	bytes = (count + 15) & ~7u; /* the DMA writes whole words */
	floats = bytes;
	kmodel_writer_convolution(g->v3, &tables->conv);
	kmodel_writer_dequantize(g->v3, 0, floats, count, 1.0f, 0.0f);
	kmodel_writer_output(g->v3, floats, count * 4);
	g->v3_work = floats + count * 4;
	out = malloc(count);
	model->count = count;
	model->is_float = true;
	model->floats = calloc(count, sizeof(float));
	if (!out || !model->floats)
		abort();
	reference(tables, in, out);
	for (uint32_t i = 0; i < count; i++)
		model->floats[i] = (float)out[i];
	free(out);
	free(tables);
}

static void make_v3_convolution(struct generation *g)
{
	make_v3(g, false);
}

static void make_v3_wide_convolution(struct generation *g)
{
	make_v3(g, true);
}

/* Upload, convolution in the AI SRAM, convolution to the main memory: all in batches. */
static void make_batches(struct generation *g)
{
	struct tables *tables = malloc(2 * sizeof(*tables));
	struct kmodel_convolution *first, *second;
	int32_t batches = random_int(g, 1, 5), in_shape[4], out_shape[4];
	unsigned in_map, middle_map, out_map;
	struct kmodel_v4_tensor in, out;
	const uint8_t *values;
	uint8_t *expected, *middle;

	if (!tables)
		abort();
	first = &tables[0].conv;
	second = &tables[1].conv;
	random_tables(g, &tables[0], false);
	random_tables(g, &tables[1], false);
	second->width = first->width / k210_pool_stride(first->pool);
	second->height = first->height / k210_pool_stride(first->pool);
	second->input_channels = first->output_channels;
	if (second->depthwise)
		second->output_channels = second->input_channels;
	if (second->width < 4 || second->height < 4)
		second->pool = K210_POOL_BYPASS;
	first->input_line = 100;
	first->output_line = second->input_line = 12000;
	second->output_line = 22000;
	in_map = first->width * first->height * first->input_channels;
	middle_map = output_bytes(first);
	out_map = output_bytes(second);
	memcpy(in_shape,
	       ((int32_t[]){ batches, (int32_t)first->input_channels, (int32_t)first->height,
			     (int32_t)first->width }),
	       sizeof(in_shape));
	memcpy(out_shape, ((int32_t[]){ 1, 1, batches, (int32_t)out_map }), sizeof(out_shape));
	in = random_bytes(g, in_shape, &values);
	out = expect_byte_output(g, out_shape, &expected);
	kmodel_v4_upload(
		g->v4, &in,
		kmodel_v4_kpu(first->input_line,
			      k210_map_lines(first->width, first->height, first->input_channels) *
				      (uint32_t)batches));
	kmodel_v4_convolution(g->v4, first, (uint32_t)batches, NULL);
	kmodel_v4_convolution(g->v4, second, (uint32_t)batches, &out.range);
	middle = malloc(middle_map);
	if (!middle)
		abort();
	for (int32_t i = 0; i < batches; i++) {
		reference(&tables[0], values + (size_t)i * in_map, middle);
		reference(&tables[1], middle, expected + (size_t)i * out_map);
	}
	free(middle);
	free(tables);
}

const struct generated_kind generated_kpu[] = {
	{ .name = "V3 K210_CONV, 8-bit weights", .generate = make_v3_convolution, .is_v3 = true },
	{ .name = "V3 K210_CONV, 16-bit weights",
	  .generate = make_v3_wide_convolution,
	  .is_v3 = true },
	{ .name = "kpu_upload and kpu_conv2d in batches", .generate = make_batches },
	{ 0 },
};
