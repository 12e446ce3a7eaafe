/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Serial protocol of the mask ROM: good frames, bad frames, noise, rates, and what a program that
 * was loaded finds. The two fixed frames are those that the unmodified kflash.py sends; what the
 * ROM makes of bad ones is in laanwj/k210-sdk-stuff rom/k210.rom.c.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "k210/fpioa.h"
#include "tests/unit/rom/isp_client.h"

#define ENTRY 0x80000000u
/* 115200 bit/s as the divisor of 390 MHz gives it. */
#define LINE_RATE (390e6 / 3385)

static struct machine machine;
static struct program program;
static uint8_t frame[ISP_CLIENT_FRAME_MAX];

static const uint8_t *memory(uint32_t address)
{
	return machine.board->sram_uncached + (address & 0xffffff);
}

static void start(enum hart1_policy hart1)
{
	rom_start_isp(&machine, BOARD_CLOCK_FAST, hart1);
}

START_TEST(greeting)
{
	start(HART1_RELEASED);
	isp_greet(&machine);
	isp_greet(&machine);
	machine_stop(&machine);
}
END_TEST

START_TEST(write_memory)
{
	static const uint8_t data[] = { 1, 0xc0, 2, 0xdb, 3, 0xdc, 0xdd, 0xdb, 0xc0 };

	start(HART1_RELEASED);
	isp_expect(&machine, frame, isp_request(frame, 0xc3, ENTRY + 0x100, data, sizeof(data)),
		   0xc3, 0xe0);
	ck_assert_mem_eq(memory(0x100), data, sizeof(data));
	/* The uncached window is the same memory. */
	isp_expect(&machine, frame, isp_request(frame, 0xc3, 0x40000200, data, sizeof(data)), 0xc3,
		   0xe0);
	ck_assert_mem_eq(memory(0x200), data, sizeof(data));
	isp_expect(&machine, frame, isp_request(frame, 0xc3, ENTRY, NULL, 0), 0xc3, 0xe0);
	machine_stop(&machine);
}
END_TEST

START_TEST(bad_checksum)
{
	static const uint8_t data[] = { 1, 2, 3, 4 };
	size_t size;

	start(HART1_RELEASED);
	for (size_t at = 5; at < 25; at++) {
		size = isp_request(frame, 0xc3, ENTRY, data, sizeof(data));
		if (at >= 13 && at < 17)
			continue; /* the length has an error of its own */
		if ((frame[at] ^ 0x10) == 0xc0 || (frame[at] ^ 0x10) == 0xdb || at >= size - 1)
			continue;
		frame[at] ^= 0x10;
		isp_expect(&machine, frame, size, 0xc3, 0xe2);
	}
	ck_assert_uint_eq(memory(0)[0], 0);
	isp_greet(&machine);
	machine_stop(&machine);
}
END_TEST

START_TEST(bad_length)
{
	static const uint8_t data[1026] = { 7, [99] = 9, [1023] = 8 };
	size_t size;

	start(HART1_RELEASED);
	/* A byte less than announced: what is missing is in the buffer, from an earlier frame. */
	size = isp_request(frame, 0xc3, ENTRY, data, 100);
	frame[size - 2] = 0xc0;
	isp_expect(&machine, frame, size - 1, 0xc3, 0xe2);
	/* One more than announced does not matter. */
	size = isp_request(frame, 0xc3, ENTRY, data, 100);
	frame[size - 1] = 0x55;
	frame[size] = 0xc0;
	isp_expect(&machine, frame, size + 1, 0xc3, 0xe0);
	ck_assert_uint_eq(memory(99)[0], 9);
	/* More than any client sends is refused, and the delimiter ends it all the same. */
	isp_expect(&machine, frame, isp_request(frame, 0xc3, ENTRY, data, 1024), 0xc3, 0xe0);
	rom_clear_output(&machine);
	rom_exchange(&machine, frame, isp_request(frame, 0xc3, ENTRY, data, 1025), 8);
	ck_assert_uint_eq(machine.output_size, 8);
	ck_assert_mem_eq(machine.output, "\xc0\xc1\xe1\xc0\xc0\xc3\xe0\xc0", 8);
	/* A byte more than that begins a frame anew. */
	rom_clear_output(&machine);
	size = isp_request(frame, 0xc3, ENTRY, data, 1026);
	frame[size - 2] = 0x55;
	rom_exchange(&machine, frame, size, 8);
	ck_assert_mem_eq(machine.output, "\xc0\xc1\xe1\xc0\xc0\x55\xe3\xc0", 8);
	/* A rate has four bytes. */
	isp_expect(&machine, frame, isp_request(frame, 0xc6, 0, data, 3), 0xc6, 0xe1);
	isp_greet(&machine);
	machine_stop(&machine);
}
END_TEST

/* A damaged length field sends the ROM's CRC out of memory. */
START_TEST(endless_length)
{
	static const uint8_t data[8];
	size_t size;

	start(HART1_RELEASED);
	size = isp_request(frame, 0xc3, ENTRY, data, sizeof(data));
	frame[16] = 0x20;
	isp_expect(&machine, frame, size, 0, 0);
	isp_expect(&machine, frame, isp_request(frame, 0xc2, 0, NULL, 0), 0, 0);
	ck_assert_uint_eq(machine.board->report.error_count, 0);
	board_request_reset(machine.board, RESET_PIN);
	rom_run(&machine, 0.1);
	isp_greet(&machine);
	machine_stop(&machine);
}
END_TEST

/* A delimiter too many: from then on the ROM takes what is between the frames for frames. */
START_TEST(delimiters_out_of_step)
{
	start(HART1_RELEASED);
	rom_exchange(&machine, "\xc0", 1, 1);
	ck_assert_uint_eq(machine.output_size, 0);
	/* An empty frame in a buffer that never had one: operation 0. */
	isp_expect(&machine, frame, isp_request(frame, 0xc2, 0, NULL, 0), 0x00, 0xe3);
	isp_expect(&machine, frame, isp_request(frame, 0xc2, 0, NULL, 0), 0x00, 0xe3);
	/* One more, and they are in step; it ends a third empty frame. */
	rom_clear_output(&machine);
	rom_exchange(&machine, "\xc0", 1, 4);
	ck_assert_uint_eq(machine.output_size, 4);
	isp_greet(&machine);
	/* An empty frame repeats the one before the last one, here a greeting. */
	isp_expect(&machine, frame, isp_request(frame, 0x77, 0, NULL, 0), 0x77, 0xe3);
	isp_expect(&machine, (const uint8_t *)"\xc0\xc0", 2, 0xc2, 0xe0);
	machine_stop(&machine);
}
END_TEST

/* An escape of something else swallows bytes until a good one. */
START_TEST(bad_escape)
{
	start(HART1_RELEASED);
	isp_expect(&machine, (const uint8_t *)"\xc0\x55\xdb\x01\x02\x03\xdc\xc0", 8, 0x55, 0xe3);
	machine_stop(&machine);
}
END_TEST

START_TEST(unknown_operations)
{
	static const uint8_t operations[] = { 0xc1, 0xc4, 0xd2, 0xd4, 0x00, 0xff };

	start(HART1_RELEASED);
	for (size_t i = 0; i < sizeof(operations); i++)
		isp_expect(&machine, frame, isp_request(frame, operations[i], 0, NULL, 0),
			   operations[i], 0xe3);
	/* The operation has 16 bits, of which the answer repeats eight. */
	isp_expect(&machine, (const uint8_t *)"\xc0\xc2\x01\xc0", 4, 0xc2, 0xe3);
	/* The answer is escaped like everything else. */
	rom_clear_output(&machine);
	rom_exchange(&machine, frame, isp_request(frame, 0xdb, 0, NULL, 0), 5);
	ck_assert_uint_eq(machine.output_size, 5);
	ck_assert_mem_eq(machine.output, "\xc0\xdb\xdd\xe3\xc0", 5);
	machine_stop(&machine);
}
END_TEST

START_TEST(noise)
{
	static const uint8_t text[] = "MicroPython v0.6.2\r\n>>> \xff\xdb\xdc";

	start(HART1_RELEASED);
	rom_exchange(&machine, text, sizeof(text), 1);
	ck_assert_uint_eq(machine.output_size, 0);
	isp_greet(&machine);
	/* A frame that was cut ends with the next delimiter. */
	rom_exchange(&machine, "\xc0\x55\x00\x02", 4, 1);
	isp_expect(&machine, (const uint8_t *)"\xc0", 1, 0x55, 0xe3);
	isp_greet(&machine);
	machine_stop(&machine);
}
END_TEST

/* The jump of kflash.py, byte by byte; the CRC is theirs. */
START_TEST(jump)
{
	static const uint8_t boot[] = { 0xc5, 0, 0, 0,    0xfb, 0x6f, 0xc4, 0xd4,
					0,    0, 0, 0x80, 0,    0,    0,    0 };

	if (!machine_programs_available())
		return;
	program_read(&program, "rom_entry");
	start(HART1_RELEASED);
	isp_load(&machine, ENTRY, program.bytes, program.size);
	ck_assert_mem_eq(memory(0), program.bytes, program.size);
	rom_clear_output(&machine);
	bridge_from_host(machine.board->bridge, frame, isp_frame(frame, boot, sizeof(boot)));
	rom_run(&machine, 0.1);
	ck_assert_str_eq(machine.output, "divisor=d38\nio4=12\nio5=13\nhart 1 comes by itself=1\n"
					 "hart 1 comes when called=1\n");
	/* The ROM does not listen any more. */
	isp_expect(&machine, frame, isp_request(frame, 0xc2, 0, NULL, 0), 0, 0);
	machine_stop(&machine);
}
END_TEST

/* Neither length nor CRC of a jump matters, nor the lowest bit of the address. */
START_TEST(jump_unchecked)
{
	size_t size;

	if (!machine_programs_available())
		return;
	program_read(&program, "rom_state");
	start(HART1_PARKED);
	isp_load(&machine, ENTRY, program.bytes, program.size);
	size = isp_request(frame, 0xc5, ENTRY + 1, NULL, 0);
	frame[5] ^= 1;
	rom_clear_output(&machine);
	bridge_from_host(machine.board->bridge, frame, size);
	rom_run(&machine, 0.1);
	ck_assert_str_eq(machine.output,
			 "floating point=3\ninterrupts=0\nmie=0\nmip=0\n"
			 "floating point=3\ninterrupts=0\nmie=8\nmip=8\nreceive interrupt=2\n");
	machine_stop(&machine);
}
END_TEST

START_TEST(jump_with_hart1_parked)
{
	if (!machine_programs_available())
		return;
	program_read(&program, "rom_entry");
	start(HART1_PARKED);
	isp_load(&machine, ENTRY, program.bytes, program.size);
	isp_jump_to(&machine, ENTRY);
	rom_run(&machine, 0.1);
	ck_assert_str_eq(machine.output, "divisor=d38\nio4=12\nio5=13\nhart 1 comes by itself=0\n"
					 "hart 1 comes when called=1\n");
	machine_stop(&machine);
}
END_TEST

/* Nothing is there: the trap vector that the ROM has left holds the harts. */
START_TEST(jump_to_nowhere)
{
	start(HART1_RELEASED);
	isp_jump_to(&machine, 0x80100000);
	rom_run(&machine, 0.1);
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		ck_assert_uint_eq(hart_pc(machine.board->harts[i]) & ~0xfull, 0x88000090);
		ck_assert(machine.board->hart_waiting[i]);
	}
	machine_stop(&machine);
}
END_TEST

/* Whatever comes in: the ROM answers shortly or not at all, and the next reset repairs it. */
START_TEST(random_frames)
{
	uint8_t request[40], operations[] = { 0xc2, 0xc3, 0xc5, 0xc6, 0xc1, 0xdb };
	unsigned state = (unsigned)_i + 1;

	start(HART1_RELEASED);
	for (unsigned round = 0; round < 300; round++) {
		size_t size = 1 + (size_t)rand_r(&state) % sizeof(request);

		for (size_t i = 0; i < sizeof(request); i++)
			request[i] = (uint8_t)rand_r(&state);
		request[0] = operations[(unsigned)rand_r(&state) % sizeof(operations)];
		rom_exchange(&machine, frame,
			     rand_r(&state) & 1
				     ? isp_frame(frame, request, size)
				     : isp_request(frame, request[0], (uint32_t)rand_r(&state) << 1,
						   request, (uint32_t)size % 32),
			     1);
		ck_assert_uint_le(machine.output_size, 12);
		rom_clear_output(&machine);
		if (round % 8 == 7) {
			bridge_set_rate(machine.board->bridge, 0);
			board_request_reset(machine.board, RESET_PIN);
			rom_run(&machine, 0.1);
			isp_greet(&machine);
			rom_clear_output(&machine);
		}
	}
	machine_stop(&machine);
}
END_TEST

/*
 * 390 MHz / 1500000 = 260, less one (uarths_set_baudrate). The answer goes out at the new rate, so
 * that a client that has not switched yet does not understand it.
 */
START_TEST(rate)
{
	static const uint8_t asked[] = { 0x60, 0xe3, 0x16, 0 };

	start(HART1_RELEASED);
	bridge_set_rate(machine.board->bridge, 115200);
	isp_greet(&machine);
	rom_clear_output(&machine);
	rom_exchange(&machine, frame, isp_request(frame, 0xc6, 0, asked, 4), 4);
	ck_assert_uint_eq(machine.output_size, 4);
	ck_assert_mem_ne(machine.output, "\xc0\xc6\xe0\xc0", 4);
	isp_expect(&machine, frame, isp_request(frame, 0xc2, 0, NULL, 0), 0, 0);
	bridge_set_rate(machine.board->bridge, 1500000);
	/* What arrived at the wrong rate may have begun a frame. */
	rom_exchange(&machine, "\x00", 1, 1);
	isp_expect(&machine, frame, isp_request(frame, 0xc6, 0, asked, 4), 0xc6, 0xe0);
	isp_greet(&machine);
	ck_assert_uint_gt(bridge_counters(machine.board->bridge)->garbled, 0);
	machine_stop(&machine);
}
END_TEST

static void check_dead(void)
{
	isp_expect(&machine, frame, isp_request(frame, 0xc2, 0, NULL, 0), 0, 0);
	ck_assert_uint_eq(machine.board->report.error_count, 1);
	bridge_press_boot(machine.board->bridge, true);
	board_request_reset(machine.board, RESET_PIN);
	rom_run(&machine, 0.1);
	isp_greet(&machine);
	machine_stop(&machine);
}

START_TEST(write_outside_memory)
{
	start(HART1_RELEASED);
	isp_expect(&machine, frame, isp_request(frame, 0xc3, 0x10000000, "abcd", 4), 0, 0);
	check_dead();
}
END_TEST

START_TEST(write_over_the_rom)
{
	start(HART1_RELEASED);
	isp_expect(&machine, frame, isp_request(frame, 0xc3, ENTRY + 0x5fbffc, "abcd", 4), 0xc3,
		   0xe0);
	isp_expect(&machine, frame, isp_request(frame, 0xc3, ENTRY + 0x5fbffd, "abcd", 4), 0, 0);
	check_dead();
}
END_TEST

/* Memory keeps its content over a pin reset, not over a power cycle. */
START_TEST(memory_over_reset)
{
	start(HART1_RELEASED);
	isp_load(&machine, ENTRY + 0x3000, (const uint8_t *)"kept", 4);
	board_request_reset(machine.board, RESET_PIN);
	rom_run(&machine, 0.1);
	isp_greet(&machine);
	ck_assert_mem_eq(memory(0x3000), "kept", 4);
	board_request_reset(machine.board, RESET_POWER_ON);
	rom_run(&machine, 0.1);
	ck_assert_mem_eq(memory(0x3000), "\0\0\0\0", 4);
	machine_stop(&machine);
}
END_TEST

/* As many bytes as the larger of the two known flash stubs has. */
START_TEST(long_upload)
{
	static uint8_t stub[66304];

	for (size_t i = 0; i < sizeof(stub); i++)
		stub[i] = (uint8_t)(i * 7 + (i >> 8) * 3);
	start(HART1_RELEASED);
	isp_load(&machine, ENTRY, stub, sizeof(stub));
	ck_assert_mem_eq(memory(0), stub, sizeof(stub));
	machine_stop(&machine);
}
END_TEST

/*
 * Real clock: 20 chunks of 1024 bytes with 18 of header and delimiters and a 4-byte answer, ten
 * bits each: 1.816 s. "10 kiB/s" say the logs of kflash.py's users.
 */
START_TEST(real_time)
{
	static uint8_t bytes[20 * 1024];
	uint64_t before;
	double seconds;

	rom_start_isp(&machine, BOARD_CLOCK_REAL, HART1_RELEASED);
	bridge_set_rate(machine.board->bridge, 115200);
	isp_greet(&machine);
	before = board_picoseconds(machine.board);
	isp_load(&machine, ENTRY, bytes, sizeof(bytes));
	seconds = (double)(board_picoseconds(machine.board) - before) * 1e-12;
	ck_assert_double_ge(seconds, 20 * (1024 + 18 + 4) * 10 / LINE_RATE * 0.999);
	ck_assert_double_le(seconds, 20 * (1024 + 18 + 4) * 10 / LINE_RATE * 1.03);
	machine_stop(&machine);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("serial protocol of the mask ROM");
	TCase *tests = tcase_create("isp");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, greeting);
	tcase_add_test(tests, write_memory);
	tcase_add_test(tests, bad_checksum);
	tcase_add_test(tests, bad_length);
	tcase_add_test(tests, endless_length);
	tcase_add_test(tests, delimiters_out_of_step);
	tcase_add_test(tests, bad_escape);
	tcase_add_test(tests, unknown_operations);
	tcase_add_test(tests, noise);
	tcase_add_test(tests, jump);
	tcase_add_test(tests, jump_unchecked);
	tcase_add_test(tests, jump_with_hart1_parked);
	tcase_add_test(tests, jump_to_nowhere);
	tcase_add_loop_test(tests, random_frames, 0, 4);
	tcase_add_test(tests, rate);
	tcase_add_test(tests, write_outside_memory);
	tcase_add_test(tests, write_over_the_rom);
	tcase_add_test(tests, memory_over_reset);
	tcase_add_test(tests, long_upload);
	tcase_add_test(tests, real_time);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
