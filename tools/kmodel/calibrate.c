/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* How large the values between layers get, and which bytes suit them. */
#include <math.h>
#include <string.h>

#include "tools/kmodel/quantize.h"

/* Shares of the range that are tried as its end. */
#define STEPS 24

static void see_limits(void *context, unsigned layer, const float *values, unsigned count)
{
	struct value_range *range = (struct value_range *)context + layer;

	for (unsigned i = 0; i < count; i++) {
		range->least = values[i] < range->least ? values[i] : range->least;
		range->most = values[i] > range->most ? values[i] : range->most;
	}
}

static void see_values(void *context, unsigned layer, const float *values, unsigned count)
{
	struct value_range *range = (struct value_range *)context + layer;
	float factor = RANGE_BINS / (range->most - range->least);

	for (unsigned i = 0; i < count; i++) {
		int bin = (int)((values[i] - range->least) * factor);

		range->bins[bin < 0 ? 0 : bin < RANGE_BINS ? bin : RANGE_BINS - 1]++;
	}
	range->count += count;
}

bool calibrate(const struct network *network, const uint8_t *samples, unsigned count,
	       struct value_range ranges[NETWORK_LAYERS_MAX])
{
	size_t bytes = (size_t)network->width * network->height * network->channels;

	memset(ranges, 0, NETWORK_LAYERS_MAX * sizeof(*ranges));
	for (unsigned i = 0; i < count; i++)
		if (!network_run(network, samples + i * bytes, see_limits, ranges))
			return false;
	for (unsigned i = 0; i < network->layer_count; i++)
		if (!(ranges[i].most > ranges[i].least))
			ranges[i].most = ranges[i].least + 1;
	for (unsigned i = 0; i < count; i++)
		if (!network_run(network, samples + i * bytes, see_values, ranges))
			return false;
	return true;
}

static struct quantization between(float least, float most)
{
	float scale = (most - least) / 255;

	return (struct quantization){ scale, (int)lroundf(-least / scale) };
}

/* Rounding costs scale^2 / 12 on average, clipping what it cuts off. */
static double squared_error(const struct value_range *range, struct quantization q)
{
	double least = (double)(0 - q.zero) * (double)q.scale;
	double most = (double)(255 - q.zero) * (double)q.scale;
	double step = ((double)range->most - (double)range->least) / RANGE_BINS, sum = 0;

	for (unsigned i = 0; i < RANGE_BINS; i++) {
		double value = (double)range->least + (i + 0.5) * step;
		double cut = value < least ? least - value : value > most ? value - most : 0;

		sum += (double)range->bins[i] *
		       (cut * cut + (double)q.scale * (double)q.scale / 12);
	}
	return sum;
}

struct quantization quantization_of(const struct value_range *range)
{
	float least = range->least < 0 ? range->least : 0;
	float most = range->most > 0 ? range->most : least < 0 ? 0 : 1;
	struct quantization best = between(least, most);
	double best_error = squared_error(range, best);

	for (unsigned i = 0; i < STEPS * STEPS; i++) {
		float low = (float)(i % STEPS) / STEPS, high = (float)(i / STEPS) / STEPS;
		struct quantization q = between(least * (1 - low), most * (1 - high));
		double error = squared_error(range, q);

		if (error < best_error) {
			best = q;
			best_error = error;
		}
	}
	return best;
}
