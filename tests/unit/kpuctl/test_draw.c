/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Labels on pictures and in tables: each where it can be read. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/kpuctl/suites.h"
#include "utils/kpuctl/picture/draw.h"
#include "utils/kpuctl/utf8.h"

#define WIDTH  320
#define HEIGHT 240

static struct picture picture;
static struct area tags[16];
static size_t count;

static void setup(void)
{
	struct kpu_error error;

	ck_assert_int_eq(picture_allocate(&picture, WIDTH, HEIGHT, &error), 0);
	count = 0;
	memset(picture.rgb, 0, (size_t)WIDTH * HEIGHT * 3);
}

static void teardown(void)
{
	picture_free(&picture);
}

static const struct area *tag(int x, int y, int width, int height, const char *label)
{
	struct kpu_detection detection = { .x = x, .y = y, .width = width, .height = height };

	tags[count] = place_tag(&picture, &detection, label, tags, count);
	draw_tag(&picture, &detection, label, &tags[count]);
	return &tags[count++];
}

static bool overlap(const struct area *a, const struct area *b)
{
	return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

START_TEST(tags_of_neighbours_do_not_cover_each_other)
{
	/* Side by side, one in the other, and the same thing seen five times. */
	static const int boxes[][4] = {
		{ 100, 100, 80, 90 }, { 130, 104, 80, 90 }, { 110, 96, 60, 60 },
		{ 100, 100, 80, 90 }, { 100, 100, 80, 90 }, { 100, 100, 80, 90 },
		{ 0, 0, 90, 120 },    { 3, 2, 90, 120 },    { 260, 200, 60, 40 },
	};

	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++)
		tag(boxes[i][0], boxes[i][1], boxes[i][2], boxes[i][3], "person 0.91");
	for (size_t i = 0; i < count; i++) {
		const struct area *area = &tags[i];

		ck_assert(area->left >= 0 && area->right <= WIDTH);
		ck_assert(area->top >= 0 && area->bottom <= HEIGHT);
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(!overlap(area, &tags[k]), "tags %zu and %zu", k, i);
	}
}
END_TEST

START_TEST(tags_lie_above_their_boxes_where_they_can)
{
	const struct area *area = tag(40, 100, 80, 90, "cat");

	ck_assert_int_eq(area->left, 40);
	ck_assert_int_eq(area->bottom, 100);
}
END_TEST

START_TEST(a_character_is_one_letter_however_many_bytes_it_has)
{
	static const char *const labels[] = {
		"abc", "äöü", "犬€🐶", "\377\376\375", "\303b\303",
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		const struct area *area = tag(40, 20 + 40 * (int)i, 80, 30, labels[i]);

		ck_assert_int_eq(area->right - area->left, tags[0].right - tags[0].left);
	}
}
END_TEST

START_TEST(nothing_is_drawn_beside_a_tag)
{
	const struct area *area = tag(300, 239, 40, 40, "ÄÖÜ und wj|_");

	for (long y = 0; y < HEIGHT; y++) {
		for (long x = 0; x < WIDTH; x++) {
			const uint8_t *pixel = picture.rgb + (y * WIDTH + x) * 3;
			bool inside = x >= area->left && x < area->right && y >= area->top &&
				      y < area->bottom;

			ck_assert_msg(inside == (pixel[0] || pixel[1] || pixel[2]), "%ld, %ld", x,
				      y);
		}
	}
}
END_TEST

START_TEST(columns_of_text_are_as_wide_in_all_languages)
{
	static const char *const names[][2] = {
		{ "abc", "abc  |" },     { "äöü", "äöü  |" }, { "犬", "犬    |" },
		{ "\377", "\377    |" }, { "", "     |" },    { "Größen", "Größen|" },
	};
	char line[40];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(line, sizeof(line), "%-*s|", utf8_column(names[i][0], 5), names[i][0]);
		ck_assert_str_eq(line, names[i][1]);
	}
}
END_TEST

TCase *draw_tests(void)
{
	TCase *tests = tcase_create("draw");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, tags_of_neighbours_do_not_cover_each_other);
	tcase_add_test(tests, tags_lie_above_their_boxes_where_they_can);
	tcase_add_test(tests, a_character_is_one_letter_however_many_bytes_it_has);
	tcase_add_test(tests, nothing_is_drawn_beside_a_tag);
	tcase_add_test(tests, columns_of_text_are_as_wide_in_all_languages);
	return tests;
}
