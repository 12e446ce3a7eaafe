/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Handwritten digits of 20x20 pixels, bright ink on black, and how to put one onto a canvas.
 */
#ifndef TOOLS_TRAIN_GLYPHS_H
#define TOOLS_TRAIN_GLYPHS_H

#include <stdint.h>

#include "tools/train/random.h"

#define GLYPH_SIZE    20u
#define GLYPH_CLASSES 10u

/* A sheet holds the same number of rows for each class, 0 first. */
struct glyph_sheet {
	uint8_t *pixels;
	unsigned columns, rows_per_class; /* glyphs */
	unsigned first_row, row_count;    /* of each class: the part that is used */
};

/* Part of a sheet. */
enum glyph_part {
	GLYPH_PART_ALL,
	GLYPH_PART_TRAINING,  /* all rows of a class but the last */
	GLYPH_PART_HELD_BACK, /* its last row */
};

/* Reads a PNG; says on stderr what is wrong with it. 0 = done. To be freed with free(pixels). */
int glyph_sheet_read(struct glyph_sheet *sheet, const char *path, enum glyph_part part);
/* Glyphs of each class. */
unsigned glyph_count(const struct glyph_sheet *sheet);
/* One ink value; 0 outside of the glyph. */
uint8_t glyph_ink(const struct glyph_sheet *sheet, unsigned class_id, unsigned index, int x, int y);

/* How a glyph lies on the canvas: canvas = centre + matrix * (glyph - middle of the glyph). */
struct glyph_pose {
	float centre_x, centre_y;
	float matrix[4];
	float threshold, softness; /* ink above becomes stroke; over so many steps of ink */
};

/* Upright, @size pixels high, with the variety that hands have: turn, slant, width, stroke. */
struct glyph_pose glyph_random_pose(struct random *random, float size, float variety);

struct glyph_box {
	unsigned class_id;
	int left, top, right, bottom; /* right and bottom are the first pixels outside */
};

/*
 * Writes how much of each pixel of @coverage (@width x @height) the stroke covers, 0..255, and the
 * box around its pixels that are covered by half or more.
 */
void glyph_cover(const struct glyph_sheet *sheet, unsigned class_id, unsigned index,
		 const struct glyph_pose *pose, unsigned width, unsigned height, uint8_t *coverage,
		 struct glyph_box *box);

#endif
