/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A network in single precision, in the plainest way: what the quantized one is measured by. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/kmodel/network.h"

static float activate(const struct network_layer *layer, float value)
{
	switch (layer->activation) {
	case NETWORK_LEAKY:
		return value < 0 ? value * layer->slope : value;
	case NETWORK_RELU6:
		return value < 0 ? 0 : value > 6 ? 6 : value;
	default:
		return value;
	}
}

/* Adds one kernel over one input channel to a map. */
static void add_channel(const struct network_layer *layer, const float *in, const float *kernel,
			float *sum)
{
	int width = (int)layer->width, height = (int)layer->height, side = (int)layer->kernel / 2;

	for (int dy = -side; dy <= side; dy++) {
		for (int dx = -side; dx <= side; dx++) {
			float weight = *kernel++;
			int top = dy < 0 ? -dy : 0, bottom = height - (dy > 0 ? dy : 0);
			int left = dx < 0 ? -dx : 0, right = width - (dx > 0 ? dx : 0);

			for (int y = top; y < bottom; y++)
				for (int x = left; x < right; x++)
					sum[y * width + x] +=
						weight * in[(y + dy) * width + x + dx];
		}
	}
}

static void pool_map(const struct network_layer *layer, const float *map, float *out)
{
	unsigned pool = layer->pool;

	for (unsigned y = 0; y < layer->height / pool; y++) {
		for (unsigned x = 0; x < layer->width / pool; x++) {
			float most = -INFINITY;

			for (unsigned i = 0; i < pool * pool; i++) {
				float value = map[(y * pool + i / pool) * layer->width + x * pool +
						  i % pool];

				most = value > most ? value : most;
			}
			*out++ = activate(layer, most);
		}
	}
}

/* All activations grow, so pooling may come first. */
static void convolve(const struct network_layer *layer, const float *in, float *map, float *out)
{
	unsigned pixels = layer->width * layer->height, square = layer->kernel * layer->kernel;
	bool depthwise = layer->type == NETWORK_DEPTHWISE;
	unsigned inputs = depthwise ? 1 : layer->inputs;

	for (unsigned o = 0; o < layer->outputs; o++) {
		for (unsigned i = 0; i < pixels; i++)
			map[i] = layer->bias[o];
		for (unsigned i = 0; i < inputs; i++)
			add_channel(layer, in + (size_t)(depthwise ? o : i) * pixels,
				    layer->weights + (size_t)(o * inputs + i) * square, map);
		pool_map(layer, map,
			 out + (size_t)o * (network_result_count(layer) / layer->outputs));
	}
}

static void multiply(const struct network_layer *layer, const float *in, float *out)
{
	unsigned count = layer->inputs * layer->width * layer->height;

	for (unsigned o = 0; o < layer->outputs; o++) {
		float sum = 0;

		for (unsigned i = 0; i < count; i++)
			sum += in[i] * layer->weights[(size_t)o * count + i];
		out[o] = sum + layer->bias[o];
	}
}

static void softmax(const struct network_layer *layer, const float *in, float *out)
{
	float most = in[0], sum = 0;

	for (unsigned i = 1; i < layer->outputs; i++)
		most = in[i] > most ? in[i] : most;
	for (unsigned i = 0; i < layer->outputs; i++)
		sum += out[i] = expf(in[i] - most);
	for (unsigned i = 0; i < layer->outputs; i++)
		out[i] /= sum;
}

/* Room for the largest map. */
static size_t most_values(const struct network *network)
{
	size_t most = (size_t)network->width * network->height * network->channels;

	for (unsigned i = 0; i < network->layer_count; i++) {
		size_t count = network_result_count(&network->layers[i]);

		most = count > most ? count : most;
	}
	return most;
}

static void run_layers(const struct network *network, float *in, float *out, float *map,
		       network_observer *see, void *context)
{
	for (unsigned i = 0; i < network->layer_count; i++) {
		const struct network_layer *layer = &network->layers[i];
		float *swap = in;

		if (network_is_convolution(layer))
			convolve(layer, in, map, out);
		else if (layer->type == NETWORK_DENSE)
			multiply(layer, in, out);
		else
			softmax(layer, in, out);
		see(context, i, out, network_result_count(layer));
		in = out;
		out = swap;
	}
}

bool network_run(const struct network *network, const uint8_t *input, network_observer *see,
		 void *context)
{
	size_t pixels = (size_t)network->width * network->height, room = most_values(network);
	float *buffers = malloc((2 * room + pixels) * sizeof(*buffers));

	if (!buffers)
		return false;
	for (size_t i = 0; i < pixels * network->channels; i++)
		buffers[i] = (float)(input[i] - network->zero) * network->scale;
	run_layers(network, buffers, buffers + room, buffers + 2 * room, see, context);
	free(buffers);
	return true;
}
