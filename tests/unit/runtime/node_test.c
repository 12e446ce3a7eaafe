/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/runtime/node_test.h"

#include <math.h>
#include <stdlib.h>

#include "link/bytes.h"

#define MEMORY_BYTES (1024u * 1024)

void node_start(struct node_test *test)
{
	memset(test, 0, sizeof(*test));
	test->writer = kmodel_v4_writer_new();
	ck_assert_ptr_nonnull(test->writer);
}

static struct kmodel_v4_range add_input(struct node_test *test, const int32_t shape[4],
					enum kmodel_v4_data_type type, const void *values)
{
	uint32_t bytes = (uint32_t)(shape[0] * shape[1] * shape[2] * shape[3]) *
			 (type == KMODEL_V4_DATA_FLOAT32 ? 4 : 1);
	struct kmodel_v4_range range = kmodel_v4_main(test->writer, type, bytes);

	ck_assert_uint_le(test->input_bytes + bytes, sizeof(test->input));
	kmodel_v4_input(test->writer, range, shape);
	memcpy(test->input + test->input_bytes, values, bytes);
	test->input_bytes += bytes;
	return range;
}

struct kmodel_v4_range node_floats(struct node_test *test, const int32_t shape[4],
				   const float *values)
{
	return add_input(test, shape, KMODEL_V4_DATA_FLOAT32, values);
}

struct kmodel_v4_range node_bytes(struct node_test *test, const int32_t shape[4],
				  const uint8_t *values)
{
	return add_input(test, shape, KMODEL_V4_DATA_UINT8, values);
}

struct kmodel_v4_range node_result(struct node_test *test, enum kmodel_v4_data_type type,
				   uint32_t elements)
{
	uint32_t bytes = elements * (type == KMODEL_V4_DATA_FLOAT32 ? 4 : 1);
	struct kmodel_v4_range range = kmodel_v4_main(test->writer, type, bytes);

	ck_assert_uint_le(bytes, sizeof(test->result));
	kmodel_v4_output(test->writer, range);
	test->result_bytes = bytes;
	return range;
}

static void finish(struct node_test *test)
{
	const char *reason = "?";

	test->file = kmodel_v4_finish(test->writer, &test->file_bytes, &reason);
	ck_assert_msg(test->file != NULL, "%s", reason);
	kmodel_v4_writer_free(test->writer);
	test->writer = NULL;
}

uint16_t node_load(struct node_test *test)
{
	struct kpu_load_result result;
	struct fixture fixture;
	uint16_t status;

	finish(test);
	fixture_init(&fixture, MEMORY_BYTES);
	status = fixture_load(&fixture, test->file, test->file_bytes, &result);
	fixture_free(&fixture);
	free(test->file);
	return status;
}

static void run_on_board(struct node_test *test)
{
	struct kpu_run_arguments arguments = { .stop_layer = KPU_RUN_ALL_LAYERS, .tap_count = 1 };
	struct kpu_load_result loaded;
	struct observed_run run;
	struct fixture fixture;

	fixture_init(&fixture, MEMORY_BYTES);
	ck_assert_msg(fixture_load(&fixture, test->file, test->file_bytes, &loaded) ==
			      KPU_STATUS_OK,
		      "layer %u: %s", loaded.problem_layer, loaded.problem);
	ck_assert_uint_eq(loaded.version, 4);
	ck_assert_uint_eq(loaded.input_bytes, test->input_bytes);
	arguments.model = loaded.model;
	arguments.taps[0] = (struct kpu_tap){ KPU_TAP_OUTPUT, 0, test->result_bytes };
	ck_assert_uint_eq(fixture_run(&fixture, &arguments, test->input, test->input_bytes, &run),
			  KPU_STATUS_OK);
	fixture_finish(&fixture, &run);
	ck_assert_uint_eq(run.status, KPU_STATUS_OK);
	ck_assert_uint_eq(run.fetched, test->result_bytes);
	memcpy(test->result, run.bytes, test->result_bytes);
	observed_free(&run);
	fixture_free(&fixture);
}

/* The same once more, one piece at a time; convolutions of the KPU are left to the board. */
static void run_in_pieces(struct node_test *test)
{
	uint8_t *work = aligned_alloc(256, MEMORY_BYTES);
	uint8_t *file = aligned_alloc(256, (test->file_bytes + 255) & ~(size_t)255);
	struct kmodel_problem problem;
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;
	struct kmodel_tensor tensor;
	struct kmodel model;
	uint32_t used = 0;

	memset(work, 0x5a, MEMORY_BYTES);
	memcpy(file, test->file, test->file_bytes);
	ck_assert(kmodel_open(&model, file, test->file_bytes, &problem));
	for (uint32_t i = 0; kmodel_get_input(&model, i, &tensor); i++) {
		ck_assert_int_eq(tensor.space, KMODEL_SPACE_WORK);
		memcpy(work + tensor.offset, test->input + used, tensor.bytes);
		used += tensor.bytes;
	}
	kmodel_first_layer(&model, &cursor);
	while (kmodel_next_layer(&model, &cursor, &layer, &problem)) {
		struct layer_job job = { .layer = &layer,
					 .body = file + layer.body_offset,
					 .work = work,
					 .constants = file + model.constants_offset };
		const struct layer_kind *kind = layer_find(layer.type);
		struct layer_plan plan = { 0, 0 };

		ck_assert_ptr_nonnull(kind);
		kind->plan(&job, &plan);
		for (uint32_t piece = 0; piece < plan.pieces; piece++)
			kind->run(&job, piece, 1);
	}
	ck_assert(kmodel_get_output(&model, 0, &tensor));
	ck_assert_mem_eq(work + tensor.offset, test->result, test->result_bytes);
	free(work);
	free(file);
}

static bool uses_the_kpu(const struct node_test *test)
{
	struct kmodel_problem problem;
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;
	struct kmodel model;

	ck_assert(kmodel_open(&model, test->file, test->file_bytes, &problem));
	kmodel_first_layer(&model, &cursor);
	while (kmodel_next_layer(&model, &cursor, &layer, &problem))
		if (layer.is_convolution || layer.type == KMODEL_V4_KPU_UPLOAD)
			return true;
	return false;
}

void node_run(struct node_test *test)
{
	finish(test);
	run_on_board(test);
	if (!uses_the_kpu(test))
		run_in_pieces(test);
	free(test->file);
}

static float result_float(const struct node_test *test, unsigned index)
{
	uint32_t bits = kpu_get_u32(test->result + index * 4);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

void expect_floats(const struct node_test *test, const float *expected, unsigned count)
{
	ck_assert_uint_eq(test->result_bytes, count * 4);
	for (unsigned i = 0; i < count; i++) {
		float got = result_float(test, i);

		ck_assert_msg(memcmp(&got, &expected[i], 4) == 0 ||
				      (isnan(got) && isnan(expected[i])),
			      "value %u is %.9g, not %.9g", i, (double)got, (double)expected[i]);
	}
}

void expect_near(const struct node_test *test, const double *expected, unsigned count)
{
	ck_assert_uint_eq(test->result_bytes, count * 4);
	for (unsigned i = 0; i < count; i++) {
		double got = (double)result_float(test, i);

		ck_assert_msg(fabs(got - expected[i]) <= 2.5e-7 * fmax(fabs(expected[i]), 1e-30) ||
				      (isnan(got) && isnan(expected[i])) || got == expected[i],
			      "value %u is %.9g, not %.9g", i, got, expected[i]);
	}
}

void expect_bytes(const struct node_test *test, const uint8_t *expected, unsigned count)
{
	ck_assert_uint_eq(test->result_bytes, count);
	for (unsigned i = 0; i < count; i++)
		ck_assert_msg(test->result[i] == expected[i], "byte %u is %u, not %u", i,
			      test->result[i], expected[i]);
}
