/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Arguments and results on the wire: offsets of docs/wire-protocol.md, limits, hostile input. */
#include <check.h>
#include <stdlib.h>

#include "link/bytes.h"
#include "link/commands.h"

START_TEST(board_info)
{
	struct kpu_board_info in = {
		.firmware_version = 0x010203,
		.features = 1,
		.cpu_hz = 400000000,
		.kpu_hz = 400000000,
		.boot_id = 0x1122334455667788,
		.reset_cause = 4,
		.uptime_ms = 99,
		.memory_total = 6000000,
		.firmware_bytes = 90000,
		.max_models = 8,
		.max_runs_in_flight = 2,
		.line_baud = 2000000,
		.last_crash_pc = 0x80001234,
		.name = "k210",
		.stack_unused = 777,
	};
	struct kpu_board_info out;
	uint8_t bytes[KPU_WIRE_RESULTS_MAX];

	ck_assert_uint_eq(kpu_encode_board_info(bytes, &in), 72);
	ck_assert_uint_eq(kpu_get_u32(bytes + 8), 400000000);
	ck_assert_uint_eq(kpu_get_u64(bytes + 16), 0x1122334455667788);
	ck_assert_uint_eq(kpu_get_u16(bytes + 42), 2);
	ck_assert_uint_eq(kpu_get_u32(bytes + 48), 0x80001234);
	ck_assert_str_eq((const char *)bytes + 52, "k210");
	for (size_t cut = 0; cut < 68; cut++)
		ck_assert(!kpu_decode_board_info(bytes, cut, &out));
	memset(bytes + 52, 'x', 16);
	/* A firmware that does not know the last field yet. */
	for (size_t cut = 68; cut < 72; cut++) {
		ck_assert(kpu_decode_board_info(bytes, cut, &out));
		ck_assert_uint_eq(out.stack_unused, 0);
	}
	ck_assert(kpu_decode_board_info(bytes, 80, &out));
	ck_assert_uint_eq(out.stack_unused, 777);
	ck_assert_uint_eq(out.memory_total, 6000000);
	ck_assert_uint_eq(out.last_crash_pc, 0x80001234);
	ck_assert_uint_eq(strlen(out.name), 15);
}
END_TEST

START_TEST(memory_info)
{
	struct kpu_memory_info in = { .total = 1, .free = 2, .largest_free = 3, .models = 4 }, out;
	uint8_t bytes[32];

	ck_assert_uint_eq(kpu_encode_memory_info(bytes, &in), 14);
	ck_assert_uint_eq(kpu_get_u16(bytes + 12), 4);
	ck_assert(!kpu_decode_memory_info(bytes, 13, &out));
	ck_assert(kpu_decode_memory_info(bytes, 14, &out));
	ck_assert(out.total == 1 && out.free == 2 && out.largest_free == 3 && out.models == 4);
}
END_TEST

START_TEST(flash)
{
	struct kpu_flash_chip in = {
		.jedec_id = 0xc86018,
		.size = 16777216,
		.unique_id = 0x0123456789abcdef,
		.erase_bytes = 4096,
		.program_bytes = 256,
		.clock_hz = 67000000,
	};
	struct kpu_flash_range range = { 0x300000, 65536 }, range_out;
	struct kpu_flash_chip out;
	uint8_t bytes[KPU_WIRE_RESULTS_MAX];

	ck_assert_uint_eq(kpu_encode_flash_chip(bytes, &in), 28);
	ck_assert_uint_eq(kpu_get_u32(bytes), 0xc86018);
	ck_assert_uint_eq(kpu_get_u64(bytes + 8), 0x0123456789abcdef);
	ck_assert_uint_eq(kpu_get_u32(bytes + 24), 67000000);
	ck_assert(!kpu_decode_flash_chip(bytes, 27, &out));
	ck_assert(kpu_decode_flash_chip(bytes, 28, &out));
	ck_assert(out.size == 16777216 && out.erase_bytes == 4096 && out.program_bytes == 256);
	ck_assert_uint_eq(kpu_encode_flash_range(bytes, &range), 8);
	ck_assert_uint_eq(kpu_get_u32(bytes + 4), 65536);
	ck_assert(!kpu_decode_flash_range(bytes, 7, &range_out));
	ck_assert(kpu_decode_flash_range(bytes, 8, &range_out));
	ck_assert_uint_eq(range_out.address, 0x300000);
}
END_TEST

/* Loops over sectors end only when the board tells the truth about them, or something like it. */
START_TEST(sectors_of_a_flash)
{
	static const struct {
		uint32_t size, sector;
		bool valid;
	} chips[] = {
		{ 65536, 4096, true },
		{ 0x80000000, 65536, true },
		{ 4096, 4096, true },
		{ 0, 0, true },
		{ 0, 7, true },
		{ 65536, 0, false },
		{ 65536, 4095, false },
		{ 65536, 12288, false },
		{ 4096, 8192, false },
		{ 1 << 20, 1 << 17, false },
		{ 65536 + 256, 4096, false },
		{ 0xfffff000, 4096, false },
	};

	for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
		struct kpu_flash_chip in = { .size = chips[i].size,
					     .erase_bytes = chips[i].sector };
		struct kpu_flash_chip out;
		uint8_t bytes[KPU_WIRE_RESULTS_MAX];
		size_t length = kpu_encode_flash_chip(bytes, &in);

		ck_assert_msg(kpu_decode_flash_chip(bytes, length, &out) == chips[i].valid,
			      "%u bytes in sectors of %u", in.size, in.erase_bytes);
	}
}
END_TEST

START_TEST(load_from_flash)
{
	struct kpu_load_flash_arguments in = { 0x300000, 388776, 3, 65536, 67000000 }, out;
	uint8_t bytes[32];

	ck_assert_uint_eq(kpu_encode_load_flash_arguments(bytes, &in), 20);
	ck_assert_uint_eq(kpu_get_u32(bytes + 8), 3);
	ck_assert(!kpu_decode_load_flash_arguments(bytes, 19, &out));
	ck_assert(kpu_decode_load_flash_arguments(bytes, 20, &out));
	ck_assert(out.address == 0x300000 && out.size == 388776 && out.batch_bytes == 65536 &&
		  out.clock_hz == 67000000);
	/* A flag of a newer host changes what is asked for: not to be ignored. */
	kpu_put_u32(bytes + 8, 4);
	ck_assert(!kpu_decode_load_flash_arguments(bytes, 20, &out));
}
END_TEST

START_TEST(load)
{
	struct kpu_load_arguments arguments = { 388776, 0xcafe }, arguments_out;
	struct kpu_load_result in = {
		.model = 3,
		.version = 4,
		.layers = 16,
		.inputs = 1,
		.outputs = 2,
		.max_runs_in_flight = 2,
		.input_bytes = 230400,
		.work_bytes = 5,
		.problem_layer = 7,
		.problem = "layer 7 lies outside",
	};
	struct kpu_load_result out;
	uint8_t bytes[KPU_WIRE_RESULTS_MAX];

	ck_assert_uint_eq(kpu_encode_load_arguments(bytes, &arguments), 8);
	ck_assert(!kpu_decode_load_arguments(bytes, 7, &arguments_out));
	ck_assert(kpu_decode_load_arguments(bytes, 8, &arguments_out));
	ck_assert(arguments_out.size == 388776 && arguments_out.crc32 == 0xcafe);

	ck_assert_uint_eq(kpu_encode_load_result(bytes, &in), 24 + 20);
	ck_assert_uint_eq(kpu_get_u32(bytes + 12), 230400);
	for (size_t cut = 0; cut < 24; cut++)
		ck_assert(!kpu_decode_load_result(bytes, cut, &out));
	ck_assert(kpu_decode_load_result(bytes, 44, &out));
	ck_assert_str_eq(out.problem, in.problem);
	ck_assert(out.model == 3 && out.problem_layer == 7 && out.max_runs_in_flight == 2);
	memset(bytes + 24, 'x', 400);
	ck_assert(kpu_decode_load_result(bytes, 424, &out));
	ck_assert_uint_eq(strlen(out.problem), sizeof(out.problem) - 1);
}
END_TEST

START_TEST(run_arguments)
{
	static struct kpu_run_arguments in, out;
	uint8_t bytes[KPU_WIRE_ARGUMENTS_MAX];
	size_t length;

	in.model = 2;
	in.tap_count = KPU_TAPS_MAX;
	in.stop_layer = KPU_RUN_ALL_LAYERS;
	in.timeout_ms = 1234;
	for (unsigned i = 0; i < KPU_TAPS_MAX; i++)
		in.taps[i] = (struct kpu_tap){ (uint8_t)(1 + i % 3), (uint16_t)i, i * 1000 };
	length = kpu_encode_run_arguments(bytes, &in);
	ck_assert_uint_eq(length, 12 + 64 * 8);
	ck_assert(!kpu_decode_run_arguments(bytes, length - 1, &out));
	ck_assert(kpu_decode_run_arguments(bytes, length, &out));
	ck_assert_uint_eq(out.tap_count, KPU_TAPS_MAX);
	ck_assert_uint_eq(out.taps[63].kind, 1);
	ck_assert_uint_eq(out.taps[63].limit, 63000);
	bytes[12] = 9; /* no such kind */
	ck_assert(!kpu_decode_run_arguments(bytes, length, &out));
	bytes[12] = 1;
	kpu_put_u16(bytes + 2, KPU_TAPS_MAX + 1);
	ck_assert(!kpu_decode_run_arguments(bytes, sizeof(bytes), &out));
}
END_TEST

START_TEST(run_result)
{
	static struct kpu_run_result in, out;
	uint8_t bytes[KPU_WIRE_RESULTS_MAX];
	size_t length;

	in.layers_run = 16;
	in.cycles = 0x100000001;
	in.kpu_cycles = 77;
	in.problem_layer = 0xffffffff;
	in.tap_count = KPU_TAPS_MAX;
	for (unsigned i = 0; i < KPU_TAPS_MAX; i++)
		in.taps[i] = (struct kpu_tap_result){ i, KPU_DATA_FLOAT32, 20, 15, 30 };
	length = kpu_encode_run_result(bytes, &in);
	ck_assert_uint_eq(length, 28 + 64 * 12);
	ck_assert_uint_le(length, KPU_WIRE_RESULTS_MAX);
	ck_assert(!kpu_decode_run_result(bytes, length - 1, &out));
	ck_assert(kpu_decode_run_result(bytes, length, &out));
	ck_assert(out.cycles == 0x100000001 && out.taps[63].length == 63);
	ck_assert(out.taps[1].width == 20 && out.taps[1].height == 15 &&
		  out.taps[1].channels == 30);
	bytes[28 + 4] = 3; /* no such type */
	ck_assert(!kpu_decode_run_result(bytes, length, &out));
	kpu_put_u16(bytes + 24, 65);
	ck_assert(!kpu_decode_run_result(bytes, sizeof(bytes), &out));
}
END_TEST

START_TEST(counters)
{
	struct kpu_link_counters in, out;
	uint8_t bytes[64];
	uint32_t *fields = (uint32_t *)&in;

	ck_assert_uint_eq(sizeof(in), 64);
	for (unsigned i = 0; i < 16; i++)
		fields[i] = i + 100;
	ck_assert_uint_eq(kpu_encode_counters(bytes, &in), 64);
	for (unsigned i = 0; i < 16; i++)
		ck_assert_uint_eq(kpu_get_u32(bytes + 4 * i), i + 100);
	ck_assert(!kpu_decode_counters(bytes, 63, &out));
	ck_assert(kpu_decode_counters(bytes, 64, &out));
	ck_assert_mem_eq(&in, &out, sizeof(in));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("link: commands");
	TCase *commands = tcase_create("commands");
	SRunner *runner;
	int failed;

	tcase_add_test(commands, board_info);
	tcase_add_test(commands, memory_info);
	tcase_add_test(commands, flash);
	tcase_add_test(commands, sectors_of_a_flash);
	tcase_add_test(commands, load_from_flash);
	tcase_add_test(commands, load);
	tcase_add_test(commands, run_arguments);
	tcase_add_test(commands, run_result);
	tcase_add_test(commands, counters);
	suite_add_tcase(suite, commands);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
