/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Real models and their golden results: every convolution's bytes and the final floats, bit for bit
 * where the last layers are DEQUANTIZE. Needs the directory KPU_SHARED; says so when it is absent.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "link/bytes.h"
#include "tests/shared_models.h"
#include "tests/unit/runtime/fixture.h"
#include "tests/unit/runtime/suites.h"

static const struct golden_case {
	const char *model, *input;
	bool exact; /* no float sums or exp on the way */
} cases[] = {
	{ "v3_face_maixpy", "face_a.u8", true },
	{ "v3_face_demo", "face_a.u8", true },
	{ "v3_voc20_demo", "dog.u8", true },
	{ "v3_voc20_cwdequant", "dog.u8", true },
	{ "v3_lp_detect", "dog.u8", true },
	{ "v3_facemask9", "face_a_320x256.u8", true },
	{ "v3_voc20_canmv", "dog_320x256.u8", true },
	{ "v3_face_canmv", "face_a_320x256.u8", true },
	{ "v3_head_canmv", "face_b_320x256.u8", true },
	{ "v3_mask_maixpy", "face_a.u8", true },
	{ "v3_mnist", "digit4_28x28.u8", false },
	{ "v3_ld5", "facecrop_128_0ae03b.u8", false },
	{ "v3_face_attr", "facecrop_128_0ae03b.u8", false },
	{ "v3_iris", "iris_setosa_f32.f32", false },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void compare_floats(const uint8_t *got, const uint8_t *expected, size_t bytes, bool exact)
{
	for (size_t i = 0; i < bytes; i += 4) {
		uint32_t a = kpu_get_u32(got + i), b = kpu_get_u32(expected + i);
		float x, y;

		if (a == b)
			continue;
		memcpy(&x, &a, sizeof(x));
		memcpy(&y, &b, sizeof(y));
		ck_assert_msg(!exact && fabsf(x - y) <= 1e-5f * fmaxf(1.0f, fabsf(y)),
			      "float %zu: %.9g is not %.9g", i / 4, (double)x, (double)y);
	}
}

/* Taps of all convolutions, then the output. Returns how many. */
static unsigned add_taps(const struct runtime_model *model, struct kpu_run_arguments *arguments,
			 bool with_convolutions, uint32_t *output_bytes)
{
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;
	struct kmodel_problem problem;
	struct kmodel_tensor output;
	unsigned count = 0;

	kmodel_first_layer(&model->kmodel, &cursor);
	while (kmodel_next_layer(&model->kmodel, &cursor, &layer, &problem))
		if (layer.is_convolution && with_convolutions)
			arguments->taps[count++] =
				(struct kpu_tap){ KPU_TAP_LAYER, (uint16_t)layer.index,
						  layer.convolution.output_width *
							  layer.convolution.output_height *
							  layer.convolution.output_channels };
	ck_assert(kmodel_get_output(&model->kmodel, 0, &output));
	arguments->taps[count] = (struct kpu_tap){ KPU_TAP_OUTPUT, 0, output.bytes };
	arguments->tap_count = (uint16_t)(count + 1);
	*output_bytes = output.bytes;
	return count;
}

/* Behind ADD_PADDING only the first pixel of a 4x4 map means something (note of the goldens). */
static bool is_padded(const char *name)
{
	return strcmp(name, "v3_mnist") == 0;
}

START_TEST(results_are_the_golden_ones)
{
	const struct golden_case *golden = &cases[_i];
	struct kpu_run_arguments arguments = { .stop_layer = KPU_RUN_ALL_LAYERS };
	size_t model_size, input_size, output_size, convolution_size = 0;
	char name[128], stem[64];
	uint8_t *file, *input, *output, *convolutions;
	struct kpu_load_result loaded;
	struct observed_run run;
	uint32_t output_bytes;
	struct fixture fixture;
	uint32_t before;

	snprintf(name, sizeof(name), "%s.kmodel", golden->model);
	file = shared_models_read("kmodel", name, "", &model_size);
	input = shared_models_read("input", golden->input, "", &input_size);
	snprintf(stem, sizeof(stem), "%.*s", (int)(strrchr(golden->input, '.') - golden->input),
		 golden->input);
	/* names of resized inputs carry a hash that the goldens do not */
	if (strstr(stem, "_0ae03b"))
		*strstr(stem, "_0ae03b") = '\0';
	snprintf(name, sizeof(name), "%s__%s.out0.f32", golden->model, stem);
	output = shared_models_read("golden", name, "", &output_size);
	snprintf(name, sizeof(name), "%s__%s", golden->model, stem);
	convolutions = is_padded(golden->model) ? NULL
						: shared_models_read("golden", name, ".conv.u8.gz",
								     &convolution_size);

	fixture_init(&fixture, 6 * 1024 * 1024 - 98304);
	ck_assert_uint_eq(fixture_load(&fixture, file, model_size, &loaded), KPU_STATUS_OK);
	ck_assert_uint_eq(loaded.input_bytes, input_size);
	arguments.model = loaded.model;
	add_taps(&fixture.runtime.models[loaded.model % RUNTIME_MODELS_MAX], &arguments,
		 convolutions != NULL, &output_bytes);
	ck_assert_uint_eq(output_bytes, output_size);
	ck_assert_uint_eq(fixture_run(&fixture, &arguments, input, (uint32_t)input_size, &run),
			  KPU_STATUS_OK);
	fixture_finish(&fixture, &run);
	ck_assert_uint_eq(run.status, KPU_STATUS_OK);
	before = run.room - output_bytes;
	if (convolutions) {
		ck_assert_uint_eq(before, convolution_size);
		for (uint32_t i = 0; i < before; i++)
			ck_assert_msg(run.bytes[i] == convolutions[i], "byte %u of all maps", i);
	}
	compare_floats(run.bytes + before, output, output_size, golden->exact);
	observed_free(&run);
	fixture_free(&fixture);
	free(file);
	free(input);
	free(output);
	free(convolutions);
}
END_TEST

Suite *goldens_suite(void)
{
	Suite *suite = suite_create("goldens");
	TCase *tests = tcase_create("goldens");

	tcase_set_timeout(tests, 120);
	if (shared_models_present("goldens"))
		tcase_add_loop_test(tests, results_are_the_golden_ones, 0, CASES);
	suite_add_tcase(suite, tests);
	return suite;
}
