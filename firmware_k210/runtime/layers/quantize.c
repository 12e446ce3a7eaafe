/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Between bytes and floats: QUANTIZE, DEQUANTIZE, CHANNELWISE_DEQUANTIZE, REQUANTIZE. */
#include <math.h>

#include "firmware_k210/runtime/layers/layer.h"

uint8_t layer_float_to_byte(float value)
{
	if (value <= 0.0f)
		return 0;
	return value < 255.0f ? (uint8_t)value : 255;
}

static void quantize_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = layer_work(job, 4);
	uint8_t *out = layer_work(job, 8);
	uint32_t total = layer_field(job, 12);
	float reciprocal = 1.0f / layer_float(job, 16), bias = layer_float(job, 20);
	LAYER_BUFFER float values[LAYER_CHUNK];
	LAYER_BUFFER uint8_t bytes[LAYER_CHUNK];

	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t length = layer_chunk_length(total, piece);

		memory_read(values, in + piece * LAYER_CHUNK * 4, length * 4);
		for (uint32_t i = 0; i < length; i++)
			bytes[i] = layer_float_to_byte(roundf((values[i] - bias) * reciprocal));
		memory_write(out + piece * LAYER_CHUNK, bytes, length);
	}
}

/* @length bytes from @in become floats at @out: byte * scale + bias. */
static void dequantize_chunk(uint8_t *out, const uint8_t *in, uint32_t length, float scale,
			     float bias)
{
	LAYER_BUFFER uint8_t bytes[LAYER_CHUNK];
	LAYER_BUFFER float values[LAYER_CHUNK];

	memory_read(bytes, in, length);
	for (uint32_t i = 0; i < length; i++)
		values[i] = (float)bytes[i] * scale + bias;
	memory_write(out, values, length * 4);
}

static void dequantize_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = layer_work(job, 4);
	uint8_t *out = layer_work(job, 8);
	uint32_t total = layer_field(job, 12);
	float scale = layer_float(job, KMODEL_V3_DEQUANTIZE_SCALE);
	float bias = layer_float(job, KMODEL_V3_DEQUANTIZE_BIAS);

	for (uint32_t piece = first; piece < first + count; piece++)
		dequantize_chunk(out + piece * LAYER_CHUNK * 4, in + piece * LAYER_CHUNK,
				 layer_chunk_length(total, piece), scale, bias);
}

/* One piece is one channel. */
static void channelwise_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = layer_field(job, 12);
	plan->piece_cost = layer_field(job, 16);
}

static void channelwise_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = layer_work(job, 4);
	uint8_t *out = layer_work(job, 8);
	uint32_t size = layer_field(job, 16);

	for (uint32_t channel = first; channel < first + count; channel++) {
		float scale = layer_float(job, 20 + channel * 8);
		float bias = layer_float(job, 24 + channel * 8);
		uint32_t start = channel * size;

		for (uint32_t done = 0; done < size; done += LAYER_CHUNK)
			dequantize_chunk(out + (start + done) * 4, in + start + done,
					 layer_chunk_length(size, done / LAYER_CHUNK), scale, bias);
	}
}

void layer_look_up(const uint8_t *table_at, const uint8_t *in, uint8_t *out, uint32_t total,
		   uint32_t first, uint32_t count)
{
	LAYER_BUFFER uint8_t table[256], bytes[LAYER_CHUNK];

	memory_read(table, table_at, sizeof(table));
	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t length = layer_chunk_length(total, piece);

		memory_read(bytes, in + piece * LAYER_CHUNK, length);
		for (uint32_t i = 0; i < length; i++)
			bytes[i] = table[bytes[i]];
		memory_write(out + piece * LAYER_CHUNK, bytes, length);
	}
}

static void requantize_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	layer_look_up(job->body + 16, layer_work(job, 4), layer_work(job, 8), layer_field(job, 12),
		      first, count);
}

const struct layer_kind layer_quantize = { KMODEL_V3_QUANTIZE, layer_plan_chunks, quantize_run };
const struct layer_kind layer_dequantize = { KMODEL_V3_DEQUANTIZE, layer_plan_chunks,
					     dequantize_run };
const struct layer_kind layer_channelwise_dequantize = { KMODEL_V3_CHANNELWISE_DEQUANTIZE,
							 channelwise_plan, channelwise_run };
const struct layer_kind layer_requantize = { KMODEL_V3_REQUANTIZE, layer_plan_chunks,
					     requantize_run };
