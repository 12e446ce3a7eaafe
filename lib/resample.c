/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>

#include "lib/resample.h"

#define WEIGHT_BITS 14
#define WEIGHT_ONE  (1 << WEIGHT_BITS)
/* The intermediate row keeps six bits below the byte. */
#define MIDDLE_BITS 6

struct axis_tap {
	uint32_t first, count;
	int32_t *weights; /* they add up to WEIGHT_ONE */
};

struct axis {
	uint32_t size;
	struct axis_tap *taps;
	int32_t *weights;
};

static void axis_free(struct axis *axis)
{
	free(axis->taps);
	free(axis->weights);
}

static void fill_tap(struct axis_tap *tap, uint32_t position, uint32_t in, uint32_t out)
{
	double scale = (double)in / out, radius = scale > 1 ? scale : 1;
	double centre = ((double)position + 0.5) * scale - 0.5;
	int64_t first = (int64_t)(centre - radius) - 1, last = (int64_t)(centre + radius) + 1;
	double total = 0;
	int32_t left = WEIGHT_ONE;
	uint32_t strongest = 0;

	if (first < 0)
		first = 0;
	if (last > (int64_t)in - 1)
		last = (int64_t)in - 1;
	tap->first = (uint32_t)first;
	tap->count = (uint32_t)(last - first + 1);
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < tap->count; i++) {
			double distance = (double)(first + i) - centre;
			double weight = 1 - (distance < 0 ? -distance : distance) / radius;

			if (weight <= 0)
				weight = 0;
			if (pass == 0) {
				total += weight;
				continue;
			}
			tap->weights[i] = (int32_t)(weight / total * WEIGHT_ONE + 0.5);
			left -= tap->weights[i];
			if (tap->weights[i] > tap->weights[strongest])
				strongest = i;
		}
	}
	tap->weights[strongest] += left;
}

static bool axis_init(struct axis *axis, uint32_t in, uint32_t out)
{
	double scale = (double)in / out;
	size_t most = (size_t)(2 * (scale > 1 ? scale : 1)) + 5;

	axis->size = out;
	axis->taps = calloc(out, sizeof(axis->taps[0]));
	axis->weights = calloc(out * most, sizeof(axis->weights[0]));
	if (!axis->taps || !axis->weights)
		return false;
	for (uint32_t i = 0; i < out; i++) {
		axis->taps[i].weights = axis->weights + i * most;
		fill_tap(&axis->taps[i], i, in, out);
	}
	return true;
}

static void resample_row(const struct axis *axis, const uint8_t *in, uint16_t *out)
{
	const int shift = WEIGHT_BITS - MIDDLE_BITS;

	for (uint32_t x = 0; x < axis->size; x++) {
		const struct axis_tap *tap = &axis->taps[x];
		int32_t sum = 1 << (shift - 1);

		for (uint32_t i = 0; i < tap->count; i++)
			sum += in[tap->first + i] * tap->weights[i];
		out[x] = (uint16_t)(sum >> shift);
	}
}

static void resample_columns(const struct axis *axis, const uint16_t *middle, uint32_t width,
			     uint8_t *out, uint32_t stride)
{
	const int shift = WEIGHT_BITS + MIDDLE_BITS;

	for (uint32_t y = 0; y < axis->size; y++) {
		const struct axis_tap *tap = &axis->taps[y];

		for (uint32_t x = 0; x < width; x++) {
			const uint16_t *column = middle + (size_t)tap->first * width + x;
			int32_t sum = 1 << (shift - 1);

			for (uint32_t i = 0; i < tap->count; i++)
				sum += column[(size_t)i * width] * tap->weights[i];
			sum >>= shift;
			out[(size_t)y * stride + x] = (uint8_t)(sum > 255 ? 255 : sum);
		}
	}
}

bool kpu_resample(const struct kpu_row_source *source, uint8_t *out, uint32_t width,
		  uint32_t height, uint32_t stride)
{
	struct axis horizontal = { 0 }, vertical = { 0 };
	uint16_t *middle = calloc((size_t)source->height * width, sizeof(*middle));
	uint8_t *row = malloc(source->width);
	bool ok = middle && row && axis_init(&horizontal, source->width, width) &&
		  axis_init(&vertical, source->height, height);

	if (ok) {
		for (uint32_t y = 0; y < source->height; y++) {
			source->read(source->context, y, row);
			resample_row(&horizontal, row, middle + (size_t)y * width);
		}
		resample_columns(&vertical, middle, width, out, stride);
	}
	axis_free(&horizontal);
	axis_free(&vertical);
	free(middle);
	free(row);
	return ok;
}
