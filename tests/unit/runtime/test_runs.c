/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Runs of a small model: results, taps, slots, cancelling, time-outs, hanging layers. */
#include <stdlib.h>

#include "link/bytes.h"
#include "tests/unit/runtime/fixture.h"
#include "tests/unit/runtime/suites.h"

#define WIDTH       20u
#define HEIGHT      6u
#define INPUT_BYTES (WIDTH * HEIGHT * 2)
#define MEMORY      (256u * 1024)

static struct fixture fixture;
static struct kpu_load_result model;
static uint8_t input[INPUT_BYTES];
static struct kpu_run_arguments arguments;
static struct observed_run run;

static void setup(void)
{
	size_t size;
	uint8_t *file = small_model(WIDTH, HEIGHT, &size);

	fixture_init(&fixture, MEMORY);
	ck_assert_uint_eq(fixture_load(&fixture, file, size, &model), KPU_STATUS_OK);
	free(file);
	for (unsigned i = 0; i < INPUT_BYTES; i++)
		input[i] = (uint8_t)(i * 11 + 3);
	memset(&arguments, 0, sizeof(arguments));
	arguments.model = model.model;
	arguments.stop_layer = KPU_RUN_ALL_LAYERS;
	memset(&run, 0, sizeof(run));
}

static void teardown(void)
{
	observed_free(&run);
	fixture_free(&fixture);
}

static void add_tap(uint8_t kind, uint16_t index, uint32_t limit)
{
	arguments.taps[arguments.tap_count++] = (struct kpu_tap){ kind, index, limit };
}

static uint16_t start(void)
{
	return fixture_run(&fixture, &arguments, input, INPUT_BYTES, &run);
}

static void expect_end(uint16_t status)
{
	fixture_finish(&fixture, &run);
	ck_assert_uint_eq(run.status, status);
}

static void expect_output(const uint8_t *bytes)
{
	for (unsigned i = 0; i < INPUT_BYTES; i++) {
		uint32_t bits = kpu_get_u32(bytes + i * 4);
		float value, expected = (float)input[i] * 0.5f - 3.0f;

		memcpy(&value, &bits, sizeof(value));
		ck_assert_float_eq(value, expected);
	}
}

START_TEST(output_is_the_last_layer)
{
	add_tap(KPU_TAP_OUTPUT, 0, INPUT_BYTES * 4);
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	expect_end(KPU_STATUS_OK);
	expect_output(run.bytes);
	ck_assert_uint_eq(run.result.layers_run, 3);
	ck_assert_uint_eq(run.result.tap_count, 1);
	ck_assert_uint_eq(run.result.taps[0].length, INPUT_BYTES * 4);
	ck_assert_uint_eq(run.result.taps[0].data_type, KPU_DATA_FLOAT32);
	ck_assert_uint_eq(run.result.taps[0].width, WIDTH);
	ck_assert_uint_eq(run.result.taps[0].height, HEIGHT);
	ck_assert_uint_eq(run.result.taps[0].channels, 2);
	ck_assert_uint_gt(run.result.kpu_cycles, 2000);
	ck_assert_uint_gt(run.result.cycles, run.result.kpu_cycles);
}
END_TEST

START_TEST(every_layer_can_be_tapped_in_one_run)
{
	add_tap(KPU_TAP_LAYER, 0, INPUT_BYTES + 5);
	add_tap(KPU_TAP_LAYER, 1, INPUT_BYTES);
	add_tap(KPU_TAP_LAYER, 1, INPUT_BYTES);
	add_tap(KPU_TAP_LAYER, 2, INPUT_BYTES * 4);
	add_tap(KPU_TAP_OUTPUT, 0, INPUT_BYTES * 4);
	add_tap(KPU_TAP_PROFILE, 0, 12);
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	expect_end(KPU_STATUS_OK);
	ck_assert_mem_eq(run.bytes, input, INPUT_BYTES);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_eq(run.bytes[INPUT_BYTES + i], 0);
	ck_assert_mem_eq(run.bytes + INPUT_BYTES + 5, input, INPUT_BYTES);
	ck_assert_mem_eq(run.bytes + 2 * INPUT_BYTES + 5, input, INPUT_BYTES);
	expect_output(run.bytes + 3 * INPUT_BYTES + 5);
	expect_output(run.bytes + 7 * INPUT_BYTES + 5);
	ck_assert_uint_ge(kpu_get_u32(run.bytes + 11 * INPUT_BYTES + 5), 1000);
	ck_assert_uint_lt(kpu_get_u32(run.bytes + 11 * INPUT_BYTES + 13), 1000);
	ck_assert_uint_eq(run.fetched, run.announced);
	ck_assert_uint_eq(run.result.taps[0].data_type, KPU_DATA_UINT8);
	ck_assert_uint_eq(run.result.taps[5].data_type, KPU_DATA_UINT32);
}
END_TEST

START_TEST(layer_words_are_patched_in_a_copy)
{
	struct runtime_model *loaded = &fixture.runtime.models[model.model % RUNTIME_MODELS_MAX];
	uint8_t *before = malloc(loaded->size);
	uint32_t file_bus = FIXTURE_BUS_ADDRESS + (uint32_t)(loaded->file - fixture.memory);

	memcpy(before, loaded->file, loaded->size);
	start();
	expect_end(KPU_STATUS_OK);
	ck_assert_mem_eq(before, loaded->file, loaded->size);
	/* the last convolution: tables inside the file, result in the work buffer */
	for (unsigned word = 4; word <= 7; word += word == 5 ? 2 : 1) {
		uint32_t address = (uint32_t)(fixture.last_words[word] >> 32);

		ck_assert_uint_ge(address, file_bus);
		ck_assert_uint_lt(address, file_bus + loaded->size);
	}
	ck_assert_uint_eq(fixture.last_output,
			  FIXTURE_BUS_ADDRESS + (uint32_t)(loaded->work - fixture.memory));
	free(before);
}
END_TEST

START_TEST(stop_layer_ends_the_run)
{
	arguments.stop_layer = 1;
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	expect_end(KPU_STATUS_OK);
	ck_assert_uint_eq(run.result.layers_run, 2);
	ck_assert_uint_eq(fixture.layers_started, 2);
}
END_TEST

START_TEST(nothing_runs_behind_the_last_tap)
{
	add_tap(KPU_TAP_LAYER, 0, INPUT_BYTES);
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	expect_end(KPU_STATUS_OK);
	ck_assert_uint_eq(run.result.layers_run, 1);
	ck_assert_mem_eq(run.bytes, input, INPUT_BYTES);
}
END_TEST

START_TEST(a_tap_pauses_the_run_until_it_is_fetched)
{
	add_tap(KPU_TAP_LAYER, 0, INPUT_BYTES);
	add_tap(KPU_TAP_OUTPUT, 0, INPUT_BYTES * 4);
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	run.reluctant = true;
	fixture_settle(&fixture);
	fixture_settle(&fixture);
	fixture_settle(&fixture);
	ck_assert_uint_eq(fixture.layers_started, 1);
	ck_assert_uint_eq(run.announced, INPUT_BYTES);
	/* 8 of the 10 s that a run may take by default pass, and the computation goes on */
	fixture.now += 8000000;
	fixture_settle(&fixture);
	ck_assert_uint_eq(run.finished, 0);
	run.reluctant = false;
	expect_end(KPU_STATUS_OK);
	expect_output(run.bytes + INPUT_BYTES);
}
END_TEST

START_TEST(results_nobody_fetches_end_the_run)
{
	add_tap(KPU_TAP_OUTPUT, 0, INPUT_BYTES * 4);
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	run.reluctant = true;
	expect_end(KPU_STATUS_TIMEOUT);
	ck_assert_uint_ge(fixture.now, RUNTIME_STALL_US);
}
END_TEST

START_TEST(bad_taps_are_refused_before_the_run)
{
	static const struct {
		struct kpu_tap taps[2];
		uint16_t count;
		uint32_t stop;
		uint16_t status;
	} cases[] = {
		{ { { KPU_TAP_OUTPUT, 1, 10000 } },
		  1,
		  KPU_RUN_ALL_LAYERS,
		  KPU_STATUS_IDX_OUTRANGE },
		{ { { KPU_TAP_LAYER, 3, 10000 } }, 1, KPU_RUN_ALL_LAYERS, KPU_STATUS_IDX_OUTRANGE },
		{ { { KPU_TAP_LAYER, 2, 10000 } }, 1, 1, KPU_STATUS_IDX_OUTRANGE },
		{ { { KPU_TAP_LAYER, 0, INPUT_BYTES - 1 } },
		  1,
		  KPU_RUN_ALL_LAYERS,
		  KPU_STATUS_SIZE_NOTMATCH },
		{ { { KPU_TAP_OUTPUT, 0, 10000 } }, 1, 1, KPU_STATUS_PARAM },
		{ { { 0, 0, 10000 } }, 1, KPU_RUN_ALL_LAYERS, KPU_STATUS_PARAM },
		{ { { 9, 0, 10000 } }, 1, KPU_RUN_ALL_LAYERS, KPU_STATUS_PARAM },
		{ { { KPU_TAP_LAYER, 1, 10000 }, { KPU_TAP_LAYER, 0, 10000 } },
		  2,
		  KPU_RUN_ALL_LAYERS,
		  KPU_STATUS_PARAM },
		{ { { KPU_TAP_OUTPUT, 0, 10000 }, { KPU_TAP_LAYER, 0, 10000 } },
		  2,
		  KPU_RUN_ALL_LAYERS,
		  KPU_STATUS_PARAM },
		{ { { 0 } }, 0, 3, KPU_STATUS_IDX_OUTRANGE },
		{ { { KPU_TAP_PROFILE, 0, 11 } }, 1, KPU_RUN_ALL_LAYERS, KPU_STATUS_SIZE_NOTMATCH },
	};

	memcpy(arguments.taps, cases[_i].taps, sizeof(cases[_i].taps));
	arguments.tap_count = cases[_i].count;
	arguments.stop_layer = cases[_i].stop;
	ck_assert_uint_eq(start(), cases[_i].status);
	ck_assert_uint_eq(fixture.layers_started, 0);
	ck_assert_ptr_null(fixture.runtime.engine.run);
}
END_TEST

#define BAD_TAP_CASES 11

START_TEST(limits_that_overflow_are_refused)
{
	add_tap(KPU_TAP_LAYER, 0, 0x80000000u);
	add_tap(KPU_TAP_LAYER, 1, 0x80000100u);
	ck_assert_uint_eq(runtime_run_begin(&fixture.runtime, &arguments, INPUT_BYTES, 0x100, &run,
					    &run.run),
			  KPU_STATUS_SIZE_NOTMATCH);
}
END_TEST

START_TEST(input_must_have_the_models_size)
{
	ck_assert_uint_eq(fixture_run(&fixture, &arguments, input, INPUT_BYTES - 1, &run),
			  KPU_STATUS_SIZE_NOTMATCH);
	arguments.model ^= 0x10;
	observed_free(&run);
	ck_assert_uint_eq(start(), KPU_STATUS_NO_HANDLE);
}
END_TEST

START_TEST(two_runs_are_computed_in_order)
{
	struct observed_run second;
	uint8_t other[INPUT_BYTES];

	for (unsigned i = 0; i < INPUT_BYTES; i++)
		other[i] = (uint8_t)~input[i];
	add_tap(KPU_TAP_LAYER, 1, INPUT_BYTES);
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	ck_assert_uint_eq(fixture_run(&fixture, &arguments, other, INPUT_BYTES, &second),
			  KPU_STATUS_OK);
	ck_assert(second.run->staged);
	fixture_finish(&fixture, &run);
	ck_assert_uint_eq(second.finished, 0);
	fixture_finish(&fixture, &second);
	ck_assert_mem_eq(run.bytes, input, INPUT_BYTES);
	ck_assert_mem_eq(second.bytes, other, INPUT_BYTES);
	observed_free(&second);
}
END_TEST

START_TEST(a_third_run_is_one_too_many)
{
	struct observed_run second, third;

	start();
	fixture_run(&fixture, &arguments, input, INPUT_BYTES, &second);
	ck_assert_uint_eq(fixture_run(&fixture, &arguments, input, INPUT_BYTES, &third),
			  KPU_STATUS_BUSY);
	fixture_finish(&fixture, &run);
	observed_free(&third);
	ck_assert_uint_eq(fixture_run(&fixture, &arguments, input, INPUT_BYTES, &third),
			  KPU_STATUS_OK);
	fixture_finish(&fixture, &second);
	fixture_finish(&fixture, &third);
	observed_free(&second);
	observed_free(&third);
}
END_TEST

/* Without memory for staging the second run waits for its place instead of failing. */
START_TEST(a_run_without_staging_holds_the_line)
{
	struct observed_run second;

	heap_release(&fixture.runtime.heap, fixture.runtime.staging);
	fixture.runtime.staging = NULL;
	fixture.runtime.staging_size = 0;
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	memset(&second, 0, sizeof(second));
	ck_assert_uint_eq(runtime_run_begin(&fixture.runtime, &arguments, INPUT_BYTES, 0, &second,
					    &second.run),
			  KPU_STATUS_OK);
	ck_assert(!runtime_run_input(&fixture.runtime, second.run, 0, input, 10));
	fixture_finish(&fixture, &run);
	fixture_settle(&fixture);
	ck_assert_uint_gt(fixture.rooms, 0);
	ck_assert(runtime_run_input(&fixture.runtime, second.run, 0, input, INPUT_BYTES));
	runtime_run_start(&fixture.runtime, second.run);
	fixture_finish(&fixture, &second);
	ck_assert_uint_eq(second.status, KPU_STATUS_OK);
}
END_TEST

/* ... unless the run before still needs the line itself. */
START_TEST(a_run_that_would_block_another_is_refused)
{
	struct observed_run second;

	heap_release(&fixture.runtime.heap, fixture.runtime.staging);
	fixture.runtime.staging = NULL;
	fixture.runtime.staging_size = 0;
	runtime_run_begin(&fixture.runtime, &arguments, INPUT_BYTES, 0, &run, &run.run);
	ck_assert_uint_eq(runtime_run_begin(&fixture.runtime, &arguments, INPUT_BYTES, 0, &second,
					    &second.run),
			  KPU_STATUS_BUSY);
}
END_TEST

START_TEST(cancel_works_in_every_state)
{
	/* 0: input incomplete, 1: waiting, 2: KPU busy, 3: result being fetched */
	runtime_run_begin(&fixture.runtime, &arguments, INPUT_BYTES, 0, &run, &run.run);
	if (_i == 3) {
		runtime_run_forget(run.run);
		fixture_settle(&fixture);
		add_tap(KPU_TAP_LAYER, 0, INPUT_BYTES);
		start();
		run.reluctant = true;
	} else if (_i) {
		runtime_run_input(&fixture.runtime, run.run, 0, input, INPUT_BYTES);
		runtime_run_start(&fixture.runtime, run.run);
	}
	fixture.polls_per_layer = 1000;
	if (_i >= 2)
		for (unsigned i = 0; i < 3; i++)
			runtime_step(&fixture.runtime, fixture.now);
	if (_i == 3)
		fixture.polls_left = 0;
	fixture_settle(&fixture);
	runtime_run_cancel(run.run);
	run.reluctant = false;
	expect_end(KPU_STATUS_CANCELLED);
	ck_assert_ptr_null(fixture.runtime.engine.run);
	/* and the next one is fine */
	fixture.polls_per_layer = 1;
	observed_free(&run);
	arguments.tap_count = 0;
	add_tap(KPU_TAP_OUTPUT, 0, INPUT_BYTES * 4);
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	expect_end(KPU_STATUS_OK);
	expect_output(run.bytes);
}
END_TEST

START_TEST(a_forgotten_run_ends_silently)
{
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	fixture_settle(&fixture);
	runtime_run_forget(run.run);
	for (unsigned i = 0; i < 10; i++)
		fixture_settle(&fixture);
	ck_assert_uint_eq(run.finished, 0);
	ck_assert_ptr_null(fixture.runtime.engine.run);
	ck_assert_uint_eq(runtime_deadline(&fixture.runtime), UINT64_MAX);
}
END_TEST

START_TEST(a_layer_that_hangs_is_ended)
{
	fixture.hang = true;
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	expect_end(KPU_STATUS_KPU_HUNG);
	ck_assert_uint_eq(run.result.problem_layer, 0);
	ck_assert_uint_eq(fixture.engine_resets, 1);
	ck_assert_uint_ge(fixture.now, 100000);
	ck_assert_uint_le(fixture.now, 500000);
	fixture.hang = false;
	observed_free(&run);
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	expect_end(KPU_STATUS_OK);
}
END_TEST

START_TEST(a_run_has_a_time_limit)
{
	arguments.timeout_ms = 1;
	fixture.polls_per_layer = 200; /* 10 us each */
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	expect_end(KPU_STATUS_TIMEOUT);
	ck_assert_uint_eq(run.result.layers_run, 1);
}
END_TEST

START_TEST(input_that_does_not_come_ends_the_run)
{
	runtime_run_begin(&fixture.runtime, &arguments, INPUT_BYTES, 0, &run, &run.run);
	runtime_run_input(&fixture.runtime, run.run, 0, input, 10);
	ck_assert_uint_le(runtime_deadline(&fixture.runtime), RUNTIME_STALL_US);
	expect_end(KPU_STATUS_TIMEOUT);
	ck_assert_uint_eq(fixture.layers_started, 0);
}
END_TEST

START_TEST(input_outside_the_model_is_dropped)
{
	runtime_run_begin(&fixture.runtime, &arguments, INPUT_BYTES, 0, &run, &run.run);
	memset(fixture.ai_sram, 0x77, K210_AI_SRAM_SIZE);
	ck_assert(runtime_run_input(&fixture.runtime, run.run, INPUT_BYTES, input, 1));
	ck_assert(runtime_run_input(&fixture.runtime, run.run, UINT32_MAX, input, 100));
	ck_assert(runtime_run_input(&fixture.runtime, run.run, INPUT_BYTES - 5, input, 100));
	for (unsigned i = 0; i < K210_AI_SRAM_SIZE; i++)
		ck_assert_uint_eq(fixture.ai_sram[i], 0x77);
}
END_TEST

START_TEST(a_model_in_use_is_freed_at_the_end)
{
	struct kpu_memory_info info;

	add_tap(KPU_TAP_OUTPUT, 0, INPUT_BYTES * 4);
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	fixture_settle(&fixture);
	ck_assert_uint_eq(runtime_release(&fixture.runtime, model.model), KPU_STATUS_OK);
	ck_assert_uint_eq(runtime_release(&fixture.runtime, model.model), KPU_STATUS_NO_HANDLE);
	expect_end(KPU_STATUS_OK);
	expect_output(run.bytes);
	runtime_memory_info(&fixture.runtime, &info);
	ck_assert_uint_eq(info.free, MEMORY);
}
END_TEST

START_TEST(release_all_cancels_runs)
{
	struct kpu_memory_info info;

	fixture.polls_per_layer = 100;
	ck_assert_uint_eq(start(), KPU_STATUS_OK);
	fixture_settle(&fixture);
	runtime_release_all(&fixture.runtime, true);
	expect_end(KPU_STATUS_CANCELLED);
	runtime_memory_info(&fixture.runtime, &info);
	ck_assert_uint_eq(info.free, MEMORY);
}
END_TEST

Suite *runs_suite(void)
{
	Suite *suite = suite_create("runs");
	TCase *tests = tcase_create("runs");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, output_is_the_last_layer);
	tcase_add_test(tests, every_layer_can_be_tapped_in_one_run);
	tcase_add_test(tests, layer_words_are_patched_in_a_copy);
	tcase_add_test(tests, stop_layer_ends_the_run);
	tcase_add_test(tests, nothing_runs_behind_the_last_tap);
	tcase_add_test(tests, a_tap_pauses_the_run_until_it_is_fetched);
	tcase_add_test(tests, results_nobody_fetches_end_the_run);
	tcase_add_loop_test(tests, bad_taps_are_refused_before_the_run, 0, BAD_TAP_CASES);
	tcase_add_test(tests, limits_that_overflow_are_refused);
	tcase_add_test(tests, input_must_have_the_models_size);
	tcase_add_test(tests, two_runs_are_computed_in_order);
	tcase_add_test(tests, a_third_run_is_one_too_many);
	tcase_add_test(tests, a_run_without_staging_holds_the_line);
	tcase_add_test(tests, a_run_that_would_block_another_is_refused);
	tcase_add_loop_test(tests, cancel_works_in_every_state, 0, 4);
	tcase_add_test(tests, a_forgotten_run_ends_silently);
	tcase_add_test(tests, a_layer_that_hangs_is_ended);
	tcase_add_test(tests, a_run_has_a_time_limit);
	tcase_add_test(tests, input_that_does_not_come_ends_the_run);
	tcase_add_test(tests, input_outside_the_model_is_dropped);
	tcase_add_test(tests, a_model_in_use_is_freed_at_the_end);
	tcase_add_test(tests, release_all_cancels_runs);
	suite_add_tcase(suite, tests);
	return suite;
}
