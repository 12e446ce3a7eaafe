/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Quantized networks as files of either format. */
#include <stdlib.h>
#include <string.h>

#include "kmodel/format.h"
#include "tools/kmodel/buffer.h"
#include "tools/kmodel/nodes_v4.h"
#include "tools/kmodel/quantize.h"

static uint32_t align8(uint32_t bytes)
{
	return (bytes + 7) & ~7u;
}

/* Tables of the last copy of a layer; networks may have been moved since they were made. */
static const struct kmodel_convolution *convolution(struct quantized_layer *layer)
{
	layer->conv.activation = &layer->activation;
	return &layer->conv;
}

static const struct network_layer *last_convolution(const struct quantized_network *quantized)
{
	return &quantized->network->layers[quantized->layer_count - 1];
}

static void put_dense_v3(struct kmodel_writer *writer, const struct network_layer *layer,
			 uint32_t in, uint32_t out)
{
	unsigned inputs = network_weight_count(layer) / layer->outputs;
	struct byte_buffer body = { 0 };

	buffer_u32(&body, KMODEL_V3_BODY_FLAG_MAIN_MEMORY);
	buffer_u32(&body, in);
	buffer_u32(&body, out);
	buffer_u32(&body, inputs);
	buffer_u32(&body, layer->outputs);
	buffer_u32(&body, 0); /* no activation */
	for (unsigned i = 0; i < network_weight_count(layer); i++)
		buffer_f32(&body, layer->weights[i]);
	for (unsigned i = 0; i < layer->outputs; i++)
		buffer_f32(&body, layer->bias[i]);
	kmodel_writer_layer(writer, KMODEL_V3_FULLY_CONNECTED, body.bytes, body.length);
	free(body.bytes);
}

static void put_softmax_v3(struct kmodel_writer *writer, const struct network_layer *layer,
			   uint32_t in, uint32_t out)
{
	struct byte_buffer body = { 0 };

	buffer_u32(&body, KMODEL_V3_BODY_FLAG_MAIN_MEMORY);
	buffer_u32(&body, in);
	buffer_u32(&body, out);
	buffer_u32(&body, layer->outputs);
	kmodel_writer_layer(writer, KMODEL_V3_SOFTMAX, body.bytes, body.length);
	free(body.bytes);
}

/* Dequantize and what follows it; each layer has its own place in the work buffer. */
static void put_tail_v3(struct kmodel_writer *writer, const struct quantized_network *quantized)
{
	const struct network *network = quantized->network;
	struct quantization q = quantized->layers[quantized->layer_count - 1].result;
	uint32_t count = network_result_count(last_convolution(quantized)), in = align8(count);
	uint32_t end = in + count * 4;

	kmodel_writer_dequantize(writer, 0, in, count, q.scale, -(float)q.zero * q.scale);
	for (unsigned i = quantized->layer_count; i < network->layer_count; i++) {
		const struct network_layer *layer = &network->layers[i];
		uint32_t out = align8(end);

		if (layer->type == NETWORK_DENSE)
			put_dense_v3(writer, layer, in, out);
		else
			put_softmax_v3(writer, layer, in, out);
		in = out;
		count = layer->outputs;
		end = out + count * 4;
	}
	kmodel_writer_output(writer, in, count * 4);
	kmodel_writer_work_bytes(writer, align8(end));
}

uint8_t *quantized_v3(struct quantized_network *quantized, size_t *size, const char **reason)
{
	struct kmodel_writer *writer = kmodel_writer_new();
	uint8_t *file;

	*reason = "out of memory";
	if (!writer)
		return NULL;
	for (unsigned i = 0; i < quantized->layer_count; i++)
		kmodel_writer_convolution(writer, convolution(&quantized->layers[i]));
	put_tail_v3(writer, quantized);
	file = kmodel_writer_finish(writer, size, reason);
	kmodel_writer_free(writer);
	return file;
}

/* The format wants the weights the other way round: [input][output]. */
static struct kmodel_v4_range turned_weights(struct kmodel_v4_writer *writer,
					     const struct network_layer *layer)
{
	unsigned count = network_weight_count(layer), inputs = count / layer->outputs;
	struct byte_buffer turned = { 0 };
	struct kmodel_v4_range range;

	for (unsigned i = 0; i < count; i++)
		buffer_f32(
			&turned,
			layer->weights[i % layer->outputs * (size_t)inputs + i / layer->outputs]);
	range = kmodel_v4_constant(writer, KMODEL_V4_DATA_FLOAT32, turned.bytes,
				   (uint32_t)turned.length);
	free(turned.bytes);
	return range;
}

static struct kmodel_v4_range put_tail_layer_v4(struct kmodel_v4_writer *writer,
						const struct network_layer *layer,
						struct kmodel_v4_range in)
{
	struct kmodel_v4_range out =
		kmodel_v4_main(writer, KMODEL_V4_DATA_FLOAT32, layer->outputs * 4);
	int32_t sizes[3] = { 1, 0, (int32_t)layer->outputs };

	if (layer->type == NETWORK_SOFTMAX) {
		kmodel_v4_softmax(writer, in, out, (int32_t)layer->outputs, 1, 1);
		return out;
	}
	sizes[1] = (int32_t)(network_weight_count(layer) / layer->outputs);
	kmodel_v4_matmul(writer, in, turned_weights(writer, layer), out, sizes, kmodel_v4_unbounded,
			 layer->bias);
	return out;
}

static void put_input_v4(struct kmodel_v4_writer *writer, const struct network *network)
{
	const int32_t shape[4] = { 1, (int32_t)network->channels, (int32_t)network->height,
				   (int32_t)network->width };

	kmodel_v4_input(writer,
			kmodel_v4_kpu(0, k210_map_lines(network->width, network->height,
							network->channels)),
			shape);
}

static void put_layers_v4(struct kmodel_v4_writer *writer, struct quantized_network *quantized)
{
	const struct network *network = quantized->network;
	struct quantization q = quantized->layers[quantized->layer_count - 1].result;
	uint32_t count = network_result_count(last_convolution(quantized));
	struct kmodel_v4_range map = kmodel_v4_main(writer, KMODEL_V4_DATA_UINT8, count);
	struct kmodel_v4_range values = kmodel_v4_main(writer, KMODEL_V4_DATA_FLOAT32, count * 4);

	for (unsigned i = 0; i < quantized->layer_count; i++)
		kmodel_v4_convolution(writer, convolution(&quantized->layers[i]), 1,
				      i + 1 == quantized->layer_count ? &map : NULL);
	kmodel_v4_quantize(writer, KMODEL_V4_DEQUANTIZE, map, values, q.zero, 1 / q.scale);
	for (unsigned i = quantized->layer_count; i < network->layer_count; i++)
		values = put_tail_layer_v4(writer, &network->layers[i], values);
	kmodel_v4_output(writer, values);
}

uint8_t *quantized_v4(struct quantized_network *quantized, size_t *size, const char **reason)
{
	struct kmodel_v4_writer *writer = kmodel_v4_writer_new();
	uint8_t *file;

	*reason = "out of memory";
	if (!writer)
		return NULL;
	put_input_v4(writer, quantized->network);
	put_layers_v4(writer, quantized);
	file = kmodel_v4_finish(writer, size, reason);
	kmodel_v4_writer_free(writer);
	return file;
}
