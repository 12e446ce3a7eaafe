/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Moving data without computing: CONCAT, TENSORFLOW_FLATTEN, RESIZE_NEAREST_NEIGHBOR. */
#include <math.h>

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

/* One piece is one output row of one channel. */
static void resize_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = layer_field(job, 20) * layer_field(job, 28);
	plan->piece_cost = layer_field(job, 24);
}

static uint32_t nearest(uint32_t index, float scale, uint32_t size)
{
	float source = floorf((float)index * scale);

	return source < (float)(size - 1) ? (uint32_t)source : size - 1;
}

static void resize_row(uint8_t *out, const uint8_t *in, uint32_t in_width, uint32_t out_width,
		       uint32_t element)
{
	float scale = (float)in_width / (float)out_width;

	for (uint32_t x = 0; x < out_width; x++) {
		uint32_t column = nearest(x, scale, in_width);

		if (element == 4)
			memory_store32(out + x * 4, memory_load32(in + column * 4));
		else
			memory_store8(out + x, memory_load8(in + column));
	}
}

static void resize(struct layer_job *job, uint32_t first, uint32_t count, uint32_t element)
{
	const uint8_t *in = layer_work(job, 4);
	uint32_t in_width = layer_field(job, 12), in_height = layer_field(job, 16);
	uint32_t out_width = layer_field(job, 24), out_height = layer_field(job, 28);
	uint8_t *out = layer_work(job, 8);
	float scale = (float)in_height / (float)out_height;

	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t row = piece / out_height * in_height +
			       nearest(piece % out_height, scale, in_height);

		resize_row(out + piece * out_width * element, in + row * in_width * element,
			   in_width, out_width, element);
	}
}

static void resize_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	resize(job, first, count, 4);
}

static void quantized_resize_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	resize(job, first, count, 1);
}

const struct layer_kind layer_concat = { KMODEL_V3_CONCAT, concat_plan, concat_run };
const struct layer_kind layer_quantized_concat = { KMODEL_V3_QUANTIZED_CONCAT, concat_plan,
						   concat_run };
const struct layer_kind layer_flatten = { KMODEL_V3_TENSORFLOW_FLATTEN, flatten_plan, flatten_run };
const struct layer_kind layer_resize = { KMODEL_V3_RESIZE_NEAREST_NEIGHBOR, resize_plan,
					 resize_run };
const struct layer_kind layer_quantized_resize = { KMODEL_V3_QUANTIZED_RESIZE_NEAREST_NEIGHBOR,
						   resize_plan, quantized_resize_run };
