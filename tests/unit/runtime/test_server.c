/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The commands, asked over a real session between two ends in memory. */
#include <stdio.h>
#include <stdlib.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "tests/unit/runtime/server_link.h"
#include "tests/unit/runtime/suites.h"

#define WIDTH       20u
#define HEIGHT      6u
#define INPUT_BYTES (WIDTH * HEIGHT * 2)

START_TEST(info_tells_who_we_are)
{
	struct kpu_board_info info;
	struct server_call call;
	char version[24];

	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_INFO, NULL, 0), KPU_STATUS_OK);
	ck_assert(kpu_decode_board_info(call.transaction.results, call.transaction.result_length,
					&info));
	ck_assert_str_eq(info.name, "k210");
	/* kpuctl doctor takes a board whose firmware has another number than the library for one
	 * that needs a new firmware. */
	snprintf(version, sizeof(version), "%u.%u.%u", info.firmware_version >> 16,
		 info.firmware_version >> 8 & 0xff, info.firmware_version & 0xff);
	ck_assert_str_eq(version, KPU_VERSION);
	ck_assert_uint_eq(info.boot_id, SERVER_LINK_BOOT_ID);
	ck_assert_uint_eq(info.cpu_hz, 403000000);
	ck_assert_uint_eq(info.memory_total, SERVER_LINK_MEMORY);
	ck_assert_uint_eq(info.max_models, 16);
	ck_assert_uint_eq(info.max_runs_in_flight, 2);
	ck_assert_uint_eq(info.line_baud, 115200);
	ck_assert_uint_eq(info.last_crash_pc, 0x80001234);
	ck_assert(info.features & KPU_FEATURE_KMODEL_V3);
}
END_TEST

START_TEST(echo_returns_every_length)
{
	static const unsigned lengths[] = { 0, 1, 7, 64, 65, 253, 254, 255, KPU_WIRE_RESULTS_MAX };
	uint8_t bytes[KPU_WIRE_RESULTS_MAX];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i % 5 ? 0 : i);
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct server_call call;

		ck_assert_uint_eq(server_call_ask(&call, KPU_OP_ECHO, bytes, lengths[i]),
				  KPU_STATUS_OK);
		ck_assert_uint_eq(call.transaction.result_length, lengths[i]);
		ck_assert_mem_eq(call.transaction.results, bytes, lengths[i]);
	}
}
END_TEST

START_TEST(sink_and_source_move_bulk_data)
{
	const uint32_t length = 300001;
	uint8_t *bytes = malloc(length), argument[4];
	struct server_call call;

	for (uint32_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)(i * i);
	server_call_submit(&call, KPU_OP_SINK, NULL, 0, bytes, length, NULL, 0);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_OK);
	ck_assert_uint_eq(kpu_get_u32(call.transaction.results),
			  kpu_crc32(KPU_CRC32_START, bytes, length));

	kpu_put_u32(argument, length);
	server_call_submit(&call, KPU_OP_SOURCE, argument, 4, NULL, 0, bytes, length);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_OK);
	ck_assert_uint_eq(call.transaction.bulk_in_length, length);
	for (uint32_t i = 0; i < length; i++)
		ck_assert_uint_eq(bytes[i], (uint8_t)(i * 167 >> 3));

	server_call_submit(&call, KPU_OP_SOURCE, argument, 4, NULL, 0, bytes, length - 1);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_SIZE_NOTMATCH);
	free(bytes);
}
END_TEST

START_TEST(lengths_outside_the_table_are_refused)
{
	static const struct {
		uint16_t opcode, length;
	} cases[] = {
		{ KPU_OP_INFO, 1 },       { KPU_OP_SOURCE, 3 },      { KPU_OP_SOURCE, 5 },
		{ KPU_OP_SET_RATE, 0 },   { KPU_OP_SET_RATE, 8 },    { KPU_OP_COUNTERS, 4 },
		{ KPU_OP_REBOOT, 1 },     { KPU_OP_RELEASE_ALL, 1 }, { KPU_OP_MODEL_LOAD, 7 },
		{ KPU_OP_MODEL_FREE, 1 }, { KPU_OP_MODEL_FREE, 3 },  { KPU_OP_MEMORY, 2 },
		{ KPU_OP_RUN, 11 },       { KPU_OP_CANCEL, 0 },      { KPU_OP_CANCEL, 3 },
		{ KPU_OP_SINK, 1 },
	};
	uint8_t zeros[KPU_WIRE_ARGUMENTS_MAX] = { 0 };

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct server_call call;

		ck_assert_msg(server_call_ask(&call, cases[i].opcode, zeros, cases[i].length) ==
				      KPU_STATUS_PARAM,
			      "opcode %#x with %u bytes: %u", cases[i].opcode, cases[i].length,
			      call.transaction.status);
	}
	ck_assert_uint_eq(server_link.reboots, 0);
}
END_TEST

START_TEST(unknown_commands_are_refused)
{
	static const uint16_t opcodes[] = { 0, 9, 0x13, 0x22, 0x003f, 0x004f, 0xffff };
	struct server_call call;

	for (unsigned i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++)
		ck_assert_uint_eq(server_call_ask(&call, opcodes[i], NULL, 0),
				  KPU_STATUS_NOT_IMPLEMENT);
}
END_TEST

START_TEST(bulk_data_nobody_wants_is_refused)
{
	uint8_t bytes[5000] = { 0 };
	struct server_call call;

	server_call_submit(&call, KPU_OP_INFO, NULL, 0, bytes, sizeof(bytes), NULL, 0);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_PARAM);
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_INFO, NULL, 0), KPU_STATUS_OK);
}
END_TEST

START_TEST(counters_include_overruns)
{
	struct kpu_link_counters counters;
	struct server_call call;

	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_COUNTERS, NULL, 0), KPU_STATUS_OK);
	ck_assert(kpu_decode_counters(call.transaction.results, call.transaction.result_length,
				      &counters));
	ck_assert_uint_eq(counters.overruns, 7);
	ck_assert_uint_eq(counters.syncs, 1);
	ck_assert_uint_gt(counters.bytes_received, 0);
}
END_TEST

static uint16_t set_rate_to(uint32_t baud, struct server_call *call)
{
	uint8_t argument[4];

	kpu_put_u32(argument, baud);
	return server_call_ask(call, KPU_OP_SET_RATE, argument, 4);
}

START_TEST(rate_changes_after_the_reply)
{
	struct server_call call;

	ck_assert_uint_eq(set_rate_to(1234567, &call), KPU_STATUS_PARAM);
	ck_assert_uint_eq(server_link.line_baud, 115200);
	ck_assert_uint_eq(set_rate_to(2000000, &call), KPU_STATUS_OK);
	ck_assert_uint_eq(kpu_get_u32(call.transaction.results), 2000000);
	server_link_turns(300);
	ck_assert_uint_eq(server_link.line_baud, 2000000);
	kpu_session_resync(&server_link.host_session, server_link.now);
	server_link_turns(6000);
	ck_assert_uint_eq(server_link.line_baud, 2000000);
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_ECHO, "x", 1), KPU_STATUS_OK);
}
END_TEST

START_TEST(rate_falls_back_when_nothing_arrives)
{
	struct server_call call;

	ck_assert_uint_eq(set_rate_to(2000000, &call), KPU_STATUS_OK);
	server_link.line_cut = true;
	server_link_turns(400);
	ck_assert_uint_eq(server_link.line_baud, 2000000);
	server_link_turns(5000); /* 500 ms */
	ck_assert_uint_eq(server_link.line_baud, 115200);
}
END_TEST

START_TEST(reboot_comes_after_the_reply)
{
	struct server_call call;

	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_REBOOT, NULL, 0), KPU_STATUS_OK);
	server_link_turns(300);
	ck_assert_uint_gt(server_link.reboots, 0);
}
END_TEST

/* The driver gives it 3 s. */
START_TEST(reboot_does_not_wait_for_ever)
{
	struct server_call call;

	server_link.line_busy = true;
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_REBOOT, NULL, 0), KPU_STATUS_OK);
	server_link_turns(5000); /* 0.5 s */
	ck_assert_uint_eq(server_link.reboots, 0);
	server_link_turns(6000);
	ck_assert_uint_gt(server_link.reboots, 0);
}
END_TEST

/* --- models and runs --- */

static uint8_t *model_file;
static size_t model_size;

static uint16_t load(struct kpu_load_result *result, uint32_t announced, uint32_t crc)
{
	struct kpu_load_arguments arguments = { announced, crc };
	uint8_t encoded[KPU_WIRE_ARGUMENTS_MAX];
	struct server_call call;
	uint16_t status;

	server_call_submit(&call, KPU_OP_MODEL_LOAD, encoded,
			   kpu_encode_load_arguments(encoded, &arguments), model_file,
			   (uint32_t)model_size, NULL, 0);
	status = server_call_finish(&call);
	ck_assert(kpu_decode_load_result(call.transaction.results, call.transaction.result_length,
					 result));
	return status;
}

static uint16_t load_good(struct kpu_load_result *result)
{
	return load(result, (uint32_t)model_size,
		    kpu_crc32(KPU_CRC32_START, model_file, model_size));
}

static void setup_model(void)
{
	server_link_setup();
	model_file = small_model(WIDTH, HEIGHT, &model_size);
}

static void teardown_model(void)
{
	free(model_file);
	server_link_teardown();
}

static uint8_t run_input[INPUT_BYTES], run_output[INPUT_BYTES * 4];

static void submit_run(struct server_call *call, uint16_t model)
{
	struct kpu_run_arguments arguments = {
		.model = model,
		.tap_count = 1,
		.stop_layer = KPU_RUN_ALL_LAYERS,
		.taps = { { KPU_TAP_OUTPUT, 0, sizeof(run_output) } },
	};
	uint8_t encoded[KPU_WIRE_ARGUMENTS_MAX];

	for (unsigned i = 0; i < INPUT_BYTES; i++)
		run_input[i] = (uint8_t)(i * 3);
	memset(run_output, 0, sizeof(run_output));
	server_call_submit(call, KPU_OP_RUN, encoded, kpu_encode_run_arguments(encoded, &arguments),
			   run_input, sizeof(run_input), run_output, sizeof(run_output));
}

static void expect_output(void)
{
	for (unsigned i = 0; i < INPUT_BYTES; i++) {
		uint32_t bits = kpu_get_u32(run_output + i * 4);
		float value;

		memcpy(&value, &bits, sizeof(value));
		ck_assert_float_eq(value, (float)run_input[i] * 0.5f - 3.0f);
	}
}

START_TEST(a_model_is_loaded_run_and_freed)
{
	struct kpu_load_result loaded;
	struct kpu_run_result result;
	struct server_call call;
	uint8_t handle[2];

	ck_assert_uint_eq(load_good(&loaded), KPU_STATUS_OK);
	submit_run(&call, loaded.model);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_OK);
	ck_assert(kpu_decode_run_result(call.transaction.results, call.transaction.result_length,
					&result));
	ck_assert_uint_eq(result.layers_run, 3);
	ck_assert_uint_eq(call.transaction.bulk_in_length, sizeof(run_output));
	expect_output();
	kpu_put_u16(handle, loaded.model);
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_MODEL_FREE, handle, 2), KPU_STATUS_OK);
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_MODEL_FREE, handle, 2),
			  KPU_STATUS_NO_HANDLE);
	submit_run(&call, loaded.model);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_NO_HANDLE);
}
END_TEST

START_TEST(refused_models_come_with_a_sentence)
{
	struct kpu_load_result loaded;
	struct server_call call;

	ck_assert_uint_eq(load(&loaded, (uint32_t)model_size + 1, 0), KPU_STATUS_SIZE_NOTMATCH);
	ck_assert_str_ne(loaded.problem, "");
	ck_assert_uint_eq(load(&loaded, (uint32_t)model_size, 0), KPU_STATUS_CHECKSUM);
	ck_assert_str_ne(loaded.problem, "");
	model_file[0] = 9;
	ck_assert_uint_eq(load_good(&loaded), KPU_STATUS_KMODEL_VERSION);
	ck_assert_str_ne(loaded.problem, "");
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_INFO, NULL, 0), KPU_STATUS_OK);
}
END_TEST

START_TEST(a_model_too_large_is_refused_before_its_bytes)
{
	uint8_t *large = calloc(1, SERVER_LINK_MEMORY + 1);
	struct kpu_load_result loaded;

	free(model_file);
	model_file = large;
	model_size = SERVER_LINK_MEMORY + 1;
	ck_assert_uint_eq(load_good(&loaded), KPU_STATUS_NO_MEM);
	ck_assert_str_ne(loaded.problem, "");
}
END_TEST

START_TEST(the_link_is_served_while_a_layer_runs)
{
	struct kpu_load_result loaded;
	struct server_call run, echo;

	load_good(&loaded);
	server_link.hardware.polls_per_layer = 500;
	submit_run(&run, loaded.model);
	server_link_turns(50);
	ck_assert_uint_eq(server_call_ask(&echo, KPU_OP_ECHO, "alive", 5), KPU_STATUS_OK);
	ck_assert(!run.done);
	ck_assert_uint_eq(server_call_finish(&run), KPU_STATUS_OK);
	expect_output();
}
END_TEST

START_TEST(a_run_can_be_cancelled_by_its_request)
{
	struct kpu_load_result loaded;
	struct server_call run, cancel;
	uint8_t id[2];

	load_good(&loaded);
	server_link.hardware.polls_per_layer = 500;
	submit_run(&run, loaded.model);
	server_link_turns(50);
	kpu_put_u16(id, (uint16_t)(run.transaction.id + 100));
	ck_assert_uint_eq(server_call_ask(&cancel, KPU_OP_CANCEL, id, 2), KPU_STATUS_NO_HANDLE);
	kpu_put_u16(id, run.transaction.id);
	ck_assert_uint_eq(server_call_ask(&cancel, KPU_OP_CANCEL, id, 2), KPU_STATUS_OK);
	ck_assert_uint_eq(server_call_finish(&run), KPU_STATUS_CANCELLED);
	server_link.hardware.polls_per_layer = 1;
	submit_run(&run, loaded.model);
	ck_assert_uint_eq(server_call_finish(&run), KPU_STATUS_OK);
}
END_TEST

START_TEST(a_third_run_is_answered_busy)
{
	struct kpu_load_result loaded;
	struct server_call first, second, third;

	load_good(&loaded);
	server_link.hardware.polls_per_layer = 500;
	submit_run(&first, loaded.model);
	submit_run(&second, loaded.model);
	submit_run(&third, loaded.model);
	ck_assert_uint_eq(server_call_finish(&third), KPU_STATUS_BUSY);
	ck_assert_uint_eq(server_call_finish(&first), KPU_STATUS_OK);
	ck_assert_uint_eq(server_call_finish(&second), KPU_STATUS_OK);
}
END_TEST

START_TEST(a_hanging_layer_is_reported)
{
	struct kpu_load_result loaded;
	struct server_call call;

	load_good(&loaded);
	server_link.hardware.hang = true;
	submit_run(&call, loaded.model);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_KPU_HUNG);
	ck_assert_uint_eq(server_link.hardware.engine_resets, 1);
}
END_TEST

START_TEST(another_host_finds_an_empty_board)
{
	struct kpu_load_result loaded;
	struct kpu_memory_info info;
	struct server_call call;

	load_good(&loaded);
	server_link.hardware.polls_per_layer = 300;
	submit_run(&call, loaded.model);
	server_link_turns(50);
	server_link_start_host(43);
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_ECHO, "x", 1), KPU_STATUS_OK);
	server_link_turns(2000);
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_MEMORY, NULL, 0), KPU_STATUS_OK);
	ck_assert(kpu_decode_memory_info(call.transaction.results, call.transaction.result_length,
					 &info));
	ck_assert_uint_eq(info.models, 0);
	ck_assert_uint_eq(info.free, info.total);
	server_link.hardware.polls_per_layer = 1;
	ck_assert_uint_eq(load_good(&loaded), KPU_STATUS_OK);
}
END_TEST

START_TEST(the_same_host_keeps_its_models)
{
	struct kpu_load_result loaded;
	struct server_call call;

	load_good(&loaded);
	kpu_session_resync(&server_link.host_session, server_link.now);
	submit_run(&call, loaded.model);
	ck_assert_uint_eq(server_call_finish(&call), KPU_STATUS_OK);
	expect_output();
}
END_TEST

START_TEST(an_unfinished_load_dies_with_its_host)
{
	struct kpu_load_arguments arguments = { 300000, 0 };
	uint8_t encoded[KPU_WIRE_ARGUMENTS_MAX], *bytes = calloc(1, 300000);
	struct kpu_memory_info info;
	struct server_call call;

	server_call_submit(&call, KPU_OP_MODEL_LOAD, encoded,
			   kpu_encode_load_arguments(encoded, &arguments), bytes, 300000, NULL, 0);
	while (server_link.server.runtime.models[0].received < 10000)
		server_link_turns(1);
	server_link_start_host(44);
	ck_assert_uint_eq(server_call_ask(&call, KPU_OP_MEMORY, NULL, 0), KPU_STATUS_OK);
	kpu_decode_memory_info(call.transaction.results, call.transaction.result_length, &info);
	ck_assert_uint_eq(info.free, info.total);
	free(bytes);
}
END_TEST

Suite *server_suite(void)
{
	Suite *suite = suite_create("server");
	TCase *line = tcase_create("line"), *models = tcase_create("models and runs");

	tcase_add_checked_fixture(line, server_link_setup, server_link_teardown);
	tcase_add_test(line, info_tells_who_we_are);
	tcase_add_test(line, echo_returns_every_length);
	tcase_add_test(line, sink_and_source_move_bulk_data);
	tcase_add_test(line, lengths_outside_the_table_are_refused);
	tcase_add_test(line, unknown_commands_are_refused);
	tcase_add_test(line, bulk_data_nobody_wants_is_refused);
	tcase_add_test(line, counters_include_overruns);
	tcase_add_test(line, rate_changes_after_the_reply);
	tcase_add_test(line, rate_falls_back_when_nothing_arrives);
	tcase_add_test(line, reboot_comes_after_the_reply);
	tcase_add_test(line, reboot_does_not_wait_for_ever);
	suite_add_tcase(suite, line);

	tcase_add_checked_fixture(models, setup_model, teardown_model);
	tcase_add_test(models, a_model_is_loaded_run_and_freed);
	tcase_add_test(models, refused_models_come_with_a_sentence);
	tcase_add_test(models, a_model_too_large_is_refused_before_its_bytes);
	tcase_add_test(models, the_link_is_served_while_a_layer_runs);
	tcase_add_test(models, a_run_can_be_cancelled_by_its_request);
	tcase_add_test(models, a_third_run_is_answered_busy);
	tcase_add_test(models, a_hanging_layer_is_reported);
	tcase_add_test(models, another_host_finds_an_empty_board);
	tcase_add_test(models, the_same_host_keeps_its_models);
	tcase_add_test(models, an_unfinished_load_dies_with_its_host);
	suite_add_tcase(suite, models);
	return suite;
}
