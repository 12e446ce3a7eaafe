/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/suites.h"

static const struct kpu_tensor_info rgb_4x2 = { KPU_TENSOR_UINT8, 4, 2, 3, 24, 24, 0, 0 };
static const struct kpu_tensor_info gray_4x2 = { KPU_TENSOR_UINT8, 4, 2, 1, 8, 8, 0, 0 };

START_TEST(same_size_keeps_every_byte)
{
	uint8_t pixels[2][16] = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
				  { 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32 } };
	static const uint8_t wanted[24] = { 1,  4,  7,  10, 21, 24, 27, 30, 2,  5,  8,  11,
					    22, 25, 28, 31, 3,  6,  9,  12, 23, 26, 29, 32 };
	struct kpu_image image = { KPU_PIXEL_RGB888, 4, 2, 16, pixels };
	struct kpu_placement placement;
	uint8_t out[24];

	for (enum kpu_resize rule = KPU_RESIZE_STRETCH; rule <= KPU_RESIZE_EXACT; rule++) {
		memset(out, 0xee, sizeof(out));
		ck_assert_int_eq(kpu_image_to_input(&image, &rgb_4x2, rule, out, 24, &placement),
				 0);
		ck_assert_mem_eq(out, wanted, 24);
		ck_assert(!placement.resized && placement.scale_x == 1 && placement.offset_y == 0);
	}
}
END_TEST

/* round(v * 255 / 31) and round(v * 255 / 63), not bit replication: 3, 7, 24 and 28 tell. */
START_TEST(rgb565_expands_like_maixpy)
{
	static const unsigned five[] = { 0, 3, 7, 31 };
	static const uint8_t wanted[] = { 0, 25, 58, 255 };
	uint8_t maix[16] = { 0 }, out[24];
	uint16_t native[8] = { 0 };
	struct kpu_image image = { KPU_PIXEL_RGB565, 4, 2, 0, native };

	for (unsigned i = 0; i < 4; i++) {
		native[i] = (uint16_t)(five[i] << 11);
		native[4 + i] = (uint16_t)(21u << 5 | five[i]);
	}
	for (unsigned i = 0; i < 8; i++) {
		maix[2 * i] = (uint8_t)(native[i] >> 8);
		maix[2 * i + 1] = (uint8_t)native[i];
	}
	ck_assert_int_eq(kpu_image_to_input(&image, &rgb_4x2, KPU_RESIZE_EXACT, out, 24, NULL), 0);
	ck_assert_mem_eq(out, wanted, 4);
	ck_assert_mem_eq(out + 16 + 4, wanted, 4);
	ck_assert_uint_eq(out[8 + 4], 85); /* 21 * 255 / 63 */
	image.format = KPU_PIXEL_RGB565_MAIX;
	image.pixels = maix;
	memset(out, 0, sizeof(out));
	ck_assert_int_eq(kpu_image_to_input(&image, &rgb_4x2, KPU_RESIZE_EXACT, out, 24, NULL), 0);
	ck_assert_mem_eq(out, wanted, 4);
}
END_TEST

START_TEST(gray_and_colour_change_places)
{
	static const uint8_t gray[8] = { 0, 50, 100, 150, 200, 250, 255, 1 };
	static const uint8_t planar[24] = { 255, 0, 0, 255, 0, 0, 0,   0,   0, 255, 0, 255,
					    0,   0, 0, 0,   0, 0, 255, 255, 0, 0,   0, 0 };
	struct kpu_image image = { KPU_PIXEL_GRAY8, 4, 2, 0, gray };
	uint8_t out[24];

	ck_assert_int_eq(kpu_image_to_input(&image, &rgb_4x2, KPU_RESIZE_EXACT, out, 24, NULL), 0);
	ck_assert_mem_eq(out, gray, 8);
	ck_assert_mem_eq(out + 8, gray, 8);
	ck_assert_mem_eq(out + 16, gray, 8);
	image.format = KPU_PIXEL_PLANAR_RGB;
	image.pixels = planar;
	ck_assert_int_eq(kpu_image_to_input(&image, &gray_4x2, KPU_RESIZE_EXACT, out, 8, NULL), 0);
	ck_assert_uint_eq(out[0], 255 * 77 >> 8);
	ck_assert_uint_eq(out[1], 255 * 150 >> 8);
	ck_assert_uint_eq(out[2], 255 * 29 >> 8);
	ck_assert_uint_eq(out[3], 255);
	ck_assert_int_eq(kpu_image_to_input(&image, &rgb_4x2, KPU_RESIZE_EXACT, out, 24, NULL), 0);
	ck_assert_mem_eq(out, planar, 24);
}
END_TEST

START_TEST(reducing_averages_and_enlarging_interpolates)
{
	uint8_t wide[8 * 2], small[2] = { 0, 200 }, out[8];
	struct kpu_image image = { KPU_PIXEL_GRAY8, 8, 2, 0, wide };
	struct kpu_image tiny = { KPU_PIXEL_GRAY8, 2, 1, 0, small };

	/* Flat stays flat at every size. */
	memset(wide, 137, sizeof(wide));
	ck_assert_int_eq(kpu_image_to_input(&image, &gray_4x2, KPU_RESIZE_STRETCH, out, 8, NULL),
			 0);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_uint_eq(out[i], 137);
	/* The finest stripes become their mean inside. */
	for (unsigned i = 0; i < 16; i++)
		wide[i] = i % 2 ? 200 : 0;
	ck_assert_int_eq(kpu_image_to_input(&image, &gray_4x2, KPU_RESIZE_STRETCH, out, 8, NULL),
			 0);
	ck_assert_uint_eq(out[1], 100);
	ck_assert_uint_eq(out[2], 100);
	/* Centres at -0.25, 0.25, 0.75 and 1.25 source pixels. */
	ck_assert_int_eq(kpu_image_to_input(&tiny, &gray_4x2, KPU_RESIZE_STRETCH, out, 8, NULL), 0);
	ck_assert_uint_eq(out[0], 0);
	ck_assert_uint_eq(out[1], 50);
	ck_assert_uint_eq(out[2], 150);
	ck_assert_uint_eq(out[3], 200);
}
END_TEST

START_TEST(letterbox_keeps_proportions)
{
	uint8_t square[2 * 2] = { 90, 90, 90, 90 }, out[8];
	static const uint8_t wanted[8] = { 0, 90, 90, 0, 0, 90, 90, 0 };
	struct kpu_image image = { KPU_PIXEL_GRAY8, 2, 2, 0, square };
	struct kpu_placement placement;

	ck_assert_int_eq(
		kpu_image_to_input(&image, &gray_4x2, KPU_RESIZE_LETTERBOX, out, 8, &placement), 0);
	ck_assert_mem_eq(out, wanted, 8);
	ck_assert(placement.offset_x == 1 && placement.offset_y == 0 && placement.scale_x == 1);
}
END_TEST

START_TEST(any_size_fits_without_touching_its_neighbours)
{
	static const uint32_t sides[] = { 1, 2, 3, 7, 64, 1000 };
	uint8_t *pixels = calloc(1000 * 1000, 3), out[24 + 2];
	struct kpu_image image = { KPU_PIXEL_RGB888, 0, 0, 0, pixels };

	for (unsigned w = 0; w < 6; w++) {
		for (unsigned h = 0; h < 6; h++) {
			image.width = sides[w];
			image.height = sides[h];
			out[0] = out[25] = 0xaa;
			for (unsigned rule = 0; rule < 2; rule++)
				ck_assert_int_eq(kpu_image_to_input(&image, &rgb_4x2, rule, out + 1,
								    24, NULL),
						 0);
			ck_assert(out[0] == 0xaa && out[25] == 0xaa);
		}
	}
	free(pixels);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
	uint8_t pixels[24] = { 0 }, out[24];
	struct kpu_image good = { KPU_PIXEL_RGB888, 4, 2, 0, pixels }, image;
	struct kpu_tensor_info floats = rgb_4x2, five = rgb_4x2;

	floats.type = KPU_TENSOR_FLOAT32;
	five.channels = 5;
	ck_assert_int_eq(kpu_image_to_input(&good, &floats, 0, out, 24, NULL),
			 -KPU_ERR_NOT_IMPLEMENT);
	ck_assert_int_eq(kpu_image_to_input(&good, &five, 0, out, 24, NULL),
			 -KPU_ERR_NOT_IMPLEMENT);
	ck_assert_int_eq(kpu_image_to_input(&good, &rgb_4x2, 0, out, 23, NULL),
			 -KPU_ERR_SIZE_NOTMATCH);
	image = good;
	image.width = 3;
	ck_assert_int_eq(kpu_image_to_input(&image, &rgb_4x2, KPU_RESIZE_EXACT, out, 24, NULL),
			 -KPU_ERR_SIZE_NOTMATCH);
	image.width = 0;
	ck_assert_int_eq(kpu_image_to_input(&image, &rgb_4x2, 0, out, 24, NULL), -KPU_ERR_PARAM);
	image.width = 16385;
	ck_assert_int_eq(kpu_image_to_input(&image, &rgb_4x2, 0, out, 24, NULL), -KPU_ERR_PARAM);
	image = good;
	image.stride = 11;
	ck_assert_int_eq(kpu_image_to_input(&image, &rgb_4x2, 0, out, 24, NULL), -KPU_ERR_PARAM);
	image = good;
	image.format = 99;
	ck_assert_int_eq(kpu_image_to_input(&image, &rgb_4x2, 0, out, 24, NULL), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_image_to_input(&good, &rgb_4x2, 7, out, 24, NULL), -KPU_ERR_PARAM);
}
END_TEST

TCase *image_tests(void)
{
	TCase *tests = tcase_create("image");

	tcase_add_test(tests, same_size_keeps_every_byte);
	tcase_add_test(tests, rgb565_expands_like_maixpy);
	tcase_add_test(tests, gray_and_colour_change_places);
	tcase_add_test(tests, reducing_averages_and_enlarging_interpolates);
	tcase_add_test(tests, letterbox_keeps_proportions);
	tcase_add_test(tests, any_size_fits_without_touching_its_neighbours);
	tcase_add_test(tests, wrong_arguments_are_refused);
	return tests;
}
