/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * How much of the firmware's stack is left after everything that goes deep: each kind of generated
 * model loaded, refused, run with many taps, copied and streamed from the flash. The counterpart of
 * firmware_k210/stack_depth.sh, which adds up the worst that the code allows.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "link/bytes.h"
#include "link/commands.h"
#include "link/crc.h"
#include "tests/conformance/generated.h"
#include "tests/emu/firmware_link.h"

/* The deepest interrupt, that of SPI, may come on top of what was seen here. */
#define LEAST_UNUSED 448u
#define SECTOR_BYTES 4096u
/* Bytes that a run returns, if the model allows it: more would only take time. */
#define RESULTS_WANTED 2048u
#define LEAST_TAPS     8u

static struct firmware_link board;
static uint32_t flash_used;
static uint8_t results[1u << 20];

static void setup(void)
{
	firmware_link_open(&board, NULL);
}

static void teardown(void)
{
	firmware_link_close(&board);
}

static uint32_t unused(uint32_t *crash_pc)
{
	struct kpu_board_info info;
	struct firmware_call call;

	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_INFO, NULL, 0), KPU_STATUS_OK);
	ck_assert(kpu_decode_board_info(call.transaction.results, call.transaction.result_length,
					&info));
	*crash_pc = info.last_crash_pc;
	return info.stack_unused;
}

/* The chip may still be at work. */
static uint16_t ask_flash(struct firmware_call *call, uint16_t opcode, const uint8_t *arguments,
			  size_t length, const uint8_t *bulk, size_t bulk_bytes)
{
	uint16_t status;

	do {
		firmware_submit(&board, call, opcode, arguments, length, bulk, (uint32_t)bulk_bytes,
				NULL, 0);
		status = firmware_finish(&board, call, 60);
	} while (status == KPU_STATUS_BUSY);
	return status;
}

/* Where nothing has been written before. */
static uint32_t write_flash(const uint8_t *file, size_t size)
{
	struct kpu_flash_range range = { flash_used, (uint32_t)size };
	struct firmware_call call;
	uint8_t encoded[8];

	ck_assert_uint_eq(ask_flash(&call, KPU_OP_FLASH_WRITE, encoded,
				    kpu_encode_flash_range(encoded, &range), file, size),
			  KPU_STATUS_OK);
	flash_used += ((uint32_t)size + SECTOR_BYTES - 1) & ~(SECTOR_BYTES - 1);
	return range.address;
}

static uint16_t load_flash(uint32_t address, size_t size, uint32_t flags,
			   struct kpu_load_result *loaded)
{
	struct kpu_load_flash_arguments arguments = { .address = address,
						      .size = (uint32_t)size,
						      .flags = flags };
	uint8_t encoded[KPU_WIRE_ARGUMENTS_MAX];
	struct firmware_call call;
	uint16_t status = ask_flash(&call, KPU_OP_MODEL_LOAD_FLASH, encoded,
				    kpu_encode_load_flash_arguments(encoded, &arguments), NULL, 0);

	ck_assert(kpu_decode_load_result(call.transaction.results, call.transaction.result_length,
					 loaded));
	return status;
}

static void run(const struct generated *model, const struct kpu_run_arguments *arguments)
{
	uint8_t encoded[KPU_WIRE_ARGUMENTS_MAX];
	struct kpu_run_result result;
	struct firmware_call call;
	uint32_t limit = 0;

	for (unsigned tap = 0; tap < arguments->tap_count; tap++)
		limit += arguments->taps[tap].limit;
	firmware_submit(&board, &call, KPU_OP_RUN, encoded,
			kpu_encode_run_arguments(encoded, arguments), model->input,
			(uint32_t)model->input_bytes, results, limit);
	ck_assert_uint_eq(firmware_finish(&board, &call, 60), KPU_STATUS_OK);
	ck_assert(kpu_decode_run_result(call.transaction.results, call.transaction.result_length,
					&result));
	ck_assert_uint_eq(result.tap_count, arguments->tap_count);
}

/* The last layer many times, then the output: more than the firmware keeps the results of. */
static void run_with_many_taps(const struct generated *model, const struct kpu_load_result *loaded)
{
	uint32_t bytes = (uint32_t)model->count * (model->is_float ? 4 : 1);
	uint32_t count = RESULTS_WANTED / bytes;
	struct kpu_run_arguments arguments = { .model = loaded->model,
					       .stop_layer = KPU_RUN_ALL_LAYERS };

	count = count < LEAST_TAPS ? LEAST_TAPS : count > KPU_TAPS_MAX ? KPU_TAPS_MAX : count;
	ck_assert_uint_le(count * bytes, sizeof(results));
	arguments.tap_count = (uint16_t)count;
	for (unsigned tap = 0; tap < count; tap++)
		arguments.taps[tap] = (struct kpu_tap){ KPU_TAP_LAYER, loaded->layers - 1, bytes };
	run(model, &arguments);
	for (unsigned tap = 0; tap < count; tap++)
		arguments.taps[tap] = (struct kpu_tap){ KPU_TAP_OUTPUT, 0, bytes };
	run(model, &arguments);
}

static void release(const struct kpu_load_result *loaded)
{
	struct firmware_call call;
	uint8_t handle[2];

	kpu_put_u16(handle, loaded->model);
	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_MODEL_FREE, handle, sizeof(handle)),
			  KPU_STATUS_OK);
}

static void refuse(const struct generated *model)
{
	struct kpu_load_result loaded;
	uint8_t *bad = malloc(model->file_bytes);

	/* One word of the last layer's body after the other, until something is wrong with it. */
	for (size_t at = model->file_bytes - 4; at > model->file_bytes - 40; at -= 4) {
		memcpy(bad, model->file, model->file_bytes);
		memset(bad + at, 0xee, 4);
		if (firmware_load(&board, bad, model->file_bytes, &loaded) != KPU_STATUS_OK)
			break;
		release(&loaded);
	}
	free(bad);
}

static void use_in_every_way(const struct generated *model)
{
	uint32_t address = write_flash(model->file, model->file_bytes);
	struct kpu_load_result loaded;

	ck_assert_uint_eq(firmware_load(&board, model->file, model->file_bytes, &loaded),
			  KPU_STATUS_OK);
	run_with_many_taps(model, &loaded);
	release(&loaded);
	ck_assert_uint_eq(load_flash(address, model->file_bytes, 0, &loaded), KPU_STATUS_OK);
	release(&loaded);
	ck_assert_uint_eq(load_flash(address, model->file_bytes,
				     KPU_LOAD_FLASH_STREAM | KPU_LOAD_FLASH_DUAL_BUFFER, &loaded),
			  KPU_STATUS_OK);
	run_with_many_taps(model, &loaded);
	release(&loaded);
	refuse(model);
}

/* Short commands whose answers are long. */
static void ask_everything(void)
{
	uint8_t bytes[KPU_WIRE_RESULTS_MAX] = { 0 };
	struct firmware_call call;

	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_ECHO, bytes, sizeof(bytes)),
			  KPU_STATUS_OK);
	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_COUNTERS, NULL, 0), KPU_STATUS_OK);
	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_MEMORY, NULL, 0), KPU_STATUS_OK);
	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_FLASH_INFO, NULL, 0), KPU_STATUS_OK);
	kpu_put_u32(bytes + 4, SECTOR_BYTES);
	ck_assert_uint_eq(ask_flash(&call, KPU_OP_FLASH_ERASE, bytes, 8, NULL, 0), KPU_STATUS_OK);
	ck_assert_uint_eq(ask_flash(&call, KPU_OP_FLASH_WRITE, bytes, 8, results, SECTOR_BYTES),
			  KPU_STATUS_OK);
	ck_assert_uint_eq(ask_flash(&call, KPU_OP_FLASH_CHECK, bytes, 8, NULL, 0), KPU_STATUS_OK);
	firmware_submit(&board, &call, KPU_OP_FLASH_READ, bytes, 8, NULL, 0, results, SECTOR_BYTES);
	ck_assert_uint_eq(firmware_finish(&board, &call, 20), KPU_STATUS_OK);
}

START_TEST(some_of_the_stack_is_never_used)
{
	uint32_t before, after, crash_pc;
	struct generated model;

	before = unused(&crash_pc);
	for (unsigned kind = 0; generate_model(kind, 1, &model); kind++) {
		use_in_every_way(&model);
		after = unused(&crash_pc);
		ck_assert_msg(crash_pc == 0, "%s: the board has crashed at 0x%x", model.name,
			      crash_pc);
		ck_assert_msg(after >= LEAST_UNUSED,
			      "%s: %u bytes of the firmware's stack are left; STACK_SIZE in "
			      "firmware.ld must leave %u",
			      model.name, after, LEAST_UNUSED);
		generated_free(&model);
	}
	ask_everything();
	after = unused(&crash_pc);
	ck_assert_uint_ge(after, LEAST_UNUSED);
	/* A figure that never moves measures nothing. */
	ck_assert_uint_lt(after, before);
	printf("stack of the firmware: %u bytes were never used\n", after);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("the firmware's stack");
	TCase *tests = tcase_create("stack");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, some_of_the_stack_is_never_used);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
