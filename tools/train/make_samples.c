/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * make_samples SHEET.png FOLDER: writes what models/samples holds, all from digits that no training
 * has seen:
 *
 *	held-back.png	these digits, a row of 100 for each class
 *	scene-N.png	composed scenes of 320x240; scene-N.json: which digits they show, and where
 *	digit-N.png	one digit of each class, 112x112
 */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/train/scene.h"

/* Seeds of scenes that show what there is: paper, rules, a board, things that lie around. */
static const uint64_t scene_seeds[] = { 990019, 990001, 990007, 990012 };

#define PICTURE_SCALE 4u
#define PICTURE_SIZE  (DIGIT_SIZE * PICTURE_SCALE)

static int write_png(const char *folder, const char *name, const uint8_t *pixels, unsigned width,
		     unsigned height, unsigned format)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = format
	};
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (png_image_write_to_file(&image, path, 0, pixels, 0, NULL))
		return 0;
	fprintf(stderr, "make_samples: %s: %s\n", path, image.message);
	return 1;
}

static int write_sheet(const struct glyph_sheet *sheet, const char *folder)
{
	unsigned each = glyph_count(sheet);
	unsigned width = each * GLYPH_SIZE, height = GLYPH_CLASSES * GLYPH_SIZE;
	uint8_t *pixels = malloc((size_t)width * height);
	int failed = 1;

	if (pixels) {
		for (unsigned y = 0; y < height; y++)
			for (unsigned x = 0; x < width; x++)
				pixels[y * width + x] =
					glyph_ink(sheet, y / GLYPH_SIZE, x / GLYPH_SIZE,
						  (int)(x % GLYPH_SIZE), (int)(y % GLYPH_SIZE));
		failed = write_png(folder, "held-back.png", pixels, width, height, PNG_FORMAT_GRAY);
	}
	free(pixels);
	return failed;
}

static int write_truth(const struct scene *scene, const char *folder, unsigned number)
{
	char path[4096];
	FILE *file;
	int failed;

	snprintf(path, sizeof(path), "%s/scene-%u.json", folder, number);
	file = fopen(path, "w");
	if (!file) {
		fprintf(stderr, "make_samples: %s: cannot be written\n", path);
		return 1;
	}
	fprintf(file, "{ \"picture\": \"scene-%u.png\", \"objects\": [\n", number);
	for (unsigned i = 0; i < scene->box_count; i++) {
		const struct glyph_box *box = &scene->boxes[i];

		fprintf(file,
			"  { \"class\": \"%u\", \"x\": %d, \"y\": %d, \"width\": %d, \"height\": "
			"%d }%s\n",
			box->class_id, box->left, box->top, box->right - box->left,
			box->bottom - box->top, i + 1 < scene->box_count ? "," : "");
	}
	fprintf(file, "] }\n");
	failed = ferror(file);
	failed |= fclose(file) != 0;
	return failed;
}

static int write_scenes(const struct glyph_sheet *sheet, const char *folder)
{
	static struct scene scene;
	char name[32];

	for (unsigned i = 0; i < sizeof(scene_seeds) / sizeof(scene_seeds[0]); i++) {
		scene_compose(&scene, sheet, scene_usual, scene_seeds[i]);
		snprintf(name, sizeof(name), "scene-%u.png", i + 1);
		if (write_png(folder, name, scene.rgb, SCENE_WIDTH, SCENE_HEIGHT, PNG_FORMAT_RGB) ||
		    write_truth(&scene, folder, i + 1))
			return 1;
	}
	return 0;
}

/* Blue or black ink on white paper. */
static int write_digit(const struct glyph_sheet *sheet, const char *folder, unsigned class_id)
{
	static uint8_t coverage[PICTURE_SIZE * PICTURE_SIZE], rgb[PICTURE_SIZE * PICTURE_SIZE * 3];
	struct random random = random_start(990200 + class_id);
	struct glyph_pose pose = glyph_random_pose(&random, 20 * PICTURE_SCALE, 0.5f);
	const int ink[3] = { 28, 30, class_id % 2 ? 120 : 36 }, paper[3] = { 232, 230, 222 };
	struct glyph_box box;
	char name[32];

	pose.centre_x = pose.centre_y = PICTURE_SIZE / 2.0f;
	glyph_cover(sheet, class_id, random_below(&random, glyph_count(sheet)), &pose, PICTURE_SIZE,
		    PICTURE_SIZE, coverage, &box);
	for (unsigned i = 0; i < PICTURE_SIZE * PICTURE_SIZE; i++) {
		int noise = random_int(&random, -4, 4);

		for (unsigned c = 0; c < 3; c++)
			rgb[i * 3 + c] = (uint8_t)(paper[c] + noise +
						   (ink[c] - paper[c]) * coverage[i] / 255);
	}
	snprintf(name, sizeof(name), "digit-%u.png", class_id);
	return write_png(folder, name, rgb, PICTURE_SIZE, PICTURE_SIZE, PNG_FORMAT_RGB);
}

int main(int argc, char **argv)
{
	struct glyph_sheet sheet;
	int failed;

	if (argc != 3) {
		fputs("usage: make_samples SHEET.png FOLDER\n", stderr);
		return 2;
	}
	if (glyph_sheet_read(&sheet, argv[1], GLYPH_PART_HELD_BACK))
		return 1;
	failed = write_sheet(&sheet, argv[2]) || write_scenes(&sheet, argv[2]);
	for (unsigned i = 0; i < GLYPH_CLASSES && !failed; i++)
		failed = write_digit(&sheet, argv[2], i);
	free(sheet.pixels);
	return failed;
}
