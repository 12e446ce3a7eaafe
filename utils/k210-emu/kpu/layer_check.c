/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Refuses layers that the engine cannot run or whose effect is not publicly known.
 *
 * The redundant fields (line counts, groups, weight loads, byte counts) agree with the shape in
 * every layer of every known model; silicon would follow the field and this model the shape, so a
 * layer in which they differ is refused instead of run wrongly.
 */
#include "job.h"

size_t kpu_layer_weight_bytes(const struct k210_kpu_layer *layer, bool eight_bit_weights)
{
	size_t weights = (size_t)kpu_weights_per_channel(layer) * layer->output_channels;

	return eight_bit_weights ? weights : 2 * weights;
}

static const char *check_modes(const uint64_t words[K210_KPU_LAYER_WORDS],
			       const struct k210_kpu_layer *layer)
{
	if (layer->ram_flag)
		return "layer sets ram_flag, whose effect is not known";
	if (layer->full_add)
		return "layer sets full_add, which is not modelled";
	if (layer->kernel_type > 1)
		return "kernel type is neither 1x1 nor 3x3";
	if (layer->pad_type)
		return "layer sets pad_type, whose effect is not known";
	if (layer->pool_type >= K210_POOL_COUNT)
		return "pool code is not defined";
	if (layer->first_stride)
		return "layer sets first_stride, which is not modelled";
	if (layer->bypass_conv)
		return "layer sets bypass_conv, which is not modelled";
	if (!layer->load_batch_norm || !layer->load_weights || !layer->load_activation)
		return "layer does not load its weights, batch norm and activation table";
	if (k210_bits(words[6], 15, 0))
		return "layer sets a coefficient offset, whose effect is not known";
	if (k210_bits(words[7], 27, 20))
		return "layer sets coef_size, whose effect is not known";
	return NULL;
}

static const char *check_shapes(const struct k210_kpu_layer *layer)
{
	unsigned stride = k210_pool_stride(layer->pool_type);

	if (layer->depthwise && layer->input_channels != layer->output_channels)
		return "depthwise layer has different numbers of input and output channels";
	if (layer->output_width != layer->input_width / stride)
		return "output width does not follow from input width and pool code";
	if (layer->output_height != layer->input_height / stride)
		return "output height does not follow from input height and pool code";
	return NULL;
}

static const char *check_lines(const struct k210_kpu_layer *layer)
{
	unsigned in_row = k210_map_row_lines(layer->input_width);
	unsigned out_row = k210_map_row_lines(layer->output_width);
	uint32_t in_lines =
		k210_map_lines(layer->input_width, layer->input_height, layer->input_channels);
	uint32_t out_lines =
		k210_map_lines(layer->output_width, layer->output_height, layer->output_channels);

	if (layer->input_line + in_lines > K210_AI_SRAM_LINES)
		return "input map ends outside the AI SRAM";
	if (layer->output_line + out_lines > K210_AI_SRAM_LINES)
		return "output map ends outside the AI SRAM";
	/* A row of 1024 columns has 16 lines, one more than the 4-bit field can say. */
	if (layer->input_row_lines != in_row)
		return "row_switch_addr does not agree with the input width";
	if (layer->input_channel_lines != in_row * layer->input_height)
		return "channel_switch_addr does not agree with the input size";
	if (layer->input_groups != k210_map_groups(layer->input_width))
		return "coef_group does not agree with the input width";
	if (layer->output_row_lines != out_row)
		return "wb_row_switch_addr does not agree with the output width";
	if (layer->output_channel_lines != out_row * layer->output_height)
		return "wb_channel_switch_addr does not agree with the output size";
	if (layer->output_groups != k210_map_groups(layer->output_width))
		return "wb_group does not agree with the output width";
	return NULL;
}

static const char *check_weight_loads(const struct k210_kpu_layer *layer, bool eight_bit_weights)
{
	unsigned per_load = layer->channels_per_load;
	unsigned loads = (layer->output_channels + per_load - 1) / per_load;
	uint64_t bytes = (uint64_t)kpu_weights_per_channel(layer) * per_load;

	if (!eight_bit_weights)
		bytes *= 2;
	if (per_load > layer->output_channels)
		return "o_ch_num_coef is above the number of output channels";
	if (layer->load_count != loads)
		return "load_time does not cover the output channels";
	if (layer->load_bytes != bytes)
		return "para_size does not agree with the channels of one weight load";
	if (bytes > K210_WEIGHT_LOAD_BYTES(layer->kernel_type))
		return "one weight load is larger than the weight buffer";
	return NULL;
}

static const char *check_stream(const struct k210_kpu_layer *layer)
{
	uint32_t channel = (uint32_t)layer->output_width * layer->output_height;

	if (!layer->send_data_out)
		return NULL;
	/* The field has 16 bits; larger maps leave its upper bits off. */
	if (((layer->channel_bytes - 1) & 0xffff) != ((channel - 1) & 0xffff))
		return "channel_byte_num does not agree with the output size";
	if (layer->total_bytes != (uint64_t)channel * layer->output_channels)
		return "dma_total_byte does not agree with the output size";
	return NULL;
}

const char *kpu_check_layer(const uint64_t words[K210_KPU_LAYER_WORDS],
			    const struct k210_kpu_layer *layer, bool eight_bit_weights)
{
	const char *problem = check_modes(words, layer);

	if (!problem)
		problem = check_shapes(layer);
	if (!problem)
		problem = check_lines(layer);
	if (!problem)
		problem = check_weight_loads(layer, eight_bit_weights);
	if (!problem)
		problem = check_stream(layer);
	return problem;
}
