/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include "kmodel/format.h"
#include "kmodel/v4_format.h"
#include "lib/network_layers.h"

static const char *pool_name(uint32_t pool)
{
	static const char *const names[K210_POOL_COUNT] = {
		"",           "max 2x2",     "mean 2x2",   "max 4x4",         "mean 4x4",
		"left top 2", "right top 2", "left top 4", "mean 2x2 step 1", "max 2x2 step 1",
	};

	return pool < K210_POOL_COUNT ? names[pool] : "?";
}

static void describe_tensor(struct kpu_tensor_info *info, const struct kmodel_tensor *tensor)
{
	memset(info, 0, sizeof(*info));
	info->type = tensor->data_type == KMODEL_FLOAT32 ? KPU_TENSOR_FLOAT32 : KPU_TENSOR_UINT8;
	info->width = tensor->width;
	info->height = tensor->height;
	info->channels = tensor->channels;
	info->elements = (size_t)tensor->width * tensor->height * tensor->channels;
	info->bytes = tensor->bytes;
}

static void describe_convolution(struct kpu_layer_info *info, const struct kmodel_layer *layer)
{
	const struct k210_kpu_layer *c = &layer->convolution;
	uint64_t positions = (uint64_t)c->input_width * c->input_height;

	info->convolution = true;
	info->depthwise = c->depthwise;
	info->input_width = c->input_width;
	info->input_height = c->input_height;
	info->input_channels = c->input_channels;
	info->output_width = c->output_width;
	info->output_height = c->output_height;
	info->output_channels = c->output_channels;
	info->kernel = c->kernel_type ? 3 : 1;
	info->pool = c->pool_type;
	info->pool_name = pool_name(c->pool_type);
	info->load_bytes = c->load_bytes;
	info->macs = positions * info->kernel * info->kernel * c->output_channels;
	if (!c->depthwise)
		info->macs *= c->input_channels;
	if (layer->batches > 1)
		info->macs *= layer->batches;
}

static void describe_layer(struct kpu_layer_info *info, const struct kmodel_layer *layer)
{
	const char *name = kmodel_layer_name(layer->type);

	info->index = layer->index;
	info->type = layer->type;
	info->type_name = name ? name : "?";
	info->pool_name = "";
	info->parameter_bytes = layer->body_size;
	info->load_bytes = layer->body_size;
	info->output_bytes = layer->output.bytes;
	if (layer->is_convolution)
		describe_convolution(info, layer);
}

static float read_float(const uint8_t *bytes)
{
	uint32_t word = kpu_get_u32(bytes);
	float value;

	memcpy(&value, &word, sizeof(value));
	return value;
}

/* A dequantize layer tells what the bytes of the layer before it stand for. */
static void read_scale(struct kpu_network *network, const struct kmodel_layer *layer)
{
	struct kpu_tensor_info *before;

	if (layer->type != KMODEL_V3_DEQUANTIZE || layer->index == 0 ||
	    layer->body_size < KMODEL_V3_DEQUANTIZE_BYTES ||
	    layer->body_offset > network->size - KMODEL_V3_DEQUANTIZE_BYTES)
		return;
	before = &network->layer_tensors[layer->index - 1];
	if (before->type != KPU_TENSOR_UINT8)
		return;
	before->scale = read_float(network->data + layer->body_offset + KMODEL_V3_DEQUANTIZE_SCALE);
	before->bias = read_float(network->data + layer->body_offset + KMODEL_V3_DEQUANTIZE_BIAS);
}

/* The same for V4, whose dequantize names its input: the last layer that wrote there. */
static void read_v4_scale(struct kpu_network *network, const struct kmodel_layer *layer,
			  const uint32_t *work_offsets)
{
	const uint8_t *body = network->data + layer->body_offset;
	uint32_t i = layer->index;
	float scale;

	if (layer->type != KMODEL_V4_DEQUANTIZE || layer->body_size < KMODEL_V4_DEQUANTIZE_BYTES ||
	    kpu_get_u32(body) != KMODEL_V4_MEMORY_MAIN)
		return;
	scale = read_float(body + KMODEL_V4_DEQUANTIZE_SCALE);
	while (i-- > 0) {
		struct kpu_tensor_info *info = &network->layer_tensors[i];

		if (work_offsets[i] != kpu_get_u32(body + 8))
			continue;
		if (info->type == KPU_TENSOR_UINT8 && scale != 0.0f) {
			info->scale = 1.0f / scale;
			info->bias = -(float)(int32_t)kpu_get_u32(body +
								  KMODEL_V4_DEQUANTIZE_ZERO_POINT) *
				     info->scale;
		}
		return;
	}
}

bool kpu_network_read_layers(struct kpu_network *network)
{
	struct kmodel_problem problem = { 0 };
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;
	uint32_t count = network->model.layer_count, i = 0;
	bool is_v4 = network->model.kind == KMODEL_KIND_V4;
	uint32_t *work_offsets = calloc(count + 1, sizeof(*work_offsets));

	network->layers = calloc(count + 1, sizeof(network->layers[0]));
	network->layer_tensors = calloc(count + 1, sizeof(network->layer_tensors[0]));
	if (!network->layers || !network->layer_tensors || !work_offsets) {
		free(work_offsets);
		return false;
	}
	kmodel_first_layer(&network->model, &cursor);
	while (i < count && kmodel_next_layer(&network->model, &cursor, &layer, &problem)) {
		layer.index = i;
		describe_layer(&network->layers[i], &layer);
		describe_tensor(&network->layer_tensors[i], &layer.output);
		work_offsets[i] =
			layer.output.space == KMODEL_SPACE_WORK ? layer.output.offset : UINT32_MAX;
		if (is_v4)
			read_v4_scale(network, &layer, work_offsets);
		else
			read_scale(network, &layer);
		i++;
	}
	free(work_offsets);
	return true;
}

bool kpu_network_read_tensors(struct kpu_network *network)
{
	const struct kmodel *model = &network->model;
	struct kmodel_tensor tensor;

	network->inputs = calloc(model->input_count + 1, sizeof(network->inputs[0]));
	network->outputs = calloc(model->output_count + 1, sizeof(network->outputs[0]));
	if (!network->inputs || !network->outputs)
		return false;
	for (uint32_t i = 0; i < model->input_count; i++) {
		if (kmodel_get_input(model, i, &tensor))
			describe_tensor(&network->inputs[i], &tensor);
	}
	for (uint32_t i = 0; i < model->output_count; i++) {
		if (kmodel_get_output(model, i, &tensor))
			describe_tensor(&network->outputs[i], &tensor);
	}
	return true;
}
