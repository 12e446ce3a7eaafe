/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Convolutions that the CPU computes: conv2d and quantized_conv2d, and the variants for the CPU
 * target (cpu_*), whose dimensions are in another order, whose quantized form subtracts the offsets
 * that the other adds, and has its tables in another order (nncase kernels/cpu, cpu_ops_body.h).
 * One piece is one output element.
 */
#include "firmware_k210/runtime/v4/window.h"

#define SHAPE 32u

struct convolution {
	struct v4_window window;
	const uint8_t *in, *weights, *bias;
	struct v4_bounds bounds; /* floats */
	struct {
		int32_t input, filter, factor, shift, output;
	} numbers; /* bytes */
	bool is_quantized;
};

static void read_tables(const struct layer_job *job, uint32_t at, struct convolution *conv)
{
	const struct v4_window *window = &conv->window;
	uint32_t outputs = window->output.shape[window->channels_last ? 3 : 1];
	uint32_t weights = outputs * window->group_inputs * window->parameters.filter[V4_ROWS] *
			   window->parameters.filter[V4_COLUMNS];

	if (!conv->is_quantized) {
		conv->bounds = v4_read_bounds(job, at);
		conv->weights = job->body + at + 8;
		conv->bias = conv->weights + (size_t)weights * 4;
		return;
	}
	v4_read_words(job, at, &conv->numbers, sizeof(conv->numbers) / 4);
	conv->weights = job->body + at + sizeof(conv->numbers);
	if (window->channels_last) {
		conv->bias = conv->weights + weights;
		conv->numbers.input = (int32_t)(0u - (uint32_t)conv->numbers.input);
		conv->numbers.filter = (int32_t)(0u - (uint32_t)conv->numbers.filter);
	} else {
		conv->bias = conv->weights;
		conv->weights += (size_t)outputs * 4;
	}
}

static void read_convolution(const struct layer_job *job, struct convolution *conv)
{
	uint32_t type = job->layer->type, groups = 1, outputs, at;
	bool is_depthwise = type == KMODEL_V4_CPU_DEPTHWISE_CONV2D ||
			    type == KMODEL_V4_CPU_QUANTIZED_DEPTHWISE_CONV2D;
	bool channels_last = type >= KMODEL_V4_CPU_CONV2D;

	conv->is_quantized = type == KMODEL_V4_QUANTIZED_CONV2D ||
			     type == KMODEL_V4_CPU_QUANTIZED_CONV2D ||
			     type == KMODEL_V4_CPU_QUANTIZED_DEPTHWISE_CONV2D;
	at = SHAPE + 16;
	outputs = 0;
	if (!channels_last) {
		groups = layer_field(job, at);
		at += 4;
	}
	if (!is_depthwise) {
		outputs = layer_field(job, at);
		at += 4;
	}
	v4_window_read(job, SHAPE, at, channels_last, &conv->window);
	if (is_depthwise)
		groups = outputs = conv->window.group_inputs;
	v4_window_groups(&conv->window, groups, outputs);
	conv->in = v4_address(job, KMODEL_V4_INPUT);
	read_tables(job, at + sizeof(struct v4_window_parameters), conv);
}

void v4_convolution_plan(const struct layer_job *job, struct layer_plan *plan)
{
	struct convolution conv;

	read_convolution(job, &conv);
	v4_plan_elements(job, plan,
			 (uint64_t)conv.window.parameters.filter[V4_ROWS] *
					 conv.window.parameters.filter[V4_COLUMNS] *
					 conv.window.group_inputs +
				 32);
}

/* A window of one pixel: its channels are the innermost loop then, which may be dense. */
static void prefer_channels(struct v4_taps *taps)
{
	if (taps->counts[1] != 1 || taps->counts[2] != 1)
		return;
	taps->counts[2] = taps->counts[0];
	taps->input_steps[2] = taps->input_steps[0];
	taps->weight_steps[2] = taps->weight_steps[0];
	taps->counts[0] = 1;
}

static float float_sum(const struct convolution *conv, const struct v4_taps *taps)
{
	float sum = memory_load_float(conv->bias + taps->channel * 4);

	for (uint32_t i = 0; i < taps->counts[0]; i++)
		for (uint32_t j = 0; j < taps->counts[1]; j++) {
			uint32_t input =
				taps->input + i * taps->input_steps[0] + j * taps->input_steps[1];
			uint32_t weight = taps->weight + i * taps->weight_steps[0] +
					  j * taps->weight_steps[1];

			sum = layer_dot(sum, conv->in + (size_t)input * 4, taps->input_steps[2],
					conv->weights + (size_t)weight * 4, taps->weight_steps[2],
					taps->counts[2]);
		}
	return sum;
}

static uint8_t quantized_sum(const struct convolution *conv, const struct v4_taps *taps)
{
	uint32_t sum;

	/* Behind weights of bytes it may stand anywhere. */
	memory_read(&sum, conv->bias + taps->channel * 4, sizeof(sum));
	for (uint32_t i = 0; i < taps->counts[0]; i++)
		for (uint32_t j = 0; j < taps->counts[1]; j++)
			sum = v4_quantized_dot(
				sum,
				conv->in + taps->input + i * taps->input_steps[0] +
					j * taps->input_steps[1],
				taps->input_steps[2], conv->numbers.input,
				conv->weights + taps->weight + i * taps->weight_steps[0] +
					j * taps->weight_steps[1],
				taps->weight_steps[2], conv->numbers.filter, taps->counts[2]);
	return v4_byte((int64_t)v4_scale((int32_t)sum, conv->numbers.factor, conv->numbers.shift) +
		       conv->numbers.output);
}

void v4_convolution_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	uint8_t *out = v4_address(job, KMODEL_V4_OUTPUT);
	struct convolution conv;
	struct v4_taps taps;

	read_convolution(job, &conv);
	for (uint32_t i = first; i < first + count; i++) {
		v4_window_taps(&conv.window, i, &taps);
		prefer_channels(&taps);
		if (conv.is_quantized)
			memory_store8(out + i, quantized_sum(&conv, &taps));
		else
			memory_store_float(out + i * 4,
					   v4_clamp(float_sum(&conv, &taps), conv.bounds));
	}
}
