/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * quantizer NETWORK SAMPLES V3.kmodel V4.kmodel
 *
 * NETWORK as tools/kmodel/network.h describes it; SAMPLES: inputs of the network, planar bytes, one
 * behind the other, like those that it will get. Some dozens are enough.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tools/kmodel/quantize.h"

static uint8_t *read_samples(const char *path, size_t each, unsigned *count)
{
	FILE *file = fopen(path, "rb");
	uint8_t *samples = NULL;
	long size = 0;

	if (file && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	*count = (unsigned)((size_t)size / each);
	if (size > 0 && (size_t)size % each == 0)
		samples = malloc((size_t)size);
	if (samples) {
		rewind(file);
		if (fread(samples, 1, (size_t)size, file) != (size_t)size) {
			free(samples);
			samples = NULL;
		}
	}
	if (file)
		fclose(file);
	if (!samples)
		fprintf(stderr, "quantizer: %s: holds no whole number of inputs of %zu bytes\n",
			path, each);
	return samples;
}

typedef uint8_t *model_maker(struct quantized_network *quantized, size_t *size,
			     const char **reason);

static int write_model(const char *path, struct quantized_network *quantized, model_maker *make)
{
	const char *reason = "";
	size_t size = 0;
	uint8_t *model = make(quantized, &size, &reason);
	FILE *file = model ? fopen(path, "wb") : NULL;
	int failed = !file;

	if (model)
		reason = "cannot be written";
	if (file) {
		failed = fwrite(model, 1, size, file) != size;
		failed |= fclose(file) != 0;
	}
	free(model);
	if (failed)
		fprintf(stderr, "quantizer: %s: %s\n", path, reason);
	return failed;
}

static void report(const struct quantized_network *quantized, const struct value_range *ranges)
{
	for (unsigned i = 0; i < quantized->layer_count; i++) {
		struct quantization q = quantized->layers[i].result;

		printf("layer %2u: values %8.3f .. %7.3f, bytes for %8.3f .. %7.3f\n", i,
		       (double)ranges[i].least, (double)ranges[i].most,
		       (double)(0 - q.zero) * (double)q.scale,
		       (double)(255 - q.zero) * (double)q.scale);
	}
}

static int quantize(const struct network *network, const char *samples_path, char **outputs)
{
	static struct value_range ranges[NETWORK_LAYERS_MAX];
	static struct quantized_network quantized;
	const char *reason = "out of memory";
	unsigned count;
	uint8_t *samples = read_samples(
		samples_path, (size_t)network->width * network->height * network->channels, &count);
	int failed = 1;

	if (!samples)
		return 1;
	if (calibrate(network, samples, count, ranges))
		reason = quantize_network(network, ranges, &quantized);
	if (reason) {
		fprintf(stderr, "quantizer: %s\n", reason);
	} else {
		report(&quantized, ranges);
		failed = write_model(outputs[0], &quantized, quantized_v3) ||
			 write_model(outputs[1], &quantized, quantized_v4);
	}
	quantized_free(&quantized);
	free(samples);
	return failed;
}

int main(int argc, char **argv)
{
	static struct network network;
	int failed;

	if (argc != 5) {
		fputs("usage: quantizer NETWORK SAMPLES V3.kmodel V4.kmodel\n", stderr);
		return 2;
	}
	if (network_read(&network, argv[1]))
		return 1;
	failed = quantize(&network, argv[2], argv + 3);
	network_free(&network);
	return failed;
}
