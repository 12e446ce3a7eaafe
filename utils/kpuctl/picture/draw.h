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

/* A box with its label on a tag above it, or inside where there is no room; sizes go with the
 * picture. */
void draw_detection(struct picture *picture, const struct kpu_detection *detection,
		    const char *label);

#endif
