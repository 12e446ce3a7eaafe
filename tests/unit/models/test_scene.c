/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Composed pictures: the truth that comes with them is true, and they never change. */
#include <check.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "tools/train/measure.h"

static struct glyph_sheet sheet;
static struct scene scene, again;

static void setup(void)
{
	ck_assert_int_eq(glyph_sheet_read(&sheet, "models/samples/held-back.png", GLYPH_PART_ALL),
			 0);
}

static void teardown(void)
{
	free(sheet.pixels);
}

static int apart(const struct glyph_box *a, const struct glyph_box *b)
{
	return a->right <= b->left || b->right <= a->left || a->bottom <= b->top ||
	       b->bottom <= a->top;
}

START_TEST(boxes_lie_inside_and_apart)
{
	unsigned boxes = 0;

	for (uint64_t seed = 1; seed <= 60; seed++) {
		scene_compose(&scene, &sheet, seed % 2 ? scene_usual : scene_crowded, seed);
		ck_assert_uint_le(scene.box_count, SCENE_BOXES_MAX);
		for (unsigned i = 0; i < scene.box_count; i++) {
			const struct glyph_box *box = &scene.boxes[i];

			ck_assert_int_ge(box->left, 0);
			ck_assert_int_ge(box->top, 0);
			ck_assert_int_le(box->right, SCENE_WIDTH);
			ck_assert_int_le(box->bottom, SCENE_HEIGHT);
			ck_assert_int_ge(box->bottom - box->top, 10);
			ck_assert_uint_lt(box->class_id, GLYPH_CLASSES);
			for (unsigned k = 0; k < i; k++)
				ck_assert(apart(box, &scene.boxes[k]));
		}
		boxes += scene.box_count;
	}
	ck_assert_uint_gt(boxes, 60 * 5);
}
END_TEST

/* The shipped scenes were composed by another build, perhaps on another machine. */
START_TEST(the_same_seed_gives_the_shipped_scene)
{
	png_image png = { .version = PNG_IMAGE_VERSION };

	scene_compose(&scene, &sheet, scene_usual, 990019);
	ck_assert(png_image_begin_read_from_file(&png, "models/samples/scene-1.png"));
	png.format = PNG_FORMAT_RGB;
	ck_assert_uint_eq(PNG_IMAGE_SIZE(png), sizeof(again.rgb));
	ck_assert(png_image_finish_read(&png, NULL, again.rgb, 0, NULL));
	ck_assert_mem_eq(scene.rgb, again.rgb, sizeof(scene.rgb));
	scene_compose(&again, &sheet, scene_usual, 990020);
	ck_assert_mem_ne(scene.rgb, again.rgb, sizeof(scene.rgb));
}
END_TEST

/* A pose without variety and a size of 20: the box is that of the glyph's own ink. */
START_TEST(boxes_are_those_of_the_ink)
{
	static uint8_t coverage[40 * 40];
	struct random random = random_start(1);
	struct glyph_pose pose = glyph_random_pose(&random, GLYPH_SIZE, 0);
	struct glyph_box box;

	pose.centre_x = pose.centre_y = 10 + (GLYPH_SIZE - 1) / 2.0f;
	for (unsigned class_id = 0; class_id < GLYPH_CLASSES; class_id++) {
		int left = 40, right = 0;

		glyph_cover(&sheet, class_id, 3, &pose, 40, 40, coverage, &box);
		for (int y = 0; y < (int)GLYPH_SIZE; y++) {
			for (int x = 0; x < (int)GLYPH_SIZE; x++) {
				/* What of the ink counts: half of the stroke's edge. */
				if (glyph_ink(&sheet, class_id, 3, x, y) < 120)
					continue;
				left = x < left ? x : left;
				right = x + 1 > right ? x + 1 : right;
			}
		}
		ck_assert_int_eq(box.left, 10 + left);
		ck_assert_int_eq(box.right, 10 + right);
	}
}
END_TEST

START_TEST(wrong_sheets_are_refused)
{
	ck_assert_int_ne(glyph_sheet_read(&sheet, "models/samples/none.png", GLYPH_PART_ALL), 0);
	ck_assert_int_ne(glyph_sheet_read(&sheet, "README.md", GLYPH_PART_ALL), 0);
	ck_assert_int_ne(glyph_sheet_read(&sheet, "models/samples/digit-1.png", GLYPH_PART_ALL), 0);
	/* One row for each class leaves none to train with. */
	ck_assert_int_ne(
		glyph_sheet_read(&sheet, "models/samples/held-back.png", GLYPH_PART_TRAINING), 0);
	sheet.pixels = NULL;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenes");
	TCase *tests = tcase_create("scenes"), *sheets = tcase_create("sheets");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, boxes_lie_inside_and_apart);
	tcase_add_test(tests, the_same_seed_gives_the_shipped_scene);
	tcase_add_test(tests, boxes_are_those_of_the_ink);
	tcase_add_test(sheets, wrong_sheets_are_refused);
	suite_add_tcase(suite, tests);
	suite_add_tcase(suite, sheets);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
