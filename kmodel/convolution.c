/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What a layer's words must satisfy so that the engine stays inside its memory. */
#include "kmodel/convolution.h"

uint32_t kmodel_weight_bytes(const struct k210_kpu_layer *conv, bool eight_bit)
{
	uint32_t taps = conv->kernel_type ? 9 : 1;
	uint32_t inputs = conv->depthwise ? 1 : conv->input_channels;

	return taps * inputs * conv->output_channels * (eight_bit ? 1 : 2);
}

static const char *fault(const char *text, uint32_t values[2], uint32_t first, uint32_t second)
{
	values[0] = first;
	values[1] = second;
	return text;
}

/* Bits that no known model sets and whose meaning no public source proves are refused. */
static const char *words_fault(const struct k210_kpu_layer *conv, uint32_t values[2])
{
	uint32_t stride = k210_pool_stride(conv->pool_type);

	if (conv->kernel_type > 1)
		return fault("kernel type %u is unknown; 0 is 1x1, 1 is 3x3", values,
			     conv->kernel_type, 0);
	if (conv->pool_type >= K210_POOL_COUNT)
		return fault("pooling code %u is unknown; 0 to %u exist", values, conv->pool_type,
			     K210_POOL_COUNT - 1);
	if (conv->ram_flag || conv->full_add || conv->first_stride || conv->bypass_conv ||
	    conv->pad_type || conv->coefficient_offsets || conv->coefficient_size)
		return fault("it sets bits of the layer words that are not supported", values, 0,
			     0);
	if (!conv->load_batch_norm || !conv->load_weights || !conv->load_activation)
		return fault("it does not load all of its tables", values, 0, 0);
	if (conv->depthwise && conv->input_channels != conv->output_channels)
		return fault("depthwise, yet %u input and %u output channels", values,
			     conv->input_channels, conv->output_channels);
	if (conv->output_width != conv->input_width / stride ||
	    conv->output_height != conv->input_height / stride)
		return fault("its output is %ux%u, which the pooling does not give", values,
			     conv->output_width, conv->output_height);
	return NULL;
}

static const char *layout_fault(const struct k210_kpu_layer *conv, uint32_t values[2])
{
	uint32_t input_rows = k210_map_row_lines(conv->input_width);
	uint32_t output_rows = k210_map_row_lines(conv->output_width);

	if (conv->input_groups != k210_map_groups(conv->input_width) ||
	    conv->input_row_lines != input_rows ||
	    conv->input_channel_lines != input_rows * conv->input_height)
		return fault("the layout of its input does not fit %ux%u pixels", values,
			     conv->input_width, conv->input_height);
	if (conv->output_groups != k210_map_groups(conv->output_width) ||
	    conv->output_row_lines != output_rows ||
	    conv->output_channel_lines != output_rows * conv->output_height)
		return fault("the layout of its output does not fit %ux%u pixels", values,
			     conv->output_width, conv->output_height);
	return NULL;
}

static const char *range_fault(const struct k210_kpu_layer *conv, uint32_t batches,
			       uint32_t values[2])
{
	uint64_t input = (uint64_t)k210_map_lines(conv->input_width, conv->input_height,
						  conv->input_channels) *
			 batches;
	uint64_t output = (uint64_t)k210_map_lines(conv->output_width, conv->output_height,
						   conv->output_channels) *
			  batches;

	if (conv->input_line + input > K210_AI_SRAM_LINES)
		return fault("its input at line %u runs past the AI SRAM of %u lines", values,
			     conv->input_line, K210_AI_SRAM_LINES);
	if (conv->output_line + output > K210_AI_SRAM_LINES)
		return fault("its output at line %u runs past the AI SRAM of %u lines", values,
			     conv->output_line, K210_AI_SRAM_LINES);
	return NULL;
}

/* The engine loads the weights in portions of whole channels. */
static const char *loads_fault(const struct k210_kpu_layer *conv, uint32_t weight_bytes,
			       uint32_t values[2])
{
	uint32_t channels = conv->channels_per_load;

	if (channels > conv->output_channels ||
	    conv->load_count != (conv->output_channels + channels - 1) / channels)
		return fault("its weights come in %u loads of %u channels, which is not all",
			     values, conv->load_count, channels);
	if (conv->load_bytes != weight_bytes / conv->output_channels * channels)
		return fault("its weight loads carry %u bytes, its weights have %u", values,
			     conv->load_bytes * conv->load_count, weight_bytes);
	if (conv->load_bytes > K210_WEIGHT_LOAD_BYTES(conv->kernel_type))
		return fault("one weight load has %u bytes, the engine's buffer %u", values,
			     conv->load_bytes, K210_WEIGHT_LOAD_BYTES(conv->kernel_type));
	return NULL;
}

static const char *output_fault(const struct k210_kpu_layer *conv, uint32_t values[2])
{
	uint32_t channel = (uint32_t)conv->output_width * conv->output_height;

	if (conv->total_bytes != (uint64_t)channel * conv->output_channels)
		return fault("it announces %u bytes of output, its map has %u", values,
			     (uint32_t)conv->total_bytes, channel * conv->output_channels);
	/* The field has 16 bits; larger maps leave its upper bits off. */
	if (((conv->channel_bytes - 1) & 0xffff) != ((channel - 1) & 0xffff))
		return fault("it announces %u bytes of each channel, its map has %u", values,
			     conv->channel_bytes, channel);
	return NULL;
}

const char *kmodel_convolution_fault(const struct k210_kpu_layer *conv, uint32_t weight_bytes,
				     uint32_t batches, uint32_t values[2])
{
	const char *text = words_fault(conv, values);

	if (!text)
		text = layout_fault(conv, values);
	if (!text)
		text = range_fault(conv, batches, values);
	if (!text)
		text = loads_fault(conv, weight_bytes, values);
	if (!text)
		text = output_fault(conv, values);
	return text;
}
