/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Models that run from the flash, and a flash that cannot be trusted. */
#include <stdlib.h>

#include "link/bytes.h"
#include "tests/unit/runtime/fixture.h"
#include "tests/unit/runtime/flash_cells.h"
#include "tests/unit/runtime/suites.h"
#include "tools/kmodel/writer.h"

#define WIDTH       20u
#define HEIGHT      6u
#define INPUT_BYTES (WIDTH * HEIGHT * 2)
#define MEMORY      (256u * 1024)
#define FLASH_BYTES (64u * 1024)
#define PLACE       0x1000u
#define SECOND      0x8000u
#define LAYERS      3u
#define STEPS       100000u

static struct fixture fixture;
static uint8_t *file, cells[FLASH_BYTES], input[INPUT_BYTES], expected[INPUT_BYTES * 4];
static size_t file_size;
static uint32_t at, value; /* what the next transfer finds changed */

static void start_board(uint32_t memory)
{
	fixture_init(&fixture, memory);
	fixture.runtime.hardware.flash = &flash_cells_operations;
	flash_cells.runtime = &fixture.runtime;
}

static void setup(void)
{
	file = small_model(WIDTH, HEIGHT, &file_size);
	memset(cells, 0xff, sizeof(cells));
	memcpy(cells + PLACE, file, file_size);
	memcpy(cells + SECOND, file, file_size);
	memset(&flash_cells, 0, sizeof(flash_cells));
	flash_cells.bytes = cells;
	flash_cells.size = FLASH_BYTES;
	flash_cells.polls_per_read = 3;
	for (unsigned i = 0; i < INPUT_BYTES; i++) {
		float real;

		input[i] = (uint8_t)(i * 11 + 3);
		real = (float)input[i] * 0.5f - 3.0f;
		memcpy(expected + i * 4, &real, 4);
	}
	start_board(MEMORY);
}

static void teardown(void)
{
	fixture_free(&fixture);
	free(file);
}

static uint16_t load(uint32_t address, uint32_t flags, struct kpu_load_result *result)
{
	struct kpu_load_flash_arguments arguments = { .address = address,
						      .flags = KPU_LOAD_FLASH_STREAM | flags };

	return flash_cells_load(&fixture.runtime, &arguments, STEPS, result);
}

static uint16_t begin(uint16_t model, struct observed_run *run)
{
	struct kpu_run_arguments arguments = { .model = model,
					       .stop_layer = KPU_RUN_ALL_LAYERS,
					       .tap_count = 1,
					       .taps = { { KPU_TAP_OUTPUT, 0, INPUT_BYTES * 4 } } };

	return fixture_run(&fixture, &arguments, input, INPUT_BYTES, run);
}

static uint16_t run_once(uint16_t model, bool *is_right)
{
	struct observed_run run;
	uint16_t status = begin(model, &run);

	ck_assert_uint_eq(status, KPU_STATUS_OK);
	fixture_finish(&fixture, &run);
	*is_right =
		run.fetched == sizeof(expected) && !memcmp(run.bytes, expected, sizeof(expected));
	status = run.status;
	observed_free(&run);
	return status;
}

static void expect_right(uint16_t model)
{
	bool is_right;

	ck_assert_uint_eq(run_once(model, &is_right), KPU_STATUS_OK);
	ck_assert(is_right);
}

static void expect_all_free(void)
{
	struct kpu_memory_info info;

	runtime_memory_info(&fixture.runtime, &info);
	ck_assert_uint_eq(info.free, info.total);
}

static const uint32_t ways[] = { 0, KPU_LOAD_FLASH_DUAL_BUFFER };

START_TEST(runs_as_in_memory)
{
	struct kpu_load_result result;

	ck_assert_uint_eq(load(PLACE, ways[_i], &result), KPU_STATUS_OK);
	ck_assert_uint_eq(result.layers, LAYERS);
	expect_right(result.model);
	expect_right(result.model);
	runtime_release(&fixture.runtime, result.model);
	expect_all_free();
}
END_TEST

/* A convolution that copies to the work buffer, then layers that add one to each value, there and
 * back. */
#define CHAIN 12u

static uint8_t *chain_model(size_t *size)
{
	struct kmodel_writer *writer = kmodel_writer_new();
	uint32_t body[4 + 256 / 4] = { 0 };
	const char *reason = NULL;
	uint8_t *chain;

	for (unsigned i = 0; i < 256; i++)
		((uint8_t *)(body + 4))[i] = (uint8_t)(i + 1);
	fixture_copy_layer(writer, WIDTH, HEIGHT, 100, 8000, true);
	for (unsigned layer = 0; layer < CHAIN; layer++) {
		body[1] = layer % 2 ? INPUT_BYTES : 0;
		body[2] = layer % 2 ? 0 : INPUT_BYTES;
		body[3] = INPUT_BYTES;
		kmodel_writer_layer(writer, KMODEL_V3_REQUANTIZE, body, sizeof(body));
	}
	kmodel_writer_output(writer, CHAIN % 2 ? INPUT_BYTES : 0, INPUT_BYTES);
	kmodel_writer_work_bytes(writer, 2 * INPUT_BYTES);
	chain = kmodel_writer_finish(writer, size, &reason);
	ck_assert_msg(chain != NULL, "%s", reason ? reason : "?");
	kmodel_writer_free(writer);
	return chain;
}

/* Buffers are used again and again, and never while the layer in them computes. */
START_TEST(many_layers_through_few_buffers)
{
	struct kpu_load_flash_arguments arguments = { .address = PLACE,
						      .flags = KPU_LOAD_FLASH_STREAM | ways[_i % 2],
						      .batch_bytes = _i < 4 ? 1 : 0 };
	struct kpu_load_result result;
	struct observed_run run;
	size_t size;
	uint8_t *chain = chain_model(&size);

	fixture_free(&fixture);
	start_board(16 * 1024);
	memcpy(cells + PLACE, chain, size);
	flash_cells.polls_per_read = _i % 4 < 2 ? 0 : 40;
	ck_assert_uint_eq(flash_cells_load(&fixture.runtime, &arguments, STEPS, &result),
			  KPU_STATUS_OK);
	for (unsigned again = 0; again < 2; again++) {
		flash_cells.reads = 0;
		ck_assert_uint_eq(begin(result.model, &run), KPU_STATUS_OK);
		fixture_finish(&fixture, &run);
		ck_assert_uint_eq(run.status, KPU_STATUS_OK);
		ck_assert_uint_gt(flash_cells.reads, 3);
		for (unsigned i = 0; i < INPUT_BYTES; i++)
			ck_assert_uint_eq(run.bytes[i], (uint8_t)(input[i] + CHAIN));
		observed_free(&run);
	}
	runtime_release(&fixture.runtime, result.model);
	expect_all_free();
	free(chain);
}
END_TEST

static void change_once(uint32_t address, uint32_t length)
{
	(void)address;
	(void)length;
	kpu_put_u32(cells + at, value);
	flash_cells.before_read = NULL;
}

/* Between the look at the header and the transfer of header and tables. All of the board's memory
 * is little more than the model's: a table that is believed to be longer reads beyond it. */
START_TEST(header_that_changes_while_it_is_loaded)
{
	const struct {
		uint32_t offset, value;
	} changes[] = {
		/* As many as the file has bytes for. */
		{ KMODEL_V3_LAYER_COUNT, (uint32_t)(file_size - 100) / KMODEL_V3_LAYER_BYTES },
		{ KMODEL_V3_LAYER_COUNT, LAYERS - 1 },
		{ KMODEL_V3_OUTPUT_COUNT, KMODEL_OUTPUTS_MAX },
		{ KMODEL_V3_OUTPUT_COUNT, 0 },
		{ KMODEL_V3_WORK_BYTES, 0xffffffff },
		{ 0, 0 },
	};
	struct kpu_load_result result;

	fixture_free(&fixture);
	start_board(1024);
	at = PLACE + changes[_i].offset;
	value = changes[_i].value;
	flash_cells.before_read = change_once;
	ck_assert_uint_ne(load(PLACE, 0, &result), KPU_STATUS_OK);
	expect_all_free();
}
END_TEST

/* A table of layers that is longer than the bytes that were read is refused as such, before any of
 * its entries is looked at: the sizes in it would be those of somebody else's bytes. */
START_TEST(tables_end_with_what_was_read)
{
	struct kpu_load_result result;

	/* What lies behind the head says that its layers have 4 bytes each. */
	for (unsigned i = 0; i < 60 * 1024; i += 4)
		kpu_put_u32(fixture.memory + i, 4);
	at = PLACE + KMODEL_V3_LAYER_COUNT;
	value = LAYERS + 40;
	flash_cells.before_read = change_once;
	ck_assert_uint_eq(load(PLACE, 0, &result), KPU_STATUS_KMODEL_FORMAT);
	ck_assert_uint_eq(result.problem_layer, KMODEL_NO_LAYER);
	ck_assert_msg(strstr(result.problem, "inside its tables") != NULL, "%s", result.problem);
	expect_all_free();
}
END_TEST

static uint32_t body_offset(uint32_t layer, uint32_t *bytes)
{
	uint32_t table = KMODEL_V3_HEADER_BYTES + KMODEL_V3_OUTPUT_BYTES;
	uint32_t offset = table + LAYERS * KMODEL_V3_LAYER_BYTES;

	for (uint32_t i = 0; i < layer; i++)
		offset += kpu_get_u32(file + table + i * KMODEL_V3_LAYER_BYTES + 4);
	*bytes = kpu_get_u32(file + table + layer * KMODEL_V3_LAYER_BYTES + 4);
	return offset;
}

/* Transfers are whole words to whole words: a table whose sizes are not is refused first. */
START_TEST(bodies_that_are_not_whole_words)
{
	static const uint32_t sizes[] = { 0, 1, 5, 31, 0x80000001 };
	uint32_t entry =
		PLACE + KMODEL_V3_HEADER_BYTES + KMODEL_V3_OUTPUT_BYTES + KMODEL_V3_LAYER_BYTES + 4;
	struct kpu_load_result result;

	at = entry;
	value = sizes[_i];
	flash_cells.before_read = change_once;
	ck_assert_uint_eq(load(PLACE, KPU_LOAD_FLASH_DUAL_BUFFER, &result),
			  KPU_STATUS_KMODEL_FORMAT);
	ck_assert_uint_eq(result.problem_layer, 1);
	ck_assert_uint_eq(flash_cells.reads, 1);
	expect_all_free();
}
END_TEST

static const uint32_t hostile[] = { 0,          1,          4,          0x7fffffff,
				    0x80000000, 0xfffffffc, 0xffffffff, 0x00100000 };

/* Every word of every body, between load and run: what was checked when the model was loaded says
 * nothing of it. A run that starts ends, right, wrong or refused, and the next one is right. */
START_TEST(bodies_that_change_after_the_load)
{
	uint32_t bytes, offset = body_offset((uint32_t)_i % LAYERS, &bytes);
	struct kpu_load_result result;
	unsigned refused = 0;

	if (bytes > file_size - offset)
		bytes = (uint32_t)(file_size - offset) & ~3u;
	/* What the KPU does with strange but possible words is not the question. */
	fixture.lenient = true;
	ck_assert_uint_eq(load(PLACE, ways[(uint32_t)_i / LAYERS], &result), KPU_STATUS_OK);
	for (uint32_t word = 0; word < bytes; word += 4) {
		for (unsigned i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
			uint16_t status;
			bool is_right;

			kpu_put_u32(cells + PLACE + offset + word, hostile[i]);
			status = run_once(result.model, &is_right);
			ck_assert(status == KPU_STATUS_OK || status == KPU_STATUS_RUN_MODEL);
			refused += status == KPU_STATUS_RUN_MODEL;
			memcpy(cells + PLACE, file, file_size);
		}
	}
	ck_assert_uint_gt(refused, 0);
	expect_right(result.model);
	runtime_release(&fixture.runtime, result.model);
	expect_all_free();
}
END_TEST

/* The result of a layer lies where it was when the model was loaded, or the run is refused: whoever
 * asked for it was told its size then. */
START_TEST(shape_that_changes_under_a_run)
{
	uint32_t bytes, offset = body_offset(2, &bytes);
	struct kpu_load_result result;
	struct observed_run run;

	ck_assert_uint_eq(load(PLACE, 0, &result), KPU_STATUS_OK);
	ck_assert_uint_eq(begin(result.model, &run), KPU_STATUS_OK);
	/* Dequantize: the number of values, then where they go. */
	at = PLACE + offset + 12;
	value = INPUT_BYTES - 4;
	flash_cells.before_read = change_once;
	fixture_finish(&fixture, &run);
	ck_assert_uint_eq(run.status, KPU_STATUS_RUN_MODEL);
	ck_assert_uint_eq(run.result.problem_layer, 2);
	observed_free(&run);
	memcpy(cells + PLACE, file, file_size);
	expect_right(result.model);
}
END_TEST

START_TEST(flash_that_never_answers)
{
	struct kpu_load_result result;
	struct observed_run run;

	ck_assert_uint_eq(load(PLACE, ways[_i], &result), KPU_STATUS_OK);
	ck_assert_uint_eq(begin(result.model, &run), KPU_STATUS_OK);
	flash_cells.stuck = true;
	fixture_finish(&fixture, &run);
	ck_assert_uint_eq(run.status, KPU_STATUS_TIMEOUT);
	ck_assert_uint_gt(flash_cells.stops, 0);
	observed_free(&run);
	flash_cells.stuck = false;
	expect_right(result.model);
	runtime_release(&fixture.runtime, result.model);
	expect_all_free();
}
END_TEST

/* Two that stream and one in memory, in turn, each with a run that waits behind the other's. */
START_TEST(several_models_at_once)
{
	struct kpu_load_result models[3];

	ck_assert_uint_eq(load(PLACE, ways[_i], &models[0]), KPU_STATUS_OK);
	ck_assert_uint_eq(load(SECOND, ways[1 - _i], &models[1]), KPU_STATUS_OK);
	ck_assert_uint_eq(fixture_load(&fixture, file, file_size, &models[2]), KPU_STATUS_OK);
	for (unsigned turn = 0; turn < 12; turn++) {
		struct observed_run first, second;

		ck_assert_uint_eq(begin(models[turn % 3].model, &first), KPU_STATUS_OK);
		for (unsigned step = 0; step < turn * 3; step++)
			runtime_step(&fixture.runtime, fixture.now += 10);
		ck_assert_uint_eq(begin(models[(turn + turn / 3) % 3].model, &second),
				  KPU_STATUS_OK);
		if (turn % 4 == 3)
			runtime_run_cancel(second.run);
		fixture_finish(&fixture, &first);
		fixture_finish(&fixture, &second);
		ck_assert_uint_eq(first.status, KPU_STATUS_OK);
		ck_assert_mem_eq(first.bytes, expected, sizeof(expected));
		if (turn % 4 == 3)
			ck_assert_uint_eq(second.status, KPU_STATUS_CANCELLED);
		else
			ck_assert_mem_eq(second.bytes, expected, sizeof(expected));
		observed_free(&first);
		observed_free(&second);
	}
	for (unsigned i = 0; i < 3; i++)
		runtime_release(&fixture.runtime, models[i].model);
	expect_all_free();
}
END_TEST

/* As many as in memory; small buffers of one do not take the place of another. */
START_TEST(as_many_models_as_in_memory)
{
	struct kpu_load_result models[RUNTIME_MODELS_MAX], one_more;

	for (unsigned i = 0; i < RUNTIME_MODELS_MAX; i++) {
		uint16_t status = load(i % 2 ? PLACE : SECOND, ways[_i], &models[i]);

		ck_assert_msg(status == KPU_STATUS_OK, "number %u: %u: %s", i, status,
			      models[i].problem);
	}
	ck_assert_uint_eq(load(PLACE, ways[_i], &one_more), KPU_STATUS_MODELS_FULL);
	for (unsigned i = 0; i < RUNTIME_MODELS_MAX; i++)
		expect_right(models[i].model);
	for (unsigned i = 0; i < RUNTIME_MODELS_MAX; i++)
		runtime_release(&fixture.runtime, models[i].model);
	expect_all_free();
}
END_TEST

/* Runs of a streamed model, one behind the other, while a second one is loaded. */
START_TEST(loads_beside_runs)
{
	struct kpu_load_flash_arguments arguments = { .address = SECOND,
						      .flags = KPU_LOAD_FLASH_STREAM };
	struct runtime_flash_file place = { .arguments = arguments };
	struct kpu_load_result model, second;
	struct runtime_model *loading;
	struct observed_run run = { .finished = 1 };
	uint16_t status = RUNTIME_LOADING;
	uint32_t bytes;
	unsigned runs = 0;

	place.head = body_offset(0, &bytes);
	place.arguments.size = (uint32_t)file_size;
	/* Slower than the computation: it never waits for that. */
	flash_cells.polls_per_read = 50;
	ck_assert_uint_eq(load(PLACE, ways[_i], &model), KPU_STATUS_OK);
	ck_assert_uint_eq(runtime_load_flash(&fixture.runtime, &place, &loading), KPU_STATUS_OK);
	for (unsigned step = 0; step < 20000 && status == RUNTIME_LOADING; step++) {
		if (run.finished) {
			observed_free(&run);
			ck_assert_uint_eq(begin(model.model, &run), KPU_STATUS_OK);
			runs++;
		}
		status = runtime_load_flash_step(&fixture.runtime, loading, &second);
		runtime_step(&fixture.runtime, fixture.now += 10);
	}
	ck_assert_uint_eq(status, KPU_STATUS_OK);
	ck_assert_uint_gt(runs, 0);
	fixture_finish(&fixture, &run);
	observed_free(&run);
	expect_right(model.model);
	expect_right(second.model);
}
END_TEST

Suite *stream_suite(void)
{
	Suite *suite = suite_create("runtime: models in flash");
	TCase *test = tcase_create("stream");

	tcase_add_checked_fixture(test, setup, teardown);
	tcase_add_loop_test(test, runs_as_in_memory, 0, 2);
	tcase_add_loop_test(test, many_layers_through_few_buffers, 0, 8);
	tcase_add_loop_test(test, header_that_changes_while_it_is_loaded, 0, 6);
	tcase_add_test(test, tables_end_with_what_was_read);
	tcase_add_loop_test(test, bodies_that_are_not_whole_words, 0, 5);
	tcase_add_loop_test(test, bodies_that_change_after_the_load, 0, 2 * LAYERS);
	tcase_add_test(test, shape_that_changes_under_a_run);
	tcase_add_loop_test(test, flash_that_never_answers, 0, 2);
	tcase_add_loop_test(test, several_models_at_once, 0, 2);
	tcase_add_loop_test(test, as_many_models_as_in_memory, 0, 2);
	tcase_add_loop_test(test, loads_beside_runs, 0, 2);
	suite_add_tcase(suite, test);
	return suite;
}
