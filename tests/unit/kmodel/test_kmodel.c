/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The model reader: good models, each kind of damage, hostile numbers. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "kmodel/convolution.h"
#include "kmodel/kmodel.h"
#include "tools/kmodel/disc_detector.h"
#include "tools/kmodel/writer.h"

static uint8_t *model_bytes;
static size_t model_size;

static void setup(void)
{
	const char *reason = NULL;

	model_bytes = disc_detector_model(&model_size, &reason);
	ck_assert_msg(model_bytes != NULL, "%s", reason);
}

static void teardown(void)
{
	free(model_bytes);
}

/* Opens and validates an exact-size copy, so that the sanitizer sees any read beyond the end. */
static bool accept(const uint8_t *bytes, size_t size, struct kmodel_problem *problem)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct kmodel_plan plan;
	struct kmodel model;
	bool good;

	memcpy(copy, bytes, size);
	good = kmodel_open(&model, copy, size, problem) && kmodel_validate(&model, &plan, problem);
	free(copy);
	return good;
}

START_TEST(reads_layers_of_a_good_model)
{
	/* Shapes follow from the pooling of each layer: halved four times. */
	static const unsigned widths[] = { 320, 160, 80, 40, 20 };
	struct kmodel_problem problem;
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;
	struct kmodel_plan plan;
	struct kmodel model;
	unsigned i;

	ck_assert(kmodel_open(&model, model_bytes, model_size, &problem));
	ck_assert_uint_eq(model.layer_count, 6);
	kmodel_first_layer(&model, &cursor);
	for (i = 0; i < 5; i++) {
		ck_assert(kmodel_next_layer(&model, &cursor, &layer, &problem));
		ck_assert(layer.is_convolution);
		ck_assert_uint_eq(layer.convolution.input_width, widths[i]);
	}
	ck_assert_uint_eq(layer.output.space, KMODEL_SPACE_WORK);
	ck_assert(kmodel_next_layer(&model, &cursor, &layer, &problem));
	ck_assert_str_eq(kmodel_layer_name(layer.type), "DEQUANTIZE");
	/* The dequantized map keeps the shape of the convolution before it. */
	ck_assert_uint_eq(layer.output.width, 20);
	ck_assert_uint_eq(layer.output.height, 15);
	ck_assert_uint_eq(layer.output.channels, 8);
	ck_assert(!kmodel_next_layer(&model, &cursor, &layer, &problem));
	ck_assert_uint_eq(problem.status, KPU_STATUS_OK);
	ck_assert(kmodel_validate(&model, &plan, &problem));
	ck_assert_uint_eq(plan.input_bytes, 320 * 240 * 3);
	ck_assert_uint_eq(plan.ai_sram_lines, 10240 + 15 * 4);
}
END_TEST

START_TEST(knows_inputs_and_outputs)
{
	struct kmodel_problem problem;
	struct kmodel_tensor tensor;
	struct kmodel model;

	ck_assert(kmodel_open(&model, model_bytes, model_size, &problem));
	ck_assert(kmodel_get_input(&model, 0, &tensor));
	ck_assert_uint_eq(tensor.channels, 3);
	ck_assert_uint_eq(tensor.space, KMODEL_SPACE_AI_SRAM);
	ck_assert(!kmodel_get_input(&model, 1, &tensor));
	ck_assert(kmodel_get_output(&model, 0, &tensor));
	ck_assert_uint_eq(tensor.data_type, KMODEL_FLOAT32);
	ck_assert_uint_eq(tensor.bytes, 20 * 15 * 8 * 4);
	ck_assert(!kmodel_get_output(&model, 1, &tensor));
}
END_TEST

START_TEST(refuses_every_truncation)
{
	struct kmodel_problem problem;
	size_t size;

	/* The last body is 24 bytes and needs no padding, so no byte may be missing. */
	for (size = 0; size < model_size; size++)
		ck_assert_msg(!accept(model_bytes, size, &problem), "accepted %zu bytes", size);
	ck_assert(accept(model_bytes, model_size, &problem));
}
END_TEST

START_TEST(tolerates_missing_padding_of_the_last_body)
{
	/* GLOBAL_AVERAGE_POOL2D has 20 bytes of fields and 4 of padding. */
	uint32_t body[5] = { 1, 0, 64, 4, 4 };
	uint32_t dense[6 + 4 + 1] = { 1, 0, 32, 4, 1 };
	struct kmodel_writer *writer = kmodel_writer_new();
	struct kmodel_problem problem;
	const char *reason;
	uint8_t *file;
	size_t size;

	kmodel_writer_layer(writer, KMODEL_V3_FULLY_CONNECTED, dense, sizeof(dense));
	kmodel_writer_layer(writer, KMODEL_V3_GLOBAL_AVERAGE_POOL2D, body, sizeof(body));
	kmodel_writer_output(writer, 64, 16);
	kmodel_writer_work_bytes(writer, 96);
	file = kmodel_writer_finish(writer, &size, &reason);
	ck_assert_msg(file != NULL, "%s", reason);
	ck_assert(accept(file, size, &problem));
	ck_assert(accept(file, size - 4, &problem));
	ck_assert(!accept(file, size - 5, &problem));
	free(file);
	kmodel_writer_free(writer);
}
END_TEST

/* One field of the model set to a wrong value, and the word that the message must hold. */
static const struct damage {
	const char *name;
	size_t offset; /* in the file, or from the layer words of layer 0 when in_words */
	bool in_words;
	uint32_t value;
	uint16_t status;
	const char *word;
} damages[] = {
	{ "version 7", 0, false, 7, KPU_STATUS_KMODEL_VERSION, "neither" },
	{ "encrypted", 0, false, KMODEL_V3_ENCRYPTED, KPU_STATUS_DECRYPT, "encrypted" },
	{ "word-reversed", 0, false, 0x03000000, KPU_STATUS_KMODEL_VERSION, "reversed" },
	{ "package", 0, false, KMODEL_ZIP_IDENTIFIER, KPU_STATUS_KMODEL_VERSION, "kfpkg" },
	{ "architecture", 8, false, 1, KPU_STATUS_KMODEL_VERSION, "architecture" },
	{ "no layers", 12, false, 0, KPU_STATUS_KMODEL_FORMAT, "layers" },
	{ "many layers", 12, false, 0xffffffff, KPU_STATUS_KMODEL_FORMAT, "layers" },
	{ "tables past the end", 12, false, 1000, KPU_STATUS_KMODEL_FORMAT, "tables" },
	{ "huge work buffer", 20, false, 0x7fffffff, KPU_STATUS_NO_MEM, "work buffer" },
	{ "small work buffer", 20, false, 100, KPU_STATUS_KMODEL_FORMAT, "work buffer" },
	{ "no outputs", 24, false, 0, KPU_STATUS_KMODEL_FORMAT, "outputs" },
	{ "output unaligned", 28, false, 2, KPU_STATUS_KMODEL_FORMAT, "multiple of 4" },
	{ "output outside", 28, false, 0xfffffffc, KPU_STATUS_KMODEL_FORMAT, "output" },
	{ "unknown layer", 36, false, 77, KPU_STATUS_RUN_MODEL, "starts with" },
	{ "huge body", 40, false, 0xfffffff8, KPU_STATUS_KMODEL_FORMAT, "body" },
	{ "odd body", 40, false, 5, KPU_STATUS_KMODEL_FORMAT, "body" },
	{ "words outside", 92, false, 0xfffffff8, KPU_STATUS_KMODEL_FORMAT, "layer words" },
	{ "weights outside", 96, false, 0x00ffff80, KPU_STATUS_KMODEL_FORMAT, "weights" },
	{ "weights unaligned", 96, false, 129, KPU_STATUS_KMODEL_FORMAT, "multiple" },
	{ "batch norm outside", 100, false, 0x00ffff80, KPU_STATUS_KMODEL_FORMAT, "batch norm" },
	{ "activation outside", 104, false, 0x00ffff00, KPU_STATUS_KMODEL_FORMAT, "activation" },
	{ "unsupported bits", 0, true, 2, KPU_STATUS_KMODEL_FORMAT, "not supported" },
	{ "four input channels", 16, true, 3, KPU_STATUS_KMODEL_FORMAT, "loads" },
	{ "input past AI SRAM", 8, true, 0x7fff, KPU_STATUS_KMODEL_FORMAT, "AI SRAM" },
	{ "input size", 24, true, 511 | 100 << 10, KPU_STATUS_KMODEL_FORMAT, "output" },
	{ "kernel type", 32, true, 3, KPU_STATUS_KMODEL_FORMAT, "kernel" },
	{ "pool code", 32, true, 15 << 4, KPU_STATUS_KMODEL_FORMAT, "pooling" },
	{ "weight loads", 40, true, 1 | 63 << 1 | 9u << 15, KPU_STATUS_KMODEL_FORMAT, "loads" },
	{ "weight load count", 40, true, 1 | 2 << 1 | 9u << 15, KPU_STATUS_KMODEL_FORMAT, "loads" },
	{ "weight channels", 20, true, 2 | 3 << 16, KPU_STATUS_KMODEL_FORMAT, "loads" },
	{ "coefficient offset", 48, true, 1, KPU_STATUS_KMODEL_FORMAT, "not supported" },
	{ "coefficient size", 56, true, 1u << 20, KPU_STATUS_KMODEL_FORMAT, "not supported" },
	{ "output bytes", 92, true, 17, KPU_STATUS_KMODEL_FORMAT, "announces" },
	{ "channel bytes", 88, true, 17 << 16, KPU_STATUS_KMODEL_FORMAT, "channel" },
	{ "layout", 56, true, 5, KPU_STATUS_KMODEL_FORMAT, "tables" },
};

START_TEST(refuses_damage_by_name)
{
	const struct damage *damage = &damages[_i];
	/* Offsets of the first body and of its words, read from the file itself. */
	size_t first_body = 28 + 8 + 6 * 8;
	size_t words = kpu_get_u32(model_bytes + first_body + KMODEL_V3_CONV_WORDS);
	struct kmodel_problem problem;

	ck_assert_uint_eq(first_body, 84);
	kpu_put_u32(model_bytes + damage->offset + (damage->in_words ? words : 0), damage->value);
	ck_assert_msg(!accept(model_bytes, model_size, &problem), "%s: accepted", damage->name);
	ck_assert_msg(problem.status == damage->status, "%s: status %u: %s", damage->name,
		      problem.status, problem.text);
	ck_assert_msg(strstr(problem.text, damage->word) != NULL, "%s: says '%s'", damage->name,
		      problem.text);
}
END_TEST

/* Eight weights of a 1x1 kernel take the place of nine in the engine's buffer of 73,728 bytes. */
START_TEST(one_weight_load_fits_the_engine)
{
	for (uint16_t channels = 64; channels <= 65; channels++) {
		const uint16_t inputs = _i ? 1024 / 8 : 1024;
		const uint32_t bytes = channels * inputs * (_i ? 9u : 1u);
		const struct k210_kpu_layer layer = {
			.kernel_type = (uint8_t)_i,
			.input_channels = inputs,
			.output_channels = channels,
			.channels_per_load = channels,
			.load_count = 1,
			.load_bytes = bytes,
			.input_width = 4,
			.input_height = 4,
			.output_width = 4,
			.output_height = 4,
			.input_row_lines = 1,
			.input_channel_lines = 4,
			.input_groups = 4,
			.output_line = 1024,
			.output_row_lines = 1,
			.output_channel_lines = 4,
			.output_groups = 4,
			.load_batch_norm = true,
			.load_weights = true,
			.load_activation = true,
			.channel_bytes = 16,
			.total_bytes = 16u * channels,
		};
		uint32_t values[2];
		const char *fault = kmodel_convolution_fault(&layer, bytes, 1, values);

		if (channels == 64) {
			ck_assert_msg(fault == NULL, "%s", fault);
			continue;
		}
		ck_assert_ptr_nonnull(fault);
		ck_assert_ptr_nonnull(strstr(fault, "buffer"));
		ck_assert_uint_eq(values[0], bytes);
		ck_assert_uint_eq(values[1], _i ? 73728 : 65536);
	}
}
END_TEST

START_TEST(survives_random_damage)
{
	uint32_t state = 12345 + (uint32_t)_i;
	uint8_t *copy = malloc(model_size);
	struct kmodel_problem problem;
	unsigned round, changes;

	for (round = 0; round < 2000; round++) {
		size_t size = model_size;

		memcpy(copy, model_bytes, model_size);
		state = state * 1664525 + 1013904223;
		if (round % 5 == 0)
			size = (state >> 8) % model_size;
		for (changes = 0; changes < 1 + (state >> 29) && size; changes++) {
			state = state * 1664525 + 1013904223;
			copy[(state >> 8) % (round & 1 ? (size < 400 ? size : 400) : size)] =
				round % 3 ? (uint8_t)state : 0xff;
		}
		problem.text[0] = '\0';
		if (!accept(copy, size, &problem))
			ck_assert_msg(problem.status && problem.text[0],
				      "refused without a reason");
	}
	free(copy);
}
END_TEST

START_TEST(identifies_files)
{
	static const struct {
		uint8_t bytes[8];
		enum kmodel_kind kind;
	} files[] = {
		{ { 3, 0, 0, 0 }, KMODEL_KIND_V3 },
		{ { 0, 0, 0, 3 }, KMODEL_KIND_V3_REVERSED },
		{ { 'L', 'D', 'M', 'K', 4 }, KMODEL_KIND_V4 },
		{ { 'L', 'D', 'M', 'K', 5 }, KMODEL_KIND_V5 },
		{ { 'K', 'M', 'D', 'L', 0, 0, 0, 4 }, KMODEL_KIND_V4_REVERSED },
		{ { 'L', 'D', 'M', 'S' }, KMODEL_KIND_ENCRYPTED },
		{ { 'P', 'K', 3, 4 }, KMODEL_KIND_KFPKG },
		{ { 255, 255, 255, 255, 255, 255, 255, 255 }, KMODEL_KIND_BLANK },
		{ { 0 }, KMODEL_KIND_BLANK },
		{ { 0xff, 0xd8, 0xff, 0xe0 }, KMODEL_KIND_UNKNOWN },
	};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		ck_assert_int_eq(kmodel_identify(files[i].bytes, 8), files[i].kind);
	ck_assert_int_eq(kmodel_identify(files[0].bytes, 3), KMODEL_KIND_UNKNOWN);
}
END_TEST

/* Each V3 model at hand is accepted; without them the test says so. */
START_TEST(accepts_real_models)
{
	static const char *const names[] = { "v3_face_maixpy", "v3_voc20_cwdequant", "v3_mnist",
					     "v3_iris",        "v3_mask_maixpy",     "v3_ld5" };
	const char *shared = getenv("KPU_SHARED");
	struct kmodel_problem problem;
	static uint8_t bytes[4 << 20];
	char path[512];
	size_t i, size;
	FILE *file;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/models/kmodel/%s.kmodel", shared ? shared : "",
			 names[i]);
		file = fopen(path, "rb");
		if (!file) {
			printf("SKIP: %s is not there\n", path);
			continue;
		}
		size = fread(bytes, 1, sizeof(bytes), file);
		fclose(file);
		ck_assert_msg(accept(bytes, size, &problem), "%s: layer %u: %s", names[i],
			      problem.layer, problem.text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kmodel");
	TCase *good = tcase_create("good"), *bad = tcase_create("bad");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(good, setup, teardown);
	tcase_add_test(good, reads_layers_of_a_good_model);
	tcase_add_test(good, knows_inputs_and_outputs);
	tcase_add_test(good, identifies_files);
	tcase_add_test(good, accepts_real_models);
	tcase_add_checked_fixture(bad, setup, teardown);
	tcase_add_test(bad, refuses_every_truncation);
	tcase_add_test(bad, tolerates_missing_padding_of_the_last_body);
	tcase_add_loop_test(bad, refuses_damage_by_name, 0, sizeof(damages) / sizeof(damages[0]));
	tcase_add_loop_test(bad, one_weight_load_fits_the_engine, 0, 2);
	tcase_add_loop_test(bad, survives_random_damage, 0, 4);
	suite_add_tcase(suite, good);
	suite_add_tcase(suite, bad);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
