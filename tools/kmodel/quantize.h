/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Turns a trained network into layers of the K210 and these into a kmodel V3 or V4.
 *
 * Enough for small networks: a straight line of convolutions, at most a fully connected layer and
 * a softmax behind them. Values become bytes with one scale and zero for each map, chosen by what
 * the network does with real samples; weights become bytes around 128 with a scale for each output
 * channel, which goes into the batch norm table. Every rounding is the engine's own but that of the
 * weights, so that what is lost is lost there and in the bytes between the layers.
 */
#ifndef TOOLS_KMODEL_QUANTIZE_H
#define TOOLS_KMODEL_QUANTIZE_H

#include "tools/kmodel/network.h"
#include "tools/kmodel/writer.h"

/* value = (byte - zero) * scale */
struct quantization {
	float scale;
	int zero;
};

struct quantized_layer {
	struct kmodel_convolution conv; /* all but where the maps lie */
	struct kmodel_activation activation;
	struct kmodel_batch_norm *batch_norm;
	uint8_t *weights;
	struct quantization result;
};

struct quantized_network {
	const struct network *network;
	struct quantized_layer layers[NETWORK_LAYERS_MAX]; /* of the convolutions */
	unsigned layer_count;
};

/* What the results of each layer look like, over all samples. */
#define RANGE_BINS 2048

struct value_range {
	float least, most;
	uint64_t count, bins[RANGE_BINS];
};

/* Runs @count samples, one behind the other in @samples. False: out of memory. */
bool calibrate(const struct network *network, const uint8_t *samples, unsigned count,
	       struct value_range ranges[NETWORK_LAYERS_MAX]);
/* Scale and zero with the least squared error; 0 is always one of the values. */
struct quantization quantization_of(const struct value_range *range);

/* The sixteen segments of an activation; values come in units of 1/256 of @result's scale. */
void quantize_activation(enum network_activation activation, float slope,
			 struct quantization result, struct kmodel_activation *table);
/* NULL, or what is wrong. Free with quantized_free(). */
const char *quantize_network(const struct network *network, const struct value_range *ranges,
			     struct quantized_network *quantized);
void quantized_free(struct quantized_network *quantized);

/* Files, to be freed with free(); NULL: *reason says why. */
uint8_t *quantized_v3(struct quantized_network *quantized, size_t *size, const char **reason);
uint8_t *quantized_v4(struct quantized_network *quantized, size_t *size, const char **reason);

#endif
