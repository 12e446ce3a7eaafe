/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* V4 kpu_conv2d: layer words in the body, tables behind them. */
#include "kmodel/convolution.h"
#include "kmodel/v4.h"

/* Steps over @skip bytes, then over a table of @bytes; gives the table's place in the file. */
static bool take_table(const struct kmodel_layer_body *body, uint64_t *position, uint32_t skip,
		       uint32_t bytes, uint32_t *offset)
{
	uint64_t start = *position + skip;

	if (!kmodel_body_need(body, start + bytes))
		return false;
	if ((body->layer->body_offset + start) & 7)
		return kmodel_body_fail(body,
					"a table of it starts at %u of its body, not at a multiple "
					"of %u in the file",
					(uint32_t)start, 8);
	*offset = body->layer->body_offset + (uint32_t)start;
	*position = start + bytes;
	return true;
}

static bool read_output(struct kmodel_layer_body *body)
{
	struct kmodel_layer *layer = body->layer;
	struct kmodel_tensor *output = &layer->output;
	struct kmodel_tensor range;
	uint64_t bytes = (uint64_t)layer->convolution.output_width *
			 layer->convolution.output_height * layer->convolution.output_channels *
			 layer->batches;

	if (bytes > KMODEL_WORK_BYTES_MAX)
		return kmodel_body_fail(body, "%u maps of it do not fit the memory", layer->batches,
					0);
	layer->to_work_buffer = kmodel_body_field(body, 12) != 0;
	if (layer->to_work_buffer) {
		if (!kmodel_v4_typed_range(body, 0, KMODEL_UINT8, bytes, &range))
			return false;
		if (range.space != KMODEL_SPACE_WORK || range.offset & 7)
			return kmodel_body_fail(body,
						"its output at %u is not at a multiple of 8 in "
						"the work buffer",
						range.offset, 0);
		output->space = KMODEL_SPACE_WORK;
		output->offset = range.offset;
	} else {
		output->space = KMODEL_SPACE_AI_SRAM;
		output->offset = layer->convolution.output_line;
	}
	output->data_type = KMODEL_UINT8;
	output->bytes = (uint32_t)bytes;
	output->width = layer->convolution.output_width;
	output->height = layer->convolution.output_height;
	output->channels = layer->convolution.output_channels * layer->batches;
	output->batches = layer->batches;
	return true;
}

bool kmodel_v4_read_convolution(struct kmodel_layer_body *body)
{
	struct kmodel_layer *layer = body->layer;
	struct k210_kpu_layer *conv = &layer->convolution;
	uint64_t words[K210_KPU_LAYER_WORDS];
	uint64_t position = KMODEL_V4_CONV_TABLES;
	uint32_t values[2];
	const char *fault;
	uint32_t i;

	if (!kmodel_body_need(body, KMODEL_V4_CONV_TABLES))
		return false;
	for (i = 0; i < K210_KPU_LAYER_WORDS; i++)
		words[i] = kpu_get_u64(body->bytes + KMODEL_V4_CONV_WORDS + i * 8);
	k210_decode_layer(words, conv);
	layer->is_convolution = true;
	layer->batches = kmodel_body_field(body, KMODEL_V4_CONV_BATCHES);
	if (!layer->batches || layer->batches > K210_AI_SRAM_LINES)
		return kmodel_body_fail(body, "it runs %u batches", layer->batches, 0);
	layer->weights_bytes = kmodel_weight_bytes(conv, true);
	fault = kmodel_convolution_fault(conv, layer->weights_bytes, layer->batches, values);
	if (fault)
		return kmodel_body_fail(body, fault, values[0], values[1]);
	layer->words_offset = layer->body_offset + KMODEL_V4_CONV_WORDS;
	return take_table(body, &position, conv->batch_norm_address,
			  conv->output_channels * K210_BATCH_NORM_BYTES_PER_CHANNEL,
			  &layer->batch_norm_offset) &&
	       take_table(body, &position, conv->activation_address, K210_ACTIVATION_BYTES,
			  &layer->activation_offset) &&
	       take_table(body, &position, conv->weights_address, layer->weights_bytes,
			  &layer->weights_offset) &&
	       read_output(body);
}
