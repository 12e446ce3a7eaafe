/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Resizing maps of floats or bytes: nearest, and bilinear without half-pixel centres. Serves
 * RESIZE_NEAREST_NEIGHBOR of V3 and resize_image of V4.
 */
#include <math.h>

#include "firmware_k210/runtime/layers/resize.h"

/* Source position along one side. */
struct source {
	uint32_t first, second;
	float part; /* of the way from first to second */
};

static struct source find_source(const struct layer_resize *resize, unsigned side, uint32_t at)
{
	float position = (float)at * resize->scales[side];
	float whole = floorf(position);
	uint32_t last = resize->from[side] - 1;
	struct source source;

	source.first = whole < (float)last ? (uint32_t)whole : last;
	source.second = source.first < last ? source.first + 1 : last;
	source.part = position - (float)source.first;
	return source;
}

static float sample(const struct layer_resize *resize, size_t element)
{
	return resize->is_float ? memory_load_float(resize->in + element * 4)
				: (float)memory_load8(resize->in + element);
}

/* @map: first element of the channel. */
static float interpolate(const struct layer_resize *resize, size_t map, const struct source *row,
			 const struct source *column)
{
	size_t upper = map + (size_t)row->first * resize->from[1];
	size_t lower = map + (size_t)row->second * resize->from[1];
	float sum;

	if (resize->is_nearest)
		return sample(resize, upper + column->first);
	sum = sample(resize, upper + column->first) * ((1 - row->part) * (1 - column->part));
	sum += sample(resize, lower + column->first) * (row->part * (1 - column->part));
	sum += sample(resize, upper + column->second) * ((1 - row->part) * column->part);
	return sum + sample(resize, lower + column->second) * (row->part * column->part);
}

void layer_resize_scales(struct layer_resize *resize, bool align_corners)
{
	for (unsigned side = 0; side < 2; side++) {
		uint32_t from = resize->from[side], to = resize->to[side];

		resize->scales[side] = (float)from / (float)to;
		if (align_corners && to > 1)
			resize->scales[side] = (float)(from - 1) / (float)(to - 1);
	}
}

void layer_resize_run(const struct layer_resize *resize, uint32_t first, uint32_t count)
{
	uint32_t end = (first + count) * LAYER_CHUNK;
	uint32_t column = first * LAYER_CHUNK % resize->to[1];
	uint32_t row = first * LAYER_CHUNK / resize->to[1] % resize->to[0];
	size_t map = (size_t)(first * LAYER_CHUNK / resize->to[1] / resize->to[0]) *
		     resize->from[0] * resize->from[1];
	struct source y = find_source(resize, 0, row);

	for (uint32_t i = first * LAYER_CHUNK; i < end && i < resize->total; i++) {
		struct source x = find_source(resize, 1, column);
		float value = interpolate(resize, map, &y, &x);

		if (resize->is_float)
			memory_store_float(resize->out + (size_t)i * 4, value);
		else
			memory_store8(resize->out + i, layer_float_to_byte(value));
		if (++column < resize->to[1])
			continue;
		column = 0;
		if (++row == resize->to[0]) {
			row = 0;
			map += (size_t)resize->from[0] * resize->from[1];
		}
		y = find_source(resize, 0, row);
	}
}

/* --- V3 --------------------------------------------------------------------------------------- */

static uint32_t output_elements(const struct layer_job *job)
{
	return layer_field(job, 20) * layer_field(job, 24) * layer_field(job, 28);
}

static void resize_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = (output_elements(job) + LAYER_CHUNK - 1) / LAYER_CHUNK;
	plan->piece_cost = 4 * LAYER_CHUNK;
}

static void resize_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	struct layer_resize resize = {
		.in = layer_work(job, 4),
		.out = layer_work(job, 8),
		.is_float = job->layer->type == KMODEL_V3_RESIZE_NEAREST_NEIGHBOR,
		.is_nearest = true,
		.total = output_elements(job),
		.from = { layer_field(job, 16), layer_field(job, 12) },
		.to = { layer_field(job, 28), layer_field(job, 24) },
	};

	layer_resize_scales(&resize, false);
	layer_resize_run(&resize, first, count);
}

const struct layer_kind layer_resize = { KMODEL_V3_RESIZE_NEAREST_NEIGHBOR, resize_plan,
					 resize_run };
const struct layer_kind layer_quantized_resize = { KMODEL_V3_QUANTIZED_RESIZE_NEAREST_NEIGHBOR,
						   resize_plan, resize_run };
