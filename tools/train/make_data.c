/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * make_data: pictures and truth for training, as raw bytes that numpy reads.
 *
 * make_data scenes SHEET.png PART SEED COUNT OUT	OUT.u8: COUNT gray pictures of 320x240;
 *	OUT.txt: a line "SCENE CLASS LEFT TOP RIGHT BOTTOM" for each digit
 * make_data crowds ...	the same with more digits in each
 * make_data digits SHEET.png PART SEED COUNT OUT	OUT.u8: COUNT gray pictures of 28x28;
 *	OUT.txt: a line with the class of each. COUNT 0: each digit of the sheet as it is, once
 * PART is all, training or held-back. Picture number N is that of seed SEED + N.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/train/measure.h"

struct outputs {
	FILE *pictures, *truth;
};

static int write_scene(struct outputs *out, const struct glyph_sheet *sheet,
		       struct scene_crowd crowd, uint64_t seed, unsigned number)
{
	static struct scene scene;
	static uint8_t gray[SCENE_WIDTH * SCENE_HEIGHT];

	scene_compose(&scene, sheet, crowd, seed + number);
	if (scene_to_input(&scene, gray) < 0)
		return 1;
	for (unsigned i = 0; i < scene.box_count; i++) {
		const struct glyph_box *box = &scene.boxes[i];

		fprintf(out->truth, "%u %u %d %d %d %d\n", number, box->class_id, box->left,
			box->top, box->right, box->bottom);
	}
	return fwrite(gray, 1, sizeof(gray), out->pictures) != sizeof(gray);
}

static int write_digit(struct outputs *out, const struct glyph_sheet *sheet, uint64_t seed,
		       unsigned number)
{
	uint8_t gray[DIGIT_SIZE * DIGIT_SIZE];

	fprintf(out->truth, "%u\n", digit_compose_numbered(gray, sheet, seed + number));
	return fwrite(gray, 1, sizeof(gray), out->pictures) != sizeof(gray);
}

static int write_plain(struct outputs *out, const struct glyph_sheet *sheet)
{
	uint8_t gray[DIGIT_SIZE * DIGIT_SIZE];

	for (unsigned i = 0; i < glyph_count(sheet) * GLYPH_CLASSES; i++) {
		unsigned class_id = i / glyph_count(sheet);

		digit_plain(gray, sheet, class_id, i % glyph_count(sheet));
		fprintf(out->truth, "%u\n", class_id);
		if (fwrite(gray, 1, sizeof(gray), out->pictures) != sizeof(gray))
			return 1;
	}
	return 0;
}

static int write_all(struct outputs *out, const struct glyph_sheet *sheet, const char *kind,
		     uint64_t seed, unsigned count)
{
	struct scene_crowd crowd = strcmp(kind, "crowds") ? scene_usual : scene_crowded;

	if (!strcmp(kind, "digits") && count == 0)
		return write_plain(out, sheet);
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(kind, "digits") ? write_scene(out, sheet, crowd, seed, i)
					   : write_digit(out, sheet, seed, i))
			return 1;
	}
	return 0;
}

static FILE *open_output(const char *stem, const char *ending)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s%s", stem, ending);
	return fopen(path, "wb");
}

static int usage(void)
{
	fputs("usage: make_data scenes|crowds|digits SHEET.png all|training|held-back SEED COUNT "
	      "OUT\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const char *const parts[] = { "all", "training", "held-back" };
	struct outputs out;
	struct glyph_sheet sheet;
	unsigned part = 0;
	int failed;

	if (argc != 7 ||
	    (strcmp(argv[1], "scenes") && strcmp(argv[1], "crowds") && strcmp(argv[1], "digits")))
		return usage();
	while (part < 3 && strcmp(argv[3], parts[part]))
		part++;
	if (part == 3)
		return usage();
	if (glyph_sheet_read(&sheet, argv[2], (enum glyph_part)part))
		return 1;
	out.pictures = open_output(argv[6], ".u8");
	out.truth = open_output(argv[6], ".txt");
	failed = !out.pictures || !out.truth ||
		 write_all(&out, &sheet, argv[1], strtoull(argv[4], NULL, 10),
			   (unsigned)strtoul(argv[5], NULL, 10));
	failed |= out.pictures && fclose(out.pictures);
	failed |= out.truth && fclose(out.truth);
	free(sheet.pixels);
	if (failed)
		fprintf(stderr, "make_data: %s: cannot be written\n", argv[6]);
	return failed;
}
