/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Layers that are refused, with a sentence and without a byte written; and the cycle formula. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "layer_builder.h"

static struct test_memory memory;
static uint8_t *ai_sram;

static void setup(void)
{
	test_memory_open(&memory);
	ai_sram = malloc(K210_AI_SRAM_SIZE);
	ck_assert_ptr_nonnull(ai_sram);
	memset(ai_sram, 0x5a, K210_AI_SRAM_SIZE);
}

static void teardown(void)
{
	test_memory_close(&memory);
	free(ai_sram);
}

/* 24x10, 6 to 9 channels, 3x3, max 2x2: 2 channels a line in, 4 out. */
static const struct test_shape shape = { .width = 24,
					 .height = 10,
					 .input_channels = 6,
					 .output_channels = 9,
					 .three_by_three = true,
					 .eight_bit = true,
					 .pool = K210_POOL_MAX_2_STRIDE_2,
					 .output_line = 100,
					 .send_data_out = true };

/* One field of a good layer replaced. */
struct spoiled {
	unsigned word, high, low;
	uint64_t value;
	const char *problem; /* part of the sentence */
};

static const struct spoiled spoiled[] = {
	{ 0, 1, 1, 1, "ram_flag" },
	{ 0, 2, 2, 1, "full_add" },
	{ 0, 3, 3, 1, "depthwise" },                        /* 6 to 9 channels */
	{ 1, 14, 0, 32768 - 29, "input map ends outside" }, /* 30 lines */
	{ 1, 14, 0, 32767, "input map ends outside" },
	{ 1, 46, 32, 32768 - 14, "output map ends outside" }, /* 15 lines */
	{ 2, 9, 0, 6, "para_size" },
	{ 2, 41, 32, 9, "load_time" },
	{ 2, 57, 48, 9, "o_ch_num_coef" },
	{ 2, 57, 48, 7, "load_time" },
	{ 3, 9, 0, 25, "output width" },
	{ 3, 18, 10, 11, "output height" },
	{ 3, 41, 32, 12, "output width" },
	{ 3, 50, 42, 5, "output height" },
	{ 4, 2, 0, 2, "kernel type" },
	{ 4, 2, 0, 7, "kernel type" },
	{ 4, 3, 3, 1, "pad_type" },
	{ 4, 7, 4, 10, "pool code" },
	{ 4, 7, 4, 15, "pool code" },
	{ 4, 7, 4, 3, "output width" },
	{ 4, 8, 8, 1, "first_stride" },
	{ 4, 9, 9, 1, "bypass_conv" },
	{ 4, 10, 10, 0, "does not load" },
	{ 4, 63, 32, 0, "batch norm table" },
	{ 4, 63, 32, TEST_MEMORY_BASE + TEST_MEMORY_SIZE - 71, "batch norm table" }, /* 72 */
	{ 5, 0, 0, 0, "does not load" },
	{ 5, 6, 1, 1, "load_time" },
	{ 5, 31, 15, 485, "para_size" }, /* 9 * 6 * 9 = 486 */
	{ 5, 63, 32, 0, "weights" },
	{ 5, 63, 32, TEST_MEMORY_BASE + TEST_MEMORY_SIZE - 485, "weights" },
	{ 5, 63, 32, 0xffffffff, "weights" },
	{ 6, 3, 0, 1, "coefficient offset" },
	{ 6, 15, 4, 1, "coefficient offset" },
	{ 7, 14, 0, 11, "channel_switch_addr" },
	{ 7, 19, 16, 2, "row_switch_addr" },
	{ 7, 27, 20, 1, "coef_size" },
	{ 7, 30, 28, 4, "coef_group" },
	{ 7, 31, 31, 0, "does not load" },
	{ 7, 63, 32, TEST_MEMORY_BASE - 1, "activation table" },
	{ 7, 63, 32, TEST_MEMORY_BASE + TEST_MEMORY_SIZE - 143, "activation table" },
	{ 8, 14, 0, 4, "wb_channel_switch_addr" },
	{ 8, 19, 16, 0, "wb_row_switch_addr" },
	{ 8, 22, 20, 2, "wb_group" },
	{ 11, 31, 16, 60, "channel_byte_num" }, /* 60 - 1 */
	{ 11, 63, 32, 540, "dma_total_byte" },  /* 540 - 1 */
};

static void expect_refusal(const uint64_t words[K210_KPU_LAYER_WORDS], const char *part)
{
	for (int i = 0; i <= KPU_IMPLEMENTATION_BEST; i++) {
		struct kpu_model_options options = { (enum kpu_implementation)i,
						     KPU_ROUND_HALF_EVEN };
		uint8_t output[1024];
		const char *problem;

		if (!kpu_implementation_available(options.implementation))
			continue;
		memset(output, 0x5a, sizeof(output));
		problem = kpu_run_layer(&options, words, true, ai_sram, &memory.interface, output);
		ck_assert_msg(problem && strstr(problem, part), "'%s' instead of '%s'", problem,
			      part);
		for (size_t byte = 0; byte < sizeof(output); byte++) {
			if (output[byte] != 0x5a)
				ck_abort_msg("output byte %zu was written", byte);
		}
		for (size_t byte = 0; byte < K210_AI_SRAM_SIZE; byte++) {
			if (ai_sram[byte] != 0x5a)
				ck_abort_msg("AI SRAM byte %zu was written", byte);
		}
	}
}

START_TEST(test_spoiled_field)
{
	const struct spoiled *change = &spoiled[_i];
	uint64_t mask = ((2ull << (change->high - change->low)) - 1) << change->low;
	uint64_t words[K210_KPU_LAYER_WORDS];

	test_build_words(&shape, words);
	ck_assert_uint_ne((words[change->word] & mask) >> change->low, change->value);
	words[change->word] = (words[change->word] & ~mask) | change->value << change->low;
	expect_refusal(words, change->problem);
}
END_TEST

START_TEST(test_good_layer_runs)
{
	struct kpu_model_options options = { KPU_IMPLEMENTATION_BEST, KPU_ROUND_HALF_EVEN };
	struct test_shape edge = shape;
	uint64_t words[K210_KPU_LAYER_WORDS];

	test_build_words(&edge, words);
	ck_assert_ptr_null(kpu_run_layer(&options, words, true, ai_sram, &memory.interface, NULL));
	/* The very last lines are usable. */
	edge.input_line = 32768 - 30;
	edge.output_line = 32768 - 15;
	test_build_words(&edge, words);
	ck_assert_ptr_null(kpu_run_layer(&options, words, true, ai_sram, &memory.interface, NULL));
	/* Byte counts only matter to the stream. */
	words[11] = 0;
	ck_assert_ptr_null(kpu_run_layer(&options, words, true, ai_sram, &memory.interface, NULL));
}
END_TEST

/* Weight size is not in the words: the same layer asks for other loads with 16 bits. */
START_TEST(test_weight_size_disagrees)
{
	struct kpu_model_options options = { KPU_IMPLEMENTATION_BEST, KPU_ROUND_HALF_EVEN };
	uint64_t words[K210_KPU_LAYER_WORDS];
	const char *problem;

	test_build_words(&shape, words);
	problem = kpu_run_layer(&options, words, false, ai_sram, &memory.interface, NULL);
	ck_assert_msg(problem && strstr(problem, "para_size"), "%s", problem);
}
END_TEST

/* A window of 2 or 4 pixels does not fit a map of 1 or 3: there is no output size for it. */
START_TEST(test_map_below_window)
{
	struct test_shape small = { .width = 4,
				    .height = 4,
				    .input_channels = 1,
				    .output_channels = 1,
				    .eight_bit = true,
				    .pool = K210_POOL_MAX_4_STRIDE_4 };
	uint64_t words[K210_KPU_LAYER_WORDS];

	test_build_words(&small, words);
	words[3] = (words[3] & ~0x3ffull) | 2; /* width 3 */
	expect_refusal(words, "output width");
}
END_TEST

/* Eight weights of a 1x1 kernel take the place of nine in the engine's buffer of 73,728 bytes. */
START_TEST(test_weight_buffer)
{
	struct test_shape many = { .width = 4,
				   .height = 4,
				   .input_channels = 1024,
				   .output_channels = 72,
				   .eight_bit = true };
	struct kpu_model_options options = { KPU_IMPLEMENTATION_BEST, KPU_ROUND_HALF_EVEN };
	uint64_t words[K210_KPU_LAYER_WORDS];

	for (uint64_t channels = 64; channels <= 72; channels++) {
		many.output_channels = (unsigned)channels;
		many.output_line = 256;
		test_build_words(&many, words);
		words[2] = (words[2] & UINT32_MAX) | (channels - 1) << 32 | (channels - 1) << 48;
		words[5] = 1 | channels * 1024 << 15 | (words[5] & ~(uint64_t)UINT32_MAX);
		if (channels == 64)
			ck_assert_ptr_null(kpu_run_layer(&options, words, true, ai_sram,
							 &memory.interface, NULL));
		else
			expect_refusal(words, "weight buffer");
		memset(ai_sram, 0x5a, K210_AI_SRAM_SIZE);
	}
}
END_TEST

/* Rows of 1024 columns take 16 lines, which the 4-bit field cannot hold. */
START_TEST(test_widest_map)
{
	struct test_shape wide = { .width = 1024,
				   .height = 2,
				   .input_channels = 1,
				   .output_channels = 1,
				   .eight_bit = true };
	uint64_t words[K210_KPU_LAYER_WORDS];

	test_build_words(&wide, words);
	expect_refusal(words, "row_switch_addr");
}
END_TEST

/* Any words at all: an answer, no crash (run under the sanitizers). */
START_TEST(test_random_words)
{
	struct kpu_model_options options = { KPU_IMPLEMENTATION_BEST, KPU_ROUND_HALF_EVEN };
	uint64_t state = 99;
	unsigned refused = 0;

	for (unsigned i = 0; i < 200000; i++) {
		uint64_t words[K210_KPU_LAYER_WORDS];

		test_build_words(&shape, words);
		for (unsigned changes = 0; changes < 3; changes++)
			words[test_random(&state) % K210_KPU_LAYER_WORDS] ^=
				1ull << test_random_between(&state, 0, 63);
		if (kpu_run_layer(&options, words, true, ai_sram, &memory.interface, NULL))
			refused++;
	}
	ck_assert_uint_gt(refused, 100000);
}
END_TEST

/*
 * Published times of the layers of a face detector in microseconds (nncase issue 77), with the
 * shapes of that model: width, height, channels in and out, kernel, depthwise, pool.
 */
static const struct {
	struct test_shape shape;
	unsigned microseconds;
} measured[] = {
#define LAYER(w, h, ic, oc, k3, dw, p, send, time) \
	{                                          \
		{ .width = w,                      \
		  .height = h,                     \
		  .input_channels = ic,            \
		  .output_channels = oc,           \
		  .three_by_three = k3,            \
		  .depthwise = dw,                 \
		  .pool = p,                       \
		  .eight_bit = true,               \
		  .send_data_out = send },         \
			time                       \
	}
	LAYER(320, 240, 3, 16, 1, 0, 1, 0, 206),   LAYER(160, 120, 16, 16, 1, 1, 0, 0, 39),
	LAYER(160, 120, 16, 32, 0, 0, 1, 0, 514),  LAYER(80, 60, 32, 32, 1, 1, 0, 0, 29),
	LAYER(80, 60, 32, 64, 0, 0, 0, 0, 680),    LAYER(80, 60, 64, 64, 1, 1, 0, 0, 53),
	LAYER(80, 60, 64, 64, 0, 0, 1, 0, 1328),   LAYER(40, 30, 64, 64, 1, 1, 0, 0, 20),
	LAYER(40, 30, 64, 128, 0, 0, 0, 0, 704),   LAYER(40, 30, 128, 128, 1, 1, 0, 0, 34),
	LAYER(40, 30, 128, 128, 0, 0, 1, 0, 1385), LAYER(20, 15, 128, 128, 1, 1, 0, 0, 16),
	LAYER(20, 15, 128, 256, 0, 0, 0, 0, 781),  LAYER(20, 15, 256, 256, 1, 1, 0, 0, 25),
	LAYER(20, 15, 256, 256, 0, 0, 0, 0, 1522), LAYER(20, 15, 256, 30, 0, 0, 0, 1, 326),
#undef LAYER
};

START_TEST(test_cycles_against_published_times)
{
	uint64_t words[K210_KPU_LAYER_WORDS];
	double microseconds;

	test_build_words(&measured[_i].shape, words);
	microseconds = (double)kpu_layer_cycles(words, true) / 400.0;
	ck_assert_double_ge(microseconds, 0.93 * measured[_i].microseconds);
	ck_assert_double_le(microseconds, 1.07 * measured[_i].microseconds);
}
END_TEST

/* 24*10 pixels, 9 output channels, 9 taps of 6 channels: 116640; output 12*5*9 bytes. */
START_TEST(test_counts)
{
	uint64_t words[K210_KPU_LAYER_WORDS];

	test_build_words(&shape, words);
	ck_assert_uint_eq(kpu_layer_mac_count(words), 116640);
	ck_assert_uint_eq(kpu_layer_output_bytes(words), 540);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kpu: layer check and cycles");
	TCase *cases = tcase_create("layers");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 120);
	tcase_add_loop_test(cases, test_spoiled_field, 0, sizeof(spoiled) / sizeof(spoiled[0]));
	tcase_add_test(cases, test_good_layer_runs);
	tcase_add_test(cases, test_weight_size_disagrees);
	tcase_add_test(cases, test_map_below_window);
	tcase_add_test(cases, test_weight_buffer);
	tcase_add_test(cases, test_widest_map);
	tcase_add_test(cases, test_random_words);
	tcase_add_loop_test(cases, test_cycles_against_published_times, 0,
			    sizeof(measured) / sizeof(measured[0]));
	tcase_add_test(cases, test_counts);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
