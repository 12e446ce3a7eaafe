/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* V3 K210_CONV: the twelve layer words and the tables they need. */
#include "kmodel/v3.h"

/* Bits that no known model sets and whose meaning no public source proves are refused. */
static bool check_words(const struct kmodel_v3_body *body, const struct k210_kpu_layer *conv)
{
	uint32_t stride = k210_pool_stride(conv->pool_type);

	if (conv->kernel_type > 1)
		return kmodel_v3_fail(body, "kernel type %u is unknown; 0 is 1x1, 1 is 3x3",
				      conv->kernel_type, 0);
	if (conv->pool_type >= K210_POOL_COUNT)
		return kmodel_v3_fail(body, "pooling code %u is unknown; 0 to %u exist",
				      conv->pool_type, K210_POOL_COUNT - 1);
	if (conv->ram_flag || conv->full_add || conv->first_stride || conv->bypass_conv ||
	    conv->pad_type)
		return kmodel_v3_fail(
			body, "it sets bits of the layer words that are not supported", 0, 0);
	if (!conv->load_batch_norm || !conv->load_weights || !conv->load_activation)
		return kmodel_v3_fail(body, "it does not load all of its tables", 0, 0);
	if (conv->depthwise && conv->input_channels != conv->output_channels)
		return kmodel_v3_fail(body, "depthwise, yet %u input and %u output channels",
				      conv->input_channels, conv->output_channels);
	if (conv->output_width != conv->input_width / stride ||
	    conv->output_height != conv->input_height / stride)
		return kmodel_v3_fail(body, "its output is %ux%u, which the pooling does not give",
				      conv->output_width, conv->output_height);
	return true;
}

static bool check_layout(const struct kmodel_v3_body *body, const struct k210_kpu_layer *conv)
{
	uint32_t input_rows = k210_map_row_lines(conv->input_width);
	uint32_t output_rows = k210_map_row_lines(conv->output_width);

	if (conv->input_groups != k210_map_groups(conv->input_width) ||
	    conv->input_row_lines != input_rows ||
	    conv->input_channel_lines != input_rows * conv->input_height)
		return kmodel_v3_fail(body, "the layout of its input does not fit %ux%u pixels",
				      conv->input_width, conv->input_height);
	if (conv->output_groups != k210_map_groups(conv->output_width) ||
	    conv->output_row_lines != output_rows ||
	    conv->output_channel_lines != output_rows * conv->output_height)
		return kmodel_v3_fail(body, "the layout of its output does not fit %ux%u pixels",
				      conv->output_width, conv->output_height);
	return kmodel_v3_ai_sram_range(body, "its input", conv->input_line,
				       k210_map_lines(conv->input_width, conv->input_height,
						      conv->input_channels)) &&
	       kmodel_v3_ai_sram_range(body, "its output", conv->output_line,
				       k210_map_lines(conv->output_width, conv->output_height,
						      conv->output_channels));
}

/* The engine loads the weights in portions; together they must be just the weights. */
static bool check_weight_loads(const struct kmodel_v3_body *body, const struct k210_kpu_layer *conv)
{
	uint32_t total = body->layer->weights_bytes;
	uint32_t loaded = conv->load_bytes * conv->load_count;

	if (conv->load_bytes && loaded >= total && loaded - conv->load_bytes < total)
		return true;
	return kmodel_v3_fail(body, "its weight loads carry %u bytes, its weights have %u", loaded,
			      total);
}

static bool check_table(const struct kmodel_v3_body *body, const char *text, uint32_t offset,
			uint32_t bytes, uint32_t align)
{
	const struct kmodel *model = body->model;

	if (offset & (align - 1))
		return kmodel_v3_fail(body, "a table of it starts at %u, not a multiple of %u",
				      offset, align);
	if (bytes > model->size || offset > model->size - bytes)
		return kmodel_v3_fail(body, text, offset, model->size);
	return true;
}

static uint32_t weight_bytes(const struct kmodel *model, const struct k210_kpu_layer *conv)
{
	uint32_t taps = conv->kernel_type ? 9 : 1;
	uint32_t inputs = conv->depthwise ? 1 : conv->input_channels;

	return taps * inputs * conv->output_channels * (model->eight_bit_weights ? 1 : 2);
}

static bool check_tables(const struct kmodel_v3_body *body, const struct k210_kpu_layer *conv)
{
	struct kmodel_layer *layer = body->layer;

	return check_table(body, "its weights at %u run past the file of %u bytes",
			   layer->weights_offset, layer->weights_bytes, 8) &&
	       check_table(body, "its batch norm at %u runs past the file of %u bytes",
			   layer->batch_norm_offset,
			   conv->output_channels * K210_BATCH_NORM_BYTES_PER_CHANNEL, 8) &&
	       check_table(body, "its activation at %u runs past the file of %u bytes",
			   layer->activation_offset, K210_ACTIVATION_BYTES, 8);
}

bool kmodel_v3_read_convolution(struct kmodel_v3_body *body)
{
	struct kmodel_layer *layer = body->layer;
	struct k210_kpu_layer *conv = &layer->convolution;
	struct kmodel_tensor *output = &layer->output;
	uint64_t words[K210_KPU_LAYER_WORDS];
	uint32_t i;

	if (!kmodel_v3_need(body, KMODEL_V3_CONV_BYTES))
		return false;
	layer->words_offset = kmodel_v3_field(body, KMODEL_V3_CONV_WORDS);
	layer->weights_offset = kmodel_v3_field(body, KMODEL_V3_CONV_WEIGHTS);
	layer->batch_norm_offset = kmodel_v3_field(body, KMODEL_V3_CONV_BATCH_NORM);
	layer->activation_offset = kmodel_v3_field(body, KMODEL_V3_CONV_ACTIVATION);
	if (!check_table(body, "its layer words at %u run past the file of %u bytes",
			 layer->words_offset, sizeof(words), KMODEL_V3_ALIGN_WORDS))
		return false;
	for (i = 0; i < K210_KPU_LAYER_WORDS; i++)
		words[i] = kpu_get_u64(body->model->data + layer->words_offset + i * 8);
	k210_decode_layer(words, conv);
	layer->weights_bytes = weight_bytes(body->model, conv);
	if (!check_words(body, conv) || !check_layout(body, conv) ||
	    !check_weight_loads(body, conv) || !check_tables(body, conv))
		return false;

	layer->is_convolution = true;
	layer->to_work_buffer = kmodel_v3_field(body, 0) & KMODEL_V3_BODY_FLAG_MAIN_MEMORY;
	output->data_type = KMODEL_UINT8;
	output->width = conv->output_width;
	output->height = conv->output_height;
	output->channels = conv->output_channels;
	output->bytes = output->width * output->height * output->channels;
	if (conv->total_bytes != output->bytes)
		return kmodel_v3_fail(body, "it announces %u bytes of output, its map has %u",
				      (uint32_t)conv->total_bytes, output->bytes);
	if (layer->to_work_buffer) {
		output->space = KMODEL_SPACE_WORK;
		output->offset = kmodel_v3_field(body, KMODEL_V3_CONV_MAIN_MEMORY);
		return kmodel_v3_work_range(body, "its output", output->offset, output->bytes, 8);
	}
	output->space = KMODEL_SPACE_AI_SRAM;
	output->offset = conv->output_line;
	return true;
}
