/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A model that is larger than the board's whole memory runs from its flash. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/emu/libkpu/models.h"
#include "tests/emu/libkpu/suites.h"

#define PLACE       0x200000u
#define FLASH_BYTES (16u << 20)
/* 8.2 MB of parameters, where the board has 6.1 MB for models. */
#define LAYERS 32
#define LAST   18

static char path[64];
static struct kpu_device *device;
static float input[CHAIN_WIDTH], expected[CHAIN_WIDTH];

static void setup(void)
{
	size_t size, parameters;
	uint8_t *data = chain_model(LAYERS, LAST, &size, &parameters);
	uint8_t *cells = malloc(FLASH_BYTES);
	char options[160];
	FILE *file;

	ck_assert_uint_gt(parameters, 6u << 20);
	memset(cells, 0xff, FLASH_BYTES);
	memcpy(cells + PLACE, data, size);
	snprintf(path, sizeof(path), "/tmp/kpu-flash-%d", (int)getpid());
	file = fopen(path, "wb");
	ck_assert_uint_eq(fwrite(cells, 1, FLASH_BYTES, file), FLASH_BYTES);
	ck_assert_int_eq(fclose(file), 0);
	free(cells);
	free(data);
	snprintf(options, sizeof(options), "?flash=%s", path);
	device = open_emulated(options);
	for (unsigned i = 0; i < CHAIN_WIDTH; i++)
		input[i] = (float)(i * 37 % 64);
	chain_expected(LAYERS, LAST, input, expected);
}

static void teardown(void)
{
	kpu_close(device);
	unlink(path);
}

static void check(int rc)
{
	struct kpu_error error = { 0 };

	if (rc < 0)
		kpu_last_error(device, &error);
	ck_assert_msg(rc >= 0, "%s", error.message);
}

/* Runs it and compares with what was worked out here. */
static void run_from_flash(bool dual_buffer)
{
	struct kpu_flash_options flash = { .dual_buffer = dual_buffer };
	struct kpu_run_options options = { .timeout_ms = 60000 };
	struct kpu_result *result;
	struct kpu_tensor tensor;
	struct kpu_model *model;
	struct kpu_job *job;
	const float *got;

	check(kpu_load_flash(device, PLACE, &flash, NULL, &model));
	check(kpu_submit(model, input, sizeof(input), &options, &job));
	check(kpu_job_wait(job, -1, &result));
	kpu_job_free(job);
	ck_assert_int_eq(kpu_result_tensor(result, 0, &tensor), 0);
	ck_assert_uint_eq(tensor.info.elements, LAST);
	got = tensor.data;
	for (unsigned i = 0; i < LAST; i++)
		ck_assert_float_eq_tol(got[i], expected[i], 1e-4f);
	kpu_result_free(result);
	kpu_model_free(model);
}

START_TEST(a_model_larger_than_the_memory_runs_from_the_flash)
{
	struct kpu_memory before, after;
	struct kpu_model *model;

	check(kpu_memory(device, &before));
	ck_assert_int_eq(kpu_load_address(device, PLACE, NULL, &model), -KPU_ERR_NO_MEM);
	ck_assert_ptr_null(model);
	run_from_flash(false);
	run_from_flash(true);
	check(kpu_memory(device, &after));
	ck_assert_uint_eq(after.free, before.free);
}
END_TEST

START_TEST(nobody_writes_below_a_model_that_runs)
{
	struct kpu_model *model;
	uint8_t byte = 0;

	check(kpu_load_flash(device, PLACE, NULL, NULL, &model));
	ck_assert_int_eq(kpu_flash_erase(device, 0, 4096, NULL, NULL), -KPU_ERR_BUSY);
	ck_assert_int_eq(kpu_flash_write(device, 0, &byte, 1, NULL, NULL), -KPU_ERR_BUSY);
	check(kpu_flash_read(device, 0, &byte, 1, NULL, NULL));
	kpu_model_free(model);
	check(kpu_flash_erase(device, 0, 4096, NULL, NULL));
}
END_TEST

TCase *flash_tests(void)
{
	TCase *test = tcase_create("flash");

	tcase_add_checked_fixture(test, setup, teardown);
	tcase_set_timeout(test, 200);
	tcase_add_test(test, a_model_larger_than_the_memory_runs_from_the_flash);
	tcase_add_test(test, nobody_writes_below_a_model_that_runs);
	return test;
}
