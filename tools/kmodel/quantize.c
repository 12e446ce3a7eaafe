/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tools/kmodel/quantize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHT_ZERO 128 /* the byte that means 0 */
#define WEIGHT_MOST 127

/*
 * The engine's activation gets T in units of 1/256 of an output step; 4096 / 2^20 brings it back.
 * All models of nncase shift by 20.
 */
#define STEP_UNITS       256
#define ACTIVATION_SHIFT 20
#define UNIT_FACTOR      ((1 << ACTIVATION_SHIFT) / STEP_UNITS)

#define START_LOWEST  (-(1ll << 35))
#define START_HIGHEST ((1ll << 35) - 1)

struct segments {
	struct kmodel_activation *table;
	unsigned count;
};

static void add_segment(struct segments *segments, double start, double slope, int bias)
{
	unsigned i = segments->count++;

	segments->table->start[i] = llround(start * STEP_UNITS);
	segments->table->mul[i] = (int16_t)lround(slope * UNIT_FACTOR);
	segments->table->shift[i] = segments->table->mul[i] ? ACTIVATION_SHIFT : 0;
	segments->table->bias[i] = (uint8_t)(bias < 0 ? 0 : bias > 255 ? 255 : bias);
}

/* Starts are in output steps from 0. Below the first one the result is 0. */
void quantize_activation(enum network_activation activation, float slope,
			 struct quantization result, struct kmodel_activation *table)
{
	struct segments segments = { table, 1 };
	int top = 255;

	memset(table, 0, sizeof(*table));
	table->start[0] = START_LOWEST;
	if (activation == NETWORK_LEAKY && result.zero > 0 && slope > 0)
		add_segment(&segments, -result.zero / (double)slope, (double)slope, 0);
	if (activation == NETWORK_LINEAR)
		add_segment(&segments, -result.zero, 1, 0);
	else
		add_segment(&segments, 0, 1, result.zero);
	if (activation == NETWORK_RELU6 && lround(6 / (double)result.scale) < 255 - result.zero)
		top = result.zero + (int)lround(6 / (double)result.scale);
	add_segment(&segments, top - result.zero, 0, top);
	for (unsigned i = segments.count; i < K210_ACTIVATION_SEGMENTS; i++) {
		table->start[i] = START_HIGHEST;
		table->bias[i] = (uint8_t)top;
	}
}

/* The largest factor that still fits its 24 bits. */
static void set_factor(struct kmodel_batch_norm *norm, double factor)
{
	norm->shift = 15;
	while (norm->shift > 0 && factor * (1 << norm->shift) > (1 << 23) - 1)
		norm->shift--;
	norm->mul = (int32_t)lround(factor * (1 << norm->shift));
}

/* Weights of one output channel, between -127 and 127 around the zero; their scale. */
static double quantize_weights(const float *weights, unsigned count, uint8_t *out)
{
	float most = 1e-12f;

	for (unsigned i = 0; i < count; i++)
		most = fabsf(weights[i]) > most ? fabsf(weights[i]) : most;
	for (unsigned i = 0; i < count; i++)
		out[i] = (uint8_t)(WEIGHT_ZERO + lroundf(weights[i] / most * (float)WEIGHT_MOST));
	return (double)most / WEIGHT_MOST;
}

/*
 * Sum of (x - x0) (w - 128) is what the engine computes with arg_x = -128, arg_w = -x0 and arg_add,
 * added once for each input channel, = kernel^2 * x0 * 128.
 */
static bool quantize_layer(const struct network_layer *layer, struct quantization input,
			   struct quantized_layer *out)
{
	unsigned count = network_weight_count(layer), each = count / layer->outputs;
	double unit = (double)out->result.scale / STEP_UNITS;

	out->weights = malloc(count);
	out->batch_norm = calloc(layer->outputs, sizeof(*out->batch_norm));
	if (!out->weights || !out->batch_norm)
		return false;
	for (unsigned o = 0; o < layer->outputs; o++) {
		double scale = quantize_weights(layer->weights + (size_t)o * each, each,
						out->weights + (size_t)o * each);

		set_factor(&out->batch_norm[o], scale * (double)input.scale / unit);
		out->batch_norm[o].add = (int32_t)lround((double)layer->bias[o] / unit);
	}
	quantize_activation(layer->activation, layer->slope, out->result, &out->activation);
	out->conv = (struct kmodel_convolution){
		.width = layer->width,
		.height = layer->height,
		.input_channels = layer->inputs,
		.output_channels = layer->outputs,
		.kernel = layer->kernel,
		.depthwise = layer->type == NETWORK_DEPTHWISE,
		.pool = layer->pool == 2 ? K210_POOL_MAX_2_STRIDE_2 : K210_POOL_BYPASS,
		.pad_value = (uint8_t)input.zero,
		.weights = out->weights,
		.arg_x = -WEIGHT_ZERO,
		.arg_w = -input.zero,
		.arg_add = (int64_t)layer->kernel * layer->kernel * input.zero * WEIGHT_ZERO,
		.batch_norm = out->batch_norm,
	};
	return true;
}

/* Two places, one at each end of the AI SRAM, take turns. NULL, or what is wrong. */
static const char *place_maps(struct quantized_network *quantized)
{
	for (unsigned i = 0; i < quantized->layer_count; i++) {
		struct kmodel_convolution *conv = &quantized->layers[i].conv;
		unsigned stride = k210_pool_stride(conv->pool);
		uint32_t in = k210_map_lines(conv->width, conv->height, conv->input_channels);
		uint32_t out = k210_map_lines(conv->width / stride, conv->height / stride,
					      conv->output_channels);

		if (in + out > K210_AI_SRAM_LINES)
			return "two maps of the network do not fit into the AI SRAM";
		conv->input_line = i % 2 ? K210_AI_SRAM_LINES - in : 0;
		conv->output_line = i % 2 ? 0 : K210_AI_SRAM_LINES - out;
		conv->to_work_buffer = i + 1 == quantized->layer_count;
	}
	return NULL;
}

const char *quantize_network(const struct network *network, const struct value_range *ranges,
			     struct quantized_network *quantized)
{
	struct quantization input = { network->scale, network->zero };

	memset(quantized, 0, sizeof(*quantized));
	quantized->network = network;
	for (unsigned i = 0; i < network->layer_count; i++) {
		const struct network_layer *layer = &network->layers[i];
		bool last = i + 1 == network->layer_count ||
			    !network_is_convolution(&network->layers[i + 1]);
		struct quantized_layer *out = &quantized->layers[i];
		struct value_range limits = { network->least, network->most, 0, { 0 } };

		if (!network_is_convolution(layer))
			break;
		quantized->layer_count = i + 1;
		out->result = quantization_of(last && network->limited ? &limits : &ranges[i]);
		if (!quantize_layer(layer, input, out))
			return "out of memory";
		input = out->result;
	}
	return place_maps(quantized);
}

void quantized_free(struct quantized_network *quantized)
{
	for (unsigned i = 0; i < quantized->layer_count; i++) {
		free(quantized->layers[i].weights);
		free(quantized->layers[i].batch_norm);
	}
	memset(quantized, 0, sizeof(*quantized));
}
