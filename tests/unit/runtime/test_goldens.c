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
	unsigned outputs;
} cases[] = {
	{ "v3_face_maixpy", "face_a.u8", true, 1 },
	{ "v3_face_demo", "face_a.u8", true, 1 },
	{ "v3_voc20_demo", "dog.u8", true, 1 },
	{ "v3_voc20_cwdequant", "dog.u8", true, 1 },
	{ "v3_lp_detect", "dog.u8", true, 1 },
	{ "v3_facemask9", "face_a_320x256.u8", true, 1 },
	{ "v3_voc20_canmv", "dog_320x256.u8", true, 1 },
	{ "v3_face_canmv", "face_a_320x256.u8", true, 1 },
	{ "v3_head_canmv", "face_b_320x256.u8", true, 1 },
	{ "v3_mask_maixpy", "face_a.u8", true, 1 },
	{ "v3_mnist", "digit4_28x28.u8", false, 1 },
	{ "v3_ld5", "facecrop_128_0ae03b.u8", false, 1 },
	{ "v3_face_attr", "facecrop_128_0ae03b.u8", false, 1 },
	{ "v3_iris", "iris_setosa_f32.f32", false, 1 },
	{ "v4_voc20", "dog.u8", true, 1 },
	{ "v4_face_320x240", "face_a.u8", true, 1 },
	{ "v4_ulffd_landmark", "crowd.u8", true, 3 },
	{ "v4_ulffd_landmark", "face_a.u8", true, 3 },
	{ "v4_slim320", "crowd.u8", false, 2 },
	{ "v4_feature64", "facecrop_64.u8", false, 1 },
	{ "v4_mobilenet025", "dog_224_f3659d.u8", false, 1 },
	{ "v4_asr", "rnd80x28x1.u8", true, 1 },
	{ "v4_iris", "iris_virginica_f32.f32", false, 1 },
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

/* Taps of the convolutions, as many as a run may have, and behind them those of the outputs.
 * Returns the bytes of the convolutions. */
static uint32_t add_taps(const struct runtime_model *model, struct kpu_run_arguments *arguments,
			 bool with_convolutions, unsigned outputs)
{
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;
	struct kmodel_problem problem;
	struct kmodel_tensor output;
	uint32_t bytes = 0;
	unsigned count = 0;

	kmodel_first_layer(model->kmodel, &cursor);
	while (kmodel_next_layer(model->kmodel, &cursor, &layer, &problem))
		if (layer.is_convolution && with_convolutions && count + outputs < KPU_TAPS_MAX) {
			arguments->taps[count++] =
				(struct kpu_tap){ KPU_TAP_LAYER, (uint16_t)layer.index,
						  layer.output.bytes };
			bytes += layer.output.bytes;
		}
	for (unsigned i = 0; i < outputs; i++) {
		ck_assert(kmodel_get_output(model->kmodel, i, &output));
		arguments->taps[count++] =
			(struct kpu_tap){ KPU_TAP_OUTPUT, (uint16_t)i, output.bytes };
	}
	arguments->tap_count = (uint16_t)count;
	return bytes;
}

/* Behind ADD_PADDING only the first pixel of a 4x4 map means something (note of the goldens). */
static bool is_padded(const char *name)
{
	return strcmp(name, "v3_mnist") == 0;
}

/* Name of the input without suffix and without the hash that resized ones carry. */
static void input_stem(const char *input, char *stem, size_t room)
{
	static const char *const hashes[] = { "_0ae03b", "_f3659d" };

	snprintf(stem, room, "%.*s", (int)(strrchr(input, '.') - input), input);
	for (unsigned i = 0; i < 2; i++)
		if (strstr(stem, hashes[i]))
			*strstr(stem, hashes[i]) = '\0';
}

static void compare_outputs(const struct golden_case *golden, const char *stem,
			    const uint8_t *bytes, uint32_t length)
{
	unsigned outputs = golden->outputs;
	char name[160];

	for (unsigned i = 0; i < outputs; i++) {
		size_t size;
		uint8_t *output;

		snprintf(name, sizeof(name), "%s__%s.out%u.f32", golden->model, stem, i);
		output = shared_models_read("golden", name, "", &size);
		ck_assert_uint_le(size, length);
		compare_floats(bytes, output, size, golden->exact);
		bytes += size;
		length -= (uint32_t)size;
		free(output);
	}
	ck_assert_uint_eq(length, 0);
}

START_TEST(results_are_the_golden_ones)
{
	const struct golden_case *golden = &cases[_i];
	struct kpu_run_arguments arguments = { .stop_layer = KPU_RUN_ALL_LAYERS };
	size_t model_size, input_size, convolution_size = 0;
	char name[160], stem[64];
	uint8_t *file, *input, *convolutions;
	struct kpu_load_result loaded;
	struct observed_run run;
	struct fixture fixture;
	uint32_t before;

	snprintf(name, sizeof(name), "%s.kmodel", golden->model);
	file = shared_models_read("kmodel", name, "", &model_size);
	input = shared_models_read("input", golden->input, "", &input_size);
	input_stem(golden->input, stem, sizeof(stem));
	snprintf(name, sizeof(name), "%s__%s", golden->model, stem);
	convolutions = is_padded(golden->model) ? NULL
						: shared_models_read("golden", name, ".conv.u8.gz",
								     &convolution_size);

	fixture_init(&fixture, 6 * 1024 * 1024 - 98304);
	ck_assert_uint_eq(fixture_load(&fixture, file, model_size, &loaded), KPU_STATUS_OK);
	ck_assert_uint_eq(loaded.input_bytes, input_size);
	arguments.model = loaded.model;
	before = add_taps(&fixture.runtime.models[loaded.model % RUNTIME_MODELS_MAX], &arguments,
			  convolutions != NULL, golden->outputs);
	ck_assert_uint_eq(fixture_run(&fixture, &arguments, input, (uint32_t)input_size, &run),
			  KPU_STATUS_OK);
	fixture_finish(&fixture, &run);
	ck_assert_uint_eq(run.status, KPU_STATUS_OK);
	if (convolutions)
		ck_assert_uint_eq(before, convolution_size);
	for (uint32_t i = 0; i < before; i++)
		ck_assert_msg(run.bytes[i] == convolutions[i], "byte %u of all maps", i);
	compare_outputs(golden, stem, run.bytes + before, run.room - before);
	observed_free(&run);
	fixture_free(&fixture);
	free(file);
	free(input);
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
