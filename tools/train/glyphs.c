/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tools/train/glyphs.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fault(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	return 1;
}

static int choose_part(struct glyph_sheet *sheet, enum glyph_part part)
{
	sheet->first_row = part == GLYPH_PART_HELD_BACK ? sheet->rows_per_class - 1 : 0;
	sheet->row_count = part == GLYPH_PART_HELD_BACK  ? 1
			   : part == GLYPH_PART_TRAINING ? sheet->rows_per_class - 1
							 : sheet->rows_per_class;
	return sheet->row_count == 0;
}

int glyph_sheet_read(struct glyph_sheet *sheet, const char *path, enum glyph_part part)
{
	png_image png = { .version = PNG_IMAGE_VERSION };
	unsigned rows;

	memset(sheet, 0, sizeof(*sheet));
	if (!png_image_begin_read_from_file(&png, path))
		return fault(path, png.message);
	png.format = PNG_FORMAT_GRAY;
	rows = png.height / GLYPH_SIZE;
	if (png.width % GLYPH_SIZE || png.height % GLYPH_SIZE || !rows || rows % GLYPH_CLASSES ||
	    png.width > 65536 || png.height > 65536) {
		png_image_free(&png);
		return fault(path, "is no sheet of 20x20 glyphs with the same rows for ten digits");
	}
	sheet->columns = png.width / GLYPH_SIZE;
	sheet->rows_per_class = rows / GLYPH_CLASSES;
	sheet->pixels = malloc(PNG_IMAGE_SIZE(png));
	if (!sheet->pixels || !png_image_finish_read(&png, NULL, sheet->pixels, 0, NULL)) {
		free(sheet->pixels);
		png_image_free(&png);
		return fault(path, "cannot be read");
	}
	if (!choose_part(sheet, part))
		return 0;
	free(sheet->pixels);
	return fault(path, "has one row for each class: nothing is left to train with");
}

unsigned glyph_count(const struct glyph_sheet *sheet)
{
	return sheet->columns * sheet->row_count;
}

uint8_t glyph_ink(const struct glyph_sheet *sheet, unsigned class_id, unsigned index, int x, int y)
{
	size_t row = class_id * sheet->rows_per_class + sheet->first_row + index / sheet->columns;
	size_t stride = (size_t)sheet->columns * GLYPH_SIZE;

	if (x < 0 || y < 0 || x >= (int)GLYPH_SIZE || y >= (int)GLYPH_SIZE)
		return 0;
	return sheet->pixels[(row * GLYPH_SIZE + (size_t)y) * stride +
			     index % sheet->columns * GLYPH_SIZE + (size_t)x];
}

struct glyph_pose glyph_random_pose(struct random *random, float size, float variety)
{
	float scale = size / (float)GLYPH_SIZE;
	float turn = random_float(random, -0.2f, 0.2f) * variety;
	float slant = random_float(random, -0.25f, 0.25f) * variety;
	float width = 1 + random_float(random, -0.18f, 0.18f) * variety;
	struct glyph_pose pose = {
		.matrix = { scale * width, scale * (slant - turn), scale * turn * width, scale },
		.threshold = 118 + random_float(random, -25, 45) * variety,
	};

	/* The larger, the sharper the edge in steps of the glyph's own pixels. */
	pose.softness = 220 / scale;
	if (pose.softness > 250)
		pose.softness = 250;
	return pose;
}

static float smooth_ink(const struct glyph_sheet *sheet, unsigned class_id, unsigned index, float x,
			float y)
{
	int left = (int)(x + 8) - 8, top = (int)(y + 8) - 8; /* floor; x, y > -8 */
	float right = x - (float)left, down = y - (float)top;
	float upper = (1 - right) * glyph_ink(sheet, class_id, index, left, top) +
		      right * glyph_ink(sheet, class_id, index, left + 1, top);
	float lower = (1 - right) * glyph_ink(sheet, class_id, index, left, top + 1) +
		      right * glyph_ink(sheet, class_id, index, left + 1, top + 1);

	return (1 - down) * upper + down * lower;
}

static uint8_t stroke(float ink, const struct glyph_pose *pose)
{
	float covered = ((ink - pose->threshold) / pose->softness + 0.5f) * 255;

	return (uint8_t)(covered < 0 ? 0 : covered > 255 ? 255 : covered);
}

static float size_of(float value)
{
	return value < 0 ? -value : value;
}

/* Pixels of the canvas, across or down, that one pixel of the glyph moves at most. */
static float reach_of(const float *m)
{
	float across = size_of(m[0]) + size_of(m[1]), down = size_of(m[2]) + size_of(m[3]);

	return (across > down ? across : down) * 1.15f;
}

void glyph_cover(const struct glyph_sheet *sheet, unsigned class_id, unsigned index,
		 const struct glyph_pose *pose, unsigned width, unsigned height, uint8_t *coverage,
		 struct glyph_box *box)
{
	const float *m = pose->matrix;
	float determinant = m[0] * m[3] - m[1] * m[2];
	const float middle = (GLYPH_SIZE - 1) / 2.0f;
	int reach = (int)(middle * reach_of(m)) + 2;

	*box = (struct glyph_box){ class_id, (int)width, (int)height, 0, 0 };
	memset(coverage, 0, (size_t)width * height);
	for (int y = 0; y < (int)height; y++) {
		for (int x = 0; x < (int)width; x++) {
			float dx = (float)x - pose->centre_x, dy = (float)y - pose->centre_y;
			float gx, gy;
			uint8_t covered;

			if (dx < (float)-reach || dy < (float)-reach || dx > (float)reach ||
			    dy > (float)reach)
				continue;
			gx = (m[3] * dx - m[1] * dy) / determinant + middle;
			gy = (m[0] * dy - m[2] * dx) / determinant + middle;
			if (gx <= -1 || gy <= -1 || gx >= GLYPH_SIZE || gy >= GLYPH_SIZE)
				continue;
			covered = stroke(smooth_ink(sheet, class_id, index, gx, gy), pose);
			coverage[(size_t)y * width + (size_t)x] = covered;
			if (covered < 128)
				continue;
			box->left = x < box->left ? x : box->left;
			box->top = y < box->top ? y : box->top;
			box->right = x >= box->right ? x + 1 : box->right;
			box->bottom = y >= box->bottom ? y + 1 : box->bottom;
		}
	}
}
