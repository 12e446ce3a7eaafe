/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Boxes and labels on a picture. */
#ifndef KPUCTL_DRAW_H
#define KPUCTL_DRAW_H

#include "utils/kpuctl/picture/picture.h"

struct colour {
	uint8_t red, green, blue;
};

/* A colour for each class, well apart for neighbours. */
struct colour class_colour(uint32_t class_index);

struct area {
	long left, top, right, bottom; /* right and bottom are outside */
};

/* Sizes go with the picture. */
void draw_box(struct picture *picture, const struct kpu_detection *detection);
/*
 * Where the label of a box goes: above it, or inside or below where there is no room or one of the
 * @count tags that have been placed before.
 */
struct area place_tag(const struct picture *picture, const struct kpu_detection *detection,
		      const char *label, const struct area *placed, size_t count);
/* Characters that the font lacks are question marks, one each. */
void draw_tag(struct picture *picture, const struct kpu_detection *detection, const char *label,
	      const struct area *tag);

#endif
