/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * V3 layers that the CPU computes: field positions (nncase v0.1 runtime structures), the ranges
 * they touch, and the shape of what they give.
 */
#include "kmodel/v3.h"

/* Sides and strides above this make no sense for maps that fit the memory. */
#define SIDE_MAX 65535u

static bool check_count(const struct kmodel_layer_body *body, const char *what, uint32_t count)
{
	if (count && count <= KMODEL_WORK_BYTES_MAX)
		return true;
	return kmodel_body_fail(body, what, count, 0);
}

/* Sets the output in the work buffer and checks its range. */
static bool give(struct kmodel_layer_body *body, uint32_t offset, enum kmodel_data_type type,
		 uint32_t width, uint32_t height, uint32_t channels)
{
	struct kmodel_tensor *output = &body->layer->output;
	uint32_t element = kmodel_element_bytes(type);
	uint64_t bytes = (uint64_t)width * height;

	if (bytes > KMODEL_WORK_BYTES_MAX)
		bytes = KMODEL_WORK_BYTES_MAX;
	bytes *= channels;
	bytes = bytes > KMODEL_WORK_BYTES_MAX ? (uint64_t)KMODEL_WORK_BYTES_MAX + 1
					      : bytes * element;
	if (!bytes)
		return kmodel_body_fail(body, "its output is empty", 0, 0);
	if (!kmodel_v3_work_range(body, "its output", offset, bytes, element))
		return false;
	*output = (struct kmodel_tensor){ .space = KMODEL_SPACE_WORK,
					  .data_type = type,
					  .offset = offset,
					  .bytes = (uint32_t)bytes,
					  .width = width,
					  .height = height,
					  .channels = channels };
	return true;
}

/* A layer that keeps the number of elements keeps the shape, if it is known. */
static bool give_like(struct kmodel_layer_body *body, uint32_t input, uint32_t offset,
		      enum kmodel_data_type type, uint32_t count)
{
	const struct kmodel_tensor *from = body->previous;

	if (from->space == KMODEL_SPACE_WORK && from->offset == input &&
	    from->bytes / kmodel_element_bytes(from->data_type) == count)
		return give(body, offset, type, from->width, from->height, from->channels);
	return give(body, offset, type, 1, 1, count);
}

/* flags, in, out, count, ... for element-wise layers. */
static bool read_elementwise(struct kmodel_layer_body *body, enum kmodel_data_type from,
			     enum kmodel_data_type to, uint32_t body_bytes)
{
	uint32_t input, count;

	if (!kmodel_body_need(body, body_bytes))
		return false;
	input = kmodel_body_field(body, 4);
	count = kmodel_body_field(body, 12);
	return check_count(body, "it works on %u values", count) &&
	       kmodel_v3_work_range(body, "its input", input,
				    (uint64_t)count * kmodel_element_bytes(from),
				    kmodel_element_bytes(from)) &&
	       give_like(body, input, kmodel_body_field(body, 8), to, count);
}

static bool read_add(struct kmodel_layer_body *body, enum kmodel_data_type type,
		     uint32_t body_bytes)
{
	uint32_t element = kmodel_element_bytes(type);
	uint32_t count;

	if (!kmodel_body_need(body, body_bytes))
		return false;
	count = kmodel_body_field(body, 16);
	return check_count(body, "it adds %u values", count) &&
	       kmodel_v3_work_range(body, "its first input", kmodel_body_field(body, 4),
				    (uint64_t)count * element, element) &&
	       kmodel_v3_work_range(body, "its second input", kmodel_body_field(body, 8),
				    (uint64_t)count * element, element) &&
	       give_like(body, kmodel_body_field(body, 8), kmodel_body_field(body, 12), type,
			 count);
}

static bool read_global_average_pool(struct kmodel_layer_body *body)
{
	uint32_t pixels, channels;

	if (!kmodel_body_need(body, 20))
		return false;
	pixels = kmodel_body_field(body, 12);
	channels = kmodel_body_field(body, 16);
	return check_count(body, "it averages %u pixels", pixels) &&
	       check_count(body, "it has %u channels", channels) &&
	       kmodel_v3_work_range(body, "its input", kmodel_body_field(body, 4),
				    (uint64_t)pixels * channels * 4, 4) &&
	       give(body, kmodel_body_field(body, 8), KMODEL_FLOAT32, 1, 1, channels);
}

static bool check_sides(const struct kmodel_layer_body *body, uint32_t offset, unsigned count,
			uint32_t least)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		uint32_t side = kmodel_body_field(body, offset + i * 4);

		if (side < least || side > SIDE_MAX)
			return kmodel_body_fail(
				body, "a size in it is %u; %u and more are possible", side, least);
	}
	return true;
}

/* {w, h, c} at @offset: bytes of that map. */
static uint64_t map_bytes(const struct kmodel_layer_body *body, uint32_t offset,
			  enum kmodel_data_type type)
{
	return (uint64_t)kmodel_body_field(body, offset) * kmodel_body_field(body, offset + 4) *
	       kmodel_body_field(body, offset + 8) * kmodel_element_bytes(type);
}

static bool read_pool(struct kmodel_layer_body *body, enum kmodel_data_type type,
		      uint32_t body_bytes)
{
	if (!kmodel_body_need(body, body_bytes) || !check_sides(body, 12, 10, 1) ||
	    !check_sides(body, 52, 2, 0))
		return false;
	if (kmodel_body_field(body, 20) != kmodel_body_field(body, 32))
		return kmodel_body_fail(body, "pooling makes %u channels out of %u",
					kmodel_body_field(body, 32), kmodel_body_field(body, 20));
	return kmodel_v3_work_range(body, "its input", kmodel_body_field(body, 4),
				    map_bytes(body, 12, type), kmodel_element_bytes(type)) &&
	       give(body, kmodel_body_field(body, 8), type, kmodel_body_field(body, 24),
		    kmodel_body_field(body, 28), kmodel_body_field(body, 32));
}

static bool read_resize(struct kmodel_layer_body *body, enum kmodel_data_type type)
{
	if (!kmodel_body_need(body, 36) || !check_sides(body, 12, 5, 1))
		return false;
	return kmodel_v3_work_range(body, "its input", kmodel_body_field(body, 4),
				    map_bytes(body, 12, type), kmodel_element_bytes(type)) &&
	       give(body, kmodel_body_field(body, 8), type, kmodel_body_field(body, 24),
		    kmodel_body_field(body, 28), kmodel_body_field(body, 20));
}

static bool read_concat(struct kmodel_layer_body *body, enum kmodel_data_type type)
{
	uint32_t element = kmodel_element_bytes(type);
	uint64_t total = 0;
	uint32_t inputs, i;

	if (!kmodel_body_need(body, 12))
		return false;
	inputs = kmodel_body_field(body, 8);
	if (!check_count(body, "it joins %u inputs", inputs) ||
	    !kmodel_body_need(body, 12 + (uint64_t)inputs * 8))
		return false;
	for (i = 0; i < inputs; i++) {
		uint32_t start = kmodel_body_field(body, 12 + i * 8);
		uint32_t bytes = kmodel_body_field(body, 16 + i * 8);

		if (bytes & (element - 1))
			return kmodel_body_fail(body, "its input %u has %u bytes, not whole floats",
						i, bytes);
		if (!kmodel_v3_work_range(body, "an input of it", start, bytes, element))
			return false;
		total += bytes;
	}
	if (total > KMODEL_WORK_BYTES_MAX)
		return kmodel_body_fail(body, "its inputs are larger than the memory", 0, 0);
	return give(body, kmodel_body_field(body, 4), type, 1, 1, (uint32_t)total / element);
}

static bool read_fully_connected(struct kmodel_layer_body *body)
{
	uint32_t inputs, outputs, activation;

	if (!kmodel_body_need(body, 24))
		return false;
	inputs = kmodel_body_field(body, 12);
	outputs = kmodel_body_field(body, 16);
	activation = kmodel_body_field(body, 20);
	if (activation > 2)
		return kmodel_body_fail(body, "activation %u is unknown; 0 none, 1 ReLU, 2 ReLU6",
					activation, 0);
	return check_count(body, "it has %u inputs", inputs) &&
	       check_count(body, "it has %u outputs", outputs) &&
	       kmodel_body_need(body, 24 + ((uint64_t)inputs + 1) * outputs * 4) &&
	       kmodel_v3_work_range(body, "its input", kmodel_body_field(body, 4),
				    (uint64_t)inputs * 4, 4) &&
	       give(body, kmodel_body_field(body, 8), KMODEL_FLOAT32, 1, 1, outputs);
}

static bool read_flatten(struct kmodel_layer_body *body)
{
	uint64_t bytes;

	if (!kmodel_body_need(body, 24) || !check_sides(body, 12, 3, 1))
		return false;
	bytes = map_bytes(body, 12, KMODEL_FLOAT32);
	return kmodel_v3_work_range(body, "its input", kmodel_body_field(body, 4), bytes, 4) &&
	       give(body, kmodel_body_field(body, 8), KMODEL_FLOAT32, 1, 1, (uint32_t)(bytes / 4));
}

static bool read_channelwise_dequantize(struct kmodel_layer_body *body)
{
	const struct kmodel_tensor *from = body->previous;
	uint32_t input, channels, pixels;
	uint64_t count;

	if (!kmodel_body_need(body, 20))
		return false;
	input = kmodel_body_field(body, 4);
	channels = kmodel_body_field(body, 12);
	pixels = kmodel_body_field(body, 16);
	count = (uint64_t)channels * pixels;
	if (!check_count(body, "it has %u channels", channels) ||
	    !check_count(body, "its channels have %u pixels", pixels) ||
	    !kmodel_body_need(body, 20 + (uint64_t)channels * 8) ||
	    !kmodel_v3_work_range(body, "its input", input, count, 1))
		return false;
	if (from->space == KMODEL_SPACE_WORK && from->offset == input && from->bytes == count)
		return give_like(body, input, kmodel_body_field(body, 8), KMODEL_FLOAT32,
				 (uint32_t)count);
	return give(body, kmodel_body_field(body, 8), KMODEL_FLOAT32, pixels, 1, channels);
}

/* Output in the AI SRAM, w x h x c bytes. */
static bool give_map(struct kmodel_layer_body *body, uint32_t line, uint32_t width, uint32_t height,
		     uint32_t channels)
{
	struct kmodel_tensor *output = &body->layer->output;

	if (!width || width > 1024 || !height || height > 1024 || !channels || channels > 65535)
		return kmodel_body_fail(body, "a map of %u channels, %u wide is not possible",
					channels, width);
	*output = (struct kmodel_tensor){ .space = KMODEL_SPACE_AI_SRAM,
					  .data_type = KMODEL_UINT8,
					  .offset = line,
					  .bytes = width * height * channels,
					  .width = width,
					  .height = height,
					  .channels = channels };
	return kmodel_v3_ai_sram_range(body, "its output", line,
				       k210_map_lines(width, height, channels));
}

static bool read_upload(struct kmodel_layer_body *body)
{
	if (!kmodel_body_need(body, 24))
		return false;
	return give_map(body, kmodel_body_field(body, 8), kmodel_body_field(body, 12),
			kmodel_body_field(body, 16), kmodel_body_field(body, 20)) &&
	       kmodel_v3_work_range(body, "its input", kmodel_body_field(body, 4),
				    body->layer->output.bytes, 1);
}

/* One byte of each channel becomes the first pixel of a 4x4 map. */
static bool read_add_padding(struct kmodel_layer_body *body)
{
	uint32_t channels;

	if (!kmodel_body_need(body, 16))
		return false;
	channels = kmodel_body_field(body, 12);
	return give_map(body, kmodel_body_field(body, 8), 4, 4, channels) &&
	       kmodel_v3_work_range(body, "its input", kmodel_body_field(body, 4), channels, 1);
}

static bool read_remove_padding(struct kmodel_layer_body *body)
{
	uint32_t channels;

	if (!kmodel_body_need(body, 16))
		return false;
	channels = kmodel_body_field(body, 12);
	return check_count(body, "it has %u channels", channels) &&
	       kmodel_v3_work_range(body, "its input", kmodel_body_field(body, 4),
				    (uint64_t)channels * 16, 1) &&
	       give(body, kmodel_body_field(body, 8), KMODEL_UINT8, 1, 1, channels);
}

static bool refuse_type(const struct kmodel_layer_body *body)
{
	return kmodel_refuse(body->problem, KPU_STATUS_NOT_IMPLEMENT, body->layer->index,
			     "layer type %u is not one that a K210 runs", body->layer->type, 0);
}

bool kmodel_v3_read_cpu_layer(struct kmodel_layer_body *body)
{
	const enum kmodel_data_type u8 = KMODEL_UINT8, f32 = KMODEL_FLOAT32;

	switch (body->layer->type) {
	case KMODEL_V3_ADD:
		return read_add(body, f32, 20);
	case KMODEL_V3_QUANTIZED_ADD:
		return read_add(body, u8, 56);
	case KMODEL_V3_GLOBAL_AVERAGE_POOL2D:
		return read_global_average_pool(body);
	case KMODEL_V3_QUANTIZED_MAX_POOL2D:
		return read_pool(body, u8, 60);
	case KMODEL_V3_AVERAGE_POOL2D:
		return read_pool(body, f32, 64);
	case KMODEL_V3_QUANTIZE:
		return read_elementwise(body, f32, u8, 24);
	case KMODEL_V3_DEQUANTIZE:
		return read_elementwise(body, u8, f32, KMODEL_V3_DEQUANTIZE_BYTES);
	case KMODEL_V3_REQUANTIZE:
		return read_elementwise(body, u8, u8, 16 + 256);
	case KMODEL_V3_L2_NORMALIZATION:
	case KMODEL_V3_SOFTMAX:
	case KMODEL_V3_LOGISTIC:
		return read_elementwise(body, f32, f32, 16);
	case KMODEL_V3_CONCAT:
		return read_concat(body, f32);
	case KMODEL_V3_QUANTIZED_CONCAT:
		return read_concat(body, u8);
	case KMODEL_V3_FULLY_CONNECTED:
		return read_fully_connected(body);
	case KMODEL_V3_TENSORFLOW_FLATTEN:
		return read_flatten(body);
	case KMODEL_V3_RESIZE_NEAREST_NEIGHBOR:
		return read_resize(body, f32);
	case KMODEL_V3_QUANTIZED_RESIZE_NEAREST_NEIGHBOR:
		return read_resize(body, u8);
	case KMODEL_V3_CHANNELWISE_DEQUANTIZE:
		return read_channelwise_dequantize(body);
	case KMODEL_V3_K210_ADD_PADDING:
		return read_add_padding(body);
	case KMODEL_V3_K210_REMOVE_PADDING:
		return read_remove_padding(body);
	case KMODEL_V3_K210_UPLOAD:
		return read_upload(body);
	}
	return refuse_type(body);
}
