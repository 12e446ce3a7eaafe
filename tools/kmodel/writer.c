/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tools/kmodel/writer.h"

#include <stdlib.h>
#include <string.h>

#include "kmodel/format.h"
#include "link/bytes.h"
#include "tools/kmodel/tables.h"

struct written_layer {
	uint32_t type;
	/* A convolution's words and tables, else the body as it is. */
	struct byte_buffer body, words, weights, batch_norm, activation;
	uint32_t flags, work_offset;
};

struct kmodel_writer {
	struct written_layer *layers;
	size_t layer_count;
	struct byte_buffer outputs;
	uint32_t work_bytes;
	bool eight_bit, width_known;
	const char *failure;
};

struct kmodel_writer *kmodel_writer_new(void)
{
	struct kmodel_writer *writer = calloc(1, sizeof(*writer));

	if (writer)
		writer->eight_bit = true;
	return writer;
}

void kmodel_writer_free(struct kmodel_writer *writer)
{
	size_t i;

	if (!writer)
		return;
	for (i = 0; i < writer->layer_count; i++) {
		struct written_layer *layer = &writer->layers[i];

		free(layer->body.bytes);
		free(layer->words.bytes);
		free(layer->weights.bytes);
		free(layer->batch_norm.bytes);
		free(layer->activation.bytes);
	}
	free(writer->layers);
	free(writer->outputs.bytes);
	free(writer);
}

static struct written_layer *add_layer(struct kmodel_writer *writer, uint32_t type)
{
	struct written_layer *grown;

	if (writer->failure)
		return NULL;
	grown = realloc(writer->layers, (writer->layer_count + 1) * sizeof(*grown));
	if (!grown) {
		writer->failure = "out of memory";
		return NULL;
	}
	writer->layers = grown;
	memset(&grown[writer->layer_count], 0, sizeof(*grown));
	grown[writer->layer_count].type = type;
	return &grown[writer->layer_count++];
}

static const char *convolution_fault(const struct kmodel_writer *writer,
				     const struct kmodel_convolution *conv)
{
	if (writer->width_known && writer->eight_bit == conv->sixteen_bit)
		return "all layers of a model have weights of the same width";
	return kmodel_convolution_problem(conv);
}

void kmodel_writer_convolution(struct kmodel_writer *writer, const struct kmodel_convolution *conv)
{
	struct written_layer *layer;

	if (!writer->failure)
		writer->failure = convolution_fault(writer, conv);
	layer = add_layer(writer, KMODEL_V3_K210_CONV);
	if (!layer)
		return;
	writer->eight_bit = !conv->sixteen_bit;
	writer->width_known = true;
	layer->flags = conv->to_work_buffer ? KMODEL_V3_BODY_FLAG_MAIN_MEMORY : 0;
	layer->work_offset = conv->work_offset;
	kmodel_append_words(&layer->words, conv, NULL);
	kmodel_append_weights(&layer->weights, conv);
	kmodel_append_batch_norm(&layer->batch_norm, conv);
	kmodel_append_activation(&layer->activation, conv->activation);
}

void kmodel_writer_layer(struct kmodel_writer *writer, uint32_t type, const void *body,
			 size_t bytes)
{
	struct written_layer *layer = add_layer(writer, type);

	if (layer)
		buffer_append(&layer->body, body, bytes);
}

void kmodel_writer_dequantize(struct kmodel_writer *writer, uint32_t input, uint32_t output,
			      uint32_t count, float scale, float bias)
{
	struct byte_buffer body = { 0 };

	buffer_u32(&body, KMODEL_V3_BODY_FLAG_MAIN_MEMORY);
	buffer_u32(&body, input);
	buffer_u32(&body, output);
	buffer_u32(&body, count);
	buffer_f32(&body, scale);
	buffer_f32(&body, bias);
	if (body.failed)
		writer->failure = "out of memory";
	else
		kmodel_writer_layer(writer, KMODEL_V3_DEQUANTIZE, body.bytes, body.length);
	free(body.bytes);
}

void kmodel_writer_output(struct kmodel_writer *writer, uint32_t offset, uint32_t bytes)
{
	buffer_u32(&writer->outputs, offset);
	buffer_u32(&writer->outputs, bytes);
}

void kmodel_writer_work_bytes(struct kmodel_writer *writer, uint32_t bytes)
{
	writer->work_bytes = bytes;
}

static size_t append_table(struct byte_buffer *file, const struct byte_buffer *table, size_t align)
{
	size_t at;

	buffer_align(file, align);
	at = file->length;
	buffer_append(file, table->bytes, table->length);
	return at;
}

static void append_convolution(struct byte_buffer *file, const struct written_layer *layer)
{
	size_t body = file->length;
	static const uint8_t zeros[KMODEL_V3_CONV_BYTES];
	size_t offsets[4];
	unsigned i;

	buffer_append(file, zeros, sizeof(zeros));
	offsets[0] = append_table(file, &layer->words, KMODEL_V3_ALIGN_WORDS);
	offsets[1] = append_table(file, &layer->weights, KMODEL_V3_ALIGN_WEIGHTS);
	offsets[2] = append_table(file, &layer->batch_norm, KMODEL_V3_ALIGN_BATCH_NORM);
	offsets[3] = append_table(file, &layer->activation, KMODEL_V3_ALIGN_ACTIVATION);
	if (file->failed)
		return;
	kpu_put_u32(file->bytes + body, layer->flags);
	kpu_put_u32(file->bytes + body + KMODEL_V3_CONV_MAIN_MEMORY, layer->work_offset);
	for (i = 0; i < 4; i++)
		kpu_put_u32(file->bytes + body + KMODEL_V3_CONV_WORDS + i * 4,
			    (uint32_t)offsets[i]);
}

static void append_layers(const struct kmodel_writer *writer, struct byte_buffer *file)
{
	size_t headers = file->length;
	size_t i;

	for (i = 0; i < writer->layer_count; i++) {
		buffer_u32(file, writer->layers[i].type);
		buffer_u32(file, 0);
	}
	for (i = 0; i < writer->layer_count; i++) {
		const struct written_layer *layer = &writer->layers[i];
		size_t start = file->length;

		if (layer->type == KMODEL_V3_K210_CONV && layer->words.length)
			append_convolution(file, layer);
		else
			buffer_append(file, layer->body.bytes, layer->body.length);
		buffer_align(file, 8);
		if (!file->failed)
			kpu_put_u32(file->bytes + headers + i * KMODEL_V3_LAYER_BYTES + 4,
				    (uint32_t)(file->length - start));
	}
}

uint8_t *kmodel_writer_finish(struct kmodel_writer *writer, size_t *size, const char **reason)
{
	struct byte_buffer file = { 0 };

	if (!writer->failure && !writer->layer_count)
		writer->failure = "a model has at least one layer";
	if (!writer->failure && !writer->outputs.length)
		writer->failure = "a model has at least one output";
	if (!writer->failure) {
		buffer_u32(&file, KMODEL_V3_VERSION);
		buffer_u32(&file, writer->eight_bit ? KMODEL_V3_FLAG_8BIT_WEIGHTS : 0);
		buffer_u32(&file, 0); /* architecture: K210 */
		buffer_u32(&file, (uint32_t)writer->layer_count);
		buffer_u32(&file, 0);
		buffer_u32(&file, writer->work_bytes);
		buffer_u32(&file, (uint32_t)(writer->outputs.length / KMODEL_V3_OUTPUT_BYTES));
		buffer_append(&file, writer->outputs.bytes, writer->outputs.length);
		append_layers(writer, &file);
		if (file.failed)
			writer->failure = "out of memory";
	}
	if (writer->failure) {
		free(file.bytes);
		*reason = writer->failure;
		return NULL;
	}
	*size = file.length;
	return file.bytes;
}
