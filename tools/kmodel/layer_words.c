/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Puts the fields of a layer into its twelve words; positions as in k210/kpu_layer.h. */
#include "tools/kmodel/writer.h"

static uint64_t field(int64_t value, unsigned high, unsigned low)
{
	return ((uint64_t)value & ((2ull << (high - low)) - 1)) << low;
}

static void encode_shape(const struct k210_kpu_layer *layer, uint64_t *words)
{
	words[0] = field(layer->interrupt_enable, 0, 0) | field(layer->ram_flag, 1, 1) |
		   field(layer->full_add, 2, 2) | field(layer->depthwise, 3, 3);
	words[1] = field(layer->input_line, 14, 0) | field(layer->output_line, 46, 32);
	words[2] = field(layer->input_channels - 1, 9, 0) |
		   field(layer->output_channels - 1, 41, 32) |
		   field(layer->channels_per_load - 1, 57, 48);
	words[3] = field(layer->input_width - 1, 9, 0) | field(layer->input_height - 1, 18, 10) |
		   field(layer->output_width - 1, 41, 32) | field(layer->output_height - 1, 50, 42);
}

static void encode_tables(const struct k210_kpu_layer *layer, uint64_t *words)
{
	words[4] = field(layer->kernel_type, 2, 0) | field(layer->pad_type, 3, 3) |
		   field(layer->pool_type, 7, 4) | field(layer->first_stride, 8, 8) |
		   field(layer->bypass_conv, 9, 9) | field(layer->load_batch_norm, 10, 10) |
		   field(layer->dma_burst, 23, 16) | field(layer->pad_value, 31, 24) |
		   field(layer->batch_norm_address, 63, 32);
	words[5] = field(layer->load_weights, 0, 0) | field(layer->load_count - 1, 6, 1) |
		   field(layer->load_bytes, 31, 15) | field(layer->weights_address, 63, 32);
	words[6] = 0;
	words[7] = field(layer->input_channel_lines, 14, 0) |
		   field(layer->input_row_lines, 19, 16) | field(layer->input_groups, 30, 28) |
		   field(layer->load_activation, 31, 31) | field(layer->activation_address, 63, 32);
}

void kmodel_encode_words(const struct k210_kpu_layer *layer, uint64_t words[K210_KPU_LAYER_WORDS])
{
	encode_shape(layer, words);
	encode_tables(layer, words);
	words[8] = field(layer->output_channel_lines, 14, 0) |
		   field(layer->output_row_lines, 19, 16) | field(layer->output_groups, 22, 20);
	words[9] = field(layer->shift_w, 3, 0) | field(layer->shift_x, 7, 4) |
		   field(layer->arg_w, 31, 8) | field(layer->arg_x, 55, 32);
	words[10] = field(layer->arg_add, 39, 0);
	words[11] = field(layer->send_data_out, 0, 0) |
		    field((int64_t)layer->channel_bytes - 1, 31, 16) |
		    field((int64_t)layer->total_bytes - 1, 63, 32);
}
