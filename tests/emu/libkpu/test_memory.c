/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What fits, what does not, and that this is known before a byte is sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/emu/libkpu/models.h"
#include "tests/emu/libkpu/suites.h"
#include "tools/kmodel/disc_detector.h"

#define MEBIBYTE      1048576.0
#define LOAD_ATTEMPTS 20

static struct kpu_error last_error(struct kpu_device *device)
{
	struct kpu_error error;

	kpu_last_error(device, &error);
	return error;
}

START_TEST(a_model_with_5_9_mebibytes_of_parameters_runs)
{
	/* The machine may be busy. */
	const struct kpu_load_options patient = { .timeout_ms = 600000 };
	float input[CHAIN_WIDTH], expected[CHAIN_WIDTH];
	struct kpu_device *device = open_emulated("");
	struct kpu_memory before, after;
	size_t size, parameters;
	uint8_t *data = chain_model(25, 18, &size, &parameters);
	struct kpu_result *result;
	struct kpu_tensor tensor;
	struct kpu_model *model;
	const float *got;

	ck_assert_double_ge((double)parameters / MEBIBYTE, 5.9);
	ck_assert_int_eq(kpu_memory(device, &before), 0);
	ck_assert_msg(kpu_load_memory(device, data, size, &patient, &model) == 0, "%s",
		      last_error(device).message);
	for (unsigned i = 0; i < CHAIN_WIDTH; i++)
		input[i] = (float)(i * 37 % 64);
	chain_expected(25, 18, input, expected);
	ck_assert_msg(kpu_forward(model, input, sizeof(input), &result) == 0, "%s",
		      last_error(device).message);
	ck_assert_int_eq(kpu_result_tensor(result, 0, &tensor), 0);
	ck_assert_uint_eq(tensor.info.elements, 18);
	got = tensor.data;
	for (unsigned i = 0; i < 18; i++)
		ck_assert_float_eq_tol(got[i], expected[i], 1e-4f);
	kpu_result_free(result);
	kpu_model_free(model);
	ck_assert_int_eq(kpu_memory(device, &after), 0);
	ck_assert_uint_eq(after.free, before.free);
	kpu_close(device);
	free(data);
}
END_TEST

/* Refuses with the numbers; nothing but questions went to the board. */
static void check_refused(struct kpu_device *device, const uint8_t *data, size_t size)
{
	struct kpu_link_statistics before, after;
	struct kpu_model *model;
	struct kpu_error error;
	char number[24];

	kpu_link_statistics(device, &before, NULL);
	ck_assert_int_eq(kpu_load_memory(device, data, size, NULL, &model), -KPU_ERR_NO_MEM);
	ck_assert_ptr_null(model);
	kpu_link_statistics(device, &after, NULL);
	ck_assert_uint_lt(after.bytes_sent - before.bytes_sent, 500);
	error = last_error(device);
	snprintf(number, sizeof(number), "%zu", size);
	ck_assert_msg(strstr(error.message, number) != NULL, "%s", error.message);
}

START_TEST(too_large_models_are_refused_with_the_numbers)
{
	struct kpu_device *device = open_emulated("");
	size_t size, parameters;
	uint8_t *data = chain_model(26, 180, &size, &parameters);

	ck_assert_double_ge((double)size / MEBIBYTE, 6.3);
	check_refused(device, data, size);
	free(data);
	/* Less than the chip's memory, more than the board has for models. */
	data = chain_model(25, 100, &size, &parameters);
	ck_assert_double_lt((double)size / MEBIBYTE, 6);
	check_refused(device, data, size);
	ck_assert_ptr_nonnull(strstr(last_error(device).message, "largest layer"));
	free(data);
	kpu_close(device);
}
END_TEST

START_TEST(the_plan_says_what_loading_takes)
{
	struct kpu_device *device = open_emulated("");
	struct kpu_network *network;
	struct kpu_memory_plan plan;
	struct kpu_memory after;
	struct kpu_model *model;
	const char *reason;
	size_t size;
	uint8_t *data = disc_detector_model(&size, &reason);

	ck_assert_int_eq(kpu_network_parse(data, size, &network, NULL), 0);
	ck_assert_int_eq(kpu_memory_plan(device, network, &plan), 0);
	ck_assert(plan.fits && plan.board.models == 0);
	ck_assert_int_eq(kpu_load_network(device, network, NULL, &model), 0);
	ck_assert_int_eq(kpu_memory(device, &after), 0);
	ck_assert_uint_eq(after.free, plan.board.free - plan.needs);
	ck_assert_uint_eq(after.models, 1);
	kpu_network_free(network);
	kpu_model_free(model);
	kpu_close(device);
	free(data);
}
END_TEST

START_TEST(as_many_models_as_fit_are_loaded_at_once)
{
	float input[CHAIN_WIDTH] = { 1, 2, 3 }, expected[CHAIN_WIDTH];
	struct kpu_model *models[LOAD_ATTEMPTS], *late;
	struct kpu_device *device = open_emulated("");
	struct kpu_memory before, after;
	size_t size, parameters;
	uint8_t *data = chain_model(4, CHAIN_WIDTH, &size, &parameters);
	unsigned count = 0;

	chain_expected(4, CHAIN_WIDTH, input, expected);
	ck_assert_int_eq(kpu_memory(device, &before), 0);
	while (count < LOAD_ATTEMPTS &&
	       kpu_load_memory(device, data, size, NULL, &models[count]) == 0)
		count++;
	/* No byte of memory was left out for which there was a model. */
	ck_assert_uint_eq(count, before.total / (size + 2 * CHAIN_WIDTH * 4 + 600));
	ck_assert_int_eq(last_error(device).code, KPU_ERR_NO_MEM);
	for (unsigned i = 0; i < count; i++) {
		struct kpu_result *result;
		struct kpu_tensor tensor;

		ck_assert_int_eq(kpu_forward(models[i], input, sizeof(input), &result), 0);
		kpu_result_tensor(result, 0, &tensor);
		for (unsigned k = 0; k < CHAIN_WIDTH; k++)
			ck_assert_float_eq_tol(((const float *)tensor.data)[k], expected[k], 1e-5f);
		kpu_result_free(result);
	}
	/* The place of one that was freed is good for another. */
	kpu_model_free(models[count / 2]);
	ck_assert_int_eq(kpu_load_memory(device, data, size, NULL, &late), 0);
	models[count / 2] = late;
	for (unsigned i = 0; i < count; i++)
		kpu_model_free(models[i]);
	ck_assert_int_eq(kpu_memory(device, &after), 0);
	ck_assert(after.free == before.free && after.models == 0);
	kpu_close(device);
	free(data);
}
END_TEST

TCase *memory_tests(void)
{
	TCase *tests = tcase_create("memory");

	tcase_set_timeout(tests, 180);
	tcase_add_test(tests, a_model_with_5_9_mebibytes_of_parameters_runs);
	tcase_add_test(tests, too_large_models_are_refused_with_the_numbers);
	tcase_add_test(tests, the_plan_says_what_loading_takes);
	tcase_add_test(tests, as_many_models_as_fit_are_loaded_at_once);
	return tests;
}
