/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/emu/libkpu/models.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "kmodel/format.h"
#include "tools/kmodel/writer.h"

/* Body of FULLY_CONNECTED: flags, in, out, in channels, out channels, activation; weights, biases
 * (nncase v0.1.0-rc5). */
#define HEADER_WORDS 6u

static void add_layer(struct kmodel_writer *writer, uint32_t from, uint32_t to, unsigned in,
		      unsigned out, const float *weights, const float *biases)
{
	size_t bytes = (HEADER_WORDS + (size_t)in * out + out) * 4;
	uint32_t *body = calloc(1, bytes);

	body[1] = from;
	body[2] = to;
	body[3] = in;
	body[4] = out;
	memcpy(body + HEADER_WORDS, weights, (size_t)in * out * 4);
	memcpy(body + HEADER_WORDS + (size_t)in * out, biases, out * 4);
	kmodel_writer_layer(writer, KMODEL_V3_FULLY_CONNECTED, body, bytes);
	free(body);
}

static uint8_t *finish(struct kmodel_writer *writer, size_t *size)
{
	const char *reason = "";
	uint8_t *model = kmodel_writer_finish(writer, size, &reason);

	ck_assert_msg(model != NULL, "%s", reason);
	kmodel_writer_free(writer);
	return model;
}

static unsigned first_input(unsigned layer, unsigned output)
{
	return (output * 7 + layer) % CHAIN_WIDTH;
}

static unsigned second_input(unsigned layer, unsigned output)
{
	return (output * 11 + layer * 5 + 1) % CHAIN_WIDTH;
}

uint8_t *chain_model(unsigned layers, unsigned last, size_t *size, size_t *parameter_bytes)
{
	static float weights[CHAIN_WIDTH * CHAIN_WIDTH], biases[CHAIN_WIDTH];
	const uint32_t half = (CHAIN_WIDTH * 4 + 7) & ~7u;
	struct kmodel_writer *writer = kmodel_writer_new();

	*parameter_bytes = 0;
	for (unsigned l = 0; l < layers; l++) {
		unsigned outputs = l + 1 == layers ? last : CHAIN_WIDTH;

		memset(weights, 0, sizeof(weights));
		for (unsigned o = 0; o < outputs; o++) {
			weights[o * CHAIN_WIDTH + first_input(l, o)] += 0.5f;
			weights[o * CHAIN_WIDTH + second_input(l, o)] += 0.5f;
			biases[o] = (float)((l + o) % 3);
		}
		add_layer(writer, l % 2 ? half : 0, l % 2 ? 0 : half, CHAIN_WIDTH, outputs, weights,
			  biases);
		*parameter_bytes += (size_t)(CHAIN_WIDTH + 1) * outputs * 4;
	}
	kmodel_writer_output(writer, layers % 2 ? half : 0, last * 4);
	kmodel_writer_work_bytes(writer, 2 * half);
	return finish(writer, size);
}

void chain_expected(unsigned layers, unsigned last, const float *input, float *output)
{
	double now[CHAIN_WIDTH], next[CHAIN_WIDTH] = { 0 };

	for (unsigned i = 0; i < CHAIN_WIDTH; i++)
		now[i] = (double)input[i];
	for (unsigned l = 0; l < layers; l++) {
		for (unsigned o = 0; o < CHAIN_WIDTH; o++)
			next[o] = 0.5 * now[first_input(l, o)] + 0.5 * now[second_input(l, o)] +
				  (l + o) % 3;
		memcpy(now, next, sizeof(now));
	}
	for (unsigned o = 0; o < last; o++)
		output[o] = (float)now[o];
}

#define SLOW_COUNT 100000u

uint8_t *slow_model(unsigned layers, size_t *size)
{
	static const float three = 3, one = 1;
	/* ADD: flags, two inputs, output, count. */
	const uint32_t body[] = { 0, 16, 16, 16, SLOW_COUNT };
	struct kmodel_writer *writer = kmodel_writer_new();

	add_layer(writer, 0, 8, 1, 1, &three, &one);
	for (unsigned l = 0; l < layers; l++)
		kmodel_writer_layer(writer, KMODEL_V3_ADD, body, sizeof(body));
	kmodel_writer_output(writer, 8, 4);
	kmodel_writer_work_bytes(writer, 16 + SLOW_COUNT * 4);
	return finish(writer, size);
}
