/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* One value in, one value out: unary, quantize, dequantize, table_lookup1d. */
#include <math.h>

#include "firmware_k210/runtime/v4/node.h"

void v4_unary_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = v4_address(job, KMODEL_V4_INPUT);
	uint8_t *out = v4_address(job, KMODEL_V4_OUTPUT);
	uint32_t total = v4_output_elements(job), operation = layer_field(job, 32);
	LAYER_BUFFER float values[LAYER_CHUNK];

	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t length = layer_chunk_length(total, piece);

		memory_read(values, in + piece * LAYER_CHUNK * 4, length * 4);
		for (uint32_t i = 0; i < length; i++)
			values[i] = v4_unary(operation, values[i]);
		memory_write(out + piece * LAYER_CHUNK * 4, values, length * 4);
	}
}

void v4_quantize_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = v4_address(job, KMODEL_V4_INPUT);
	uint8_t *out = v4_address(job, KMODEL_V4_OUTPUT);
	uint32_t total = v4_output_elements(job);
	float zero_point = (float)(int32_t)layer_field(job, KMODEL_V4_DEQUANTIZE_ZERO_POINT);
	float scale = layer_float(job, KMODEL_V4_DEQUANTIZE_SCALE);
	LAYER_BUFFER float values[LAYER_CHUNK];
	LAYER_BUFFER uint8_t bytes[LAYER_CHUNK];

	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t length = layer_chunk_length(total, piece);

		memory_read(values, in + piece * LAYER_CHUNK * 4, length * 4);
		for (uint32_t i = 0; i < length; i++)
			bytes[i] = layer_float_to_byte(roundf(values[i] * scale + zero_point));
		memory_write(out + piece * LAYER_CHUNK, bytes, length);
	}
}

void v4_dequantize_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = v4_address(job, KMODEL_V4_INPUT);
	uint8_t *out = v4_address(job, KMODEL_V4_OUTPUT);
	uint32_t total = v4_output_elements(job);
	uint32_t zero_point = layer_field(job, KMODEL_V4_DEQUANTIZE_ZERO_POINT);
	float reciprocal = 1.0f / layer_float(job, KMODEL_V4_DEQUANTIZE_SCALE);
	LAYER_BUFFER float values[LAYER_CHUNK];
	LAYER_BUFFER uint8_t bytes[LAYER_CHUNK];

	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t length = layer_chunk_length(total, piece);

		memory_read(bytes, in + piece * LAYER_CHUNK, length);
		for (uint32_t i = 0; i < length; i++)
			values[i] = (float)(int32_t)(bytes[i] - zero_point) * reciprocal;
		memory_write(out + piece * LAYER_CHUNK * 4, values, length * 4);
	}
}

void v4_table_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	layer_look_up(v4_address(job, 16), v4_address(job, 0), v4_address(job, 32),
		      v4_output_elements(job), first, count);
}
