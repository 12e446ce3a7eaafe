/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* V3 K210_CONV: the twelve layer words and the tables they need. */
#include "kmodel/convolution.h"
#include "kmodel/v3.h"

static bool check_table(const struct kmodel_layer_body *body, const char *text, uint32_t offset,
			uint32_t bytes, uint32_t align)
{
	const struct kmodel *model = body->model;

	if (offset & (align - 1))
		return kmodel_body_fail(body, "a table of it starts at %u, not a multiple of %u",
					offset, align);
	if (bytes > model->size || offset > model->size - bytes)
		return kmodel_body_fail(body, text, offset, model->size);
	/* Only its own body is in memory. */
	if (model->window && (offset < body->layer->body_offset ||
			      offset + bytes > body->layer->body_offset + body->length))
		return kmodel_body_fail(body,
					"a table of it at %u lies outside of its body, so that it "
					"cannot run from the flash",
					offset, 0);
	return true;
}

static bool check_tables(const struct kmodel_layer_body *body, const struct k210_kpu_layer *conv)
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

bool kmodel_v3_read_convolution(struct kmodel_layer_body *body)
{
	struct kmodel_layer *layer = body->layer;
	struct k210_kpu_layer *conv = &layer->convolution;
	struct kmodel_tensor *output = &layer->output;
	uint64_t words[K210_KPU_LAYER_WORDS];
	uint32_t values[2];
	const char *fault;
	uint32_t i;

	if (!kmodel_body_need(body, KMODEL_V3_CONV_BYTES))
		return false;
	layer->words_offset = kmodel_body_field(body, KMODEL_V3_CONV_WORDS);
	layer->weights_offset = kmodel_body_field(body, KMODEL_V3_CONV_WEIGHTS);
	layer->batch_norm_offset = kmodel_body_field(body, KMODEL_V3_CONV_BATCH_NORM);
	layer->activation_offset = kmodel_body_field(body, KMODEL_V3_CONV_ACTIVATION);
	if (!check_table(body, "its layer words at %u run past the file of %u bytes",
			 layer->words_offset, sizeof(words), KMODEL_V3_ALIGN_WORDS))
		return false;
	for (i = 0; i < K210_KPU_LAYER_WORDS; i++)
		words[i] = kpu_get_u64(kmodel_body(body->model, layer->words_offset) + i * 8);
	k210_decode_layer(words, conv);
	layer->weights_bytes = kmodel_weight_bytes(conv, body->model->eight_bit_weights);
	fault = kmodel_convolution_fault(conv, layer->weights_bytes, 1, values);
	if (fault)
		return kmodel_body_fail(body, fault, values[0], values[1]);
	if (!check_tables(body, conv))
		return false;

	layer->is_convolution = true;
	layer->batches = 1;
	layer->to_work_buffer = kmodel_body_field(body, 0) & KMODEL_V3_BODY_FLAG_MAIN_MEMORY;
	output->data_type = KMODEL_UINT8;
	output->width = conv->output_width;
	output->height = conv->output_height;
	output->channels = conv->output_channels;
	output->bytes = output->width * output->height * output->channels;
	if (layer->to_work_buffer) {
		output->space = KMODEL_SPACE_WORK;
		output->offset = kmodel_body_field(body, KMODEL_V3_CONV_MAIN_MEMORY);
		return kmodel_v3_work_range(body, "its output", output->offset, output->bytes, 8);
	}
	output->space = KMODEL_SPACE_AI_SRAM;
	output->offset = conv->output_line;
	return true;
}
