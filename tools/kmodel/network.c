/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Reads the file of a trained network. */
#include "tools/kmodel/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/bytes.h"

bool network_is_convolution(const struct network_layer *layer)
{
	return layer->type == NETWORK_CONVOLUTION || layer->type == NETWORK_DEPTHWISE;
}

unsigned network_weight_count(const struct network_layer *layer)
{
	unsigned square = layer->kernel * layer->kernel;

	switch (layer->type) {
	case NETWORK_CONVOLUTION:
		return layer->outputs * layer->inputs * square;
	case NETWORK_DEPTHWISE:
		return layer->outputs * square;
	case NETWORK_DENSE:
		return layer->outputs * layer->inputs * layer->width * layer->height;
	default:
		return 0;
	}
}

unsigned network_result_count(const struct network_layer *layer)
{
	if (!network_is_convolution(layer))
		return layer->outputs;
	return (layer->width / layer->pool) * (layer->height / layer->pool) * layer->outputs;
}

/* Shape of the map that the next layer gets. */
static void next_shape(const struct network *network, unsigned *width, unsigned *height,
		       unsigned *channels)
{
	const struct network_layer *last;

	*width = network->width;
	*height = network->height;
	*channels = network->channels;
	if (!network->layer_count)
		return;
	last = &network->layers[network->layer_count - 1];
	*width = network_is_convolution(last) ? last->width / last->pool : 1;
	*height = network_is_convolution(last) ? last->height / last->pool : 1;
	*channels = last->outputs;
}

static bool activation_named(const char *name, enum network_activation *activation)
{
	static const char *const names[] = { "linear", "leaky", "relu6" };

	for (unsigned i = 0; i < 3; i++) {
		if (strcmp(name, names[i]))
			continue;
		*activation = (enum network_activation)i;
		return true;
	}
	return false;
}

/* "convolution ...", "depthwise ..." */
static bool parse_convolution(const char *line, struct network_layer *layer)
{
	char kind[16], activation[16];
	int norm;

	if (sscanf(line, "%15s %u %u %15s %f %u %d", kind, &layer->kernel, &layer->outputs,
		   activation, &layer->slope, &layer->pool, &norm) != 7)
		return false;
	layer->type = strcmp(kind, "depthwise") ? NETWORK_CONVOLUTION : NETWORK_DEPTHWISE;
	if (layer->type == NETWORK_DEPTHWISE)
		layer->outputs = layer->inputs;
	layer->norm = norm == 1;
	return (layer->kernel == 1 || layer->kernel == 3) && layer->outputs > 0 &&
	       layer->outputs <= 1024 && (layer->pool == 1 || layer->pool == 2) &&
	       layer->width >= layer->pool && layer->height >= layer->pool &&
	       activation_named(activation, &layer->activation) && layer->slope >= 0 &&
	       layer->slope <= 1;
}

static bool parse_layer(struct network *network, const char *line)
{
	struct network_layer *layer = &network->layers[network->layer_count];
	bool ok;

	if (network->layer_count == NETWORK_LAYERS_MAX)
		return false;
	memset(layer, 0, sizeof(*layer));
	next_shape(network, &layer->width, &layer->height, &layer->inputs);
	if (!strncmp(line, "dense ", 6)) {
		layer->type = NETWORK_DENSE;
		ok = sscanf(line, "dense %u", &layer->outputs) == 1 && layer->outputs > 0 &&
		     layer->outputs <= 4096;
	} else if (!strcmp(line, "softmax")) {
		layer->type = NETWORK_SOFTMAX;
		layer->outputs = layer->inputs;
		ok = true;
	} else {
		ok = (!strncmp(line, "convolution ", 12) || !strncmp(line, "depthwise ", 10)) &&
		     parse_convolution(line, layer);
	}
	network->layer_count += ok;
	return ok;
}

static bool parse_line(struct network *network, const char *line)
{
	if (!strncmp(line, "input ", 6))
		return sscanf(line, "input %u %u %u %d %f", &network->width, &network->height,
			      &network->channels, &network->zero, &network->scale) == 5 &&
		       network->width > 0 && network->width <= 1024 && network->height > 0 &&
		       network->height <= 512 && network->channels > 0 &&
		       network->channels <= 1024 && network->zero >= 0 && network->zero <= 255 &&
		       network->scale > 0;
	if (!network->width)
		return false;
	if (!strncmp(line, "limit ", 6)) {
		network->limited = true;
		return sscanf(line, "limit %f %f", &network->least, &network->most) == 2 &&
		       network->least <= 0 && network->most > 0;
	}
	return parse_layer(network, line);
}

static float *read_floats(FILE *file, unsigned count)
{
	float *values = malloc(count * sizeof(*values));

	if (values && fread(values, sizeof(*values), count, file) == count) {
		for (unsigned i = 0; i < count; i++) {
			uint32_t bits = kpu_get_u32((const uint8_t *)&values[i]);

			memcpy(&values[i], &bits, sizeof(bits));
		}
		return values;
	}
	free(values);
	return NULL;
}

/* y = (conv(x) - mean) / deviation * factor + offset is a convolution again. */
static void fold_norm(struct network_layer *layer, const float *norm)
{
	unsigned each = network_weight_count(layer) / layer->outputs;

	for (unsigned o = 0; o < layer->outputs; o++) {
		float factor = norm[o] / norm[3 * layer->outputs + o];

		for (unsigned i = 0; i < each; i++)
			layer->weights[o * each + i] *= factor;
		layer->bias[o] = norm[layer->outputs + o] - norm[2 * layer->outputs + o] * factor;
	}
}

static bool read_layer(FILE *file, struct network_layer *layer)
{
	float *norm;

	if (layer->type == NETWORK_SOFTMAX)
		return true;
	layer->weights = read_floats(file, network_weight_count(layer));
	if (!layer->weights)
		return false;
	if (!layer->norm) {
		layer->bias = read_floats(file, layer->outputs);
		return layer->bias != NULL;
	}
	norm = read_floats(file, 4 * layer->outputs);
	layer->bias = calloc(layer->outputs, sizeof(*layer->bias));
	if (norm && layer->bias)
		fold_norm(layer, norm);
	free(norm);
	return norm && layer->bias;
}

/* NULL, or what is wrong. */
static const char *read_network(struct network *network, FILE *file)
{
	char line[128];

	if (!fgets(line, sizeof(line), file) || strcmp(line, "network 1\n"))
		return "is no file of a network (\"network 1\")";
	while (fgets(line, sizeof(line), file) && strcmp(line, "data\n")) {
		line[strcspn(line, "\n")] = 0;
		if (!parse_line(network, line))
			return "has a line that is not understood";
	}
	if (!network->layer_count || !network_is_convolution(&network->layers[0]))
		return "does not begin with a convolution";
	for (unsigned i = 0; i < network->layer_count; i++) {
		if (network_is_convolution(&network->layers[i]) && i > 0 &&
		    !network_is_convolution(&network->layers[i - 1]))
			return "has a convolution behind another layer";
		if (!read_layer(file, &network->layers[i]))
			return "holds too few numbers";
	}
	return fgetc(file) == EOF ? NULL : "holds too many numbers";
}

int network_read(struct network *network, const char *path)
{
	FILE *file = fopen(path, "rb");
	const char *fault = "cannot be opened";

	memset(network, 0, sizeof(*network));
	if (file) {
		fault = read_network(network, file);
		fclose(file);
	}
	if (!fault)
		return 0;
	fprintf(stderr, "%s: %s\n", path, fault);
	network_free(network);
	return 1;
}

void network_free(struct network *network)
{
	for (unsigned i = 0; i < network->layer_count; i++) {
		free(network->layers[i].weights);
		free(network->layers[i].bias);
	}
	memset(network, 0, sizeof(*network));
}
