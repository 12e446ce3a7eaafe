/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Functions over a whole vector: L2_NORMALIZATION, SOFTMAX, LOGISTIC. The first two pass over it
 * several times; pieces count through the passes and the sums wait in job->state.
 */
#include <float.h>
#include <math.h>

#include "firmware_k210/runtime/layers/layer.h"

static uint32_t chunks(const struct layer_job *job)
{
	return (layer_field(job, 12) + LAYER_CHUNK - 1) / LAYER_CHUNK;
}

static void two_pass_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = 2 * chunks(job);
	plan->piece_cost = LAYER_CHUNK;
}

static void softmax_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = 3 * chunks(job);
	plan->piece_cost = 4 * LAYER_CHUNK;
}

static void logistic_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = chunks(job);
	plan->piece_cost = 8 * LAYER_CHUNK;
}

/* Pass 0: sum of squares, the factor at its end. Pass 1: scale. */
static void l2_piece(struct layer_job *job, uint32_t pass, float *values, uint32_t length,
		     bool is_last)
{
	for (uint32_t i = 0; i < length; i++) {
		if (pass == 0)
			job->state[0] += values[i] * values[i];
		else
			values[i] *= job->state[1];
	}
	if (pass == 0 && is_last) {
		float sum = job->state[0] < 1e-10f ? 1e-10f : job->state[0];

		job->state[1] = 1.0f / sqrtf(sum);
	}
}

static void l2_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = layer_work(job, 4);
	uint8_t *out = layer_work(job, 8);
	uint32_t total = layer_field(job, 12), per_pass = chunks(job);
	LAYER_BUFFER float values[LAYER_CHUNK];

	if (first == 0)
		job->state[0] = 0.0f;
	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t pass = piece / per_pass, chunk = piece % per_pass;
		uint32_t length = layer_chunk_length(total, chunk);

		memory_read(values, in + chunk * LAYER_CHUNK * 4, length * 4);
		l2_piece(job, pass, values, length, chunk + 1 == per_pass);
		if (pass == 1)
			memory_write(out + chunk * LAYER_CHUNK * 4, values, length * 4);
	}
}

void layer_soften(struct layer_job *job, uint32_t pass, float beta, float *values, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++) {
		switch (pass) {
		case 0:
			if (values[i] > job->state[0])
				job->state[0] = values[i];
			break;
		case 1:
			values[i] = expf((values[i] - job->state[0]) * beta);
			job->state[1] += values[i];
			break;
		default:
			values[i] /= job->state[1];
			break;
		}
	}
}

static void softmax_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = layer_work(job, 4);
	uint8_t *out = layer_work(job, 8);
	uint32_t total = layer_field(job, 12), per_pass = chunks(job);
	LAYER_BUFFER float values[LAYER_CHUNK];

	/* The maximum starts at the smallest positive number, as in the SDK: never negative. */
	if (first == 0) {
		job->state[0] = FLT_MIN;
		job->state[1] = 0.0f;
	}
	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t pass = piece / per_pass, chunk = piece % per_pass;
		uint32_t length = layer_chunk_length(total, chunk);
		const uint8_t *from = pass == 2 ? out : in;

		memory_read(values, from + chunk * LAYER_CHUNK * 4, length * 4);
		layer_soften(job, pass, 1.0f, values, length);
		if (pass > 0)
			memory_write(out + chunk * LAYER_CHUNK * 4, values, length * 4);
	}
}

static void logistic_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = layer_work(job, 4);
	uint8_t *out = layer_work(job, 8);
	uint32_t total = layer_field(job, 12);
	LAYER_BUFFER float values[LAYER_CHUNK];

	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t length = layer_chunk_length(total, piece);

		memory_read(values, in + piece * LAYER_CHUNK * 4, length * 4);
		for (uint32_t i = 0; i < length; i++)
			values[i] = 1.0f / (1.0f + expf(-values[i]));
		memory_write(out + piece * LAYER_CHUNK * 4, values, length * 4);
	}
}

const struct layer_kind layer_l2_normalization = { KMODEL_V3_L2_NORMALIZATION, two_pass_plan,
						   l2_run };
const struct layer_kind layer_softmax = { KMODEL_V3_SOFTMAX, softmax_plan, softmax_run };
const struct layer_kind layer_logistic = { KMODEL_V3_LOGISTIC, logistic_plan, logistic_run };
