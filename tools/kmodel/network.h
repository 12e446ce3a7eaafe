/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A trained network in single precision, and its file: what the quantizer reads.
 *
 * The file is text up to the line "data", then the numbers, little-endian single precision:
 *
 *	network 1
 *	input WIDTH HEIGHT CHANNELS ZERO SCALE	value = (byte - ZERO) * SCALE
 *	convolution KERNEL OUTPUTS ACTIVATION SLOPE POOL NORM
 *	depthwise KERNEL 0 ACTIVATION SLOPE POOL NORM
 *	dense OUTPUTS
 *	softmax
 *	limit LEAST MOST			results of the last convolution beyond do not matter
 *	data
 *
 * KERNEL is 1 or 3 (padded by one pixel), ACTIVATION linear, leaky (SLOPE below zero) or relu6,
 * POOL 1 (none) or 2 (maximum of 2x2). Numbers of a convolution: weights [output][input][row]
 * [column]; then with NORM 1 of its batch norm factor, offset, mean and standard deviation of each
 * output, with NORM 0 a bias. Of a dense layer: weights [output][input], bias. Its input is the map
 * before it in the order [channel][row][column].
 */
#ifndef TOOLS_KMODEL_NETWORK_H
#define TOOLS_KMODEL_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETWORK_LAYERS_MAX 64

enum network_layer_type {
	NETWORK_CONVOLUTION,
	NETWORK_DEPTHWISE,
	NETWORK_DENSE,
	NETWORK_SOFTMAX,
};

enum network_activation {
	NETWORK_LINEAR,
	NETWORK_LEAKY,
	NETWORK_RELU6,
};

struct network_layer {
	enum network_layer_type type;
	unsigned width, height, inputs, outputs; /* the map that it gets; channels */
	unsigned kernel, pool;
	enum network_activation activation;
	float slope;
	bool norm;
	float *weights, *bias; /* the batch norm is folded in */
};

struct network {
	unsigned width, height, channels;
	int zero;
	float scale;
	struct network_layer layers[NETWORK_LAYERS_MAX];
	unsigned layer_count;
	bool limited;
	float least, most;
};

/* Says on stderr what is wrong with the file. 0 = done; free with network_free(). */
int network_read(struct network *network, const char *path);
void network_free(struct network *network);

bool network_is_convolution(const struct network_layer *layer);
unsigned network_weight_count(const struct network_layer *layer);
/* Values that come out of a layer. */
unsigned network_result_count(const struct network_layer *layer);

/*
 * Runs the network in single precision. @see is called with the result of each layer, after
 * activation and pooling. False: out of memory.
 */
typedef void network_observer(void *context, unsigned layer, const float *values, unsigned count);
bool network_run(const struct network *network, const uint8_t *input, network_observer *see,
		 void *context);

#endif
