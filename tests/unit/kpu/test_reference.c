/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Small layers worked out by hand from the published rule (nncase v0.2 simulator), run through
 * every implementation. Expected values come from the derivations in the comments.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "layer_builder.h"

static struct test_memory memory;
static uint8_t *ai_sram;

static void setup(void)
{
	test_memory_open(&memory);
	ai_sram = calloc(1, K210_AI_SRAM_SIZE);
	ck_assert_ptr_nonnull(ai_sram);
}

static void teardown(void)
{
	test_memory_close(&memory);
	free(ai_sram);
}

static void put(unsigned address, const uint8_t *bytes, size_t count)
{
	memcpy(ai_sram + address, bytes, count);
}

static void set_weights(const struct test_shape *shape, const unsigned *weights, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		test_set_weight(&memory, shape, i, weights[i]);
}

/* Leaves values as they are: batch norm by 1, slope 1 from 0, @shift in the batch norm. */
static void pass_through(unsigned channels, unsigned shift)
{
	for (unsigned c = 0; c < channels; c++)
		test_set_batch_norm(&memory, c, 1, 0, shift);
	test_set_plain_activation(&memory, 0);
}

static void run(int implementation, const struct test_shape *shape, enum kpu_rounding rounding,
		const uint8_t *expected, size_t count)
{
	struct kpu_model_options options = { (enum kpu_implementation)implementation, rounding };
	uint64_t words[K210_KPU_LAYER_WORDS];
	uint8_t output[64];
	const char *problem;

	test_build_words(shape, words);
	ck_assert_uint_eq(kpu_layer_output_bytes(words), count);
	ck_assert_uint_le(count, sizeof(output));
	problem = kpu_run_layer(&options, words, shape->eight_bit, ai_sram, &memory.interface,
				output);
	ck_assert_msg(!problem, "%s", problem);
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(output[i] == expected[i], "%s, byte %zu: %u instead of %u",
			      kpu_implementation_name(options.implementation), i, output[i],
			      expected[i]);
}

static bool skip(int implementation)
{
	return !kpu_implementation_available((enum kpu_implementation)implementation);
}

/*
 * V = 3x; T = (2V >> 1) + 5 = 3x + 5; Y = T/2 rounded.
 * x = 10: 17.5, 18 both ways. x = 12: 20.5, even 20, up 21. x = 13: 22. x = 200: 302.5, cut to 255.
 */
START_TEST(test_rounding_of_ties)
{
	const struct test_shape shape = { .width = 4,
					  .height = 1,
					  .input_channels = 1,
					  .output_channels = 1,
					  .eight_bit = true,
					  .output_line = 100 };

	if (skip(_i))
		return;
	set_weights(&shape, (const unsigned[]){ 3 }, 1);
	test_set_batch_norm(&memory, 0, 2, 5, 1);
	test_set_plain_activation(&memory, 1);
	put(0, (const uint8_t[]){ 10, 12, 13, 200 }, 4);
	run(_i, &shape, KPU_ROUND_HALF_EVEN, (const uint8_t[]){ 18, 20, 22, 255 }, 4);
	run(_i, &shape, KPU_ROUND_HALF_UP, (const uint8_t[]){ 18, 21, 22, 255 }, 4);
}
END_TEST

/*
 * Two channels, one pixel: x = 3, 5; w = 7, 2. P = 31, Sx = 8, Sw = 9.
 * (-3*8) >> 4 = floor(-1.5) = -2; (5*9) >> 1 = 22; 6 for each of 2 channels = 12.
 * V = 31 - 2 + 22 + 12 = 63.
 */
START_TEST(test_offsets)
{
	struct test_shape shape = { .width = 1,
				    .height = 1,
				    .input_channels = 2,
				    .output_channels = 1,
				    .eight_bit = true,
				    .output_line = 100,
				    .arg_x = -3,
				    .shift_x = 4,
				    .arg_w = 5,
				    .shift_w = 1,
				    .arg_add = 6 };

	if (skip(_i))
		return;
	set_weights(&shape, (const unsigned[]){ 7, 2 }, 2);
	pass_through(2, 0);
	put(0, (const uint8_t[]){ 3 }, 1);
	put(16, (const uint8_t[]){ 5 }, 1); /* second channel: 16 bytes on in the same line */
	run(_i, &shape, KPU_ROUND_HALF_EVEN, (const uint8_t[]){ 63 }, 1);

	/*
	 * Depthwise, the sums are those of one channel and arg_add counts once:
	 * 21 + floor(-9/16) + floor(35/2) + 6 = 21 - 1 + 17 + 6 = 43
	 * 10 + floor(-15/16) + floor(10/2) + 6 = 10 - 1 + 5 + 6 = 20
	 */
	shape.depthwise = true;
	shape.output_channels = 2;
	run(_i, &shape, KPU_ROUND_HALF_EVEN, (const uint8_t[]){ 43, 20 }, 2);
}
END_TEST

/*
 * Map 1 2 / 3 4, weights 1..9 in rows, pad 10; arg_x = 1 adds the sum of the samples, pad included.
 * (0,0): 10*(1+2+3+4+7) + 1*5+2*6+3*8+4*9 = 247; samples 5*10 + 10 = 60; 307 >> 1 = 153
 * (0,1): 10*(1+2+3+6+9) + 1*4+2*5+3*7+4*8 = 277; 337 >> 1 = 168
 * (1,0): 10*(1+4+7+8+9) + 1*2+2*3+3*5+4*6 = 337; 397 >> 1 = 198
 * (1,1): 10*(3+6+7+8+9) + 1*1+2*2+3*4+4*5 = 367; 427 >> 1 = 213
 */
START_TEST(test_window_and_pad)
{
	struct test_shape shape = { .width = 2,
				    .height = 2,
				    .input_channels = 1,
				    .output_channels = 1,
				    .three_by_three = true,
				    .eight_bit = true,
				    .pad_value = 10,
				    .arg_x = 1,
				    .output_line = 100 };
	const uint8_t expected[] = { 153, 168, 198, 213 };

	if (skip(_i))
		return;
	set_weights(&shape, (const unsigned[]){ 1, 2, 3, 4, 5, 6, 7, 8, 9 }, 9);
	pass_through(1, 1);
	put(0, (const uint8_t[]){ 1, 2 }, 2);
	put(64, (const uint8_t[]){ 3, 4 }, 2);
	run(_i, &shape, KPU_ROUND_HALF_EVEN, expected, 4);
	shape.depthwise = true;
	run(_i, &shape, KPU_ROUND_HALF_EVEN, expected, 4);
}
END_TEST

/* 3 * 0x1234 = 13980, >> 8 = 54; 255 * 0x0101 = 65535, >> 8 = 255; little endian in memory. */
START_TEST(test_sixteen_bit_weights)
{
	const struct test_shape shape = { .width = 1,
					  .height = 1,
					  .input_channels = 1,
					  .output_channels = 2,
					  .output_line = 100 };
	const uint8_t weights[] = { 0x34, 0x12, 0x01, 0x01 };

	if (skip(_i))
		return;
	memcpy(test_memory_at(&memory, TEST_WEIGHTS), weights, sizeof(weights));
	pass_through(2, 8);
	put(0, (const uint8_t[]){ 3 }, 1);
	run(_i, &shape, KPU_ROUND_HALF_EVEN, (const uint8_t[]){ 54, 3 }, 2);
}
END_TEST

/*
 * T = x here. A start belongs to the segment below it; of equal starts the later entry wins.
 * T = 10: first segment, 7. T = 11: 1*4/2 + 20 = 22. T = 50: 40*4/2 + 20 = 100.
 * Slope -3, shift 1 above 50, bias 100; negative ties move away from the floor:
 * T = 51: -1.5, floor -2 is even: 98; half up rule: away from zero by one from the floor: 97.
 * T = 52: -3: 97. T = 53: -4.5, floor -5 is odd: -6: 94.
 * T = 61: entries 3 and 4 both start at 60: bias 2 of entry 4.
 */
START_TEST(test_segments)
{
	const struct test_shape shape = { .width = 7,
					  .height = 1,
					  .input_channels = 1,
					  .output_channels = 1,
					  .eight_bit = true,
					  .output_line = 100 };

	if (skip(_i))
		return;
	set_weights(&shape, (const unsigned[]){ 1 }, 1);
	pass_through(1, 0);
	test_set_segment(&memory, 0, -(1ll << 35), 0, 0, 7);
	test_set_segment(&memory, 1, 10, 4, 1, 20);
	test_set_segment(&memory, 2, 50, -3, 1, 100);
	test_set_segment(&memory, 3, 60, 0, 0, 1);
	test_set_segment(&memory, 4, 60, 0, 0, 2);
	put(0, (const uint8_t[]){ 10, 11, 50, 51, 52, 53, 61 }, 7);
	run(_i, &shape, KPU_ROUND_HALF_EVEN, (const uint8_t[]){ 7, 22, 100, 98, 97, 94, 2 }, 7);
	run(_i, &shape, KPU_ROUND_HALF_UP, (const uint8_t[]){ 7, 22, 100, 97, 97, 94, 2 }, 7);
}
END_TEST

/*
 * Values at or below every start use entry 0: (90 - 100) * 2 + 50 = 30; 100: 50; 101: 52.
 * 96: (96 - 100) * 2 + 50 = 42. With entry 1 at 95 everything above 95 is its own, also above 100,
 * because the last entry that is passed counts.
 */
START_TEST(test_unsorted_segments)
{
	const struct test_shape shape = { .width = 4,
					  .height = 1,
					  .input_channels = 1,
					  .output_channels = 1,
					  .eight_bit = true,
					  .output_line = 100 };

	if (skip(_i))
		return;
	set_weights(&shape, (const unsigned[]){ 1 }, 1);
	pass_through(1, 0);
	test_set_segment(&memory, 0, 100, 2, 0, 50);
	test_set_segment(&memory, 1, (1ll << 35) - 1, 0, 0, 0);
	put(0, (const uint8_t[]){ 90, 100, 101, 96 }, 4);
	run(_i, &shape, KPU_ROUND_HALF_EVEN, (const uint8_t[]){ 30, 50, 52, 42 }, 4);
	test_set_segment(&memory, 1, 95, 0, 0, 9);
	run(_i, &shape, KPU_ROUND_HALF_EVEN, (const uint8_t[]){ 30, 9, 9, 9 }, 4);
}
END_TEST

/*
 * No sample, only arg_add = 2^39-1 for each of four channels: V = 2^41 - 4.
 * V * (2^23-1) = 2^64 - 2^41 - 2^25 + 4, in 64 bits -2^41 - 2^25 + 4; >> 15: -2^26 - 2^10.
 * Negative, so the first segment holds: 3. Without the wrap it would be 255.
 */
START_TEST(test_wrap_around)
{
	const struct test_shape shape = { .width = 1,
					  .height = 1,
					  .input_channels = 4,
					  .output_channels = 1,
					  .eight_bit = true,
					  .arg_add = (1ll << 39) - 1,
					  .output_line = 100 };

	if (skip(_i))
		return;
	test_set_plain_activation(&memory, 0);
	test_set_segment(&memory, 0, -(1ll << 35), 0, 0, 3);
	test_set_batch_norm(&memory, 0, 0x7fffff, 0, 15);
	run(_i, &shape, KPU_ROUND_HALF_EVEN, (const uint8_t[]){ 3 }, 1);
	/* The exact value before the shift shows in the addend: -67109888 + 67109889 = 1. */
	test_set_batch_norm(&memory, 0, 0x7fffff, 67109889, 15);
	run(_i, &shape, KPU_ROUND_HALF_EVEN, (const uint8_t[]){ 1 }, 1);
}
END_TEST

static const uint8_t pool_map[5][5] = {
	{ 10, 20, 30, 40, 50 }, { 11, 21, 31, 41, 51 },    { 90, 80, 70, 60, 50 },
	{ 1, 2, 3, 4, 5 },      { 200, 100, 0, 100, 200 },
};

/*
 * Means: (10+20+11+21)/4 = 15.5, cut to 15; 142/4 = 35; 173/4 = 43; 137/4 = 34;
 * 4x4: 100+104+300+10 = 514, /16 = 32. The fifth row and column drop out of strides 2 and 4.
 * Mean of stride 1 repeats the edge: (0,4): (50+50+51+51)/4 = 50; (4,0): (200+100)*2/4 = 150.
 */
static const struct {
	size_t count;
	uint8_t bytes[25];
} pooled[K210_POOL_COUNT] = {
	[K210_POOL_BYPASS] = { 25, { 10, 20, 30, 40, 50, 11, 21, 31,  41,  51, 90,  80, 70,
				     60, 50, 1,  2,  3,  4,  5,  200, 100, 0,  100, 200 } },
	[K210_POOL_MAX_2_STRIDE_2] = { 4, { 21, 41, 90, 70 } },
	[K210_POOL_MEAN_2_STRIDE_2] = { 4, { 15, 35, 43, 34 } },
	[K210_POOL_MAX_4_STRIDE_4] = { 1, { 90 } },
	[K210_POOL_MEAN_4_STRIDE_4] = { 1, { 32 } },
	[K210_POOL_LEFT_TOP_2_STRIDE_2] = { 4, { 10, 30, 90, 70 } },
	[K210_POOL_RIGHT_TOP_2_STRIDE_2] = { 4, { 20, 40, 80, 60 } },
	[K210_POOL_LEFT_TOP_4_STRIDE_4] = { 1, { 10 } },
	[K210_POOL_MEAN_2_STRIDE_1] = { 25,
					{ 15, 25, 35, 45, 50, 50, 50,  50,  50, 50, 43,  38, 34,
					  29, 27, 75, 26, 26, 77, 102, 150, 50, 50, 150, 200 } },
	[K210_POOL_MAX_2_STRIDE_1] = { 25, { 21,  31,  41,  51,  51,  90,  80,  70,  60,
					     51,  90,  80,  70,  60,  50,  200, 100, 100,
					     200, 200, 200, 100, 100, 200, 200 } },
};

START_TEST(test_pools)
{
	struct test_shape shape = { .width = 5,
				    .height = 5,
				    .input_channels = 1,
				    .output_channels = 1,
				    .eight_bit = true,
				    .output_line = 100 };

	if (skip(_i))
		return;
	set_weights(&shape, (const unsigned[]){ 1 }, 1);
	pass_through(1, 0);
	for (unsigned row = 0; row < 5; row++)
		put(64 * row, pool_map[row], 5);
	for (unsigned pool = 0; pool < K210_POOL_COUNT; pool++) {
		shape.pool = (enum k210_pool)pool;
		shape.depthwise = false;
		run(_i, &shape, KPU_ROUND_HALF_EVEN, pooled[pool].bytes, pooled[pool].count);
		shape.depthwise = true;
		run(_i, &shape, KPU_ROUND_HALF_EVEN, pooled[pool].bytes, pooled[pool].count);
	}
}
END_TEST

/*
 * Where channel 5, row 1 of a map of height 2 lies, by width:
 *  16: four channels a line, so second group (2 lines on), second place (16), row 1 (64): 208
 *  17: two channels a line: third group (4 lines), second place (32), row 1: 256 + 32 + 64 = 352
 *  33: one channel a line: 5 * 2 lines, row 1: 640 + 64 = 704
 *  65: two lines a row: 5 * 4 lines, row 1: 1280 + 128 = 1408
 */
static const struct {
	unsigned width, address;
} places[] = { { 16, 208 }, { 17, 352 }, { 33, 704 }, { 65, 1408 } };

START_TEST(test_line_layout)
{
	if (skip(_i))
		return;
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct kpu_model_options options = { (enum kpu_implementation)_i,
							   KPU_ROUND_HALF_EVEN };
		struct test_shape shape = { .width = places[i].width,
					    .height = 2,
					    .input_channels = 6,
					    .output_channels = 6,
					    .depthwise = true,
					    .eight_bit = true,
					    .output_line = 100 };
		unsigned last = places[i].address + places[i].width - 1;
		uint64_t words[K210_KPU_LAYER_WORDS];

		memset(ai_sram, 0, K210_AI_SRAM_SIZE);
		memset(ai_sram + 6400, 0xee, 6400);
		ai_sram[last] = 77;
		set_weights(&shape, (const unsigned[]){ 1, 1, 1, 1, 1, 1 }, 6);
		pass_through(6, 0);
		test_build_words(&shape, words);
		ck_assert_ptr_null(
			kpu_run_layer(&options, words, true, ai_sram, &memory.interface, NULL));
		ck_assert_uint_eq(ai_sram[6400 + last], 77);
		ck_assert_uint_eq(ai_sram[6400 + last - 1], 0);
		/* Bytes behind a row stay as they were. */
		if (places[i].width % 16)
			ck_assert_uint_eq(ai_sram[6400 + last + 1], 0xee);
	}
}
END_TEST

/* Output over its own input: as if the whole input had been read first. */
START_TEST(test_overlap)
{
	struct test_shape shape = { .width = 3,
				    .height = 2,
				    .input_channels = 1,
				    .output_channels = 1,
				    .eight_bit = true,
				    .three_by_three = true };

	if (skip(_i))
		return;
	/* Only the upper left weight: each pixel moves one down and right. */
	set_weights(&shape, (const unsigned[]){ 1, 0, 0, 0, 0, 0, 0, 0, 0 }, 9);
	pass_through(1, 0);
	put(0, (const uint8_t[]){ 1, 2, 3 }, 3);
	put(64, (const uint8_t[]){ 4, 5, 6 }, 3);
	run(_i, &shape, KPU_ROUND_HALF_EVEN, (const uint8_t[]){ 0, 0, 0, 0, 1, 2 }, 6);
	ck_assert(!memcmp(ai_sram + 64, (const uint8_t[]){ 0, 1, 2 }, 3));

	/* Output one line further down than the input. */
	shape.output_line = 1;
	put(0, (const uint8_t[]){ 1, 2, 3 }, 3);
	run(_i, &shape, KPU_ROUND_HALF_EVEN, (const uint8_t[]){ 0, 0, 0, 0, 1, 2 }, 6);
}
END_TEST

static void add(TCase *cases, const TTest *test)
{
	tcase_add_loop_test(cases, test, KPU_IMPLEMENTATION_REFERENCE, KPU_IMPLEMENTATION_BEST + 1);
}

int main(void)
{
	Suite *suite = suite_create("kpu: layers worked out by hand");
	TCase *cases = tcase_create("each implementation");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	add(cases, test_rounding_of_ties);
	add(cases, test_offsets);
	add(cases, test_window_and_pad);
	add(cases, test_sixteen_bit_weights);
	add(cases, test_segments);
	add(cases, test_unsorted_segments);
	add(cases, test_wrap_around);
	add(cases, test_pools);
	add(cases, test_line_layout);
	add(cases, test_overlap);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
