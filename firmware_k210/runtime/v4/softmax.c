/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * softmax over rows: maximum, then exponentials and their sum, then the division. Pieces count
 * through the chunks of the three passes of each row; the numbers in between wait in job->state.
 */
#include "firmware_k210/runtime/v4/node.h"

#define ROW_ELEMENTS 32u
#define ROWS         36u
#define BETA         40u
#define PASSES       3u

static uint32_t row_chunks(uint32_t row_elements)
{
	return (row_elements + LAYER_CHUNK - 1) / LAYER_CHUNK;
}

void v4_softmax_plan(const struct layer_job *job, struct layer_plan *plan)
{
	uint32_t row_elements = layer_field(job, ROW_ELEMENTS);

	plan->pieces = layer_field(job, ROWS) * PASSES * row_chunks(row_elements);
	plan->piece_cost = 4 * (row_elements < LAYER_CHUNK ? row_elements : LAYER_CHUNK) + 16;
}

void v4_softmax_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = v4_address(job, KMODEL_V4_INPUT);
	uint8_t *out = v4_address(job, KMODEL_V4_OUTPUT);
	uint32_t row_elements = layer_field(job, ROW_ELEMENTS), chunks = row_chunks(row_elements);
	float beta = layer_float(job, BETA);
	LAYER_BUFFER float values[LAYER_CHUNK];

	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t chunk = piece % chunks, pass = piece / chunks % PASSES;
		uint32_t row = piece / chunks / PASSES;
		uint32_t length = layer_chunk_length(row_elements, chunk);
		size_t start = ((size_t)row * row_elements + chunk * LAYER_CHUNK) * 4;

		memory_read(values, (pass == 2 ? out : in) + start, length * 4);
		if (pass == 0 && chunk == 0) {
			job->state[0] = values[0];
			job->state[1] = 0.0f;
		}
		layer_soften(job, pass, beta, values, length);
		if (pass > 0)
			memory_write(out + start, values, length * 4);
	}
}
