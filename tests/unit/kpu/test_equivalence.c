/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Random layers: every implementation that this processor can run must leave the same bytes in the
 * whole AI SRAM and in the planar output as the reference.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer_builder.h"

#define LAYERS_PER_KIND 30
#define POOLS           10

static struct test_memory memory;
static uint8_t *before, *expected, *actual;

static void setup(void)
{
	test_memory_open(&memory);
	before = malloc(K210_AI_SRAM_SIZE);
	expected = malloc(K210_AI_SRAM_SIZE);
	actual = malloc(K210_AI_SRAM_SIZE);
	ck_assert(before && expected && actual);
}

static void teardown(void)
{
	test_memory_close(&memory);
	free(before);
	free(expected);
	free(actual);
}

/* How the parameters are drawn. */
enum flavour {
	COMPILED, /* like compilers write them: the vector form applies */
	WILD,     /* small but unusual: negative slopes, unsorted tables, odd shifts */
	HOSTILE,  /* any bit pattern */
	FLAVOURS,
};

/* Sigmoid-like or clipped: sorted starts, common shift, no negative slope. */
static void compiled_activation(uint64_t *state, int64_t span)
{
	unsigned used = (unsigned)test_random_between(state, 1, 15);
	int64_t start = -span / 2;

	test_set_segment(&memory, 0, -(1ll << 35), 0, 0,
			 (uint8_t)test_random_between(state, 0, 20));
	for (unsigned i = 1; i < K210_ACTIVATION_SEGMENTS; i++) {
		int64_t step = test_random_between(state, 0, 2 * span / used);
		int64_t slope = (256 << 20) / (span + 1) + 1;

		if (i > used) {
			test_set_segment(&memory, i, (1ll << 35) - 32 + i, 0, 0, 0);
			continue;
		}
		slope = test_random_between(state, 0, slope > 16383 ? 32767 : 2 * slope);
		test_set_segment(&memory, i, start, (int32_t)slope, 20,
				 (uint8_t)test_random_between(state, 0, 255));
		start += step;
	}
}

static void wild_activation(uint64_t *state)
{
	unsigned shift = (unsigned)test_random_between(state, 0, 40);

	for (unsigned i = 0; i < K210_ACTIVATION_SEGMENTS; i++) {
		int64_t reach = 1ll << test_random_between(state, 4, 35);
		unsigned other = (unsigned)test_random_between(state, 0, 40);
		bool same_shift = test_random_between(state, 0, 3);

		test_set_segment(&memory, i, test_random_between(state, -reach, reach - 1),
				 (int32_t)test_random_between(state, -200, 800),
				 same_shift ? shift : other, (uint8_t)test_random(state));
	}
}

static void random_tables(uint64_t *state, const struct test_shape *shape, enum flavour flavour)
{
	/* Sums of a layer with random bytes are about this large. */
	int64_t sum =
		(int64_t)test_weights_per_channel(shape) * 128 * 128 * (shape->eight_bit ? 1 : 256);
	int64_t span = test_random_between(state, 1000, 20000000);
	int64_t multiplier = (span << 13) / sum;

	if (multiplier > 0x7fffff)
		multiplier = 0x7fffff;
	for (unsigned c = 0; c < shape->output_channels; c++) {
		int64_t m = test_random_between(state, multiplier / 2, multiplier + 1);
		bool negative = test_random_between(state, 0, 3) == 0;
		unsigned shift = (unsigned)test_random_between(state, 11, 15);

		if (flavour == COMPILED)
			test_set_batch_norm(&memory, c, (int32_t)(negative ? -m : m),
					    (int32_t)test_random_between(state, -span, span),
					    shift);
		else
			test_set_batch_norm(&memory, c, (int32_t)test_random(state),
					    (int32_t)test_random(state),
					    (unsigned)test_random_between(state, 0, 15));
	}
	if (flavour == COMPILED) {
		compiled_activation(state, span);
	} else if (flavour == WILD) {
		wild_activation(state);
	} else {
		for (unsigned i = 0; i < K210_ACTIVATION_BYTES; i++)
			*test_memory_at(&memory, TEST_ACTIVATION + i) = (uint8_t)test_random(state);
	}
}

static void random_weights(uint64_t *state, const struct test_shape *shape)
{
	unsigned count = test_weights_per_channel(shape) * shape->output_channels;
	unsigned extreme = (unsigned)test_random_between(state, 0, 9);

	for (unsigned i = 0; i < count; i++) {
		unsigned weight = (unsigned)test_random(state) & 0xffff;

		test_set_weight(&memory, shape, i, extreme == 0 ? 0xffff : weight);
	}
}

static void random_samples(uint64_t *state)
{
	bool bright = test_random_between(state, 0, 9) == 0;

	for (size_t i = 0; i < K210_AI_SRAM_SIZE; i += 4) {
		uint32_t value = bright ? 0xffffffff : (uint32_t)test_random(state);

		memcpy(before + i, &value, 4);
	}
}

static unsigned random_width(uint64_t *state, unsigned stride)
{
	static const unsigned lowest[] = { 1, 17, 33, 65, 64, 128 };
	static const unsigned highest[] = { 16, 32, 64, 200, 64, 128 };
	unsigned class = (unsigned)test_random_between(state, 0, 5);
	unsigned width = (unsigned)test_random_between(state, lowest[class], highest[class]);

	return width < stride ? stride : width;
}

static void random_shape(uint64_t *state, struct test_shape *shape, enum flavour flavour)
{
	unsigned stride = k210_pool_stride(shape->pool);
	unsigned rows;

	shape->width = random_width(state, stride);
	rows = 2000 / shape->width + 1;
	shape->height = (unsigned)test_random_between(state, 1, rows > 40 ? 40 : rows);
	if (shape->height < stride)
		shape->height = stride;
	shape->input_channels = (unsigned)test_random_between(state, 1, 12);
	shape->output_channels = shape->depthwise ? shape->input_channels
						  : (unsigned)test_random_between(state, 1, 14);
	shape->pad_value = (uint8_t)test_random(state);
	shape->shift_w = (unsigned)test_random_between(state, 0, 15);
	shape->shift_x = (unsigned)test_random_between(state, 0, 15);
	if (flavour == HOSTILE) {
		shape->arg_w = (int32_t)test_random_between(state, -0x800000, 0x7fffff);
		shape->arg_x = (int32_t)test_random_between(state, -0x800000, 0x7fffff);
		shape->arg_add = test_random_between(state, -(1ll << 39), (1ll << 39) - 1);
	} else {
		shape->arg_w = (int32_t)test_random_between(state, -(200 << shape->shift_w), 0);
		shape->arg_x = (int32_t)test_random_between(state, -(200 << shape->shift_x), 0);
		shape->arg_add = test_random_between(state, -4096, 40960);
	}
	shape->input_line = (unsigned)test_random_between(state, 0, 1500);
	shape->output_line = (unsigned)test_random_between(state, 0, 3000);
	shape->send_data_out = test_random_between(state, 0, 1);
}

static void compare(const struct kpu_model_options *options, const struct test_shape *shape,
		    const uint64_t words[K210_KPU_LAYER_WORDS], const uint8_t *expected_output)
{
	size_t bytes = kpu_layer_output_bytes(words);
	uint8_t *output = malloc(bytes);
	const char *problem;

	ck_assert_ptr_nonnull(output);
	memcpy(actual, before, K210_AI_SRAM_SIZE);
	problem =
		kpu_run_layer(options, words, shape->eight_bit, actual, &memory.interface, output);
	ck_assert_msg(!problem, "%s: %s", kpu_implementation_name(options->implementation),
		      problem);
	ck_assert_msg(
		!memcmp(output, expected_output, bytes) &&
			!memcmp(actual, expected, K210_AI_SRAM_SIZE),
		"%s differs: %ux%u, %u to %u channels, depthwise %d, 3x3 %d, 8 bit %d, pool %d",
		kpu_implementation_name(options->implementation), shape->width, shape->height,
		shape->input_channels, shape->output_channels, shape->depthwise,
		shape->three_by_three, shape->eight_bit, (int)shape->pool);
	free(output);
}

static void run_one(struct test_shape *shape, enum kpu_rounding rounding)
{
	struct kpu_model_options options = { KPU_IMPLEMENTATION_REFERENCE, rounding };
	uint64_t words[K210_KPU_LAYER_WORDS];
	uint8_t *output;
	const char *problem;

	test_build_words(shape, words);
	output = malloc(kpu_layer_output_bytes(words));
	ck_assert_ptr_nonnull(output);
	memcpy(expected, before, K210_AI_SRAM_SIZE);
	problem = kpu_run_layer(&options, words, shape->eight_bit, expected, &memory.interface,
				output);
	ck_assert_msg(!problem, "reference: %s", problem);
	for (int i = KPU_IMPLEMENTATION_PORTABLE; i <= KPU_IMPLEMENTATION_BEST; i++) {
		options.implementation = (enum kpu_implementation)i;
		if (kpu_implementation_available(options.implementation))
			compare(&options, shape, words, output);
	}
	free(output);
}

/* One kind of layer per run: depthwise, kernel, weight size and flavour from the bits of @_i. */
START_TEST(test_random_layers)
{
	uint64_t state = 0x9e3779b97f4a7c15ull + (uint64_t)_i;
	enum flavour flavour = (enum flavour)(_i / 8);

	for (unsigned i = 0; i < LAYERS_PER_KIND * POOLS; i++) {
		struct test_shape shape = { .depthwise = _i & 1,
					    .three_by_three = _i >> 1 & 1,
					    .eight_bit = _i >> 2 & 1,
					    .pool = (enum k210_pool)(i % POOLS) };

		/* Two megabytes of new samples only now and then; shapes move over them. */
		if (i % 20 == 0)
			random_samples(&state);
		random_shape(&state, &shape, flavour);
		random_weights(&state, &shape);
		random_tables(&state, &shape, flavour);
		run_one(&shape, i % 4 ? KPU_ROUND_HALF_EVEN : KPU_ROUND_HALF_UP);
	}
}
END_TEST

/* Sums at their largest: 1024 channels of 255 with all weights at the maximum. */
START_TEST(test_most_channels)
{
	for (unsigned eight_bit = 0; eight_bit < 2; eight_bit++) {
		uint64_t state = 77;
		struct test_shape shape = { .width = 5,
					    .height = 3,
					    .input_channels = 1024,
					    .output_channels = 5,
					    .three_by_three = true,
					    .eight_bit = eight_bit,
					    .pad_value = 255,
					    .arg_x = -0x800000,
					    .arg_w = 0x7fffff,
					    .arg_add = (1ll << 39) - 1,
					    .output_line = 30000 };

		memset(before, 255, K210_AI_SRAM_SIZE);
		for (unsigned i = 0; i < test_weights_per_channel(&shape) * 5; i++)
			test_set_weight(&memory, &shape, i, 0xffff);
		random_tables(&state, &shape, COMPILED);
		run_one(&shape, KPU_ROUND_HALF_EVEN);
		shape.arg_x = -130;
		shape.arg_w = shape.arg_add = 0;
		run_one(&shape, KPU_ROUND_HALF_EVEN);
		random_tables(&state, &shape, HOSTILE);
		run_one(&shape, KPU_ROUND_HALF_EVEN);
	}
}
END_TEST

/* Several strips of rows and tiles that straddle rows, as in the first layers of detectors. */
START_TEST(test_large_maps)
{
	static const unsigned widths[] = { 320, 160, 100, 960 };

	for (unsigned i = 0; i < 4 * POOLS; i++) {
		uint64_t state = 1234567 + i;
		struct test_shape shape = { .width = widths[i % 4],
					    .height = 61,
					    .input_channels = 1 + i % 3,
					    .output_channels = 6,
					    .three_by_three = i % 8 < 6,
					    .eight_bit = true,
					    .pool = (enum k210_pool)(i / 4),
					    .pad_value = 9,
					    .arg_x = -100,
					    .output_line = 3000 };

		random_samples(&state);
		random_weights(&state, &shape);
		random_tables(&state, &shape, COMPILED);
		run_one(&shape, KPU_ROUND_HALF_EVEN);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kpu: implementations agree");
	TCase *cases = tcase_create("random layers");
	SRunner *runner;
	int failed;

	for (int i = KPU_IMPLEMENTATION_PORTABLE; i < KPU_IMPLEMENTATION_BEST; i++) {
		if (!kpu_implementation_available((enum kpu_implementation)i))
			printf("SKIPPED: %s, this processor lacks it\n",
			       kpu_implementation_name((enum kpu_implementation)i));
	}
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 300);
	tcase_add_loop_test(cases, test_random_layers, 0, 8 * FLAVOURS);
	tcase_add_test(cases, test_most_channels);
	tcase_add_test(cases, test_large_maps);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
