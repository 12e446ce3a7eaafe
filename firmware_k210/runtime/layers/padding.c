/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Between work buffer and AI SRAM: K210_UPLOAD, K210_ADD_PADDING, K210_REMOVE_PADDING. */
#include "firmware_k210/runtime/layers/layer.h"
#include "firmware_k210/runtime/map.h"

/* A vector travels through the KPU as 4x4 maps of which only the first pixel means something. */
#define PADDED_SIDE  4u
#define PADDED_BYTES (PADDED_SIDE * PADDED_SIDE)

static struct map output_map(const struct layer_job *job)
{
	return map_of(job->ai_sram, &job->layer->output);
}

/* One piece is one row of one channel. */
static void upload_plan(const struct layer_job *job, struct layer_plan *plan)
{
	const struct kmodel_tensor *output = &job->layer->output;

	plan->pieces = output->height * output->channels;
	plan->piece_cost = output->width;
}

static void upload_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = layer_work(job, 4);
	struct map map = output_map(job);
	LAYER_BUFFER uint8_t row[1024]; /* widest map that the checks let through */

	for (uint32_t piece = first; piece < first + count; piece++) {
		memory_read(row, in + piece * map.width, map.width);
		map_write(&map, piece * map.width, row, map.width);
	}
}

/* One piece is one channel. */
static void channels_plan(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = layer_field(job, 12);
	plan->piece_cost = 4;
}

static void add_padding_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = layer_work(job, 4);
	struct map map = output_map(job);

	for (uint32_t channel = first; channel < first + count; channel++) {
		uint8_t pixel = memory_load8(in + channel);

		map_write(&map, channel * PADDED_BYTES, &pixel, 1);
	}
}

static void remove_padding_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = layer_work(job, 4);
	uint8_t *out = layer_work(job, 8);

	for (uint32_t channel = first; channel < first + count; channel++)
		memory_store8(out + channel, memory_load8(in + channel * PADDED_BYTES));
}

const struct layer_kind layer_upload = { KMODEL_V3_K210_UPLOAD, upload_plan, upload_run };
const struct layer_kind layer_add_padding = { KMODEL_V3_K210_ADD_PADDING, channels_plan,
					      add_padding_run };
const struct layer_kind layer_remove_padding = { KMODEL_V3_K210_REMOVE_PADDING, channels_plan,
						 remove_padding_run };
