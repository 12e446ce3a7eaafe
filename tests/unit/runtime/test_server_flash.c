/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The commands of the flash, with a chip that is busy, gone, or wanted by several at once. */
#include <stdlib.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "tests/unit/runtime/flash_cells.h"
#include "tests/unit/runtime/server_link.h"
#include "tests/unit/runtime/suites.h"

#define FLASH_BYTES (64u * 1024)
#define PLACE       0x1000u
#define WIDTH       20u
#define HEIGHT      6u
#define INPUT_BYTES (WIDTH * HEIGHT * 2)
/* A chip that needs at least so many microseconds to be given up (server/commands.h), in turns of
 * 100 us. */
#define PATIENCE_TURNS 40000u

static uint8_t cells[FLASH_BYTES], *file, input[INPUT_BYTES], bytes[FLASH_BYTES];
static size_t file_size;

static void setup(void)
{
	memset(cells, 0xff, sizeof(cells));
	file = small_model(WIDTH, HEIGHT, &file_size);
	memcpy(cells + PLACE, file, file_size);
	flash_cells = (struct flash_cells){
		.bytes = cells, .size = FLASH_BYTES, .polls_per_read = 3, .busy_per_change = 30
	};
	for (unsigned i = 0; i < INPUT_BYTES; i++)
		input[i] = (uint8_t)(i * 5 + 1);
	server_link_setup();
}

static void teardown(void)
{
	server_link_teardown();
	free(file);
}

static uint16_t ask_info(struct kpu_flash_chip *chip)
{
	struct server_call call;
	uint16_t status = server_call_ask(&call, KPU_OP_FLASH_INFO, NULL, 0);

	memset(chip, 0, sizeof(*chip));
	if (status == KPU_STATUS_OK)
		ck_assert(kpu_decode_flash_chip(call.transaction.results,
						call.transaction.result_length, chip));
	return status;
}

static void submit_range(struct server_call *call, uint16_t opcode, uint32_t address,
			 uint32_t length)
{
	struct kpu_flash_range range = { address, length };
	uint8_t arguments[64];
	size_t size = kpu_encode_flash_range(arguments, &range);
	bool writes = opcode == KPU_OP_FLASH_WRITE, reads = opcode == KPU_OP_FLASH_READ;

	server_call_submit(call, opcode, arguments, size, writes ? bytes : NULL,
			   writes ? length : 0, reads ? bytes : NULL, reads ? length : 0);
}

static uint16_t ask_range(uint16_t opcode, uint32_t address, uint32_t length)
{
	struct server_call call;

	submit_range(&call, opcode, address, length);
	return server_call_finish(&call);
}

static void submit_load(struct server_call *call, uint32_t flags)
{
	struct kpu_load_flash_arguments arguments = { .address = PLACE,
						      .flags = KPU_LOAD_FLASH_STREAM | flags };
	uint8_t encoded[64];

	server_call_submit(call, KPU_OP_MODEL_LOAD_FLASH, encoded,
			   kpu_encode_load_flash_arguments(encoded, &arguments), NULL, 0, NULL, 0);
}

static uint16_t model_of(const struct server_call *call)
{
	struct kpu_load_result result;

	ck_assert(kpu_decode_load_result(call->transaction.results, call->transaction.result_length,
					 &result));
	return result.model;
}

static uint8_t output[2][INPUT_BYTES * 4];

static void submit_run(struct server_call *call, uint16_t model, unsigned which)
{
	struct kpu_run_arguments arguments = { .model = model,
					       .stop_layer = KPU_RUN_ALL_LAYERS,
					       .tap_count = 1,
					       .taps = { { KPU_TAP_OUTPUT, 0, INPUT_BYTES * 4 } } };
	uint8_t encoded[KPU_WIRE_ARGUMENTS_MAX];
	size_t size = kpu_encode_run_arguments(encoded, &arguments);

	memset(output[which], 0, sizeof(output[which]));
	server_call_submit(call, KPU_OP_RUN, encoded, size, input, INPUT_BYTES, output[which],
			   sizeof(output[which]));
}

static void expect_output(unsigned which)
{
	for (unsigned i = 0; i < INPUT_BYTES; i++) {
		float value, expected = (float)input[i] * 0.5f - 3.0f;

		memcpy(&value, output[which] + i * 4, sizeof(value));
		ck_assert_float_eq(value, expected);
	}
}

/* The chip's quad mode is turned on when it is asked first, for which it takes some ms; and a board
 * may be reset while its chip erases, of which the chip learns nothing. */
START_TEST(a_chip_at_work_is_no_missing_chip)
{
	struct kpu_flash_chip chip;

	flash_cells.busy_polls = 50;
	ck_assert_uint_eq(ask_info(&chip), KPU_STATUS_BUSY);
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_READ, PLACE, 64), KPU_STATUS_BUSY);
	flash_cells.busy_polls = 0;
	ck_assert_uint_eq(ask_info(&chip), KPU_STATUS_OK);
	ck_assert_uint_eq(chip.size, FLASH_BYTES);
	/* Once known it stays known. */
	flash_cells.busy_polls = 50;
	ck_assert_uint_eq(ask_info(&chip), KPU_STATUS_OK);
	ck_assert_uint_eq(chip.size, FLASH_BYTES);
}
END_TEST

START_TEST(a_missing_chip_is_not_at_work)
{
	struct kpu_flash_chip chip;

	flash_cells.absent = true;
	ck_assert_uint_eq(ask_info(&chip), KPU_STATUS_OK);
	ck_assert_uint_eq(chip.size, 0);
	ck_assert_uint_eq(chip.jedec_id, 0xffffff);
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_READ, PLACE, 64), KPU_STATUS_NO_DEVICE);
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_ERASE, 0, 4096), KPU_STATUS_NO_DEVICE);
}
END_TEST

/* While the chip finishes what nobody waits for any more it answers nothing else: no bytes are made
 * up instead. */
START_TEST(a_read_of_a_chip_at_work)
{
	struct kpu_flash_chip chip;
	struct server_call call;

	ask_info(&chip);
	flash_cells.busy_polls = 50;
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_READ, PLACE, 64), KPU_STATUS_BUSY);
	flash_cells.busy_polls = 0;
	submit_range(&call, KPU_OP_FLASH_READ, 0, FLASH_BYTES);
	while (!call.transaction.bulk_in_length)
		server_link_turns(1);
	flash_cells.busy_polls = 50;
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_OK);
	ck_assert_mem_eq(bytes, cells, FLASH_BYTES);
	flash_cells.busy_polls = 50;
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_CHECK, PLACE, (uint32_t)file_size), KPU_STATUS_OK);
}
END_TEST

START_TEST(a_load_waits_for_work_that_was_given_up)
{
	struct kpu_flash_chip chip;
	struct server_call call;

	ask_info(&chip);
	flash_cells.busy_polls = 50;
	submit_load(&call, 0);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_OK);
	submit_run(&call, model_of(&call), 0);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_OK);
	expect_output(0);
}
END_TEST

static const uint16_t operations[] = { KPU_OP_FLASH_WRITE, KPU_OP_FLASH_ERASE, KPU_OP_FLASH_CHECK,
				       KPU_OP_MODEL_LOAD_FLASH };

/* Whoever waits for it is told after a while, and the board goes on. */
START_TEST(a_chip_that_is_busy_for_ever)
{
	struct kpu_flash_chip chip;
	struct server_call call;
	uint64_t start;

	ask_info(&chip);
	flash_cells.busy_polls = FLASH_CELLS_FOR_EVER;
	start = server_link.now;
	if (operations[_i] == KPU_OP_MODEL_LOAD_FLASH)
		submit_load(&call, 0);
	else
		submit_range(&call, operations[_i], 0, 4096);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_IO);
	ck_assert_uint_le((server_link.now - start) / 100, PATIENCE_TURNS + 1000);
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_ECHO, "still here", 10), KPU_STATUS_OK);
	flash_cells.busy_polls = 0;
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_READ, PLACE, 64), KPU_STATUS_OK);
	ck_assert_mem_eq(bytes, file, 64);
}
END_TEST

/* The host gives up; the board goes on, and so does the read when the chip does. */
START_TEST(a_chip_that_stops_in_a_read)
{
	struct kpu_flash_chip chip;
	struct server_call call;

	ask_info(&chip);
	submit_range(&call, KPU_OP_FLASH_READ, 0, FLASH_BYTES);
	while (!call.transaction.bulk_in_length)
		server_link_turns(1);
	flash_cells.busy_polls = FLASH_CELLS_FOR_EVER;
	server_link_turns(1000);
	ck_assert(!call.done);
	kpu_host_abandon(&server_link.host, &call.transaction, KPU_STATUS_TIMEOUT);
	server_link_turns(100);
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_READ, PLACE, 64), KPU_STATUS_BUSY);
	flash_cells.busy_polls = 0;
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_READ, PLACE, 64), KPU_STATUS_OK);
	ck_assert_mem_eq(bytes, file, 64);
}
END_TEST

/* A transfer that does not end does not keep the flash from others for ever. */
START_TEST(a_load_that_is_stuck)
{
	struct kpu_flash_chip chip;
	struct server_call call;

	ask_info(&chip);
	flash_cells.stuck = true;
	submit_load(&call, 0);
	server_link_turns(700000);
	ck_assert(call.done);
	ck_assert_uint_eq(call.transaction.status, KPU_STATUS_IO);
	flash_cells.stuck = false;
	submit_load(&call, 0);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_OK);
}
END_TEST

/* A second model is loaded while the first one reads all the time: it waits for its turn. */
START_TEST(a_load_beside_a_run_from_the_flash)
{
	uint32_t dual = _i ? KPU_LOAD_FLASH_DUAL_BUFFER : 0;
	struct server_call call, run;
	unsigned runs = 0;
	uint16_t model;

	submit_load(&call, dual);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_OK);
	model = model_of(&call);
	flash_cells.polls_per_read = 100;
	submit_run(&run, model, 0);
	while (!runtime_reads_flash(&server_link.server.runtime))
		server_link_turns(1);
	submit_load(&call, dual);
	while (!call.done && runs < 100) {
		server_link_turns(1);
		if (!run.done)
			continue;
		ck_assert_uint_eq(run.transaction.status, KPU_STATUS_OK);
		expect_output(0);
		submit_run(&run, model, 0);
		runs++;
	}
	ck_assert(call.done);
	ck_assert_uint_eq(call.transaction.status, KPU_STATUS_OK);
	server_call_finish(&run);
	submit_run(&run, model_of(&call), 1);
	ck_assert_uint_eq(server_call_finish(&run), KPU_STATUS_OK);
	expect_output(1);
}
END_TEST

/* Nothing changes under a model that runs from there, and the refusal has a name of its own. */
START_TEST(changes_are_refused_while_a_model_streams)
{
	struct server_call call;
	uint8_t handle[2];

	submit_load(&call, 0);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_OK);
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_WRITE, 0x8000, 16), KPU_STATUS_BUSY);
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_ERASE, 0x8000, 4096), KPU_STATUS_BUSY);
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_READ, PLACE, 64), KPU_STATUS_OK);
	kpu_put_u16(handle, model_of(&call));
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_MODEL_FREE, handle, 2), KPU_STATUS_OK);
	ck_assert_uint_eq(ask_range(KPU_OP_FLASH_ERASE, 0x8000, 4096), KPU_STATUS_OK);
}
END_TEST

/* Neither a host that goes nor one that takes its word back leaves something behind. */
START_TEST(a_load_that_is_given_up)
{
	struct kpu_memory_info info;
	struct server_call call;

	for (unsigned turns = 0; turns < 40; turns++) {
		flash_cells.busy_polls = turns % 2 ? 5 : 0;
		submit_load(&call, 0);
		server_link_turns(turns);
		if (turns % 3) {
			kpu_host_abandon(&server_link.host, &call.transaction, KPU_STATUS_TIMEOUT);
			server_link_turns(50);
		} else {
			server_link_start_host(100 + turns);
			server_link_turns(200);
		}
	}
	server_link_start_host(7);
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_MEMORY, NULL, 0), KPU_STATUS_OK);
	ck_assert(kpu_decode_memory_info(call.transaction.results, call.transaction.result_length,
					 &info));
	ck_assert_uint_eq(info.free, info.total);
	submit_load(&call, 0);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_OK);
}
END_TEST

Suite *server_flash_suite(void)
{
	Suite *suite = suite_create("server: flash");
	TCase *test = tcase_create("flash");

	tcase_add_checked_fixture(test, setup, teardown);
	tcase_add_test(test, a_chip_at_work_is_no_missing_chip);
	tcase_add_test(test, a_missing_chip_is_not_at_work);
	tcase_add_test(test, a_read_of_a_chip_at_work);
	tcase_add_test(test, a_load_waits_for_work_that_was_given_up);
	tcase_add_loop_test(test, a_chip_that_is_busy_for_ever, 0, 4);
	tcase_add_test(test, a_chip_that_stops_in_a_read);
	tcase_add_test(test, a_load_that_is_stuck);
	tcase_add_loop_test(test, a_load_beside_a_run_from_the_flash, 0, 2);
	tcase_add_test(test, changes_are_refused_while_a_model_streams);
	tcase_add_test(test, a_load_that_is_given_up);
	suite_add_tcase(suite, test);
	return suite;
}
