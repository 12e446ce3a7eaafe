/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Whole runs of bytes: memory_copy, concat, kpu_upload, and the result of kpu_conv2d on its way
 * from the AI SRAM to the work buffer. */
#include "firmware_k210/runtime/map.h"
#include "firmware_k210/runtime/v4/node.h"

static uint32_t piece_bytes(const struct layer_job *job, uint32_t piece)
{
	uint32_t left = job->layer->output.bytes - piece * V4_COPY_BYTES;

	return left < V4_COPY_BYTES ? left : V4_COPY_BYTES;
}

void v4_copy_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = v4_address(job, KMODEL_V4_INPUT);
	uint8_t *out = v4_address(job, KMODEL_V4_OUTPUT);

	for (uint32_t piece = first; piece < first + count; piece++)
		memory_move(out + piece * V4_COPY_BYTES, in + piece * V4_COPY_BYTES,
			    piece_bytes(job, piece));
}

/* concat: the output is @outer rounds, each of them a part of every input. */
struct concat {
	uint32_t unit; /* bytes for each step of an input's dimension */
	uint32_t inputs;
	uint32_t round_bytes;
};

static uint32_t part_bytes(const struct layer_job *job, const struct concat *concat, uint32_t input)
{
	return layer_field(job, 28 + concat->inputs * KMODEL_V4_RANGE_BYTES + input * 4) *
	       concat->unit;
}

static void read_concat(const struct layer_job *job, struct concat *concat)
{
	concat->unit = layer_field(job, 16);
	concat->inputs = layer_field(job, 24);
	concat->round_bytes = 0;
	for (uint32_t i = 0; i < concat->inputs; i++)
		concat->round_bytes += part_bytes(job, concat, i);
}

/* @length bytes of the output from @start on. */
static void join(const struct layer_job *job, const struct concat *concat, uint8_t *out,
		 uint32_t start, uint32_t length)
{
	uint32_t round = start / concat->round_bytes, input = 0;
	uint32_t skip = start % concat->round_bytes, end = start + length;

	while (start < end) {
		uint32_t part = part_bytes(job, concat, input), size = 0;

		if (skip < part) {
			size = part - skip < end - start ? part - skip : end - start;
			memory_move(out + start,
				    v4_address(job, 28 + input * KMODEL_V4_RANGE_BYTES) +
					    (size_t)round * part + skip,
				    size);
		}
		skip = skip < part ? 0 : skip - part;
		start += size;
		if (++input == concat->inputs) {
			input = 0;
			round++;
		}
	}
}

void v4_concat_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	uint8_t *out = v4_address(job, 0);
	struct concat concat;

	read_concat(job, &concat);
	for (uint32_t piece = first; piece < first + count; piece++)
		join(job, &concat, out, piece * V4_COPY_BYTES, piece_bytes(job, piece));
}

/* Output map in the AI SRAM, one for each batch. */
void v4_upload_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = v4_address(job, KMODEL_V4_INPUT);
	struct map map = map_of(job->ai_sram, &job->layer->output);
	LAYER_BUFFER uint8_t buffer[V4_COPY_BYTES];

	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t start = piece * V4_COPY_BYTES, length = piece_bytes(job, piece);

		memory_read(buffer, in + start, length);
		map_write(&map, start, buffer, length);
	}
}

/* By the CPU, because DMA writes whole 64-bit words, which the maps of several batches are not. */
void v4_fetch_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	struct kmodel_tensor source = job->layer->output;
	uint8_t *out = job->work + source.offset;
	LAYER_BUFFER uint8_t buffer[V4_COPY_BYTES];
	struct map map;

	source.offset = job->layer->convolution.output_line;
	source.batches = job->layer->batches;
	map = map_of(job->ai_sram, &source);
	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t start = piece * V4_COPY_BYTES, length = piece_bytes(job, piece);

		map_read(&map, start, buffer, length);
		memory_write(out + start, buffer, length);
	}
}
