/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* V4 around the KPU: upload, batches, results in both memories, inputs of every kind. */
#include <stdlib.h>

#include "tests/unit/runtime/node_test.h"
#include "tests/unit/runtime/suites.h"
#include "tools/kmodel/nodes_v4.h"

/* 3 channels of 6x5: four channels share a line group, so a batch leaves room for a fourth. */
#define WIDTH    6
#define HEIGHT   5
#define CHANNELS 3
#define MAP      (WIDTH * HEIGHT * CHANNELS)
#define BATCHES  3

static struct node_test test;

/* 1x1, its output is its input plus one: weights are the unit matrix, T = V + 1, Y = T. */
static void add_convolution(struct kmodel_v4_writer *writer, unsigned from, unsigned to,
			    unsigned batches, const struct kmodel_v4_range *output)
{
	static const uint8_t unit[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
	static const struct kmodel_batch_norm norm[3] = { { 1, 0, 1 }, { 1, 0, 1 }, { 1, 0, 1 } };
	struct kmodel_activation activation;
	struct kmodel_convolution conv = {
		.width = WIDTH,
		.height = HEIGHT,
		.input_channels = CHANNELS,
		.output_channels = CHANNELS,
		.kernel = 1,
		.weights = unit,
		.batch_norm = norm,
		.activation = &activation,
		.input_line = from,
		.output_line = to,
	};

	kmodel_activation_shift(&activation, 0);
	kmodel_v4_convolution(writer, &conv, batches, output);
}

static void fill(uint8_t *bytes, unsigned count, unsigned factor)
{
	for (unsigned i = 0; i < count; i++)
		bytes[i] = (uint8_t)(i * factor % 251);
}

START_TEST(upload_convolve_and_fetch_in_batches)
{
	struct kmodel_v4_tensor in = { .shape = { BATCHES, CHANNELS, HEIGHT, WIDTH } };
	uint8_t values[BATCHES * MAP], expected[BATCHES * MAP];
	uint32_t lines = k210_map_lines(WIDTH, HEIGHT, CHANNELS) * BATCHES;
	struct kmodel_v4_range out;

	fill(values, sizeof(values), 7);
	for (unsigned i = 0; i < sizeof(values); i++)
		expected[i] = (uint8_t)(values[i] + 2);
	node_start(&test);
	in.range = node_bytes(&test, in.shape, values);
	kmodel_v4_upload(test.writer, &in, kmodel_v4_kpu(64, lines));
	add_convolution(test.writer, 64, 1000, BATCHES, NULL);
	out = node_result(&test, KMODEL_V4_DATA_UINT8, sizeof(values));
	add_convolution(test.writer, 1000, 2000, BATCHES, &out);
	node_run(&test);
	expect_bytes(&test, expected, sizeof(expected));
}
END_TEST

/* Taps see batches in the AI SRAM without the gaps between them. */
START_TEST(taps_of_batched_maps)
{
	struct kmodel_v4_tensor in = { .shape = { BATCHES, CHANNELS, HEIGHT, WIDTH } };
	struct kpu_run_arguments arguments = { .stop_layer = KPU_RUN_ALL_LAYERS, .tap_count = 2 };
	uint8_t values[BATCHES * MAP];
	uint32_t lines = k210_map_lines(WIDTH, HEIGHT, CHANNELS) * BATCHES;
	struct kpu_load_result loaded;
	struct observed_run run;
	struct fixture fixture;
	const char *reason;
	struct kmodel_v4_range out;
	uint8_t *file;
	size_t size;

	fill(values, sizeof(values), 13);
	node_start(&test);
	in.range = node_bytes(&test, in.shape, values);
	kmodel_v4_upload(test.writer, &in, kmodel_v4_kpu(64, lines));
	add_convolution(test.writer, 64, 1000, BATCHES, NULL);
	out = node_result(&test, KMODEL_V4_DATA_UINT8, sizeof(values));
	add_convolution(test.writer, 1000, 2000, BATCHES, &out);
	file = kmodel_v4_finish(test.writer, &size, &reason);
	ck_assert_ptr_nonnull(file);
	kmodel_v4_writer_free(test.writer);
	fixture_init(&fixture, 1 << 20);
	ck_assert_uint_eq(fixture_load(&fixture, file, size, &loaded), KPU_STATUS_OK);
	arguments.model = loaded.model;
	arguments.taps[0] = (struct kpu_tap){ KPU_TAP_LAYER, 0, sizeof(values) };
	arguments.taps[1] = (struct kpu_tap){ KPU_TAP_LAYER, 1, sizeof(values) };
	ck_assert_uint_eq(fixture_run(&fixture, &arguments, values, sizeof(values), &run),
			  KPU_STATUS_OK);
	fixture_finish(&fixture, &run);
	ck_assert_uint_eq(run.status, KPU_STATUS_OK);
	ck_assert_uint_eq(fixture.layers_started, BATCHES);
	ck_assert_mem_eq(run.bytes, values, sizeof(values));
	for (unsigned i = 0; i < sizeof(values); i++)
		ck_assert_uint_eq(run.bytes[sizeof(values) + i], (uint8_t)(values[i] + 1));
	/* The time of the maps' fetch is not the KPU's. */
	ck_assert_uint_lt(run.result.kpu_cycles, run.result.cycles);
	observed_free(&run);
	fixture_free(&fixture);
	free(file);
}
END_TEST

START_TEST(an_input_in_the_ai_sram_and_one_in_the_work_buffer)
{
	/* The first one is convolved, the second one added. */
	struct kmodel_v4_tensor second = { .shape = { 1, CHANNELS, HEIGHT, WIDTH } }, sum = second,
				map = second;
	static const int32_t numbers[9] = { 0, 1, 0, 0, 1, 0, 0, 1, 0 };
	static const int32_t shape[4] = { 1, CHANNELS, HEIGHT, WIDTH };
	uint8_t values[2 * MAP], expected[MAP];

	fill(values, sizeof(values), 3);
	for (unsigned i = 0; i < MAP; i++)
		expected[i] = values[i] + 1 + values[MAP + i] > 255
				      ? 255
				      : (uint8_t)(values[i] + 1 + values[MAP + i]);
	node_start(&test);
	kmodel_v4_input(test.writer, kmodel_v4_kpu(32, k210_map_lines(WIDTH, HEIGHT, CHANNELS)),
			shape);
	memcpy(test.input, values, MAP);
	test.input_bytes = MAP;
	second.range = node_bytes(&test, second.shape, values + MAP);
	map.range = kmodel_v4_main(test.writer, KMODEL_V4_DATA_UINT8, MAP);
	add_convolution(test.writer, 32, 500, 1, &map.range);
	sum.range = node_result(&test, KMODEL_V4_DATA_UINT8, MAP);
	kmodel_v4_quantized_binary(test.writer, KMODEL_V4_BINARY_ADD, &map, &second, &sum, numbers);
	node_run(&test);
	expect_bytes(&test, expected, MAP);
}
END_TEST

START_TEST(several_outputs)
{
	static const float values[] = { 1, -2, 3 };
	struct kpu_run_arguments arguments = { .stop_layer = KPU_RUN_ALL_LAYERS, .tap_count = 2 };
	struct kpu_load_result loaded;
	struct observed_run run;
	struct fixture fixture;
	struct kmodel_v4_range in, negative, square;
	const float expected[] = { -1, 2, -3, 1, 4, 9 };
	const char *reason;
	uint8_t *file;
	size_t size;

	node_start(&test);
	in = node_floats(&test, ROW(3), values);
	negative = node_result(&test, KMODEL_V4_DATA_FLOAT32, 3);
	square = node_result(&test, KMODEL_V4_DATA_FLOAT32, 3);
	kmodel_v4_unary(test.writer, KMODEL_V4_UNARY_NEG, in, negative);
	kmodel_v4_unary(test.writer, KMODEL_V4_UNARY_SQUARE, in, square);
	file = kmodel_v4_finish(test.writer, &size, &reason);
	ck_assert_ptr_nonnull(file);
	kmodel_v4_writer_free(test.writer);
	fixture_init(&fixture, 1 << 20);
	ck_assert_uint_eq(fixture_load(&fixture, file, size, &loaded), KPU_STATUS_OK);
	ck_assert_uint_eq(loaded.outputs, 2);
	arguments.model = loaded.model;
	arguments.taps[0] = (struct kpu_tap){ KPU_TAP_OUTPUT, 0, 12 };
	arguments.taps[1] = (struct kpu_tap){ KPU_TAP_OUTPUT, 1, 12 };
	ck_assert_uint_eq(fixture_run(&fixture, &arguments, test.input, 12, &run), KPU_STATUS_OK);
	fixture_finish(&fixture, &run);
	ck_assert_mem_eq(run.bytes, expected, sizeof(expected));
	observed_free(&run);
	fixture_free(&fixture);
	free(file);
}
END_TEST

/* A long layer of the CPU is left when its run is cancelled or out of time. */
START_TEST(long_nodes_end_early)
{
	static const int32_t sizes[] = { 100, 100, 100 };
	static float values[10000], bias[100];
	struct kpu_run_arguments arguments = { .stop_layer = KPU_RUN_ALL_LAYERS, .tap_count = 1 };
	struct kpu_load_result loaded;
	struct observed_run run;
	struct fixture fixture;
	const char *reason;
	struct kmodel_v4_range in;
	uint8_t *file;
	size_t size;

	node_start(&test);
	in = node_floats(&test, ROW(10000), values);
	kmodel_v4_matmul(test.writer, in, in, node_result(&test, KMODEL_V4_DATA_FLOAT32, 10000),
			 sizes, kmodel_v4_unbounded, bias);
	file = kmodel_v4_finish(test.writer, &size, &reason);
	ck_assert_ptr_nonnull(file);
	kmodel_v4_writer_free(test.writer);
	fixture_init(&fixture, 1 << 20);
	ck_assert_uint_eq(fixture_load(&fixture, file, size, &loaded), KPU_STATUS_OK);
	arguments.model = loaded.model;
	arguments.timeout_ms = _i ? 1 : 0;
	arguments.taps[0] = (struct kpu_tap){ KPU_TAP_OUTPUT, 0, 40000 };
	ck_assert_uint_eq(fixture_run(&fixture, &arguments, test.input, 40000, &run),
			  KPU_STATUS_OK);
	for (unsigned step = 0; step < 5; step++)
		runtime_step(&fixture.runtime, fixture.now);
	ck_assert_uint_eq(run.finished, 0);
	if (_i)
		fixture.now += 2000;
	else
		runtime_run_cancel(run.run);
	runtime_step(&fixture.runtime, fixture.now);
	ck_assert_uint_eq(run.finished, 1);
	ck_assert_uint_eq(run.status, _i ? KPU_STATUS_TIMEOUT : KPU_STATUS_CANCELLED);
	ck_assert_uint_eq(run.result.problem_layer, 0);
	observed_free(&run);
	fixture_free(&fixture);
	free(file);
}
END_TEST

Suite *v4_kpu_suite(void)
{
	Suite *suite = suite_create("V4 and the KPU");
	TCase *tests = tcase_create("V4 and the KPU");

	tcase_add_test(tests, upload_convolve_and_fetch_in_batches);
	tcase_add_test(tests, taps_of_batched_maps);
	tcase_add_test(tests, an_input_in_the_ai_sram_and_one_in_the_work_buffer);
	tcase_add_test(tests, several_outputs);
	tcase_add_loop_test(tests, long_nodes_end_early, 0, 2);
	suite_add_tcase(suite, tests);
	return suite;
}
