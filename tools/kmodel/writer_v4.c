/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tools/kmodel/writer_v4.h"

#include <stdlib.h>
#include <string.h>

#include "link/bytes.h"
#include "tools/kmodel/tables.h"

/* As nncase places the tables of a convolution in the file. */
#define TABLE_ALIGN 256u

struct written_node {
	uint32_t type;
	struct byte_buffer body;
	/* A convolution: its body up to the words, then these. */
	bool is_convolution;
	struct kmodel_convolution conv; /* tables behind its pointers are gone */
	struct byte_buffer weights, batch_norm, activation;
};

struct kmodel_v4_writer {
	struct written_node *nodes;
	size_t node_count;
	struct byte_buffer inputs, shapes, outputs, constants;
	uint32_t main_bytes;
	const char *failure;
};

struct kmodel_v4_writer *kmodel_v4_writer_new(void)
{
	return calloc(1, sizeof(struct kmodel_v4_writer));
}

void kmodel_v4_writer_free(struct kmodel_v4_writer *writer)
{
	if (!writer)
		return;
	for (size_t i = 0; i < writer->node_count; i++) {
		free(writer->nodes[i].body.bytes);
		free(writer->nodes[i].weights.bytes);
		free(writer->nodes[i].batch_norm.bytes);
		free(writer->nodes[i].activation.bytes);
	}
	free(writer->nodes);
	free(writer->inputs.bytes);
	free(writer->shapes.bytes);
	free(writer->outputs.bytes);
	free(writer->constants.bytes);
	free(writer);
}

struct kmodel_v4_range kmodel_v4_constant(struct kmodel_v4_writer *writer,
					  enum kmodel_v4_data_type type, const void *values,
					  uint32_t bytes)
{
	struct kmodel_v4_range range = { KMODEL_V4_MEMORY_CONSTANT, type,
					 (uint32_t)writer->constants.length, bytes };

	buffer_append(&writer->constants, values, bytes);
	buffer_align(&writer->constants, 8);
	return range;
}

struct kmodel_v4_range kmodel_v4_main(struct kmodel_v4_writer *writer,
				      enum kmodel_v4_data_type type, uint32_t bytes)
{
	struct kmodel_v4_range range = { KMODEL_V4_MEMORY_MAIN, type, writer->main_bytes, bytes };

	writer->main_bytes += (bytes + 7) & ~7u;
	return range;
}

struct kmodel_v4_range kmodel_v4_kpu(uint32_t line, uint32_t lines)
{
	return (struct kmodel_v4_range){ KMODEL_V4_MEMORY_KPU, KMODEL_V4_DATA_UINT8,
					 line * K210_AI_SRAM_LINE, lines * K210_AI_SRAM_LINE };
}

static void append_range(struct byte_buffer *out, struct kmodel_v4_range range)
{
	buffer_u32(out, range.memory);
	buffer_u32(out, range.type);
	buffer_u32(out, range.start);
	buffer_u32(out, range.bytes);
}

void kmodel_v4_input(struct kmodel_v4_writer *writer, struct kmodel_v4_range range,
		     const int32_t shape[4])
{
	append_range(&writer->inputs, range);
	for (unsigned i = 0; i < 4; i++)
		buffer_u32(&writer->shapes, (uint32_t)shape[i]);
}

void kmodel_v4_output(struct kmodel_v4_writer *writer, struct kmodel_v4_range range)
{
	append_range(&writer->outputs, range);
}

void kmodel_v4_begin(struct kmodel_v4_writer *writer, uint32_t type)
{
	struct written_node *grown =
		realloc(writer->nodes, (writer->node_count + 1) * sizeof(*grown));

	if (!grown) {
		writer->failure = "out of memory";
		return;
	}
	writer->nodes = grown;
	memset(&grown[writer->node_count], 0, sizeof(*grown));
	grown[writer->node_count++].type = type;
}

static struct byte_buffer *current_body(struct kmodel_v4_writer *writer)
{
	static struct byte_buffer nowhere = { .failed = true };

	if (!writer->node_count)
		writer->failure = "a field outside of a node";
	return writer->failure ? &nowhere : &writer->nodes[writer->node_count - 1].body;
}

void kmodel_v4_put_range(struct kmodel_v4_writer *writer, struct kmodel_v4_range range)
{
	append_range(current_body(writer), range);
}

void kmodel_v4_put_int(struct kmodel_v4_writer *writer, int32_t value)
{
	buffer_u32(current_body(writer), (uint32_t)value);
}

void kmodel_v4_put_ints(struct kmodel_v4_writer *writer, const int32_t *values, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		kmodel_v4_put_int(writer, values[i]);
}

void kmodel_v4_put_float(struct kmodel_v4_writer *writer, float value)
{
	buffer_f32(current_body(writer), value);
}

void kmodel_v4_put_floats(struct kmodel_v4_writer *writer, const float *values, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		kmodel_v4_put_float(writer, values[i]);
}

void kmodel_v4_put_bytes(struct kmodel_v4_writer *writer, const void *bytes, uint32_t count)
{
	buffer_append(current_body(writer), bytes, count);
}

void kmodel_v4_end(struct kmodel_v4_writer *writer)
{
	if (current_body(writer)->failed)
		writer->failure = "out of memory";
}

void kmodel_v4_convolution(struct kmodel_v4_writer *writer, const struct kmodel_convolution *conv,
			   uint32_t batches, const struct kmodel_v4_range *output)
{
	static const struct kmodel_v4_range none = { KMODEL_V4_MEMORY_MAIN, KMODEL_V4_DATA_UINT8, 0,
						     0 };
	struct written_node *node;

	if (!writer->failure)
		writer->failure = conv->sixteen_bit ? "V4 knows 8-bit weights only"
						    : kmodel_convolution_problem(conv);
	kmodel_v4_begin(writer, KMODEL_V4_KPU_CONV2D);
	if (writer->failure)
		return;
	node = &writer->nodes[writer->node_count - 1];
	node->is_convolution = true;
	node->conv = *conv;
	node->conv.to_work_buffer = output != NULL;
	append_range(&node->body, output ? *output : none);
	buffer_u32(&node->body, batches);
	buffer_u32(&node->body, 0);
	kmodel_append_batch_norm(&node->batch_norm, conv);
	kmodel_append_activation(&node->activation, conv->activation);
	kmodel_append_weights(&node->weights, conv);
}

/* Appends zeros up to the alignment, then @table; returns how many zeros. */
static uint32_t append_table(struct byte_buffer *file, const struct byte_buffer *table)
{
	size_t before = file->length, skip;

	buffer_align(file, TABLE_ALIGN);
	skip = file->length - before;
	buffer_append(file, table->bytes, table->length);
	return (uint32_t)skip;
}

/* The words come before the tables and say where they are, so they are written last. */
static void append_convolution(struct byte_buffer *file, const struct written_node *node)
{
	static const uint8_t room[K210_KPU_LAYER_WORDS * 8];
	struct kmodel_table_addresses skips;
	struct byte_buffer words = { 0 };
	size_t words_at;

	buffer_append(file, node->body.bytes, node->body.length);
	words_at = file->length;
	buffer_append(file, room, sizeof(room));
	skips.batch_norm = append_table(file, &node->batch_norm);
	skips.activation = append_table(file, &node->activation);
	skips.weights = append_table(file, &node->weights);
	kmodel_append_words(&words, &node->conv, &skips);
	if (words.failed)
		file->failed = true;
	if (!file->failed)
		memcpy(file->bytes + words_at, words.bytes, words.length);
	free(words.bytes);
}

static void append_nodes(const struct kmodel_v4_writer *writer, struct byte_buffer *file)
{
	size_t headers = file->length;

	for (size_t i = 0; i < writer->node_count; i++) {
		buffer_u32(file, writer->nodes[i].type - KMODEL_V4_LAYER_BASE);
		buffer_u32(file, 0);
	}
	for (size_t i = 0; i < writer->node_count; i++) {
		const struct written_node *node = &writer->nodes[i];
		size_t start = file->length;

		if (node->is_convolution)
			append_convolution(file, node);
		else
			buffer_append(file, node->body.bytes, node->body.length);
		buffer_align(file, 8);
		if (!file->failed)
			kpu_put_u32(file->bytes + headers + i * KMODEL_V4_NODE_BYTES + 4,
				    (uint32_t)(file->length - start));
	}
}

static void append_header(const struct kmodel_v4_writer *writer, struct byte_buffer *file)
{
	buffer_u32(file, KMODEL_V4_IDENTIFIER);
	buffer_u32(file, KMODEL_V4_VERSION);
	buffer_u32(file, 0);
	buffer_u32(file, KMODEL_V4_TARGET_K210);
	buffer_u32(file, (uint32_t)writer->constants.length);
	buffer_u32(file, writer->main_bytes);
	buffer_u32(file, (uint32_t)writer->node_count);
	buffer_u32(file, (uint32_t)(writer->inputs.length / KMODEL_V4_RANGE_BYTES));
	buffer_u32(file, (uint32_t)(writer->outputs.length / KMODEL_V4_RANGE_BYTES));
	buffer_u32(file, 0xcdcdcdcd); /* not initialised by nncase */
	buffer_append(file, writer->inputs.bytes, writer->inputs.length);
	buffer_append(file, writer->shapes.bytes, writer->shapes.length);
	buffer_append(file, writer->outputs.bytes, writer->outputs.length);
	buffer_append(file, writer->constants.bytes, writer->constants.length);
}

uint8_t *kmodel_v4_finish(struct kmodel_v4_writer *writer, size_t *size, const char **reason)
{
	struct byte_buffer file = { 0 };

	if (!writer->failure &&
	    (!writer->node_count || !writer->inputs.length || !writer->outputs.length))
		writer->failure = "a model has at least one node, input and output";
	if (!writer->failure && (writer->inputs.failed || writer->shapes.failed ||
				 writer->outputs.failed || writer->constants.failed))
		writer->failure = "out of memory";
	if (!writer->failure) {
		append_header(writer, &file);
		append_nodes(writer, &file);
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
