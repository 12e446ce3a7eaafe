/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The reader of V4 models: good ones, every truncation, each kind of damage, hostile numbers. */
#include <check.h>
#include <stdlib.h>

#include "kmodel/kmodel.h"
#include "tests/conformance/generated.h"

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

/* One input of 2x3x4 bytes, uploaded in two batches, convolved in batches, quantized; two outputs.
 * Node 0: KPU_UPLOAD, 1: KPU_CONV2D, 2: DEQUANTIZE, 3: STRIDED_SLICE, 4: QUANTIZED_CONV2D */
static uint8_t *write_model(size_t *size)
{
	static const uint8_t unit[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
	static const struct kmodel_batch_norm norm[3] = { { 1, 0, 0 }, { 1, 0, 0 }, { 1, 0, 0 } };
	static const int32_t shape[4] = { 2, 3, 4, 5 }, zeros[4], ones[4] = { 1, 1, 1, 1 };
	static const struct kmodel_v4_window_parameters window = {
		{ 0, 0, 0, 0 }, { 1, 1 }, { 1, 1 }, { 1, 1 }
	};
	static const struct kmodel_v4_quantization numbers = { 0, 0, 1, 0, 0 };
	static const int32_t bias[3];
	struct kmodel_v4_writer *writer = kmodel_v4_writer_new();
	struct kmodel_v4_tensor in = { .shape = { 2, 3, 4, 5 } }, map = in;
	struct kmodel_v4_range floats, slice, bytes;
	struct kmodel_activation activation;
	struct kmodel_convolution conv = { .width = 5,
					   .height = 4,
					   .input_channels = 3,
					   .output_channels = 3,
					   .kernel = 1,
					   .weights = unit,
					   .batch_norm = norm,
					   .activation = &activation,
					   .input_line = 64,
					   .output_line = 1024 };
	const char *reason = "?";
	uint8_t *file;

	kmodel_activation_shift(&activation, 0);
	in.range = kmodel_v4_main(writer, KMODEL_V4_DATA_UINT8, 120);
	map.range = kmodel_v4_main(writer, KMODEL_V4_DATA_UINT8, 120);
	floats = kmodel_v4_main(writer, KMODEL_V4_DATA_FLOAT32, 480);
	slice = kmodel_v4_main(writer, KMODEL_V4_DATA_FLOAT32, 480);
	bytes = kmodel_v4_main(writer, KMODEL_V4_DATA_UINT8, 120);
	kmodel_v4_input(writer, in.range, shape);
	kmodel_v4_output(writer, slice);
	kmodel_v4_output(writer, bytes);
	kmodel_v4_upload(writer, &in, kmodel_v4_kpu(64, 8));
	kmodel_v4_convolution(writer, &conv, 2, &map.range);
	kmodel_v4_quantize(writer, KMODEL_V4_DEQUANTIZE, map.range, floats, 3, 0.5f);
	kmodel_v4_strided_slice(writer, &(struct kmodel_v4_tensor){ floats, { 2, 3, 4, 5 } }, slice,
				zeros, shape, ones);
	kmodel_v4_quantized_conv2d(writer, KMODEL_V4_QUANTIZED_CONV2D, &map, bytes, 1, 3, &window,
				   &numbers, unit, 9, bias, 3);
	file = kmodel_v4_finish(writer, size, &reason);
	ck_assert_msg(file != NULL, "%s", reason);
	kmodel_v4_writer_free(writer);
	return file;
}

START_TEST(reads_layers_and_tables)
{
	static const uint32_t types[] = { KMODEL_V4_KPU_UPLOAD, KMODEL_V4_KPU_CONV2D,
					  KMODEL_V4_DEQUANTIZE, KMODEL_V4_STRIDED_SLICE,
					  KMODEL_V4_QUANTIZED_CONV2D };
	struct kmodel_problem problem;
	struct kmodel_cursor cursor;
	struct kmodel_tensor tensor;
	struct kmodel_layer layer;
	struct kmodel_plan plan;
	struct kmodel model;
	size_t size;
	uint8_t *file = write_model(&size);

	ck_assert(kmodel_open(&model, file, size, &problem));
	ck_assert_int_eq(model.kind, KMODEL_KIND_V4);
	ck_assert(kmodel_get_input(&model, 0, &tensor));
	ck_assert_uint_eq(tensor.bytes, 120);
	ck_assert_uint_eq(tensor.channels, 6);
	ck_assert(!kmodel_get_input(&model, 1, &tensor));
	ck_assert(kmodel_get_output(&model, 0, &tensor));
	ck_assert_int_eq(tensor.data_type, KMODEL_FLOAT32);
	ck_assert_uint_eq(tensor.height, 4);
	ck_assert(kmodel_get_output(&model, 1, &tensor));
	ck_assert_int_eq(tensor.data_type, KMODEL_UINT8);
	ck_assert(!kmodel_get_output(&model, 2, &tensor));
	kmodel_first_layer(&model, &cursor);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert(kmodel_next_layer(&model, &cursor, &layer, &problem));
		ck_assert_uint_eq(layer.type, types[i]);
		if (i < 2) {
			ck_assert_uint_eq(layer.batches, 2);
			ck_assert_uint_eq(layer.output.batches, 2);
			ck_assert_uint_eq(layer.output.channels, 6);
		}
	}
	ck_assert(!kmodel_next_layer(&model, &cursor, &layer, &problem));
	ck_assert_uint_eq(problem.status, KPU_STATUS_OK);
	ck_assert(kmodel_validate(&model, &plan, &problem));
	ck_assert_uint_eq(plan.input_bytes, 120);
	/* two maps of 3 channels side by side in 4 rows */
	ck_assert_uint_eq(plan.ai_sram_lines, 1024 + 8);
	free(file);
}
END_TEST

/* Every operator's own model is accepted, and no shorter version of it but for the padding. */
START_TEST(refuses_truncations)
{
	struct kmodel_problem problem;
	struct generated model;
	size_t least;

	if (!generate_model((unsigned)_i, 7, &model))
		return;
	ck_assert_msg(accept(model.file, model.file_bytes, &problem), "%s: layer %u: %s",
		      model.name, problem.layer, problem.text);
	least = model.file_bytes > 7 ? model.file_bytes - 7 : 0;
	for (size_t size = 0; size < least; size += 1 + size / 500) {
		problem.text[0] = '\0';
		ck_assert_msg(!accept(model.file, size, &problem), "%s: accepted %zu of %zu bytes",
			      model.name, size, model.file_bytes);
		ck_assert_str_ne(problem.text, "");
	}
	generated_free(&model);
}
END_TEST

START_TEST(survives_random_damage)
{
	uint32_t state = 99 + (uint32_t)_i;
	struct kmodel_problem problem;
	struct generated model;
	uint8_t *copy;

	if (!generate_model((unsigned)_i, 3, &model))
		return;
	copy = malloc(model.file_bytes);
	for (unsigned round = 0; round < 500; round++) {
		size_t reach = round & 1 && model.file_bytes > 300 ? 300 : model.file_bytes;

		memcpy(copy, model.file, model.file_bytes);
		for (unsigned change = 0; change <= round % 4; change++) {
			state = state * 1664525 + 1013904223;
			copy[(state >> 8) % reach] = round % 3 ? (uint8_t)(state >> 3) : 0xff;
		}
		problem.text[0] = '\0';
		if (!accept(copy, model.file_bytes, &problem))
			ck_assert_msg(problem.status && problem.text[0],
				      "refused without a reason");
	}
	free(copy);
	generated_free(&model);
}
END_TEST

/* One word of the model set to a wrong value, and what the message must hold. */
static const struct damage {
	const char *name;
	int node; /* -1: offset in the file */
	size_t offset;
	uint32_t value;
	uint16_t status;
	const char *word;
} damages[] = {
	{ "version 5", -1, 4, 5, KPU_STATUS_KMODEL_VERSION, "V5" },
	{ "target", -1, 12, 2, KPU_STATUS_KMODEL_VERSION, "target" },
	{ "odd constants", -1, 16, 2, KPU_STATUS_KMODEL_FORMAT, "multiple of 4" },
	{ "huge constants", -1, 16, 0xfffffff0, KPU_STATUS_KMODEL_FORMAT, "tables" },
	{ "huge memory", -1, 20, 0x7fffffff, KPU_STATUS_NO_MEM, "work buffer" },
	{ "small memory", -1, 20, 64, KPU_STATUS_KMODEL_FORMAT, "input 0" },
	{ "no nodes", -1, 24, 0, KPU_STATUS_KMODEL_FORMAT, "layers" },
	{ "many nodes", -1, 24, 0xffffffff, KPU_STATUS_KMODEL_FORMAT, "layers" },
	{ "no inputs", -1, 28, 0, KPU_STATUS_KMODEL_FORMAT, "inputs" },
	{ "many outputs", -1, 32, 1000, KPU_STATUS_KMODEL_FORMAT, "outputs" },
	{ "input among the constants", -1, 40, 0, KPU_STATUS_KMODEL_FORMAT, "input 0" },
	{ "input too small", -1, 52, 119, KPU_STATUS_KMODEL_FORMAT, "input 0" },
	{ "input shape of zero", -1, 56, 0, KPU_STATUS_KMODEL_FORMAT, "input 0" },
	{ "input shape overflows", -1, 56, 0x40000000, KPU_STATUS_KMODEL_FORMAT, "input 0" },
	{ "output outside", -1, 80, 0xfffffff0, KPU_STATUS_KMODEL_FORMAT, "output 0" },
	{ "output in the AI SRAM", -1, 72, 2, KPU_STATUS_KMODEL_FORMAT, "output 0" },
	{ "unknown operator", -1, 104, 0x999, KPU_STATUS_NOT_IMPLEMENT, "operator" },
	{ "no operator at all", -1, 104, 0x10000, KPU_STATUS_KMODEL_FORMAT, "operator" },
	{ "huge body", -1, 108, 0xfffffff8, KPU_STATUS_KMODEL_FORMAT, "body" },
	{ "odd body", -1, 108, 45, KPU_STATUS_KMODEL_FORMAT, "body" },
	{ "memory of no kind", 0, 0, 3, KPU_STATUS_KMODEL_FORMAT, "memory 3" },
	{ "type of no kind", 0, 4, 2, KPU_STATUS_KMODEL_FORMAT, "data type 2" },
	{ "upload past the AI SRAM", 0, 24, 0x1fff80, KPU_STATUS_KMODEL_FORMAT, "2097152" },
	{ "upload between lines", 0, 24, 4100, KPU_STATUS_KMODEL_FORMAT, "multiple" },
	{ "upload of too much", 0, 32, 3, KPU_STATUS_KMODEL_FORMAT, "values" },
	{ "upload to the work buffer", 0, 16, 1, KPU_STATUS_KMODEL_FORMAT, "past its memory" },
	{ "no batches", 1, 16, 0, KPU_STATUS_KMODEL_FORMAT, "batches" },
	{ "batches past the AI SRAM", 1, 16, 8000, KPU_STATUS_KMODEL_FORMAT, "AI SRAM" },
	{ "batches past the output", 1, 16, 3, KPU_STATUS_KMODEL_FORMAT, "values" },
	{ "output at an odd place", 1, 8, 121, KPU_STATUS_KMODEL_FORMAT, "multiple of 8" },
	{ "batch norm far away", 1, 60, 0xffffff00, KPU_STATUS_KMODEL_FORMAT, "needs" },
	{ "dequantize from floats", 2, 4, 0, KPU_STATUS_KMODEL_FORMAT, "data type" },
	{ "dequantize into constants", 2, 16, 0, KPU_STATUS_KMODEL_FORMAT, "memory" },
	{ "dequantize to too little", 2, 28, 476, KPU_STATUS_KMODEL_FORMAT, "room" },
	{ "slice from behind", 3, 48, 2, KPU_STATUS_KMODEL_FORMAT, "slice" },
	{ "slice to nowhere", 3, 76, 6, KPU_STATUS_KMODEL_FORMAT, "slice" },
	{ "slice without steps", 3, 84, 0, KPU_STATUS_KMODEL_FORMAT, "slice" },
	{ "groups that do not divide", 4, 48, 2, KPU_STATUS_KMODEL_FORMAT, "groups" },
	{ "no output channels", 4, 52, 0, KPU_STATUS_KMODEL_FORMAT, "channels" },
	{ "filter of nothing", 4, 72, 0, KPU_STATUS_KMODEL_FORMAT, "window" },
	{ "filter larger than the map", 4, 76, 6, KPU_STATUS_KMODEL_FORMAT, "window" },
	{ "no stride", 4, 80, 0, KPU_STATUS_KMODEL_FORMAT, "window" },
	{ "padding without end", 4, 60, 0x7fffffff, KPU_STATUS_KMODEL_FORMAT, "window" },
	{ "shift beyond the product", 4, 108, 63, KPU_STATUS_KMODEL_FORMAT, "shifts" },
	{ "more weights than there are", 4, 52, 60, KPU_STATUS_KMODEL_FORMAT, "needs" },
};

START_TEST(refuses_damage_by_name)
{
	const struct damage *damage = &damages[_i];
	struct kmodel_problem problem = { 0 };
	size_t size, at = damage->offset;
	uint8_t *file = write_model(&size);
	/* header, 1 input, 2 outputs, no constants: 104 bytes; 5 node headers; then the bodies */
	size_t headers = 40 + 16 + 16 + 2 * 16, body = headers + 5 * 8;

	for (int node = 0; node < damage->node; node++)
		body += kpu_get_u32(file + headers + (size_t)node * 8 + 4);
	if (damage->node >= 0)
		at += body;
	ck_assert_uint_eq(headers, 104);
	ck_assert(accept(file, size, &problem));
	kpu_put_u32(file + at, damage->value);
	ck_assert_msg(!accept(file, size, &problem), "%s: accepted", damage->name);
	ck_assert_msg(problem.status == damage->status, "%s: status %u: %s", damage->name,
		      problem.status, problem.text);
	ck_assert_msg(strstr(problem.text, damage->word) != NULL, "%s: says '%s'", damage->name,
		      problem.text);
	if (damage->node >= 0)
		ck_assert_int_eq((int)problem.layer, damage->node);
	free(file);
}
END_TEST

/* Byte code that must not be run. */
static const struct program {
	const char *name;
	uint8_t code[8];
	uint32_t bytes;
	const char *word;
} programs[] = {
	{ "takes from nothing", { 0x40, 0xa0 }, 2, "stack" },
	{ "pops what it does not have", { 0x03, 0x02, 0x02, 0xa0 }, 4, "stack" },
	{ "leaves nothing", { 0x03, 0x02, 0xa0 }, 3, "no result" },
	{ "unknown", { 0x03, 0x77, 0xa0 }, 3, "unknown" },
	{ "past the functions", { 0x03, 0x2a, 0xa0 }, 3, "unknown" },
	{ "never returns", { 0x03, 0, 0, 0, 0, 0, 0, 0 }, 8, "needs" },
	{ "a constant cut off", { 0x03, 0x05, 0x03, 0x06 }, 4, "needs" },
};

static uint8_t *write_program(const uint8_t *code, uint32_t bytes, size_t *size)
{
	static const int32_t shape[4] = { 1, 1, 1, 4 };
	struct kmodel_v4_writer *writer = kmodel_v4_writer_new();
	struct kmodel_v4_range in = kmodel_v4_main(writer, KMODEL_V4_DATA_FLOAT32, 16);
	const char *reason = "?";
	uint8_t *file;

	kmodel_v4_input(writer, in, shape);
	kmodel_v4_output(writer, in);
	kmodel_v4_nnil(writer, in, in, code, bytes);
	file = kmodel_v4_finish(writer, size, &reason);
	ck_assert_msg(file != NULL, "%s", reason);
	kmodel_v4_writer_free(writer);
	return file;
}

START_TEST(refuses_byte_code)
{
	struct kmodel_problem problem;
	size_t size;
	uint8_t *file = write_program(programs[_i].code, programs[_i].bytes, &size);

	ck_assert_msg(!accept(file, size, &problem), "%s: accepted", programs[_i].name);
	ck_assert_msg(strstr(problem.text, programs[_i].word) != NULL, "%s: says '%s'",
		      programs[_i].name, problem.text);
	free(file);
}
END_TEST

START_TEST(byte_code_uses_all_of_the_stack_and_no_more)
{
	uint8_t code[5000];
	struct kmodel_problem problem;
	uint8_t *file;
	size_t size;

	/* an even number of values keeps the body full */
	memset(code, 0x03, sizeof(code));
	code[64] = 0xa0;
	file = write_program(code, 65, &size);
	ck_assert(accept(file, size, &problem));
	free(file);
	code[64] = 0x03;
	code[65] = 0xa0;
	file = write_program(code, 66, &size);
	ck_assert(!accept(file, size, &problem));
	free(file);
	memset(code, 0x00, sizeof(code));
	code[0] = 0x03;
	code[4999] = 0xa0;
	file = write_program(code, 5000, &size);
	ck_assert(!accept(file, size, &problem));
	ck_assert_ptr_nonnull(strstr(problem.text, "4096"));
	free(file);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kmodel V4");
	TCase *good = tcase_create("good"), *bad = tcase_create("bad");
	struct generated model;
	SRunner *runner;
	int failed, kinds = 0;

	while (generate_model((unsigned)kinds, 1, &model)) {
		generated_free(&model);
		kinds++;
	}
	tcase_add_test(good, reads_layers_and_tables);
	tcase_add_loop_test(bad, refuses_truncations, 0, kinds);
	tcase_add_loop_test(bad, survives_random_damage, 0, kinds);
	tcase_add_loop_test(bad, refuses_damage_by_name, 0, sizeof(damages) / sizeof(damages[0]));
	tcase_add_loop_test(bad, refuses_byte_code, 0, sizeof(programs) / sizeof(programs[0]));
	tcase_add_test(bad, byte_code_uses_all_of_the_stack_and_no_more);
	suite_add_tcase(suite, good);
	suite_add_tcase(suite, bad);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
