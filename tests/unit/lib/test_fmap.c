/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <string.h>

#include "tests/unit/lib/suites.h"

static const uint8_t bytes[12] = { 1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24 };

static struct kpu_tensor map_of(const void *data, uint32_t type)
{
	struct kpu_tensor tensor = { .data = data };

	tensor.info = (struct kpu_tensor_info){ type, 2, 2, 3, 12, 12, 0, 0 };
	if (type == KPU_TENSOR_FLOAT32)
		tensor.info.bytes = 48;
	return tensor;
}

START_TEST(one_channel_is_a_copy)
{
	struct kpu_tensor tensor = map_of(bytes, KPU_TENSOR_UINT8);
	struct kpu_gray gray;

	ck_assert_int_eq(kpu_fmap(&tensor, 1, &gray), 0);
	ck_assert_uint_eq(gray.width, 2);
	ck_assert_uint_eq(gray.height, 2);
	ck_assert_mem_eq(gray.pixels, bytes + 4, 4);
	kpu_gray_free(&gray);
	ck_assert_ptr_null(gray.pixels);
	kpu_gray_free(&gray);
	ck_assert_int_eq(kpu_fmap(&tensor, 3, &gray), -KPU_ERR_IDX_OUTRANGE);
}
END_TEST

START_TEST(channels_lie_side_by_side)
{
	static const uint8_t wanted[25] = { 1, 2, 0,  11, 12, 3, 4, 0,  13, 14, 0, 0, 0,
					    0, 0, 21, 22, 0,  0, 0, 23, 24, 0,  0, 0 };
	struct kpu_tensor tensor = map_of(bytes, KPU_TENSOR_UINT8);
	struct kpu_gray gray;

	ck_assert_int_eq(kpu_fmap_mosaic(&tensor, 2, 1, &gray), 0);
	ck_assert_uint_eq(gray.width, 5);
	ck_assert_uint_eq(gray.height, 5);
	ck_assert_mem_eq(gray.pixels, wanted, 25);
	kpu_gray_free(&gray);
	ck_assert_int_eq(kpu_fmap_mosaic(&tensor, 100, 0, &gray), 0);
	ck_assert_uint_eq(gray.width, 6);
	ck_assert_uint_eq(gray.height, 2);
	kpu_gray_free(&gray);
	ck_assert_int_eq(kpu_fmap_mosaic(&tensor, 0, 0, &gray), 0);
	ck_assert_uint_eq(gray.width, 4);
	ck_assert_uint_eq(gray.height, 4);
	kpu_gray_free(&gray);
}
END_TEST

START_TEST(floats_are_stretched_over_all_channels)
{
	float values[12] = { -1, 0, 1, __builtin_nanf(""), __builtin_inff() };
	struct kpu_tensor tensor = map_of(values, KPU_TENSOR_FLOAT32);
	struct kpu_gray gray;

	ck_assert_int_eq(kpu_fmap(&tensor, 0, &gray), 0);
	ck_assert_uint_eq(gray.pixels[0], 0);
	ck_assert_uint_eq(gray.pixels[1], 128);
	ck_assert_uint_eq(gray.pixels[2], 255);
	ck_assert_uint_eq(gray.pixels[3], 0);
	kpu_gray_free(&gray);
	ck_assert_int_eq(kpu_fmap(&tensor, 1, &gray), 0);
	ck_assert_uint_eq(gray.pixels[0], 255);
	kpu_gray_free(&gray);
}
END_TEST

START_TEST(shapes_that_lie_are_refused)
{
	struct kpu_tensor tensor = map_of(bytes, KPU_TENSOR_UINT8);
	struct kpu_gray gray;

	tensor.info.channels = 4;
	ck_assert_int_eq(kpu_fmap(&tensor, 0, &gray), -KPU_ERR_SIZE_NOTMATCH);
	tensor = map_of(bytes, KPU_TENSOR_FLOAT32);
	tensor.info.bytes = 12;
	ck_assert_int_eq(kpu_fmap_mosaic(&tensor, 0, 0, &gray), -KPU_ERR_SIZE_NOTMATCH);
	tensor = map_of(bytes, KPU_TENSOR_UINT32);
	ck_assert_int_eq(kpu_fmap(&tensor, 0, &gray), -KPU_ERR_NOT_IMPLEMENT);
	tensor = map_of(bytes, KPU_TENSOR_UINT8);
	ck_assert_int_eq(kpu_fmap_mosaic(&tensor, 1, 1u << 31, &gray), -KPU_ERR_PARAM);
}
END_TEST

TCase *fmap_tests(void)
{
	TCase *tests = tcase_create("fmap");

	tcase_add_test(tests, one_channel_is_a_copy);
	tcase_add_test(tests, channels_lie_side_by_side);
	tcase_add_test(tests, floats_are_stretched_over_all_channels);
	tcase_add_test(tests, shapes_that_lie_are_refused);
	return tests;
}
