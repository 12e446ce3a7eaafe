/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Moving data without computing: CONCAT, TENSORFLOW_FLATTEN. */
#include "firmware_k210/runtime/layers/layer.h"

/* One piece is one input; both kinds copy bytes one behind the other. */
static void concat_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = layer_field(job, 8);
	plan->piece_cost = job->layer->output.bytes / 8 / plan->pieces + 1;
}

static void concat_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	uint8_t *out = layer_work(job, 4);

	for (uint32_t piece = 0; piece < first + count; piece++) {
		const uint8_t *in = layer_work(job, 12 + piece * 8);
		uint32_t bytes = layer_field(job, 16 + piece * 8);

		if (piece >= first)
			memory_move(out, in, bytes);
		out += bytes;
	}
}

/* Channels first becomes channels last. One piece is one output row. */
static void flatten_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = layer_field(job, 16);
	plan->piece_cost = layer_field(job, 12) * layer_field(job, 20);
}

static void flatten_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = layer_work(job, 4);
	uint32_t width = layer_field(job, 12), height = layer_field(job, 16);
	uint32_t channels = layer_field(job, 20);
	uint8_t *out = layer_work(job, 8) + first * width * channels * 4;

	for (uint32_t y = first; y < first + count; y++)
		for (uint32_t x = 0; x < width; x++)
			for (uint32_t c = 0; c < channels; c++, out += 4)
				memory_store32(out, memory_load32(in + ((c * height + y) * width +
									x) * 4));
}

const struct layer_kind layer_concat = { KMODEL_V3_CONCAT, concat_plan, concat_run };
const struct layer_kind layer_quantized_concat = { KMODEL_V3_QUANTIZED_CONCAT, concat_plan,
						   concat_run };
const struct layer_kind layer_flatten = { KMODEL_V3_TENSORFLOW_FLATTEN, flatten_plan, flatten_run };
