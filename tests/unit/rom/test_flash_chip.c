/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The flash chip against the rules that the data sheets of GD25LQ128 and W25Q128 have in common:
 * what each command does, what it needs, and how long it takes.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/rom/flash_bus.h"

#define BUSY         0x01
#define WRITE_ENABLE 0x02
#define BLOCK        65536u

static struct machine machine;
static uint8_t cells[4 * BLOCK];

static struct nor_flash *chip(void)
{
	return machine.board->flash;
}

static void start(enum board_clock clock)
{
	rom_start(&machine, clock, HART1_RELEASED, NULL);
}

static uint8_t byte_at(uint32_t address)
{
	uint8_t byte;

	flash_read_back(&machine, address, &byte, 1);
	return byte;
}

START_TEST(identity)
{
	uint8_t id[9], again[9];

	start(BOARD_CLOCK_FAST);
	flash_command(&machine, "\x9f", 1, id, 3);
	ck_assert_mem_eq(id, "\xc8\x60\x18", 3);
	flash_command(&machine, "\x90\0\0\0", 4, id, 4);
	ck_assert_mem_eq(id, "\xc8\x17\xc8\x17", 4);
	flash_command(&machine, "\x90\0\0\1", 4, id, 4);
	ck_assert_mem_eq(id, "\x17\xc8\x17\xc8", 4);
	flash_command(&machine, "\xab\0\0\0", 4, id, 1);
	ck_assert_uint_eq(id[0], 0x17);
	flash_command(&machine, "\x4b\0\0\0\0", 5, id, 8);
	flash_command(&machine, "\x4b\0\0\0\0", 5, again, 8);
	ck_assert_mem_eq(id, again, 8);
	ck_assert_mem_ne(id, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	machine_stop(&machine);
}
END_TEST

/* What somebody with a soldering iron does. */
START_TEST(trouble)
{
	uint8_t id[3];

	start(BOARD_CLOCK_FAST);
	flash_program(&machine, 0, "\x12\x34\x56\x78", 4);
	nor_flash_set_trouble(chip(), NOR_FLASH_BUSY);
	ck_assert_uint_eq(flash_status(&machine, 0x05) & BUSY, BUSY);
	flash_command(&machine, "\x9f", 1, id, 3);
	ck_assert_mem_eq(id, "\xff\xff\xff", 3);
	flash_write_enable(&machine);
	flash_command(&machine, "\x20\0\0\0", 4, NULL, 0);
	nor_flash_set_trouble(chip(), NOR_FLASH_GONE);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0xff);
	ck_assert_uint_eq(byte_at(0), 0xff);
	nor_flash_set_trouble(chip(), NOR_FLASH_FINE);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0);
	ck_assert_uint_eq(byte_at(0), 0x12);
	ck_assert(nor_flash_poke(chip(), 0, 0xff00a55a));
	ck_assert_uint_eq(byte_at(0), 0x5a);
	ck_assert_uint_eq(byte_at(3), 0xff);
	machine_stop(&machine);
}
END_TEST

START_TEST(write_enable_latch)
{
	start(BOARD_CLOCK_FAST);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0);
	flash_write_enable(&machine);
	ck_assert_uint_eq(flash_status(&machine, 0x05), WRITE_ENABLE);
	flash_command(&machine, "\x04", 1, NULL, 0);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0);
	/* A byte too many: not executed. */
	flash_command(&machine, "\x06\x00", 2, NULL, 0);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0);
	/* Every change needs it. */
	flash_command(&machine, "\x02\0\0\0\x55", 5, NULL, 0);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0);
	flash_command(&machine, "\x01\0\x02", 3, NULL, 0);
	flash_wait(&machine);
	ck_assert_uint_eq(flash_status(&machine, 0x35), 0);
	flash_program(&machine, 0, "\x55", 1);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0);
	flash_command(&machine, "\x20\0\0\0", 4, NULL, 0);
	flash_command(&machine, "\xc7", 1, NULL, 0);
	flash_wait(&machine);
	ck_assert_uint_eq(byte_at(0), 0x55);
	machine_stop(&machine);
}
END_TEST

START_TEST(program_clears_bits)
{
	start(BOARD_CLOCK_FAST);
	flash_program(&machine, 0x1234, "\xf0", 1);
	ck_assert_uint_eq(byte_at(0x1234), 0xf0);
	flash_program(&machine, 0x1234, "\x3c", 1);
	ck_assert_uint_eq(byte_at(0x1234), 0x30);
	ck_assert_uint_eq(byte_at(0x1233), 0xff);
	ck_assert_uint_eq(byte_at(0x1235), 0xff);
	machine_stop(&machine);
}
END_TEST

START_TEST(page_wraps)
{
	uint8_t bytes[300], page[256];

	start(BOARD_CLOCK_FAST);
	flash_program(&machine, 0x20fe, "abcd", 4);
	flash_read_back(&machine, 0x2000, page, 256);
	ck_assert_mem_eq(page, "cd\xff", 3);
	ck_assert_mem_eq(page + 253,
			 "\xff"
			 "ab",
			 3);
	ck_assert_uint_eq(byte_at(0x2100), 0xff);
	/* Of more than a page the last 256 bytes count. */
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i ^ i >> 3);
	flash_program(&machine, 0x3000, bytes, sizeof(bytes));
	flash_read_back(&machine, 0x3000, page, 256);
	ck_assert_mem_eq(page, bytes + 256, 44);
	ck_assert_mem_eq(page + 44, bytes + 44, 256 - 44);
	machine_stop(&machine);
}
END_TEST

static const struct {
	uint8_t code;
	uint32_t size;
} erases[] = { { 0x20, 4096 }, { 0x52, 32768 }, { 0xd8, 65536 } };

/* Exactly the aligned block around the address becomes ones. */
START_TEST(erase)
{
	uint32_t size = erases[_i].size, begin = 2 * BLOCK - size;

	start(BOARD_CLOCK_FAST);
	for (uint32_t at = 0; at < sizeof(cells); at += 2048)
		flash_program(&machine, at, "\0", 1);
	flash_erase(&machine, erases[_i].code, 2 * BLOCK - 3);
	flash_read_back(&machine, 0, cells, sizeof(cells));
	for (uint32_t at = 0; at < sizeof(cells); at += 2048)
		ck_assert_uint_eq(cells[at], at >= begin && at < begin + size ? 0xff : 0);
	machine_stop(&machine);
}
END_TEST

START_TEST(erase_chip)
{
	static const uint8_t codes[] = { 0x60, 0xc7 };

	start(BOARD_CLOCK_FAST);
	flash_program(&machine, 0, "\0", 1);
	flash_program(&machine, 0xffffff, "\0", 1);
	flash_write_enable(&machine);
	flash_command(&machine, &codes[_i], 1, NULL, 0);
	flash_wait(&machine);
	ck_assert_uint_eq(byte_at(0), 0xff);
	ck_assert_uint_eq(byte_at(0xffffff), 0xff);
	machine_stop(&machine);
}
END_TEST

START_TEST(incomplete_commands)
{
	start(BOARD_CLOCK_FAST);
	flash_program(&machine, 0, "\0", 1);
	flash_write_enable(&machine);
	flash_command(&machine, "\x20\0\0", 3, NULL, 0);
	flash_command(&machine, "\x20\0\0\0\0", 5, NULL, 0);
	flash_command(&machine, "\x02\0\0\0", 4, NULL, 0);
	flash_command(&machine, "\xc7\0", 2, NULL, 0);
	ck_assert_uint_eq(flash_status(&machine, 0x05), WRITE_ENABLE);
	ck_assert_uint_eq(byte_at(0), 0);
	machine_stop(&machine);
}
END_TEST

START_TEST(busy)
{
	uint8_t bytes[4];

	start(BOARD_CLOCK_FAST);
	flash_program(&machine, 0x5000, "\x12", 1);
	flash_write_enable(&machine);
	flash_command(&machine, "\x20\0\x10\0", 4, NULL, 0);
	ck_assert_uint_eq(flash_status(&machine, 0x05), BUSY | WRITE_ENABLE);
	/* The status can be read on and on; everything else is ignored. */
	flash_command(&machine, "\x05", 1, bytes, 4);
	ck_assert_mem_eq(bytes, "\3\3\3\3", 4);
	ck_assert_uint_eq(byte_at(0x5000), 0xff);
	flash_command(&machine, "\x9f", 1, bytes, 3);
	ck_assert_mem_eq(bytes, "\xff\xff\xff", 3);
	flash_command(&machine, "\x04", 1, NULL, 0);
	ck_assert_uint_eq(flash_status(&machine, 0x05), BUSY | WRITE_ENABLE);
	flash_wait(&machine);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0);
	ck_assert_uint_eq(byte_at(0x5000), 0x12);
	machine_stop(&machine);
}
END_TEST

/* Typical times, between the figures of the two data sheets. */
START_TEST(busy_times)
{
	double seconds;

	start(BOARD_CLOCK_REAL);
	flash_write_enable(&machine);
	flash_command(&machine, "\x02\0\0\0\0", 5, NULL, 0);
	seconds = flash_wait(&machine);
	ck_assert(seconds >= 0.4e-3 && seconds <= 0.75e-3);
	flash_write_enable(&machine);
	flash_command(&machine, "\x20\0\0\0", 4, NULL, 0);
	seconds = flash_wait(&machine);
	ck_assert(seconds >= 45e-3 && seconds <= 61e-3);
	flash_write_enable(&machine);
	flash_command(&machine, "\x52\0\0\0", 4, NULL, 0);
	seconds = flash_wait(&machine);
	ck_assert(seconds >= 100e-3 && seconds <= 160e-3);
	flash_write_enable(&machine);
	flash_command(&machine, "\xd8\0\0\0", 4, NULL, 0);
	seconds = flash_wait(&machine);
	ck_assert(seconds >= 150e-3 && seconds <= 301e-3);
	flash_write_enable(&machine);
	flash_command(&machine, "\xc7", 1, NULL, 0);
	seconds = flash_wait(&machine);
	ck_assert(seconds >= 39 && seconds <= 61);
	machine_stop(&machine);
}
END_TEST

START_TEST(status_registers)
{
	start(BOARD_CLOCK_FAST);
	ck_assert_uint_eq(flash_status(&machine, 0x15), 0);
	flash_set_quad(&machine);
	ck_assert_uint_eq(flash_status(&machine, 0x35), 0x02);
	/* One byte leaves the second register alone. */
	flash_write_enable(&machine);
	flash_command(&machine, "\x01\x80", 2, NULL, 0);
	flash_wait(&machine);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0x80);
	ck_assert_uint_eq(flash_status(&machine, 0x35), 0x02);
	/* The second and third register by their own commands. */
	flash_write_enable(&machine);
	flash_command(&machine, "\x31\x00", 2, NULL, 0);
	flash_wait(&machine);
	ck_assert_uint_eq(flash_status(&machine, 0x35), 0x00);
	flash_write_enable(&machine);
	flash_command(&machine, "\x11\x60", 2, NULL, 0);
	flash_wait(&machine);
	ck_assert_uint_eq(flash_status(&machine, 0x15), 0x60);
	/* Busy and write enable cannot be written. */
	flash_write_enable(&machine);
	flash_command(&machine, "\x01\x03", 2, NULL, 0);
	flash_wait(&machine);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0);
	machine_stop(&machine);
}
END_TEST

static const struct read_case {
	uint8_t code;
	unsigned address_wires, mode, dummy, data_wires;
} reads[] = {
	{ 0x03, 1, 0, 0, 1 }, { 0x0b, 1, 0, 8, 1 }, { 0x3b, 1, 0, 8, 2 },
	{ 0x6b, 1, 0, 8, 4 }, { 0xbb, 2, 1, 0, 2 }, { 0xeb, 4, 1, 4, 4 },
};

static void read_by(const struct read_case *how, uint32_t address, uint8_t *bytes, size_t size)
{
	flash_begin(&machine, how->code, address, how->address_wires);
	if (how->mode)
		nor_flash_transfer(chip(), 0, how->address_wires, true);
	nor_flash_wait(chip(), how->dummy);
	while (size--)
		*bytes++ = nor_flash_transfer(chip(), 0xff, how->data_wires, false);
	flash_end(&machine);
}

START_TEST(read)
{
	uint8_t bytes[8];

	start(BOARD_CLOCK_FAST);
	flash_set_quad(&machine);
	flash_program(&machine, 0x10f0, "0123", 4);
	flash_program(&machine, 0xfffffe, "xy", 2);
	read_by(&reads[_i], 0x10f0, bytes, 5);
	ck_assert_mem_eq(bytes, "0123\xff", 5);
	/* After the last address comes the first. */
	read_by(&reads[_i], 0xfffffd, bytes, 4);
	ck_assert_mem_eq(bytes,
			 "\xff"
			 "xy\xff",
			 4);
	machine_stop(&machine);
}
END_TEST

/* Wrong wires, wrong number of dummy clocks, quad not enabled: nothing sensible comes. */
START_TEST(read_wrongly)
{
	struct read_case wrong;
	uint8_t bytes[4];

	start(BOARD_CLOCK_FAST);
	flash_program(&machine, 0x4000, "0123", 4);
	if (reads[_i].data_wires == 4) {
		read_by(&reads[_i], 0x4000, bytes, 4);
		ck_assert_mem_ne(bytes, "0123", 4);
	}
	flash_set_quad(&machine);
	read_by(&reads[_i], 0x4000, bytes, 4);
	ck_assert_mem_eq(bytes, "0123", 4);
	wrong = reads[_i];
	wrong.data_wires = reads[_i].data_wires == 1 ? 2 : 1;
	read_by(&wrong, 0x4000, bytes, 4);
	ck_assert_mem_ne(bytes, "0123", 4);
	wrong = reads[_i];
	wrong.dummy += 2;
	read_by(&wrong, 0x4000, bytes, 4);
	ck_assert_mem_ne(bytes, "0123", 4);
	machine_stop(&machine);
}
END_TEST

/* Mode bits 10 in M5-4: the next selection begins with the address, until they change. */
START_TEST(continuous_read)
{
	uint8_t bytes[4];

	start(BOARD_CLOCK_FAST);
	flash_set_quad(&machine);
	flash_program(&machine, 0x4000, "0123", 4);
	flash_begin(&machine, 0xeb, 0x4000, 4);
	nor_flash_transfer(chip(), 0xa0, 4, true);
	flash_end(&machine);
	nor_flash_select(chip(), 25000000);
	nor_flash_transfer(chip(), 0x00, 4, true);
	nor_flash_transfer(chip(), 0x40, 4, true);
	nor_flash_transfer(chip(), 0x01, 4, true);
	nor_flash_transfer(chip(), 0x00, 4, true);
	nor_flash_wait(chip(), 4);
	for (unsigned i = 0; i < 3; i++)
		bytes[i] = nor_flash_transfer(chip(), 0xff, 4, false);
	flash_end(&machine);
	ck_assert_mem_eq(bytes, "123", 3);
	ck_assert_uint_eq(byte_at(0x4002), '2');
	machine_stop(&machine);
}
END_TEST

static void ones(unsigned count, unsigned wires)
{
	nor_flash_select(chip(), 25000000);
	while (count--)
		nor_flash_transfer(chip(), 0xff, wires, true);
	flash_end(&machine);
}

static bool answers(void)
{
	uint8_t id[3];

	flash_command(&machine, "\x9f", 1, id, 3);
	return !memcmp(id, "\xc8\x60\x18", 3);
}

static const struct mode_case {
	enum nor_flash_mode mode;
	unsigned count, wires;
	bool ends;
} mode_cases[] = {
	/* 8 clocks of ones on the first wire for a quad read, 16 for a dual one. */
	{ NOR_FLASH_QUAD_READ, 1, 1, true },   { NOR_FLASH_QUAD_READ, 2, 1, true },
	{ NOR_FLASH_QUAD_READ, 4, 4, true },   { NOR_FLASH_QUAD_READ, 3, 4, false },
	{ NOR_FLASH_DUAL_READ, 1, 1, false },  { NOR_FLASH_DUAL_READ, 2, 1, true },
	{ NOR_FLASH_DUAL_READ, 4, 4, false },  { NOR_FLASH_QPI, 1, 4, true },
	{ NOR_FLASH_QPI, 1, 1, false },        { NOR_FLASH_QPI, 2, 1, false },
	{ NOR_FLASH_POWER_DOWN, 2, 1, false },
};

/* A mode stays over selections and resets of the board; each ends by ones of its own. */
START_TEST(modes_end)
{
	const struct mode_case *now = &mode_cases[_i];

	start(BOARD_CLOCK_FAST);
	nor_flash_set_mode(chip(), now->mode);
	board_request_reset(machine.board, RESET_PIN);
	rom_run(&machine, 0.001);
	/* The bit of 05 that M4 gets is 0, and no answer is no command's. */
	flash_status(&machine, 0x05);
	ck_assert_uint_ne(flash_status(&machine, 0x05), 0);
	ones(now->count, now->wires);
	ck_assert_int_eq(flash_status(&machine, 0x05) == 0, now->ends);
	ck_assert_int_eq(answers(), now->ends);
	board_request_reset(machine.board, RESET_POWER_ON);
	rom_run(&machine, 0.001);
	ck_assert(answers());
	machine_stop(&machine);
}
END_TEST

/* Ones mean nothing to a chip in no mode, on any wires. */
START_TEST(ones_are_harmless)
{
	start(BOARD_CLOCK_FAST);
	flash_set_quad(&machine);
	flash_write_enable(&machine);
	for (unsigned count = 1; count <= 4; count++) {
		ones(count, 1);
		ones(count, 4);
	}
	ck_assert_uint_eq(flash_status(&machine, 0x05), WRITE_ENABLE);
	ck_assert(answers());
	ck_assert_uint_eq(machine.board->report.error_count, 0);
	machine_stop(&machine);
}
END_TEST

static uint8_t wide(uint8_t code)
{
	uint8_t value;

	nor_flash_select(chip(), 25000000);
	nor_flash_transfer(chip(), code, 4, true);
	value = nor_flash_transfer(chip(), 0xff, 4, false);
	flash_end(&machine);
	return value;
}

/* Only with quad enabled; the commands are the same, on four wires. */
START_TEST(qpi)
{
	start(BOARD_CLOCK_FAST);
	flash_command(&machine, "\x38", 1, NULL, 0);
	ck_assert(answers());
	flash_set_quad(&machine);
	flash_command(&machine, "\x38", 1, NULL, 0);
	ck_assert(!answers());
	ck_assert_uint_eq(wide(0x9f), 0xc8);
	ck_assert_uint_eq(wide(0x35), 0x02);
	ones(1, 4);
	ck_assert(answers());
	machine_stop(&machine);
}
END_TEST

START_TEST(quad_program)
{
	uint8_t bytes[4];

	start(BOARD_CLOCK_FAST);
	flash_write_enable(&machine);
	for (unsigned enabled = 0; enabled < 2; enabled++) {
		flash_write_enable(&machine);
		flash_begin(&machine, 0x32, 0x7000, 1);
		for (unsigned i = 0; i < 4; i++)
			nor_flash_transfer(chip(), (uint8_t)("quad"[i]), 4, true);
		flash_end(&machine);
		flash_wait(&machine);
		flash_read_back(&machine, 0x7000, bytes, 4);
		ck_assert_mem_eq(bytes, enabled ? "quad" : "\xff\xff\xff\xff", 4);
		flash_set_quad(&machine);
	}
	machine_stop(&machine);
}
END_TEST

START_TEST(power_down)
{
	uint8_t id[3];

	start(BOARD_CLOCK_FAST);
	flash_command(&machine, "\xb9", 1, NULL, 0);
	flash_command(&machine, "\x9f", 1, id, 3);
	ck_assert_mem_eq(id, "\xff\xff\xff", 3);
	flash_write_enable(&machine);
	flash_command(&machine, "\xab", 1, NULL, 0);
	/* It wakes up for a while, in which it says nothing. */
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0xff);
	rom_run(&machine, 50e-6);
	flash_command(&machine, "\x9f", 1, id, 3);
	ck_assert_mem_eq(id, "\xc8\x60\x18", 3);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0);
	machine_stop(&machine);
}
END_TEST

/* 66 and 99 only one after the other; an erase that is cut leaves the sector neither nor. */
START_TEST(reset)
{
	uint8_t first, last;

	start(BOARD_CLOCK_REAL);
	flash_write_enable(&machine);
	flash_command(&machine, "\x99", 1, NULL, 0);
	flash_command(&machine, "\x66", 1, NULL, 0);
	flash_status(&machine, 0x05);
	flash_command(&machine, "\x99", 1, NULL, 0);
	ck_assert_uint_eq(flash_status(&machine, 0x05), WRITE_ENABLE);
	flash_command(&machine, "\x66", 1, NULL, 0);
	flash_command(&machine, "\x99", 1, NULL, 0);
	flash_wait(&machine);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0);

	flash_program(&machine, 0x6000, "\0", 1);
	flash_program(&machine, 0x6fff, "\0", 1);
	flash_write_enable(&machine);
	flash_command(&machine, "\x20\0\x60\0", 4, NULL, 0);
	rom_run(&machine, 0.01);
	flash_command(&machine, "\x66", 1, NULL, 0);
	flash_command(&machine, "\x99", 1, NULL, 0);
	ck_assert(flash_wait(&machine) < 0.001);
	first = byte_at(0x6000);
	last = byte_at(0x6fff);
	ck_assert_uint_ne(first, last);
	machine_stop(&machine);
}
END_TEST

/* The chip has no reset pin: the board's reset does not stop it, power does. */
START_TEST(board_resets)
{
	start(BOARD_CLOCK_REAL);
	flash_program(&machine, 0x6fff, "\0", 1);
	flash_write_enable(&machine);
	flash_command(&machine, "\x20\0\x60\0", 4, NULL, 0);
	board_request_reset(machine.board, RESET_PIN);
	rom_run(&machine, 0.001);
	ck_assert_uint_eq(flash_status(&machine, 0x05) & BUSY, BUSY);
	flash_wait(&machine);
	ck_assert_uint_eq(byte_at(0x6fff), 0xff);
	flash_program(&machine, 0x6fff, "\0", 1);
	flash_write_enable(&machine);
	flash_command(&machine, "\x20\0\x60\0", 4, NULL, 0);
	board_request_reset(machine.board, RESET_POWER_ON);
	rom_run(&machine, 0.001);
	ck_assert_uint_eq(flash_status(&machine, 0x05), 0);
	rom_run(&machine, 0.1);
	ck_assert_uint_eq(byte_at(0x6fff), 0);
	machine_stop(&machine);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flash chip");
	TCase *tests = tcase_create("chip");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, identity);
	tcase_add_test(tests, trouble);
	tcase_add_test(tests, write_enable_latch);
	tcase_add_test(tests, program_clears_bits);
	tcase_add_test(tests, page_wraps);
	tcase_add_loop_test(tests, erase, 0, 3);
	tcase_add_loop_test(tests, erase_chip, 0, 2);
	tcase_add_test(tests, incomplete_commands);
	tcase_add_test(tests, busy);
	tcase_add_test(tests, busy_times);
	tcase_add_test(tests, status_registers);
	tcase_add_loop_test(tests, read, 0, 6);
	tcase_add_loop_test(tests, read_wrongly, 0, 6);
	tcase_add_test(tests, continuous_read);
	tcase_add_loop_test(tests, modes_end, 0, sizeof(mode_cases) / sizeof(mode_cases[0]));
	tcase_add_test(tests, ones_are_harmless);
	tcase_add_test(tests, qpi);
	tcase_add_test(tests, quad_program);
	tcase_add_test(tests, power_down);
	tcase_add_test(tests, reset);
	tcase_add_test(tests, board_resets);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
