/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* FULLY_CONNECTED: an output is the sequential sum of input * weight, plus bias, activated. */
#include "firmware_k210/runtime/layers/layer.h"

#define WEIGHTS_OFFSET 24u

enum activation {
	ACTIVATION_NONE = 0,
	ACTIVATION_RELU = 1,
	ACTIVATION_RELU6 = 2,
};

/* One piece is one output. */
static void fully_connected_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = layer_field(job, 16);
	plan->piece_cost = layer_field(job, 12);
}

static float activate(float value, uint32_t activation)
{
	if (activation != ACTIVATION_NONE && value < 0.0f)
		return 0.0f;
	if (activation == ACTIVATION_RELU6 && value > 6.0f)
		return 6.0f;
	return value;
}

static void fully_connected_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = layer_work(job, 4);
	uint8_t *out = layer_work(job, 8);
	uint32_t inputs = layer_field(job, 12), outputs = layer_field(job, 16);
	uint32_t activation = layer_field(job, 20);
	const uint8_t *weights = job->body + WEIGHTS_OFFSET;
	const uint8_t *biases = weights + (size_t)inputs * outputs * 4;

	for (uint32_t piece = first; piece < first + count; piece++) {
		float sum = layer_dot(0.0f, in, 1, weights + (size_t)piece * inputs * 4, 1, inputs);

		sum += memory_load_float(biases + piece * 4);
		memory_store_float(out + piece * 4, activate(sum, activation));
	}
}

const struct layer_kind layer_fully_connected = { KMODEL_V3_FULLY_CONNECTED, fully_connected_plan,
						  fully_connected_run };
