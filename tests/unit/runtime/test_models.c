/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Loading, releasing, memory: good models, damaged ones, hostile ones. */
#include <stdlib.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "tests/unit/runtime/fixture.h"
#include "tests/unit/runtime/suites.h"

#define MEMORY_BYTES (1024u * 1024)

static struct fixture fixture;
static uint8_t *file;
static size_t file_size;

static void setup(void)
{
	fixture_init(&fixture, MEMORY_BYTES);
	file = small_model(20, 6, &file_size);
}

static void teardown(void)
{
	fixture_free(&fixture);
	free(file);
}

static struct kpu_memory_info memory_info(void)
{
	struct kpu_memory_info info;

	runtime_memory_info(&fixture.runtime, &info);
	return info;
}

START_TEST(load_tells_what_the_model_is)
{
	struct kpu_load_result result;

	ck_assert_uint_eq(fixture_load(&fixture, file, file_size, &result), KPU_STATUS_OK);
	ck_assert_uint_ne(result.model, 0);
	ck_assert_uint_eq(result.version, 3);
	ck_assert_uint_eq(result.layers, 3);
	ck_assert_uint_eq(result.inputs, 1);
	ck_assert_uint_eq(result.outputs, 1);
	ck_assert_uint_eq(result.input_bytes, 20 * 6 * 2);
	ck_assert_uint_ge(result.work_bytes, 240 + 960);
	ck_assert_uint_eq(result.max_runs_in_flight, 2);
	ck_assert_uint_eq(memory_info().models, 1);
}
END_TEST

START_TEST(release_gives_everything_back)
{
	uint32_t free_bytes = memory_info().free;
	struct kpu_load_result result;

	ck_assert_uint_eq(free_bytes, MEMORY_BYTES);
	fixture_load(&fixture, file, file_size, &result);
	ck_assert_uint_lt(memory_info().free, free_bytes - file_size);
	ck_assert_uint_eq(runtime_release(&fixture.runtime, result.model), KPU_STATUS_OK);
	ck_assert_uint_eq(memory_info().free, free_bytes);
	ck_assert_uint_eq(memory_info().models, 0);
	ck_assert_uint_eq(runtime_release(&fixture.runtime, result.model), KPU_STATUS_NO_HANDLE);
	ck_assert_uint_eq(runtime_release(&fixture.runtime, 0), KPU_STATUS_NO_HANDLE);
}
END_TEST

START_TEST(handles_are_not_used_again_at_once)
{
	struct kpu_load_result first, second;

	fixture_load(&fixture, file, file_size, &first);
	runtime_release(&fixture.runtime, first.model);
	fixture_load(&fixture, file, file_size, &second);
	ck_assert_uint_ne(first.model, second.model);
	ck_assert_uint_eq(runtime_release(&fixture.runtime, first.model), KPU_STATUS_NO_HANDLE);
}
END_TEST

START_TEST(sixteen_models_and_no_more)
{
	struct kpu_load_result result;

	for (unsigned i = 0; i < RUNTIME_MODELS_MAX; i++)
		ck_assert_uint_eq(fixture_load(&fixture, file, file_size, &result), KPU_STATUS_OK);
	ck_assert_uint_eq(fixture_load(&fixture, file, file_size, &result), KPU_STATUS_MODELS_FULL);
	runtime_release_all(&fixture.runtime, true);
	ck_assert_uint_eq(memory_info().free, MEMORY_BYTES);
	ck_assert_uint_eq(fixture_load(&fixture, file, file_size, &result), KPU_STATUS_OK);
}
END_TEST

START_TEST(damage_on_the_way_is_seen)
{
	struct kpu_load_result result;
	struct runtime_model *model;

	ck_assert_uint_eq(runtime_load_begin(&fixture.runtime, (uint32_t)file_size,
					     kpu_crc32(KPU_CRC32_START, file, file_size), &model),
			  KPU_STATUS_OK);
	file[file_size / 2] ^= 1;
	runtime_load_data(model, file, file_size);
	ck_assert_uint_eq(runtime_load_end(&fixture.runtime, model, &result), KPU_STATUS_CHECKSUM);
	ck_assert_str_ne(result.problem, "");
	ck_assert_uint_eq(memory_info().free, MEMORY_BYTES);
}
END_TEST

START_TEST(more_data_than_announced_is_dropped)
{
	struct kpu_load_result result;
	struct runtime_model *model;

	runtime_load_begin(&fixture.runtime, (uint32_t)file_size,
			   kpu_crc32(KPU_CRC32_START, file, file_size), &model);
	runtime_load_data(model, file, file_size);
	runtime_load_data(model, file, file_size);
	ck_assert_uint_eq(runtime_load_end(&fixture.runtime, model, &result), KPU_STATUS_OK);
}
END_TEST

START_TEST(a_model_that_fits_takes_the_staging_buffer)
{
	struct kpu_load_result result;
	uint32_t needed, with_staging;

	fixture_load(&fixture, file, file_size, &result);
	needed = MEMORY_BYTES - memory_info().free; /* the staging buffer counts as free */
	with_staging = needed + 256;                /* its 240 bytes take one unit */
	fixture_free(&fixture);

	fixture_init(&fixture, needed);
	ck_assert_uint_eq(fixture_load(&fixture, file, file_size, &result), KPU_STATUS_OK);
	ck_assert_uint_eq(result.max_runs_in_flight, 1);
	fixture_free(&fixture);

	fixture_init(&fixture, needed + with_staging);
	ck_assert_uint_eq(fixture_load(&fixture, file, file_size, &result), KPU_STATUS_OK);
	ck_assert_uint_eq(result.max_runs_in_flight, 2);
	ck_assert_uint_eq(fixture_load(&fixture, file, file_size, &result), KPU_STATUS_OK);
	fixture_free(&fixture);

	fixture_init(&fixture, needed - 256);
	ck_assert_uint_eq(fixture_load(&fixture, file, file_size, &result), KPU_STATUS_NO_MEM);
	ck_assert_uint_eq(memory_info().free, needed - 256);
}
END_TEST

START_TEST(too_large_a_file_is_refused_at_once)
{
	struct kpu_load_result result;
	struct runtime_model *model;

	ck_assert_uint_eq(runtime_load_begin(&fixture.runtime, MEMORY_BYTES + 1, 0, &model),
			  KPU_STATUS_NO_MEM);
	/* Nor one that becomes small when it is rounded up, or something is added to it. */
	for (uint32_t less = 0; less < 1024; less++)
		ck_assert_uint_eq(runtime_load_begin(&fixture.runtime, UINT32_MAX - less, 0,
						     &model),
				  KPU_STATUS_NO_MEM);
	ck_assert_uint_eq(fixture_load(&fixture, file, file_size, &result), KPU_STATUS_OK);
}
END_TEST

START_TEST(an_aborted_load_leaves_nothing)
{
	struct runtime_model *model;

	runtime_load_begin(&fixture.runtime, 5000, 0, &model);
	runtime_load_data(model, file, 100);
	runtime_load_abort(&fixture.runtime, model);
	ck_assert_uint_eq(memory_info().free, MEMORY_BYTES);
}
END_TEST

/* Every truncation and every bit flip is refused or gives a model that runs without touching
 * anything outside its memory; the sanitizers watch. */
START_TEST(damaged_files_do_no_harm)
{
	uint8_t *copy = malloc(file_size);
	uint8_t input[8192] = { 0 };
	unsigned refused = 0, ran = 0;

	fixture.lenient = true;
	for (size_t position = 0; position < file_size; position += 1 + position / 64) {
		struct kpu_load_result result;
		uint16_t status;

		memcpy(copy, file, file_size);
		copy[position] ^= (uint8_t)(1u << (position * 7 % 8));
		status = fixture_load(&fixture, copy, file_size, &result);
		if (status != KPU_STATUS_OK) {
			ck_assert_str_ne(result.problem, "");
			refused++;
			continue;
		}
		if (result.input_bytes <= sizeof(input)) {
			struct kpu_run_arguments arguments = { .model = result.model,
							       .stop_layer = KPU_RUN_ALL_LAYERS };
			struct observed_run run;

			ck_assert_uint_eq(fixture_run(&fixture, &arguments, input,
						      result.input_bytes, &run),
					  KPU_STATUS_OK);
			fixture_finish(&fixture, &run);
			observed_free(&run);
			ran++;
		}
		runtime_release(&fixture.runtime, result.model);
	}
	for (size_t size = 0; size < file_size - 8; size += 1 + size / 16) {
		struct kpu_load_result result;

		ck_assert_uint_ne(fixture_load(&fixture, file, size, &result), KPU_STATUS_OK);
	}
	ck_assert_uint_gt(refused, 10);
	ck_assert_uint_gt(ran, 10);
	ck_assert_uint_eq(memory_info().free, MEMORY_BYTES);
	free(copy);
}
END_TEST

Suite *models_suite(void)
{
	Suite *suite = suite_create("models");
	TCase *tests = tcase_create("models");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, load_tells_what_the_model_is);
	tcase_add_test(tests, release_gives_everything_back);
	tcase_add_test(tests, handles_are_not_used_again_at_once);
	tcase_add_test(tests, sixteen_models_and_no_more);
	tcase_add_test(tests, damage_on_the_way_is_seen);
	tcase_add_test(tests, more_data_than_announced_is_dropped);
	tcase_add_test(tests, a_model_that_fits_takes_the_staging_buffer);
	tcase_add_test(tests, too_large_a_file_is_refused_at_once);
	tcase_add_test(tests, an_aborted_load_leaves_nothing);
	tcase_add_test(tests, damaged_files_do_no_harm);
	suite_add_tcase(suite, tests);
	return suite;
}
