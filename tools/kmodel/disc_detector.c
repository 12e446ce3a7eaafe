/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * How it works. Layer 0 turns colour into three maps of saturation (twice the own channel minus the
 * two others). Layers 1 to 3 blur and halve until a cell stands for 16x16 pixels. Layer 4 looks at
 * 3x3 cells: their sum says whether a disc is there and of which colour, the difference of right
 * and left (below and above) column says where in the cell its centre lies. Weights are stored
 * unsigned; arg_x = -1 takes one from each, so 0, 1, 2 stand for -1, 0, +1.
 */
#include "tools/kmodel/disc_detector.h"

#include <stdlib.h>
#include <string.h>

#include "tools/kmodel/writer.h"

#define CHANNELS    3u
#define LOGITS      (5u + DISC_CLASSES)
#define GRID_WIDTH  20u
#define GRID_HEIGHT 15u

/* Logit = (q - 128) / 8. */
#define LOGIT_SCALE 0.125f
#define LOGIT_ZERO  128

/* AI SRAM lines: each map has its own place. */
enum {
	INPUT_LINE = 0,
	SATURATION_LINE = 4096,
	HALF_LINE = 6144,
	QUARTER_LINE = 8192,
	CELL_LINE = 9216,
	LOGIT_LINE = 10240,
};

const struct disc disc_demo_scene[] = {
	{ 70, 70, 24, 0 },   { 201, 93, 24, 1 }, { 120, 180, 24, 2 },
	{ 268, 180, 24, 0 }, { 35, 196, 22, 1 },
};
const size_t disc_demo_scene_size = sizeof(disc_demo_scene) / sizeof(disc_demo_scene[0]);

static void add_saturation(struct kmodel_writer *writer)
{
	/* 3, 0, 0 minus one: twice the own channel minus both others. */
	static const uint8_t weights[CHANNELS * CHANNELS] = { 3, 0, 0, 0, 3, 0, 0, 0, 3 };
	static const struct kmodel_batch_norm norm[CHANNELS] = { { 1, 0, 0 },
								 { 1, 0, 0 },
								 { 1, 0, 0 } };
	struct kmodel_activation half;

	kmodel_activation_shift(&half, 1);
	kmodel_writer_convolution(writer, &(struct kmodel_convolution){
						  .width = DISC_WIDTH,
						  .height = DISC_HEIGHT,
						  .input_channels = CHANNELS,
						  .output_channels = CHANNELS,
						  .kernel = 1,
						  .pool = K210_POOL_MAX_2_STRIDE_2,
						  .weights = weights,
						  .arg_x = -1,
						  .batch_norm = norm,
						  .activation = &half,
						  .input_line = INPUT_LINE,
						  .output_line = SATURATION_LINE,
					  });
}

static void add_blur(struct kmodel_writer *writer, unsigned width, unsigned height, unsigned from,
		     unsigned to)
{
	static const uint8_t ones[CHANNELS * 9] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
						    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	/* 3641 / 2^15 is one ninth. */
	static const struct kmodel_batch_norm ninth[CHANNELS] = { { 3641, 15, 0 },
								  { 3641, 15, 0 },
								  { 3641, 15, 0 } };
	struct kmodel_activation identity;

	kmodel_activation_shift(&identity, 0);
	kmodel_writer_convolution(writer, &(struct kmodel_convolution){
						  .width = width,
						  .height = height,
						  .input_channels = CHANNELS,
						  .output_channels = CHANNELS,
						  .kernel = 3,
						  .depthwise = true,
						  .pool = K210_POOL_MAX_2_STRIDE_2,
						  .weights = ones,
						  .batch_norm = ninth,
						  .activation = &identity,
						  .input_line = from,
						  .output_line = to,
					  });
}

/* Weight of one cell of the 3x3 window for output @logit: 1 means it does not count. */
static uint8_t cell_weight(unsigned logit, unsigned channel, unsigned row, unsigned column)
{
	switch (logit) {
	case 0: /* tx */
		return (uint8_t)column;
	case 1: /* ty */
		return (uint8_t)row;
	case 2: /* tw, th: always the anchor's size */
	case 3:
		return 1;
	case 4: /* objectness */
		return 2;
	default:
		return logit - 5 == channel ? 2 : 1;
	}
}

static void add_logits(struct kmodel_writer *writer)
{
	/* Gains in 1/2^15, found on painted scenes: a disc of 48 pixels gives sums of 820 to 1350
	 * and a difference of 300 for each cell that its centre is off. */
	static const struct kmodel_batch_norm norm[LOGITS] = {
		{ 3495, 15, LOGIT_ZERO }, { 3495, 15, LOGIT_ZERO },      { 0, 0, LOGIT_ZERO },
		{ 0, 0, LOGIT_ZERO },     { 3277, 15, LOGIT_ZERO - 60 }, { 2600, 15, LOGIT_ZERO },
		{ 2600, 15, LOGIT_ZERO }, { 2600, 15, LOGIT_ZERO },
	};
	uint8_t weights[LOGITS * CHANNELS * 9];
	struct kmodel_activation identity;
	unsigned i;

	for (i = 0; i < sizeof(weights); i++)
		weights[i] = cell_weight(i / (CHANNELS * 9), i / 9 % CHANNELS, i % 9 / 3, i % 3);
	kmodel_activation_shift(&identity, 0);
	kmodel_writer_convolution(writer, &(struct kmodel_convolution){
						  .width = GRID_WIDTH,
						  .height = GRID_HEIGHT,
						  .input_channels = CHANNELS,
						  .output_channels = LOGITS,
						  .kernel = 3,
						  .weights = weights,
						  .arg_x = -1,
						  .batch_norm = norm,
						  .activation = &identity,
						  .input_line = CELL_LINE,
						  .output_line = LOGIT_LINE,
						  .to_work_buffer = true,
						  .work_offset = 0,
					  });
}

uint8_t *disc_detector_model(size_t *size, const char **reason)
{
	const uint32_t count = GRID_WIDTH * GRID_HEIGHT * LOGITS;
	struct kmodel_writer *writer = kmodel_writer_new();
	uint8_t *file;

	if (!writer) {
		*reason = "out of memory";
		return NULL;
	}
	add_saturation(writer);
	add_blur(writer, 160, 120, SATURATION_LINE, HALF_LINE);
	add_blur(writer, 80, 60, HALF_LINE, QUARTER_LINE);
	add_blur(writer, 40, 30, QUARTER_LINE, CELL_LINE);
	add_logits(writer);
	kmodel_writer_dequantize(writer, 0, count, count, LOGIT_SCALE, -LOGIT_ZERO * LOGIT_SCALE);
	kmodel_writer_output(writer, count, count * 4);
	kmodel_writer_work_bytes(writer, count + count * 4);
	file = kmodel_writer_finish(writer, size, reason);
	kmodel_writer_free(writer);
	return file;
}

static int noise(uint32_t *state, int amplitude)
{
	*state = *state * 1664525u + 1013904223u;
	return (int)(*state >> 16) % (2 * amplitude + 1) - amplitude;
}

static uint8_t clamp(int value)
{
	return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void paint_disc(uint8_t *rgb, const struct disc *disc, uint32_t *state)
{
	static const int colours[DISC_CLASSES][3] = { { 214, 48, 44 },
						      { 44, 168, 66 },
						      { 48, 84, 214 } };
	int square = disc->radius * disc->radius;
	int x, y, c;

	for (y = disc->y - disc->radius; y <= disc->y + disc->radius; y++) {
		for (x = disc->x - disc->radius; x <= disc->x + disc->radius; x++) {
			int away = (x - disc->x) * (x - disc->x) + (y - disc->y) * (y - disc->y);

			if (away > square || x < 0 || x >= (int)DISC_WIDTH || y < 0 ||
			    y >= (int)DISC_HEIGHT)
				continue;
			for (c = 0; c < 3; c++)
				rgb[((unsigned)y * DISC_WIDTH + (unsigned)x) * 3 + (unsigned)c] =
					clamp(colours[disc->class_id][c] * (4 * square - away) /
						      (4 * square) +
					      noise(state, 4));
		}
	}
}

void disc_detector_scene(uint8_t *rgb, const struct disc *discs, size_t count, uint32_t seed)
{
	uint32_t state = seed;
	unsigned x, y;
	size_t i;

	for (y = 0; y < DISC_HEIGHT; y++) {
		for (x = 0; x < DISC_WIDTH; x++) {
			uint8_t *pixel = rgb + (y * DISC_WIDTH + x) * 3;

			pixel[0] = clamp((int)(110 + x / 8) + noise(&state, 6));
			pixel[1] = clamp((int)(118 + y / 8) + noise(&state, 6));
			pixel[2] = clamp((int)(130 + (x + y) / 20) + noise(&state, 6));
		}
	}
	for (i = 0; i < count; i++)
		paint_disc(rgb, &discs[i], &state);
}
