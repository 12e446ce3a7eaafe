/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The plain implementation: one output channel at a time, every sum written out. It is what the
 * fast implementations are held against, so it favours being obviously right.
 */
#include <stdlib.h>

#include "job.h"

/* A sample of the input, or the pad value one pixel outside of it. */
static unsigned input_sample(const struct kpu_job *job, unsigned channel, int row, int column)
{
	const struct k210_kpu_layer *layer = &job->layer;

	if (row < 0 || row >= layer->input_height || column < 0 || column >= layer->input_width)
		return layer->pad_value;
	return job->input[k210_map_row_offset(layer->input_width, layer->input_height, channel,
					      (unsigned)row) +
			  (unsigned)column];
}

struct window_sums {
	int64_t products;
	int64_t samples;
	int64_t weights;
};

/* Sums over the window around (row, column); weights lie as [output][input][ky][kx]. */
static struct window_sums sum_window(const struct kpu_job *job, unsigned output_channel, int row,
				     int column)
{
	const struct k210_kpu_layer *layer = &job->layer;
	unsigned channels = kpu_summed_channels(layer);
	int size = (int)kpu_kernel_size(layer);
	size_t index = (size_t)output_channel * kpu_weights_per_channel(layer);
	struct window_sums sums = { 0, 0, 0 };

	for (unsigned i = 0; i < channels; i++) {
		unsigned channel = layer->depthwise ? output_channel : i;

		for (int y = 0; y < size; y++) {
			for (int x = 0; x < size; x++) {
				int64_t weight = kpu_weight_at(job, index++);
				int64_t sample = input_sample(job, channel, row + y - size / 2,
							      column + x - size / 2);

				sums.products += sample * weight;
				sums.samples += sample;
				sums.weights += weight;
			}
		}
	}
	return sums;
}

static void convolve_channel(const struct kpu_job *job, unsigned channel, uint8_t *map)
{
	const struct k210_kpu_layer *layer = &job->layer;
	struct kpu_batch_norm norm = kpu_decode_batch_norm(job->batch_norm + 8 * channel);

	for (int row = 0; row < layer->input_height; row++) {
		for (int column = 0; column < layer->input_width; column++) {
			struct window_sums sums = sum_window(job, channel, row, column);
			int64_t value = sums.products + kpu_pixel_term(layer, sums.samples) +
					kpu_channel_term(layer, sums.weights);

			*map++ = kpu_activate(&job->activation, kpu_normalise(&norm, value),
					      job->rounding);
		}
	}
}

struct map {
	const uint8_t *bytes;
	unsigned width, height;
};

/* Outside the map the edge pixel repeats. */
static unsigned pixel(const struct map *map, unsigned row, unsigned column)
{
	unsigned y = row < map->height ? row : map->height - 1;
	unsigned x = column < map->width ? column : map->width - 1;

	return map->bytes[y * map->width + x];
}

static unsigned window_maximum(const struct map *map, unsigned row, unsigned column, unsigned size)
{
	unsigned maximum = 0;

	for (unsigned y = 0; y < size; y++) {
		for (unsigned x = 0; x < size; x++) {
			unsigned value = pixel(map, row + y, column + x);

			if (value > maximum)
				maximum = value;
		}
	}
	return maximum;
}

static unsigned window_mean(const struct map *map, unsigned row, unsigned column, unsigned size)
{
	unsigned sum = 0;

	for (unsigned y = 0; y < size; y++) {
		for (unsigned x = 0; x < size; x++)
			sum += pixel(map, row + y, column + x);
	}
	return sum / (size * size);
}

/*
 * Windows of the strided codes lie inside the map; those of the two stride 1 codes reach one pixel
 * over the right and lower edge. Repeating the edge there is the rule of the mean, and for the
 * maximum the same as leaving the outside off.
 */
static unsigned pool_pixel(const struct map *map, enum k210_pool pool, unsigned row,
			   unsigned column)
{
	unsigned y = row * k210_pool_stride(pool);
	unsigned x = column * k210_pool_stride(pool);

	switch (pool) {
	case K210_POOL_MAX_2_STRIDE_2:
	case K210_POOL_MAX_2_STRIDE_1:
		return window_maximum(map, y, x, 2);
	case K210_POOL_MEAN_2_STRIDE_2:
	case K210_POOL_MEAN_2_STRIDE_1:
		return window_mean(map, y, x, 2);
	case K210_POOL_MAX_4_STRIDE_4:
		return window_maximum(map, y, x, 4);
	case K210_POOL_MEAN_4_STRIDE_4:
		return window_mean(map, y, x, 4);
	case K210_POOL_RIGHT_TOP_2_STRIDE_2:
		return pixel(map, y, x + 1);
	default: /* bypass and the left top codes */
		return pixel(map, y, x);
	}
}

bool kpu_run_reference(const struct kpu_job *job)
{
	const struct k210_kpu_layer *layer = &job->layer;
	uint8_t *bytes = malloc((size_t)layer->input_width * layer->input_height);
	struct map map = { bytes, layer->input_width, layer->input_height };
	uint8_t *output = job->output;

	if (!bytes)
		return false;
	for (unsigned channel = 0; channel < layer->output_channels; channel++) {
		convolve_channel(job, channel, bytes);
		for (unsigned row = 0; row < layer->output_height; row++) {
			for (unsigned column = 0; column < layer->output_width; column++)
				*output++ =
					(uint8_t)pool_pixel(&map, layer->pool_type, row, column);
		}
	}
	free(bytes);
	return true;
}
