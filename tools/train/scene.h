/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Pictures composed of handwritten digits: sheets and boards with digits on them for the detector,
 * single digits for the classifier. The same seed gives the same picture on every machine.
 */
#ifndef TOOLS_TRAIN_SCENE_H
#define TOOLS_TRAIN_SCENE_H

#include "tools/train/glyphs.h"

#define SCENE_WIDTH     320u
#define SCENE_HEIGHT    240u
#define SCENE_BOXES_MAX 24u

struct scene {
	uint8_t rgb[SCENE_WIDTH * SCENE_HEIGHT * 3]; /* interleaved */
	struct glyph_box boxes[SCENE_BOXES_MAX];
	unsigned box_count;
};

/* How many digits a scene gets; some find no place. */
struct scene_crowd {
	unsigned least, most; /* at most SCENE_BOXES_MAX */
};

extern const struct scene_crowd scene_usual;   /* 2 to 10, now and then none */
extern const struct scene_crowd scene_crowded; /* the same work for more to learn from */

void scene_compose(struct scene *scene, const struct glyph_sheet *sheet, struct scene_crowd crowd,
		   uint64_t seed);

#define DIGIT_SIZE 28u

/* One digit, gray. Half of them as the sheet has them, bright on black in the middle, the others
 * as ink on a sheet of paper or chalk on a board, turned and not quite in the middle. */
void digit_compose(uint8_t gray[DIGIT_SIZE * DIGIT_SIZE], const struct glyph_sheet *sheet,
		   unsigned class_id, unsigned index, uint64_t seed);
/* A digit that the seed chooses, composed; returns its class. */
unsigned digit_compose_numbered(uint8_t gray[DIGIT_SIZE * DIGIT_SIZE],
				const struct glyph_sheet *sheet, uint64_t seed);
/* Just as the sheet has it. */
void digit_plain(uint8_t gray[DIGIT_SIZE * DIGIT_SIZE], const struct glyph_sheet *sheet,
		 unsigned class_id, unsigned index);

#endif
