/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Depthwise layers, one channel at a time.
 *
 * The channel is copied with its border of pad values, and windows are computed for consecutive
 * bytes of that copy; results that belong to the border are dropped when pooling reads the rows.
 */
#include <stdlib.h>
#include <string.h>

#include "fast.h"

#define ROWS              3u
#define MAX_WORDS_PER_ROW 2u
#define MAX_WORDS         (ROWS * MAX_WORDS_PER_ROW)

struct depthwise {
	const struct kpu_job *job;
	const struct kpu_kernels *kernels;
	unsigned border;   /* pixels of padding on each side */
	size_t row_stride; /* of samples and map */
	size_t positions;  /* from the first to the last pixel of the map */
	uint8_t *samples;
	uint8_t *map;
	uint32_t ones[MAX_WORDS];
};

/* The single weight of a 1x1 kernel becomes the first tap of the window. */
static void pack_window(const struct depthwise *work, unsigned plane, size_t index,
			uint32_t words[MAX_WORDS])
{
	const struct kpu_kernels *kernels = work->kernels;
	unsigned size = kpu_kernel_size(&work->job->layer);

	memset(words, 0, MAX_WORDS * sizeof(*words));
	for (unsigned row = 0; row < size; row++)
		kpu_pack_weights(work->job, kernels, plane, index + row * size, size,
				 words + row * kernels->words_per_row, 1);
}

static void compute_channel(struct depthwise *work, unsigned channel)
{
	const struct kpu_job *job = work->job;
	const struct k210_kpu_layer *layer = &job->layer;
	const struct kpu_kernels *kernels = work->kernels;
	size_t index = (size_t)channel * kpu_weights_per_channel(layer);
	/* A 1x1 window must not read rows that do not exist. */
	size_t window_stride = work->border ? work->row_stride : 0;
	int32_t sums[2][KPU_TILE], samples[KPU_TILE], terms[KPU_TILE];
	struct kpu_tile_sums tile = { sums[0], kpu_weight_planes(job) == 2 ? sums[1] : NULL,
				      samples, terms };
	uint32_t words[2][MAX_WORDS];
	struct kpu_finish_plan plan;

	kpu_plan_finish(&plan, job, channel, kpu_sum_weights(job, channel));
	for (unsigned plane = 0; plane < kpu_weight_planes(job); plane++)
		pack_window(work, plane, index, words[plane]);
	for (size_t first = 0; first < work->positions; first += KPU_TILE) {
		for (unsigned plane = 0; plane < kpu_weight_planes(job); plane++)
			kernels->depthwise(work->samples + first, window_stride, words[plane],
					   work->ones, sums[plane], samples);
		kernels->pixel_terms(samples, layer->arg_x, layer->shift_x,
				     kpu_sum_correction(job, kernels), terms);
		kpu_finish_tile(job, kernels, &plan, &tile, KPU_TILE, work->map + first);
	}
}

static void run(struct depthwise *work)
{
	const struct k210_kpu_layer *layer = &work->job->layer;
	size_t output_bytes = (size_t)layer->output_width * layer->output_height;
	unsigned size = kpu_kernel_size(layer);

	for (unsigned row = 0; row < size; row++)
		kpu_pack_ones(work->kernels, size, work->ones + row * work->kernels->words_per_row);
	for (unsigned channel = 0; channel < layer->output_channels; channel++) {
		kpu_load_channel(work->job->input, layer->input_width, layer->input_height, channel,
				 work->samples + work->border * (work->row_stride + 1),
				 work->row_stride);
		compute_channel(work, channel);
		kpu_pool_rows(layer->pool_type, work->map, work->row_stride, layer->input_height,
			      layer->output_width, layer->output_height,
			      work->job->output + channel * output_bytes);
	}
}

bool kpu_run_depthwise(const struct kpu_job *job, const struct kpu_kernels *kernels)
{
	const struct k210_kpu_layer *layer = &job->layer;
	struct depthwise work = { .job = job, .kernels = kernels };
	size_t sample_bytes;
	bool complete = false;

	work.border = kpu_kernel_size(layer) / 2;
	work.row_stride = layer->input_width + 2 * work.border;
	work.positions = (layer->input_height - 1) * work.row_stride + layer->input_width;
	sample_bytes = work.row_stride * (layer->input_height + 2 * work.border) + KPU_READ_SLACK;
	work.samples = malloc(sample_bytes);
	work.map = malloc(work.positions + KPU_TILE);
	if (work.samples && work.map) {
		memset(work.samples, layer->pad_value, sample_bytes);
		run(&work);
		complete = true;
	}
	free(work.samples);
	free(work.map);
	return complete;
}
