/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * SPI2 under a program that is not this project's firmware: programs/vendor_slave.c speaks the
 * protocol of the vendor's SDK on one data pin, and this test is its master.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "k210/fpioa.h"
#include "k210/sysctl.h"
#include "tests/unit/soc/machine.h"
#include "utils/k210-emu/spi_wires.h"

#define CYCLES 400000000
#define HZ     1000000 /* of the vendor's demo */

enum {
	WRITE_CONFIG,
	READ_CONFIG,
	WRITE_BYTES,
	READ_BYTES,
	WRITE_BLOCK,
	READ_BLOCK,
	FILL_FIFO,
};

static struct machine machine;
static struct spi_wires wires;
static bool ready, done;
static uint32_t memory; /* the program's */

static void ready_changed(void *context, bool level, bool missed)
{
	(void)context;
	(void)missed;
	ready = level;
}

static void transfer_done(void *context)
{
	(void)context;
	done = true;
}

static void start_program(const struct board_options *options)
{
	static const struct spi_wires_ops ops = { ready_changed, transfer_done };
	/* One data wire. */
	static const struct spi_pins pins = {
		.sclk = 18, .cs = 19, .mosi = 20, .miso = 20, .sense = 34, .ready = 35
	};
	static const struct spi_faults none;

	ready = false;
	machine_start(&machine, "vendor_slave", options);
	spi_wires_init(&wires, machine.board, &pins, &none, &ops, NULL);
	spi_wires_update(&wires);
	ck_assert(machine_run(&machine, NULL, CYCLES));
	ck_assert_int_eq(sscanf(machine.output, "memory=%x\n", &memory), 1);
	machine.output_size = 0;
	ck_assert(ready);
}

static void setup(void)
{
	struct board_options options = { .clock = BOARD_CLOCK_REAL,
					 .kpu = { .implementation = kpu_implementation_best() } };

	start_program(&options);
}

static void teardown(void)
{
	machine_stop(&machine);
}

/* @out NULL: the board has the data line. Until the program has nothing more to do. */
static void transfer(const uint8_t *out, uint8_t *in, uint32_t length, uint32_t hz)
{
	static uint8_t nothing[8192];
	struct spi_transfer wanted = { .hz = hz,
				       .length = length,
				       .drives = out != NULL,
				       .out = out ? out : nothing,
				       .in = in ? in : nothing };

	machine.output_size = 0;
	machine.output[0] = 0;
	done = false;
	spi_wires_start(&wires, &wanted);
	ck_assert(machine_run(&machine, NULL, CYCLES));
	ck_assert(done);
}

static void send_command(unsigned number, uint32_t address, unsigned length)
{
	uint8_t bytes[8] = { (uint8_t)number,          (uint8_t)address,
			     (uint8_t)(address >> 8),  (uint8_t)(address >> 16),
			     (uint8_t)(address >> 24), (uint8_t)length,
			     (uint8_t)(length >> 8) };

	for (unsigned i = 0; i < 7; i++)
		bytes[7] = (uint8_t)(bytes[7] + bytes[i]);
	transfer(bytes, NULL, sizeof(bytes), HZ);
	ck_assert_msg(!ready, "command %u is not taken", number);
}

static void expect_end(unsigned number, unsigned error)
{
	char text[64];

	snprintf(text, sizeof(text), "command=%x\nerror=%x\n", number, error);
	ck_assert_str_eq(machine.output, text);
	ck_assert(ready);
}

static void write_to(unsigned number, uint32_t address, unsigned length, const uint8_t *bytes,
		     uint32_t size, uint32_t hz)
{
	send_command(number, address, length);
	transfer(bytes, NULL, size, hz);
	expect_end(number, 0);
}

static void read_from(unsigned number, uint32_t address, unsigned length, uint8_t *bytes,
		      uint32_t size, uint32_t hz)
{
	send_command(number, address, length);
	transfer(NULL, bytes, size, hz);
	expect_end(number, 0);
}

static void check_bytes_and_blocks(void)
{
	const uint8_t config[8] = { 1, 2, 4, 8, 16, 32, 64, 128 };
	uint8_t block[1024], back[1024];

	for (unsigned i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)(i * 7 + (i >> 8));
	write_to(WRITE_CONFIG, 0, 8, config, 8, HZ);
	read_from(READ_CONFIG, 2, 4, back, 4, HZ);
	ck_assert_mem_eq(back, config + 2, 4);
	write_to(WRITE_BYTES, memory + 5, 7, block + 100, 7, HZ);
	read_from(READ_BYTES, memory + 4, 8, back, 8, HZ);
	ck_assert_uint_eq(back[0], 0);
	ck_assert_mem_eq(back + 1, block + 100, 7);
	/* Far more than the FIFOs hold: DMA keeps up at the highest clock that SPI2 is good for. */
	write_to(WRITE_BLOCK, memory + 64, sizeof(block) / 16, block, sizeof(block), 25000000);
	read_from(READ_BLOCK, memory + 64, sizeof(block) / 16, back, sizeof(back), 25000000);
	ck_assert_mem_eq(back, block, sizeof(block));
	/* A frame begins with its highest bit, words are little-endian: fours of bytes turn. */
	read_from(READ_BYTES, memory + 64, 8, back, 8, HZ);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_uint_eq(back[i], block[(i & ~3u) + 3 - i % 4]);
}

START_TEST(bytes_and_blocks_come_and_go)
{
	check_bytes_and_blocks();
}
END_TEST

START_TEST(so_they_do_in_other_clocks)
{
	struct board_options options = { .clock = _i ? BOARD_CLOCK_REAL : BOARD_CLOCK_FAST,
					 .jitter_seed = (uint64_t)_i,
					 .kpu = { .implementation = kpu_implementation_best() } };

	machine_stop(&machine);
	start_program(&options);
	check_bytes_and_blocks();
}
END_TEST

START_TEST(what_is_no_command_changes_nothing)
{
	uint8_t bytes[16] = { WRITE_BYTES, 0, 0, 0, 0, 0, 0, 99 };

	transfer(bytes, NULL, 8, HZ); /* its sum is wrong */
	ck_assert_str_eq(machine.output, "no command\n");
	ck_assert(ready);
	bytes[7] = WRITE_BYTES;
	for (unsigned length = 0; length <= 16; length++) {
		if (length == 8)
			continue;
		transfer(bytes, NULL, length, HZ);
		ck_assert_str_eq(machine.output, "no command\n");
		ck_assert(ready);
	}
	write_to(WRITE_BYTES, memory, 3, bytes, 3, HZ);
}
END_TEST

/* Linux spi-dw-mmio.c: of 32 places 31 can be used, the next frame is an overrun. */
START_TEST(the_fifo_overruns_behind_31_frames)
{
	for (unsigned count = 29; count <= 40; count++) {
		unsigned kept = count < 31 ? count : 31, sum = 0;
		uint8_t bytes[40];
		char text[128];

		for (unsigned i = 0; i < count; i++) {
			bytes[i] = (uint8_t)(200 + i);
			sum += i < kept ? bytes[i] : 0;
		}
		send_command(FILL_FIFO, 0, 0);
		transfer(bytes, NULL, count, HZ);
		snprintf(text, sizeof(text),
			 "kept=%x\noverflow=%x\nsum=%x\ncleared=%x\nagain=0\ncommand=6\nerror=0\n",
			 kept, count > 31, sum, count > 31);
		ck_assert_str_eq(machine.output, text);
	}
}
END_TEST

START_TEST(a_master_with_too_few_clocks_is_noticed)
{
	uint8_t bytes[64] = { 1, 2, 3 };

	send_command(WRITE_BYTES, memory, 4);
	transfer(bytes, NULL, 3, HZ);
	expect_end(WRITE_BYTES, 1);
	send_command(READ_BYTES, memory, 4);
	transfer(NULL, bytes, 2, HZ);
	expect_end(READ_BYTES, 2);
	send_command(WRITE_BLOCK, memory, 4);
	transfer(bytes, NULL, 60, HZ);
	expect_end(WRITE_BLOCK, 3);
	send_command(READ_BLOCK, memory, 16);
	transfer(NULL, bytes, 16, HZ);
	expect_end(READ_BLOCK, 3);
}
END_TEST

/* kendryte-standalone-sdk, issue 128: of 0xff the master reads 0x7f. */
START_TEST(the_first_bit_sent_is_0)
{
	const uint8_t sent[8] = { 0xe0, 0xff, 0xd8, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint8_t bytes[8], words[16];

	write_to(WRITE_BYTES, memory, 8, sent, 8, HZ);
	read_from(READ_BYTES, memory, 8, bytes, 8, HZ);
	ck_assert_uint_eq(bytes[0], 0x60);
	ck_assert_mem_eq(bytes + 1, sent + 1, 7);
	read_from(READ_BLOCK, memory, 1, words, 16, HZ);
	ck_assert_mem_eq(words, "\x7f\xd8\xff\xe0\xff\xff\xff\xff", 8);
}
END_TEST

/* An empty FIFO shifts out ones, and a line that nobody drives reads as ones. */
START_TEST(what_nobody_sends_is_ones)
{
	const uint8_t sent[4] = { 0x12, 0, 0x34, 0 };
	uint8_t back[12];

	write_to(WRITE_BYTES, memory, 4, sent, 4, HZ);
	read_from(READ_BYTES, memory, 4, back, 12, HZ);
	ck_assert_mem_eq(back, sent, 4);
	for (unsigned i = 4; i < sizeof(back); i++)
		ck_assert_uint_eq(back[i], 0xff);
	transfer(NULL, back, 8, HZ);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_uint_eq(back[i], 0xff);
	ck_assert_str_eq(machine.output, "no command\n");
}
END_TEST

static void set_data_pin(uint32_t word)
{
	ck_assert(bus_store(machine.board, K210_FPIOA_BASE + K210_FPIOA_IO(20), 4, word));
}

/* The data functions of SPI work with 0 (Linux pinctrl-k210.c, K210_PC_MODE_SPI). */
START_TEST(the_data_pin_needs_both_inversions)
{
	const uint32_t word = K210_FPIOA_SPI_DATA(K210_FUNCTION_SPI2_D0);
	const uint8_t command[8] = { WRITE_BYTES, 0, 0, 0, 0, 0, 0, WRITE_BYTES };
	const uint8_t sent[4] = { 0x12, 0, 0x34, 0 };
	uint8_t back[4];

	write_to(WRITE_BYTES, memory, 4, sent, 4, HZ);
	set_data_pin(word & ~(uint32_t)K210_FPIOA_IE_INVERT);
	transfer(command, NULL, sizeof(command), HZ);
	ck_assert_str_eq(machine.output, "no command\n");
	set_data_pin(word);
	send_command(READ_BYTES, memory, 4);
	set_data_pin(word & ~(uint32_t)K210_FPIOA_OE_INVERT);
	transfer(NULL, back, sizeof(back), HZ);
	for (unsigned i = 0; i < sizeof(back); i++)
		ck_assert_uint_eq(back[i], 0xff);
	expect_end(READ_BYTES, 0);
	set_data_pin(word);
	read_from(READ_BYTES, memory, 4, back, sizeof(back), HZ);
	ck_assert_mem_eq(back, sent, sizeof(back));
}
END_TEST

/* PLL0 / (2 * (threshold + 1)). */
static void set_clock_threshold(uint32_t threshold)
{
	ck_assert(bus_store(machine.board, K210_SYSCTL_BASE + K210_SYSCTL_CLK_TH1, 4,
			    threshold << K210_CLK_TH1_SPI2_SHIFT));
}

/*
 * Synopsys DW_apb_ssi data book: a slave's own clock is at least six times as fast as the master's,
 * twelve times when it sends. 780 MHz / 20 = 39 MHz is what the vendor's SDK chooses.
 */
START_TEST(a_master_faster_than_its_own_clock_is_not_heard)
{
	const uint8_t sent[16] = { 0x12, 0x34, 0x56 };
	uint8_t back[16], ones[16];

	memset(ones, 0xff, sizeof(ones));
	set_clock_threshold(9);
	write_to(WRITE_BLOCK, memory, 1, sent, sizeof(sent), 39000000 / 6);
	read_from(READ_BLOCK, memory, 1, back, sizeof(back), 39000000 / 12);
	ck_assert_mem_eq(back, sent, sizeof(sent));
	send_command(WRITE_BLOCK, memory, 1);
	transfer(sent, NULL, sizeof(sent), 39000000 / 6 + 1);
	expect_end(WRITE_BLOCK, 3);
	send_command(READ_BLOCK, memory, 1);
	transfer(NULL, back, sizeof(back), 39000000 / 12 + 1);
	ck_assert_mem_eq(back, ones, sizeof(ones));
	ck_assert(ready);
}
END_TEST

/* Nobody says what it is after a reset: the board takes the slowest. */
START_TEST(the_clock_after_a_reset_is_not_to_be_trusted)
{
	const uint8_t command[8] = { WRITE_BYTES, 0, 0, 0, 0, 0, 0, WRITE_BYTES };
	uint64_t value;

	board_reset(machine.board, RESET_PIN);
	ck_assert(bus_load(machine.board, K210_SYSCTL_BASE + K210_SYSCTL_CLK_TH1, 4, &value));
	ck_assert_uint_eq(value >> K210_CLK_TH1_SPI2_SHIFT & 255, 255);
	ck_assert(machine_run(&machine, NULL, CYCLES));
	set_clock_threshold(255);
	transfer(command, NULL, sizeof(command), HZ);
	ck_assert_str_eq(machine.output, "no command\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("SPI2 under a vendor-style program");
	TCase *tests = tcase_create("slave");
	SRunner *runner;
	int failed;

	if (!machine_programs_available())
		return EXIT_SUCCESS;
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, bytes_and_blocks_come_and_go);
	tcase_add_loop_test(tests, so_they_do_in_other_clocks, 0, 4);
	tcase_add_test(tests, what_is_no_command_changes_nothing);
	tcase_add_test(tests, the_fifo_overruns_behind_31_frames);
	tcase_add_test(tests, a_master_with_too_few_clocks_is_noticed);
	tcase_add_test(tests, the_first_bit_sent_is_0);
	tcase_add_test(tests, what_nobody_sends_is_ones);
	tcase_add_test(tests, the_data_pin_needs_both_inversions);
	tcase_add_test(tests, a_master_faster_than_its_own_clock_is_not_heard);
	tcase_add_test(tests, the_clock_after_a_reset_is_not_to_be_trusted);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
