/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * V4 nodes that slide a window over a map: convolutions and pooling, in both orders of dimensions.
 * Neutral operators work on (batch, channels, height, width), those for the CPU target (0x1001...)
 * on (batch, height, width, channels) and without groups.
 */
#include "kmodel/v4.h"

/* What is common to all convolutions, and where their tables begin. */
struct convolution {
	uint32_t shape[4]; /* of the input, as stored */
	uint32_t batch, channels, height, width;
	uint32_t groups, output_channels;
	uint32_t filter; /* position of the filter's height and width */
	struct kmodel_v4_window window;
	bool channels_last;
};

static void take_shape(struct convolution *conv)
{
	conv->batch = conv->shape[0];
	conv->channels = conv->shape[conv->channels_last ? 3 : 1];
	conv->height = conv->shape[conv->channels_last ? 1 : 2];
	conv->width = conv->shape[conv->channels_last ? 2 : 3];
}

static bool check_channels(const struct kmodel_layer_body *body, const struct convolution *conv)
{
	if (!conv->output_channels || conv->output_channels > 65535 || !conv->groups ||
	    conv->groups > conv->channels || conv->channels % conv->groups ||
	    conv->output_channels % conv->groups)
		return kmodel_body_fail(body, "%u output channels in %u groups are not possible",
					conv->output_channels, conv->groups);
	return true;
}

/* One weight for each (output channel, input channel of its group, row, column). */
static uint64_t weight_count(const struct kmodel_layer_body *body, const struct convolution *conv)
{
	/* Each factor has been checked to be below 65536, 65536, and the memory's size. */
	uint64_t window = (uint64_t)kmodel_body_field(body, conv->filter) *
			  kmodel_body_field(body, conv->filter + 4);
	uint64_t pairs = (uint64_t)conv->output_channels * (conv->channels / conv->groups);

	if (window > KMODEL_WORK_BYTES_MAX || pairs > KMODEL_WORK_BYTES_MAX)
		return (uint64_t)KMODEL_WORK_BYTES_MAX * KMODEL_WORK_BYTES_MAX;
	return window * pairs;
}

static bool give_map(const struct kmodel_layer_body *body, const struct convolution *conv,
		     enum kmodel_data_type type)
{
	uint32_t sides[2], shape[4];
	uint64_t elements;

	if (!kmodel_v4_window_output(body, &conv->window, conv->height, conv->width, sides))
		return false;
	elements = (uint64_t)conv->batch * conv->output_channels;
	if (elements > KMODEL_WORK_BYTES_MAX || sides[0] > KMODEL_WORK_BYTES_MAX ||
	    (uint64_t)sides[0] * sides[1] > KMODEL_WORK_BYTES_MAX ||
	    elements * sides[0] * sides[1] > KMODEL_WORK_BYTES_MAX)
		return kmodel_body_fail(body, "its output does not fit the memory", 0, 0);
	shape[0] = conv->batch;
	shape[conv->channels_last ? 3 : 1] = conv->output_channels;
	shape[conv->channels_last ? 1 : 2] = sides[0];
	shape[conv->channels_last ? 2 : 3] = sides[1];
	return kmodel_v4_give(body, KMODEL_V4_OUTPUT, type, shape);
}

static bool read_input(const struct kmodel_layer_body *body, struct convolution *conv,
		       uint32_t shape_offset, enum kmodel_data_type type)
{
	struct kmodel_tensor input;

	if (!kmodel_v4_shape(body, shape_offset, conv->shape) ||
	    !kmodel_v4_typed_range(body, KMODEL_V4_INPUT, type, kmodel_v4_elements(conv->shape),
				   &input))
		return false;
	take_shape(conv);
	return true;
}

/* Padding, filter, stride and dilation stand one behind the other. */
static void place_window(struct convolution *conv, uint32_t at)
{
	conv->window.padding = at;
	conv->window.filter = conv->filter = at + 16;
	conv->window.stride = at + 24;
	conv->window.dilation = at + 32;
}

/* Behind the window: offsets of input and filter, factor, shift, offset of the output. */
#define QUANTIZED_SHIFT 12u

/*
 * Behind the window: floats have two bounds, then weights, then bias; bytes have five ints, then
 * bias, then weights.
 */
static bool read_convolution(struct kmodel_layer_body *body, enum kmodel_data_type type,
			     bool channels_last, bool depthwise)
{
	struct convolution conv = { .channels_last = channels_last, .groups = 1 };
	uint32_t at = channels_last ? (depthwise ? 48 : 52) : 56;
	uint32_t tables = at + 40 + (type == KMODEL_FLOAT32 ? 8 : 20);

	if (!kmodel_body_need(body, tables) || !read_input(body, &conv, 32, type))
		return false;
	if (depthwise) {
		conv.groups = conv.channels;
		conv.output_channels = conv.channels;
	} else if (channels_last) {
		conv.output_channels = kmodel_body_field(body, 48);
	} else {
		conv.groups = kmodel_body_field(body, 48);
		conv.output_channels = kmodel_body_field(body, 52);
	}
	place_window(&conv, at);
	if (type == KMODEL_UINT8 && !kmodel_v4_shift(body, at + 40 + QUANTIZED_SHIFT))
		return false;
	return check_channels(body, &conv) && give_map(body, &conv, type) &&
	       kmodel_body_need(body,
				tables + weight_count(body, &conv) * kmodel_element_bytes(type) +
					(uint64_t)conv.output_channels * 4);
}

static bool read_reduce_window(struct kmodel_layer_body *body, bool channels_last)
{
	struct convolution conv = { .channels_last = channels_last, .groups = 1 };

	if (!kmodel_body_need(body, 104) || !read_input(body, &conv, 36, KMODEL_FLOAT32))
		return false;
	if (kmodel_body_field(body, 32) >= KMODEL_V4_REDUCE_COUNT)
		return kmodel_body_fail(body, "reduction %u is unknown",
					kmodel_body_field(body, 32), 0);
	conv.output_channels = conv.channels;
	place_window(&conv, 52);
	return give_map(body, &conv, KMODEL_FLOAT32);
}

/* The output's shape is given; every input pixel scatters a window into it. */
static bool read_transposed_convolution(struct kmodel_layer_body *body)
{
	struct convolution conv = { .groups = 1 };
	uint32_t output[4], sides[2];
	const uint32_t tables = 116;

	if (!kmodel_body_need(body, tables) || !read_input(body, &conv, 32, KMODEL_FLOAT32) ||
	    !kmodel_v4_shape(body, 48, output))
		return false;
	conv.groups = kmodel_body_field(body, 64);
	conv.output_channels = output[1];
	place_window(&conv, 68);
	if (output[0] != conv.batch)
		return kmodel_body_fail(body, "it makes %u batches out of %u", output[0],
					conv.batch);
	/* The window over the output must give the input back. */
	return check_channels(body, &conv) &&
	       kmodel_v4_window_output(body, &conv.window, output[2], output[3], sides) &&
	       kmodel_body_need(body,
				tables + (weight_count(body, &conv) + conv.output_channels) * 4) &&
	       kmodel_v4_give(body, KMODEL_V4_OUTPUT, KMODEL_FLOAT32, output);
}

bool kmodel_v4_read_window_node(struct kmodel_layer_body *body, bool *known)
{
	*known = true;
	switch (body->layer->type) {
	case KMODEL_V4_CONV2D:
		return read_convolution(body, KMODEL_FLOAT32, false, false);
	case KMODEL_V4_CPU_CONV2D:
		return read_convolution(body, KMODEL_FLOAT32, true, false);
	case KMODEL_V4_CPU_DEPTHWISE_CONV2D:
		return read_convolution(body, KMODEL_FLOAT32, true, true);
	case KMODEL_V4_QUANTIZED_CONV2D:
		return read_convolution(body, KMODEL_UINT8, false, false);
	case KMODEL_V4_CPU_QUANTIZED_CONV2D:
		return read_convolution(body, KMODEL_UINT8, true, false);
	case KMODEL_V4_CPU_QUANTIZED_DEPTHWISE_CONV2D:
		return read_convolution(body, KMODEL_UINT8, true, true);
	case KMODEL_V4_REDUCE_WINDOW2D:
		return read_reduce_window(body, false);
	case KMODEL_V4_CPU_REDUCE_WINDOW2D:
		return read_reduce_window(body, true);
	case KMODEL_V4_CONV2D_TRANSPOSE:
		return read_transposed_convolution(body);
	}
	*known = false;
	return false;
}
