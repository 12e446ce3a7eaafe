/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Convolutions over all input channels.
 *
 * The input is copied planar, with its border of pad values. For each tile of pixels the samples of
 * all weight positions are laid side by side once and serve all output channels. Tiles fill a strip
 * of rows, which is then pooled into the output; without pooling the output itself is the strip.
 */
#include <stdlib.h>
#include <string.h>

#include "fast.h"

/* Aim for the map bytes of one strip over all channels: a part of the second-level cache. */
#define STRIP_BYTES  131072u
#define STRIP_PIXELS 256u
/* Largest stride of the pool codes; strips start at multiples of it. */
#define STRIP_ROW_STEP 4u

struct dense {
	const struct kpu_job *job;
	const struct kpu_kernels *kernels;
	size_t row_stride, channel_stride; /* of samples */
	size_t positions;                  /* weights of a channel */
	size_t units;                      /* lanes they fill */
	unsigned blocks;                   /* of KPU_CHANNEL_BLOCK output channels */
	unsigned strip_rows;
	uint8_t *samples;
	const uint8_t **origins; /* sample of each weight position for the first pixel */
	uint32_t *weights[2];    /* byte planes: [block][unit][channel in block] */
	uint32_t *ones;
	uint32_t *lanes; /* [unit][pixel of the tile] */
	struct kpu_finish_plan *plans;
	uint8_t *strip; /* NULL without pooling */
};

static bool allocate(struct dense *work)
{
	const struct k210_kpu_layer *layer = &work->job->layer;
	size_t plane_words = work->blocks * work->units * KPU_CHANNEL_BLOCK;
	size_t strip_bytes = (size_t)work->strip_rows * layer->input_width * layer->output_channels;

	work->samples = malloc(work->channel_stride * layer->input_channels + KPU_READ_SLACK);
	work->origins = malloc(work->units * work->kernels->interleave * sizeof(*work->origins));
	work->weights[0] = calloc(plane_words, sizeof(uint32_t));
	work->weights[1] =
		work->job->eight_bit_weights ? NULL : calloc(plane_words, sizeof(uint32_t));
	work->ones = malloc(work->units * sizeof(uint32_t));
	work->lanes = calloc(work->units * KPU_TILE + KPU_INTERLEAVE_STEP, sizeof(uint32_t));
	work->plans = malloc(layer->output_channels * sizeof(*work->plans));
	work->strip = layer->pool_type == K210_POOL_BYPASS ? NULL : malloc(strip_bytes);
	return work->samples && work->origins && work->weights[0] &&
	       (work->job->eight_bit_weights || work->weights[1]) && work->ones && work->lanes &&
	       work->plans && (layer->pool_type == K210_POOL_BYPASS || work->strip);
}

static void release(struct dense *work)
{
	free(work->samples);
	free(work->origins);
	free(work->weights[0]);
	free(work->weights[1]);
	free(work->ones);
	free(work->lanes);
	free(work->plans);
	free(work->strip);
}

static void load_samples(struct dense *work)
{
	const struct k210_kpu_layer *layer = &work->job->layer;
	size_t border = kpu_kernel_size(layer) / 2;
	uint8_t *first = work->samples + border * (work->row_stride + 1);

	memset(work->samples, layer->pad_value,
	       work->channel_stride * layer->input_channels + KPU_READ_SLACK);
	for (unsigned channel = 0; channel < layer->input_channels; channel++)
		kpu_load_channel(work->job->input, layer->input_width, layer->input_height, channel,
				 first + channel * work->channel_stride, work->row_stride);
}

static void load_parameters(struct dense *work)
{
	const struct kpu_job *job = work->job;
	size_t block_words = work->units * KPU_CHANNEL_BLOCK;

	for (unsigned channel = 0; channel < job->layer.output_channels; channel++) {
		size_t at = channel / KPU_CHANNEL_BLOCK * block_words + channel % KPU_CHANNEL_BLOCK;

		for (unsigned plane = 0; plane < kpu_weight_planes(job); plane++)
			kpu_pack_weights(job, work->kernels, plane, channel * work->positions,
					 work->positions, work->weights[plane] + at,
					 KPU_CHANNEL_BLOCK);
		kpu_plan_finish(&work->plans[channel], job, channel, kpu_sum_weights(job, channel));
	}
	kpu_pack_ones(work->kernels, work->positions, work->ones);
}

/* Where the window of the first pixel has its sample for each weight position. */
static void locate_positions(struct dense *work)
{
	unsigned size = kpu_kernel_size(&work->job->layer);
	size_t taps = (size_t)size * size;

	/* Lanes that are only partly used read any sample; the weight there is zero. */
	for (size_t i = work->positions; i < work->units * work->kernels->interleave; i++)
		work->origins[i] = work->samples;
	for (size_t i = 0; i < work->positions; i++)
		work->origins[i] = work->samples + i / taps * work->channel_stride +
				   i % taps / size * work->row_stride + i % size;
}

/* Pixels of a tile that follow each other in the padded samples. */
struct run {
	size_t offset;
	unsigned lane, count;
};

static unsigned split_in_runs(const struct dense *work, size_t pixel, unsigned count,
			      struct run runs[KPU_TILE])
{
	size_t width = work->job->layer.input_width;
	unsigned number = 0;

	if (work->row_stride == width)
		width *= work->job->layer.input_height; /* no border: one run */
	for (unsigned lane = 0; lane < count; number++) {
		size_t column = pixel % width;
		unsigned length = count - lane;

		if (length > width - column)
			length = (unsigned)(width - column);
		runs[number] =
			(struct run){ pixel / width * work->row_stride + column, lane, length };
		lane += length;
		pixel += length;
	}
	return number;
}

/*
 * Runs are written in steps that may reach into the following run or row of lanes; going upwards,
 * those are written later.
 */
static void fill_lanes(struct dense *work, size_t pixel, unsigned count)
{
	struct run runs[KPU_TILE];
	unsigned number = split_in_runs(work, pixel, count, runs);
	unsigned interleave = work->kernels->interleave;

	for (size_t unit = 0; unit < work->units; unit++) {
		const uint8_t *const *origins = work->origins + unit * interleave;

		for (unsigned i = 0; i < number; i++) {
			const uint8_t *rows[4] = { NULL };

			for (unsigned j = 0; j < interleave; j++)
				rows[j] = origins[j] + runs[i].offset;
			work->kernels->interleave_samples(
				rows, runs[i].count, work->lanes + unit * KPU_TILE + runs[i].lane);
		}
	}
}

/* All output channels of up to KPU_TILE pixels from map position @pixel on. */
static void compute_tile(struct dense *work, size_t pixel, unsigned count, uint8_t *map,
			 size_t map_stride)
{
	const struct kpu_job *job = work->job;
	const struct kpu_kernels *kernels = work->kernels;
	unsigned channels = job->layer.output_channels;
	int32_t sums[2][KPU_CHANNEL_BLOCK * KPU_TILE], samples[KPU_TILE], terms[KPU_TILE];

	fill_lanes(work, pixel, count);
	kernels->dot(work->lanes, work->units, work->ones, 1, samples);
	kernels->pixel_terms(samples, job->layer.arg_x, job->layer.shift_x,
			     kpu_sum_correction(job, kernels), terms);
	for (unsigned block = 0; block < work->blocks; block++) {
		size_t at = block * work->units * KPU_CHANNEL_BLOCK;

		for (unsigned plane = 0; plane < kpu_weight_planes(job); plane++)
			kernels->dot(work->lanes, work->units, work->weights[plane] + at,
				     KPU_CHANNEL_BLOCK, sums[plane]);
		for (unsigned c = 0; c < KPU_CHANNEL_BLOCK; c++) {
			unsigned channel = block * KPU_CHANNEL_BLOCK + c;
			struct kpu_tile_sums tile = { sums[0] + c * KPU_TILE, NULL, samples,
						      terms };

			if (channel >= channels)
				break;
			if (!job->eight_bit_weights)
				tile.high = sums[1] + c * KPU_TILE;
			kpu_finish_tile(job, kernels, &work->plans[channel], &tile, count,
					map + channel * map_stride);
		}
	}
}

static void run_strip(struct dense *work, unsigned first_row, unsigned rows)
{
	const struct k210_kpu_layer *layer = &work->job->layer;
	unsigned width = layer->input_width, stride = k210_pool_stride(layer->pool_type);
	size_t pixels = (size_t)width * rows, start = (size_t)width * first_row;
	size_t output_stride = (size_t)layer->output_width * layer->output_height;
	uint8_t *map = work->strip ? work->strip : work->job->output + start;
	size_t map_stride = work->strip ? pixels : output_stride;
	unsigned output_row = first_row / stride;

	for (size_t pixel = 0; pixel < pixels; pixel += KPU_TILE) {
		size_t left = pixels - pixel;

		compute_tile(work, start + pixel, left < KPU_TILE ? (unsigned)left : KPU_TILE,
			     map + pixel, map_stride);
	}
	if (!work->strip)
		return;
	for (unsigned channel = 0; channel < layer->output_channels; channel++)
		kpu_pool_rows(layer->pool_type, map + channel * map_stride, width, rows,
			      layer->output_width, rows / stride,
			      work->job->output + channel * output_stride +
				      (size_t)output_row * layer->output_width);
}

/* Windows of stride 1 reach into the next strip, so these codes get the whole map in one. */
static unsigned choose_strip_rows(const struct k210_kpu_layer *layer)
{
	unsigned pixels = STRIP_BYTES / layer->output_channels;
	unsigned rows;

	if (k210_pool_stride(layer->pool_type) == 1)
		return layer->input_height;
	if (pixels < STRIP_PIXELS)
		pixels = STRIP_PIXELS;
	rows = (pixels / layer->input_width + STRIP_ROW_STEP) / STRIP_ROW_STEP * STRIP_ROW_STEP;
	return rows < layer->input_height ? rows : layer->input_height;
}

bool kpu_run_dense(const struct kpu_job *job, const struct kpu_kernels *kernels)
{
	const struct k210_kpu_layer *layer = &job->layer;
	unsigned border = kpu_kernel_size(layer) / 2;
	struct dense work = { .job = job, .kernels = kernels };
	bool complete = false;

	work.row_stride = layer->input_width + 2 * border;
	work.channel_stride = work.row_stride * (layer->input_height + 2 * border);
	work.positions = kpu_weights_per_channel(layer);
	work.units = kpu_lane_units(kernels, work.positions);
	work.blocks = (layer->output_channels + KPU_CHANNEL_BLOCK - 1) / KPU_CHANNEL_BLOCK;
	work.strip_rows = choose_strip_rows(layer);
	if (allocate(&work)) {
		load_samples(&work);
		locate_positions(&work);
		load_parameters(&work);
		for (unsigned row = 0; row < layer->input_height; row += work.strip_rows) {
			unsigned left = layer->input_height - row;

			run_strip(&work, row, left < work.strip_rows ? left : work.strip_rows);
		}
		complete = true;
	}
	release(&work);
	return complete;
}
