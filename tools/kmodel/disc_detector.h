/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A YOLO2-style detector of red, green and blue discs, 320x240, whose weights were not trained but
 * worked out by hand, and pictures to go with it. It exists so that demo and tests have a network
 * and a photo of their own on every machine.
 */
#ifndef TOOLS_KMODEL_DISC_DETECTOR_H
#define TOOLS_KMODEL_DISC_DETECTOR_H

#include <stddef.h>
#include <stdint.h>

#define DISC_WIDTH   320u
#define DISC_HEIGHT  240u
#define DISC_CLASSES 3u
#define DISC_ANCHOR  3.0f /* cells of 16 pixels */

struct disc {
	int x, y, radius;
	unsigned class_id; /* 0 red, 1 green, 2 blue */
};

/* The model file, to be freed with free(). NULL: *reason says why. */
uint8_t *disc_detector_model(size_t *size, const char **reason);

/* Paints a noisy grey scene with discs, interleaved RGB, DISC_WIDTH x DISC_HEIGHT x 3 bytes. The
 * same seed gives the same picture. */
void disc_detector_scene(uint8_t *rgb, const struct disc *discs, size_t count, uint32_t seed);

/* The scene of the demo. */
extern const struct disc disc_demo_scene[];
extern const size_t disc_demo_scene_size;

#endif
