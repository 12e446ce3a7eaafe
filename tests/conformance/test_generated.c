/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Generated models on a device through libkpu: the emulated board with the real firmware, or what
 * KPU_DEVICE names. Each kind of model with several seeds.
 */
#include <check.h>
#include <kpu.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/generated.h"

#define SEEDS 6u

static struct kpu_device *device;

static void open_device(void)
{
	const char *uri = getenv("KPU_DEVICE");
	struct kpu_error error;

	ck_assert_msg(kpu_open(uri ? uri : "emu:", &device, &error) == 0, "%s", error.message);
}

static void close_device(void)
{
	kpu_close(device);
}

static void compare_floats(const struct generated *model, const float *got)
{
	for (size_t i = 0; i < model->count; i++) {
		float expected = model->floats[i];

		if (memcmp(&got[i], &expected, sizeof(expected)) == 0 ||
		    (isnan(got[i]) && isnan(expected)))
			continue;
		ck_assert_msg(!model->is_exact && fabsf(got[i] - expected) <=
							  1e-5f * fmaxf(1.0f, fabsf(expected)),
			      "%s: value %zu of %zu is %.9g, not %.9g", model->name, i,
			      model->count, (double)got[i], (double)expected);
	}
}

static void compare_bytes(const struct generated *model, const uint8_t *got)
{
	for (size_t i = 0; i < model->count; i++)
		ck_assert_msg(got[i] == model->bytes[i], "%s: byte %zu of %zu is %u, not %u",
			      model->name, i, model->count, got[i], model->bytes[i]);
}

static void say_last_error(const struct generated *model)
{
	struct kpu_error error;

	kpu_last_error(device, &error);
	ck_abort_msg("%s: %s", model->name, error.message);
}

static void check_model(const struct generated *model)
{
	struct kpu_result *result;
	struct kpu_tensor tensor;
	struct kpu_model *loaded;

	if (kpu_load_memory(device, model->file, model->file_bytes, NULL, &loaded) < 0 ||
	    kpu_forward_output(loaded, model->input, model->input_bytes, 0, &result) < 0)
		say_last_error(model);
	ck_assert_int_eq(kpu_result_tensor(result, 0, &tensor), 0);
	ck_assert_uint_eq(tensor.info.bytes, model->count * (model->is_float ? 4 : 1));
	ck_assert_int_eq(tensor.info.type == KPU_TENSOR_FLOAT32, model->is_float);
	if (model->is_float)
		compare_floats(model, tensor.data);
	else
		compare_bytes(model, tensor.data);
	kpu_result_free(result);
	kpu_model_free(loaded);
}

START_TEST(generated_models_give_what_the_reference_gives)
{
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		struct generated model;

		ck_assert(generate_model((unsigned)_i, seed, &model));
		check_model(&model);
		generated_free(&model);
	}
}
END_TEST

static int kinds(void)
{
	struct generated model;
	unsigned count = 0;

	for (; generate_model(count, 1, &model); count++)
		generated_free(&model);
	return (int)count;
}

int main(void)
{
	Suite *suite = suite_create("generated models");
	TCase *tests = tcase_create("generated models");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_device, close_device);
	tcase_add_loop_test(tests, generated_models_give_what_the_reference_gives, 0, kinds());
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
