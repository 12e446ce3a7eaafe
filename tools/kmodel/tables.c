/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The layer words and tables of a convolution, the same in both formats. */
#include "tools/kmodel/tables.h"

/* Weights that nncase lets the engine load at once, in bytes. */
#define LOAD_BYTES_8_BIT  (30u * 1024)
#define LOAD_BYTES_16_BIT (60u * 1024)

static unsigned weight_bytes(const struct kmodel_convolution *conv)
{
	return conv->kernel * conv->kernel * (conv->depthwise ? 1 : conv->input_channels) *
	       conv->output_channels * (conv->sixteen_bit ? 2 : 1);
}

/* The portions in which the engine fetches the weights, as nncase splits them. */
static void split_loads(const struct kmodel_convolution *conv, struct k210_kpu_layer *layer)
{
	unsigned per_channel = weight_bytes(conv) / conv->output_channels;
	unsigned limit = conv->sixteen_bit ? LOAD_BYTES_16_BIT : LOAD_BYTES_8_BIT;
	unsigned channels = limit / per_channel;

	if (conv->depthwise || channels > conv->output_channels)
		channels = conv->output_channels;
	if (!channels)
		channels = 1;
	layer->channels_per_load = channels;
	layer->load_bytes = channels * per_channel;
	layer->load_count = (conv->output_channels + channels - 1) / channels;
}

static void layer_fields(const struct kmodel_convolution *conv, struct k210_kpu_layer *layer)
{
	unsigned stride = k210_pool_stride(conv->pool);
	unsigned width = conv->width / stride, height = conv->height / stride;

	*layer = (struct k210_kpu_layer){
		.depthwise = conv->depthwise,
		.input_line = conv->input_line,
		.output_line = conv->output_line,
		.input_channels = conv->input_channels,
		.output_channels = conv->output_channels,
		.input_width = conv->width,
		.input_height = conv->height,
		.output_width = width,
		.output_height = height,
		.kernel_type = conv->kernel == 3,
		.pool_type = conv->pool,
		.load_batch_norm = true,
		.dma_burst = 15,
		.pad_value = conv->pad_value,
		.load_weights = true,
		.input_channel_lines = k210_map_row_lines(conv->width) * conv->height,
		.input_row_lines = k210_map_row_lines(conv->width),
		.input_groups = k210_map_groups(conv->width),
		.load_activation = true,
		.output_channel_lines = k210_map_row_lines(width) * height,
		.output_row_lines = k210_map_row_lines(width),
		.output_groups = k210_map_groups(width),
		.shift_w = conv->shift_w,
		.shift_x = conv->shift_x,
		.arg_w = conv->arg_w,
		.arg_x = conv->arg_x,
		.arg_add = conv->arg_add,
		.send_data_out = conv->to_work_buffer,
		.channel_bytes = width * height,
		.total_bytes = (uint64_t)width * height * conv->output_channels,
	};
	split_loads(conv, layer);
}

const char *kmodel_convolution_problem(const struct kmodel_convolution *conv)
{
	unsigned stride = k210_pool_stride(conv->pool);

	if (conv->kernel != 1 && conv->kernel != 3)
		return "a convolution's kernel is 1 or 3";
	if (!conv->input_channels || conv->input_channels > 1024 || !conv->output_channels ||
	    conv->output_channels > 1024)
		return "a convolution has 1 to 1024 channels";
	if (conv->width < stride || conv->width > 1024 || conv->height < stride ||
	    conv->height > 512)
		return "a map is at most 1024 wide and 512 high, and not smaller than its pooling";
	if (conv->depthwise && conv->input_channels != conv->output_channels)
		return "a depthwise convolution keeps the number of channels";
	return NULL;
}

void kmodel_append_batch_norm(struct byte_buffer *out, const struct kmodel_convolution *conv)
{
	unsigned i;

	for (i = 0; i < conv->output_channels; i++) {
		const struct kmodel_batch_norm *norm = &conv->batch_norm[i];

		buffer_u64(out, ((uint64_t)(uint32_t)norm->mul & 0xffffff) |
					(uint64_t)(uint32_t)norm->add << 24 |
					(uint64_t)(norm->shift & 15) << 56);
	}
}

void kmodel_append_activation(struct byte_buffer *out, const struct kmodel_activation *activation)
{
	unsigned i;

	for (i = 0; i < K210_ACTIVATION_SEGMENTS; i++)
		buffer_u64(out, activation->shift[i] | (uint64_t)(uint16_t)activation->mul[i] << 8 |
					((uint64_t)activation->start[i] & 0xfffffffffull) << 24);
	buffer_append(out, activation->bias, sizeof(activation->bias));
}

void kmodel_append_words(struct byte_buffer *out, const struct kmodel_convolution *conv,
			 const struct kmodel_table_addresses *addresses)
{
	struct k210_kpu_layer fields;
	uint64_t words[K210_KPU_LAYER_WORDS];
	unsigned i;

	layer_fields(conv, &fields);
	if (addresses) {
		fields.batch_norm_address = addresses->batch_norm;
		fields.activation_address = addresses->activation;
		fields.weights_address = addresses->weights;
	}
	kmodel_encode_words(&fields, words);
	for (i = 0; i < K210_KPU_LAYER_WORDS; i++)
		buffer_u64(out, words[i]);
}

void kmodel_append_weights(struct byte_buffer *out, const struct kmodel_convolution *conv)
{
	const uint16_t *wide = conv->weights;
	unsigned i;

	if (!conv->sixteen_bit) {
		buffer_append(out, conv->weights, weight_bytes(conv));
		return;
	}
	for (i = 0; i < weight_bytes(conv) / 2; i++) {
		uint8_t pair[2] = { (uint8_t)wide[i], (uint8_t)(wide[i] >> 8) };

		buffer_append(out, pair, 2);
	}
}

void kmodel_activation_shift(struct kmodel_activation *activation, unsigned shift)
{
	const int64_t lowest = -(1ll << 35), highest = (1ll << 35) - 1;
	unsigned i;

	/* 0 below zero, then a ramp of one step for each 2^shift, then the unused tail. */
	for (i = 0; i < K210_ACTIVATION_SEGMENTS; i++) {
		activation->start[i] = i == 0 ? lowest : i == 1 ? 0 : highest;
		activation->mul[i] = i == 1;
		activation->shift[i] = i == 1 ? shift : 0;
		activation->bias[i] = 0;
	}
}
