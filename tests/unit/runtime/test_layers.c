/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* CPU layers against values worked out by hand from the vendor's rules (kendryte-standalone-sdk
 * lib/drivers/kpu.c, kpu_quantized_add and its neighbours). */
#include <math.h>
#include <stdlib.h>

#include "firmware_k210/runtime/layers/layer.h"
#include "link/bytes.h"
#include "tests/unit/runtime/suites.h"

#define WORK_BYTES 65536u

static uint8_t body[8192] __attribute__((aligned(8)));
static uint8_t work[WORK_BYTES] __attribute__((aligned(256)));
static uint8_t ai_sram[65536] __attribute__((aligned(256)));
static unsigned body_bytes;

static void setup(void)
{
	memset(body, 0, sizeof(body));
	memset(work, 0xcc, sizeof(work));
	memset(ai_sram, 0xdd, sizeof(ai_sram));
	body_bytes = 4; /* flags */
}

static void field(uint32_t value)
{
	kpu_put_u32(body + body_bytes, value);
	body_bytes += 4;
}

static uint32_t bits_of(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static void float_field(float value)
{
	field(bits_of(value));
}

static void put_float(uint32_t offset, float value)
{
	kpu_put_u32(work + offset, bits_of(value));
}

static float get_float(uint32_t offset)
{
	return memory_load_float(work + offset);
}

/* Same bits: also tells -0 from 0 and NaN from numbers. */
static void expect_float(uint32_t offset, float expected)
{
	ck_assert_msg(kpu_get_u32(work + offset) == bits_of(expected), "%g (%08x) is not %g",
		      (double)get_float(offset), kpu_get_u32(work + offset), (double)expected);
}

/* Runs all pieces, in slices of @slice. */
static void run_layer(uint32_t type, const struct kmodel_tensor *output, uint32_t slice)
{
	const struct layer_kind *kind = layer_find(type);
	struct kmodel_layer layer = { .type = type };
	struct layer_job job = { .layer = &layer, .body = body, .work = work, .ai_sram = ai_sram };
	struct layer_plan plan = { 0, 0 };

	if (output)
		layer.output = *output;
	ck_assert_ptr_nonnull(kind);
	kind->plan(&job, &plan);
	ck_assert_uint_gt(plan.pieces, 0);
	for (uint32_t piece = 0; piece < plan.pieces; piece += slice)
		kind->run(&job, piece, plan.pieces - piece < slice ? plan.pieces - piece : slice);
}

START_TEST(dequantize_multiplies_then_adds)
{
	const uint32_t count = 150;

	setup();
	field(3);
	field(1024);
	field(count);
	float_field(0.1f);
	float_field(-7.3f);
	for (uint32_t i = 0; i < count; i++)
		work[3 + i] = (uint8_t)(i * 5);
	run_layer(KMODEL_V3_DEQUANTIZE, NULL, (uint32_t)_i);
	for (uint32_t i = 0; i < count; i++) {
		volatile float product = (float)(uint8_t)(i * 5) * 0.1f; /* rounded on its own */

		expect_float(1024 + i * 4, product + -7.3f);
	}
	ck_assert_uint_eq(work[1024 + count * 4], 0xcc);
}
END_TEST

START_TEST(channelwise_dequantize_has_a_scale_for_each)
{
	setup();
	field(0);
	field(512);
	field(2);
	field(70);
	float_field(2.0f);
	float_field(1.0f);
	float_field(-0.5f);
	float_field(0.25f);
	for (unsigned i = 0; i < 140; i++)
		work[i] = (uint8_t)(i + 10);
	run_layer(KMODEL_V3_CHANNELWISE_DEQUANTIZE, NULL, 1);
	expect_float(512, 21.0f);
	expect_float(512 + 69 * 4, 2.0f * 79 + 1.0f);
	expect_float(512 + 70 * 4, 0.25f - 40.0f);
	expect_float(512 + 139 * 4, 0.25f - 0.5f * 149);
}
END_TEST

START_TEST(quantize_rounds_half_away_and_saturates)
{
	static const struct {
		float in;
		uint8_t out;
	} cases[] = {
		{ 1.0f, 0 },  { 2.0f, 2 },      { 1.25f, 1 },      { 1.2f, 0 },     { 1.75f, 2 },
		{ 2.25f, 3 }, { 128.5f, 255 },  { 128.25f, 255 },  { 128.2f, 254 }, { 1e30f, 255 },
		{ -5.0f, 0 }, { -INFINITY, 0 }, { INFINITY, 255 }, { NAN, 255 },    { 3e9f, 255 },
	};
	const unsigned count = sizeof(cases) / sizeof(cases[0]);

	setup();
	field(0);
	field(256);
	field(count);
	float_field(0.5f); /* reciprocal 2 */
	float_field(1.0f);
	for (unsigned i = 0; i < count; i++)
		put_float(i * 4, cases[i].in);
	run_layer(KMODEL_V3_QUANTIZE, NULL, 1);
	for (unsigned i = 0; i < count; i++)
		ck_assert_msg(work[256 + i] == cases[i].out, "case %u: %u is not %u", i,
			      work[256 + i], cases[i].out);
}
END_TEST

START_TEST(requantize_looks_up)
{
	setup();
	field(0);
	field(1000);
	field(300);
	for (unsigned i = 0; i < 256; i++)
		body[16 + i] = (uint8_t)(255 - i);
	for (unsigned i = 0; i < 300; i++)
		work[i] = (uint8_t)i;
	run_layer(KMODEL_V3_REQUANTIZE, NULL, 2);
	for (unsigned i = 0; i < 300; i++)
		ck_assert_uint_eq(work[1000 + i], 255 - (uint8_t)i);
}
END_TEST

START_TEST(add_adds)
{
	setup();
	field(0);
	field(1024);
	field(2048);
	field(100);
	for (unsigned i = 0; i < 100; i++) {
		put_float(i * 4, (float)i * 0.3f);
		put_float(1024 + i * 4, 1e6f);
	}
	run_layer(KMODEL_V3_ADD, NULL, 1);
	for (unsigned i = 0; i < 100; i++)
		expect_float(2048 + i * 4, (float)i * 0.3f + 1e6f);
}
END_TEST

static void quantized_add(uint32_t a_shift, uint32_t b_shift, uint32_t out_mul, uint32_t out_shift,
			  uint32_t out_offset)
{
	setup();
	field(0);
	field(64);
	field(128);
	field(5);
	field((uint32_t)-2);
	field(3);
	field(a_shift);
	field(1);
	field(5);
	field(b_shift);
	field(out_offset);
	field(out_mul);
	field(out_shift);
	for (unsigned i = 0; i < 5; i++) {
		static const uint8_t a[] = { 0, 10, 100, 200, 255 }, b[] = { 0, 7, 50, 99, 255 };

		work[i] = a[i];
		work[64 + i] = b[i];
	}
	run_layer(KMODEL_V3_QUANTIZED_ADD, NULL, 1);
}

START_TEST(quantized_add_with_equal_shifts)
{
	/* sums (a-2)*3 + (b+1)*5: -1, 64, 549, 1094, 2039; >> 2: -1, 16, 137, 273, 509 */
	quantized_add(2, 2, 1, 0, 3);
	ck_assert_uint_eq(work[128], 2);
	ck_assert_uint_eq(work[129], 19);
	ck_assert_uint_eq(work[130], 140);
	ck_assert_uint_eq(work[131], 255);
	ck_assert_uint_eq(work[132], 255);
	ck_assert_uint_eq(work[133], 0xcc); /* the SDK would write up to 8 */
}
END_TEST

START_TEST(quantized_add_with_unequal_shifts_and_rounding)
{
	/* a': -6>>1=-3, 24>>1=12, 294>>1=147, 594>>1=297, 759>>1=379
	 * b': 5>>0=5, 40, 255, 500, 1280; sums 2, 52, 402, 797, 1659; times 3: 6, 156, 1206, 2391,
	 * 4977; shift 4 to nearest, half up for positive: 0.375->0, 9.75->10, 75.375->75,
	 * 149.4->149, 311->255 */
	quantized_add(1, 0, 3, 4, 0);
	ck_assert_uint_eq(work[128], 0);
	ck_assert_uint_eq(work[129], 10);
	ck_assert_uint_eq(work[130], 75);
	ck_assert_uint_eq(work[131], 149);
	ck_assert_uint_eq(work[132], 255);
}
END_TEST

START_TEST(quantized_add_survives_any_parameters)
{
	for (uint32_t seed = 1; seed < 200; seed++) {
		setup();
		field(0);
		field(64);
		field(128);
		field(5);
		for (unsigned i = 0; i < 9; i++)
			field(seed * 2654435761u * (i + 1));
		run_layer(KMODEL_V3_QUANTIZED_ADD, NULL, 1);
	}
}
END_TEST

START_TEST(global_average_sums_in_order)
{
	volatile float sum = 0.0f;

	setup();
	field(0);
	field(4096);
	field(131);
	field(2);
	for (unsigned i = 0; i < 262; i++)
		put_float(i * 4, i < 131 ? 0.1f * (float)i : 1e8f / (float)i);
	run_layer(KMODEL_V3_GLOBAL_AVERAGE_POOL2D, NULL, 1);
	for (unsigned i = 0; i < 131; i++)
		sum = sum + 0.1f * (float)i;
	expect_float(4096, sum / 131.0f);
	sum = 0.0f;
	for (unsigned i = 131; i < 262; i++)
		sum = sum + 1e8f / (float)i;
	expect_float(4100, sum / 131.0f);
}
END_TEST

/* 3x3 map of one channel, 2x2 window, stride 2, pad 1: windows hold 1, 2, 2 and 4 pixels. */
static void pool_fields(void)
{
	setup();
	field(0);
	field(512);
	for (unsigned i = 0; i < 2; i++)
		field(3);
	field(2); /* channels */
	for (unsigned i = 0; i < 2; i++)
		field(2);
	field(2);
	for (unsigned i = 0; i < 4; i++)
		field(2); /* kernel, stride */
	field(1);
	field(1);
}

START_TEST(average_divides_by_the_pixels_inside)
{
	pool_fields();
	field(1); /* ReLU: ignored, as the SDK ignores it */
	for (unsigned i = 0; i < 18; i++)
		put_float(i * 4, -(float)(i + 1));
	run_layer(KMODEL_V3_AVERAGE_POOL2D, NULL, 3);
	expect_float(512, -1.0f);
	expect_float(516, -2.5f);
	expect_float(520, -5.5f);
	expect_float(524, -7.0f);
	expect_float(528, -10.0f);
	expect_float(540, -16.0f);
}
END_TEST

START_TEST(maximum_of_clipped_windows)
{
	pool_fields();
	for (unsigned i = 0; i < 18; i++)
		work[i] = (uint8_t)(i * 13);
	run_layer(KMODEL_V3_QUANTIZED_MAX_POOL2D, NULL, 1);
	ck_assert_uint_eq(work[512], 0);
	ck_assert_uint_eq(work[513], 2 * 13);
	ck_assert_uint_eq(work[514], 6 * 13);
	ck_assert_uint_eq(work[515], 8 * 13);
	ck_assert_uint_eq(work[516], 9 * 13);
	ck_assert_uint_eq(work[519], 17 * 13);
	ck_assert_uint_eq(work[520], 0xcc);
}
END_TEST

START_TEST(l2_makes_length_one)
{
	setup();
	field(0);
	field(1024);
	field(100);
	for (unsigned i = 0; i < 100; i++)
		put_float(i * 4, i == 0 ? 3.0f : i == 99 ? -4.0f : 0.0f);
	run_layer(KMODEL_V3_L2_NORMALIZATION, NULL, (uint32_t)_i);
	expect_float(1024, 3.0f * (1.0f / 5.0f));
	expect_float(1028, 0.0f);
	expect_float(1024 + 99 * 4, -4.0f * (1.0f / 5.0f));
}
END_TEST

START_TEST(l2_of_nothing_is_bounded)
{
	setup();
	field(0);
	field(0);
	field(3);
	put_float(0, 0.0f);
	put_float(4, 1e-8f);
	put_float(8, 0.0f);
	run_layer(KMODEL_V3_L2_NORMALIZATION, NULL, 1);
	expect_float(4, 1e-8f * (1.0f / sqrtf(1e-10f)));
}
END_TEST

START_TEST(softmax_follows_the_driver)
{
	float e[3], sum;

	setup();
	field(0);
	field(512);
	field(3);
	put_float(0, 1.0f);
	put_float(4, 3.0f);
	put_float(8, 2.0f);
	run_layer(KMODEL_V3_SOFTMAX, NULL, (uint32_t)_i);
	e[0] = expf(-2.0f);
	e[1] = 1.0f;
	e[2] = expf(-1.0f);
	sum = e[0] + e[1];
	sum += e[2];
	for (unsigned i = 0; i < 3; i++)
		ck_assert_float_eq_tol(get_float(512 + i * 4), e[i] / sum, 1e-6f);
}
END_TEST

/* The maximum starts at FLT_MIN, so far below zero everything underflows to 0/0. */
START_TEST(softmax_of_very_negative_values_is_not_a_number)
{
	setup();
	field(0);
	field(512);
	field(2);
	put_float(0, -200.0f);
	put_float(4, -300.0f);
	run_layer(KMODEL_V3_SOFTMAX, NULL, 6);
	ck_assert(isnan(get_float(512)));
}
END_TEST

START_TEST(softmax_over_several_chunks_in_place)
{
	double sum = 0, total = 0;

	setup();
	field(0);
	field(0);
	field(200);
	for (unsigned i = 0; i < 200; i++) {
		put_float(i * 4, (float)(i % 17) * 0.25f);
		sum += exp((i % 17) * 0.25 - 4.0);
	}
	run_layer(KMODEL_V3_SOFTMAX, NULL, 3);
	for (unsigned i = 0; i < 200; i++) {
		double expected = exp((i % 17) * 0.25 - 4.0) / sum;

		ck_assert_double_eq_tol(get_float(i * 4), expected, expected * 1e-5);
		total += get_float(i * 4);
	}
	ck_assert_double_eq_tol(total, 1.0, 1e-5);
}
END_TEST

START_TEST(logistic_is_a_sigmoid)
{
	setup();
	field(0);
	field(512);
	field(4);
	put_float(0, 0.0f);
	put_float(4, 1.0f);
	put_float(8, -100.0f);
	put_float(12, 100.0f);
	run_layer(KMODEL_V3_LOGISTIC, NULL, 1);
	expect_float(512, 0.5f);
	ck_assert_float_eq_tol(get_float(516), 0.7310586f, 1e-6f);
	ck_assert_float_eq_tol(get_float(520), 0.0f, 1e-30f);
	expect_float(524, 1.0f);
}
END_TEST

START_TEST(concat_copies_one_behind_the_other)
{
	struct kmodel_tensor output = { .bytes = 700 };

	setup();
	field(4096);
	field(3);
	field(8);
	field(300);
	field(1001);
	field(1);
	field(2000);
	field(399);
	for (unsigned i = 0; i < 3000; i++)
		work[i] = (uint8_t)(i ^ i >> 8);
	run_layer(KMODEL_V3_QUANTIZED_CONCAT, &output, (uint32_t)_i);
	ck_assert_mem_eq(work + 4096, work + 8, 300);
	ck_assert_mem_eq(work + 4396, work + 1001, 1);
	ck_assert_mem_eq(work + 4397, work + 2000, 399);
	ck_assert_uint_eq(work[4796], 0xcc);
}
END_TEST

START_TEST(flatten_puts_channels_last)
{
	setup();
	field(0);
	field(1024);
	field(3);
	field(2);
	field(4);
	for (unsigned i = 0; i < 24; i++)
		put_float(i * 4, (float)i);
	run_layer(KMODEL_V3_TENSORFLOW_FLATTEN, NULL, 1);
	for (unsigned y = 0; y < 2; y++)
		for (unsigned x = 0; x < 3; x++)
			for (unsigned c = 0; c < 4; c++)
				expect_float(1024 + ((y * 3 + x) * 4 + c) * 4,
					     (float)((c * 2 + y) * 3 + x));
}
END_TEST

static void resize_fields(void)
{
	setup();
	field(0);
	field(512);
	field(2);
	field(3);
	field(2);
	field(5);
	field(4);
	field(0);
}

/* Columns 2 -> 5: floor(x * 0.4) = 0 0 0 1 1; rows 3 -> 4: floor(y * 0.75) = 0 0 1 2. */
static const unsigned resized_columns[5] = { 0, 0, 0, 1, 1 }, resized_rows[4] = { 0, 0, 1, 2 };

START_TEST(resize_takes_the_nearest_float)
{
	resize_fields();
	for (unsigned i = 0; i < 12; i++)
		put_float(i * 4, (float)i);
	run_layer(KMODEL_V3_RESIZE_NEAREST_NEIGHBOR, NULL, 3);
	for (unsigned i = 0; i < 40; i++)
		expect_float(512 + i * 4, (float)(i / 20 * 6 + resized_rows[i / 5 % 4] * 2 +
						  resized_columns[i % 5]));
}
END_TEST

START_TEST(resize_takes_the_nearest_byte)
{
	resize_fields();
	for (unsigned i = 0; i < 12; i++)
		work[i] = (uint8_t)(i * 3);
	run_layer(KMODEL_V3_QUANTIZED_RESIZE_NEAREST_NEIGHBOR, NULL, 1);
	for (unsigned i = 0; i < 40; i++)
		ck_assert_uint_eq(work[512 + i], 3 * (i / 20 * 6 + resized_rows[i / 5 % 4] * 2 +
						      resized_columns[i % 5]));
	ck_assert_uint_eq(work[552], 0xcc);
}
END_TEST

START_TEST(fully_connected_sums_then_adds_bias)
{
	const uint32_t inputs = 100;
	volatile float sum = 0.0f;

	setup();
	field(0);
	field(1024);
	field(inputs);
	field(3);
	field((uint32_t)_i); /* activation */
	for (uint32_t i = 0; i < 3 * inputs; i++)
		float_field(i < inputs ? 0.1f : i < 2 * inputs ? -1.0f : 1.0f);
	float_field(0.5f);
	float_field(1.0f);
	float_field(0.0f);
	for (uint32_t i = 0; i < inputs; i++)
		put_float(i * 4, (float)i * 0.01f);
	run_layer(KMODEL_V3_FULLY_CONNECTED, NULL, 2);
	for (uint32_t i = 0; i < inputs; i++) {
		volatile float product = (float)i * 0.01f * 0.1f;

		sum = sum + product;
	}
	sum = sum + 0.5f;
	expect_float(1024, _i == 2 && sum > 6.0f ? 6.0f : sum);
	if (_i == 0)
		ck_assert_float_eq_tol(get_float(1028), -48.5f, 1e-3f);
	else
		expect_float(1028, 0.0f);
	if (_i == 2)
		expect_float(1032, 6.0f);
	else
		ck_assert_float_eq_tol(get_float(1032), 49.5f, 1e-3f);
}
END_TEST

START_TEST(padding_uses_the_first_pixel_of_each_map)
{
	struct kmodel_tensor output = {
		.space = KMODEL_SPACE_AI_SRAM, .offset = 2, .width = 4, .height = 4, .channels = 6
	};

	setup();
	field(5);
	field(2);
	field(6);
	for (unsigned i = 0; i < 6; i++)
		work[5 + i] = (uint8_t)(i + 1);
	run_layer(KMODEL_V3_K210_ADD_PADDING, &output, 4);
	/* channel c: base * 64 + (c div 4) * 256 + (c mod 4) * 16; the other pixels stay */
	for (unsigned i = 0; i < 6; i++)
		ck_assert_uint_eq(ai_sram[128 + i / 4 * 256 + i % 4 * 16], i + 1);
	ck_assert_uint_eq(ai_sram[129], 0xdd);
	ck_assert_uint_eq(ai_sram[128 + 64], 0xdd);

	setup();
	field(0);
	field(1000);
	field(6);
	for (unsigned i = 0; i < 96; i++)
		work[i] = (uint8_t)(i % 16 ? 0 : i / 16 + 50);
	run_layer(KMODEL_V3_K210_REMOVE_PADDING, NULL, 2);
	for (unsigned i = 0; i < 6; i++)
		ck_assert_uint_eq(work[1000 + i], i + 50);
}
END_TEST

START_TEST(upload_brings_the_map_into_place)
{
	struct kmodel_tensor output = {
		.space = KMODEL_SPACE_AI_SRAM, .offset = 3, .width = 20, .height = 3, .channels = 3
	};

	setup();
	field(7);
	field(3);
	field(20);
	field(3);
	field(3);
	for (unsigned i = 0; i < 180; i++)
		work[7 + i] = (uint8_t)i;
	run_layer(KMODEL_V3_K210_UPLOAD, &output, 2);
	for (unsigned i = 0; i < 180; i++)
		ck_assert_uint_eq(
			ai_sram[192 + i / 120 * 192 + i / 60 % 2 * 32 + i / 20 % 3 * 64 + i % 20],
			i);
}
END_TEST

START_TEST(types_without_a_rule_are_not_found)
{
	static const uint32_t without[] = {
		0, 3, 4, 6, 7, 10, 19, 21, 26, 10240, 10244, 0xffffffff
	};

	for (unsigned i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		ck_assert_ptr_null(layer_find(without[i]));
}
END_TEST

Suite *layers_suite(void)
{
	Suite *suite = suite_create("CPU layers");
	TCase *tests = tcase_create("layers");

	tcase_add_loop_test(tests, dequantize_multiplies_then_adds, 1, 4);
	tcase_add_test(tests, channelwise_dequantize_has_a_scale_for_each);
	tcase_add_test(tests, quantize_rounds_half_away_and_saturates);
	tcase_add_test(tests, requantize_looks_up);
	tcase_add_test(tests, add_adds);
	tcase_add_test(tests, quantized_add_with_equal_shifts);
	tcase_add_test(tests, quantized_add_with_unequal_shifts_and_rounding);
	tcase_add_test(tests, quantized_add_survives_any_parameters);
	tcase_add_test(tests, global_average_sums_in_order);
	tcase_add_test(tests, average_divides_by_the_pixels_inside);
	tcase_add_test(tests, maximum_of_clipped_windows);
	tcase_add_loop_test(tests, l2_makes_length_one, 1, 5);
	tcase_add_test(tests, l2_of_nothing_is_bounded);
	tcase_add_loop_test(tests, softmax_follows_the_driver, 1, 4);
	tcase_add_test(tests, softmax_of_very_negative_values_is_not_a_number);
	tcase_add_test(tests, softmax_over_several_chunks_in_place);
	tcase_add_test(tests, logistic_is_a_sigmoid);
	tcase_add_loop_test(tests, concat_copies_one_behind_the_other, 1, 4);
	tcase_add_test(tests, flatten_puts_channels_last);
	tcase_add_test(tests, resize_takes_the_nearest_float);
	tcase_add_test(tests, resize_takes_the_nearest_byte);
	tcase_add_loop_test(tests, fully_connected_sums_then_adds_bias, 0, 3);
	tcase_add_test(tests, padding_uses_the_first_pixel_of_each_map);
	tcase_add_test(tests, upload_brings_the_map_into_place);
	tcase_add_test(tests, types_without_a_rule_are_not_found);
	suite_add_tcase(suite, tests);
	return suite;
}
