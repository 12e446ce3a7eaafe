/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The SPI controller between program and flash: a bare-metal program that works as the vendor's
 * driver does, and the time that the frames take on the wires.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "k210/spi.h"
#include "k210/sysctl.h"
#include "tests/unit/rom/rom_machine.h"

#define FLASH_AT 0x123000
#define SIZE     600
/* A sector erase with five times its 50 ms, and the rest. */
#define CYCLES 300000000

static const char output[] =
	"jedec=c86018\ndevice=c817\nquad at first=0\nwrite enabled=2\nbusy=1\nquad=2\n"
	"erase busy=1\nplain=0\nfast=0\ndual output=0\ndual=0\nquad output=0\nquad=0\n"
	"quad words=0\nquad words reversed=0\nwindow=0\nlevel=1f\nlevel=0\nend\n";

static struct machine machine;

static void check_cells(void)
{
	uint8_t cells[SIZE + 2];

	nor_flash_read(machine.board->flash, FLASH_AT - 1, cells, sizeof(cells));
	ck_assert_uint_eq(cells[0], 0xff);
	ck_assert_uint_eq(cells[SIZE + 1], 0xff);
	for (uint32_t i = 0; i < SIZE; i++)
		ck_assert_uint_eq(cells[1 + i], (uint8_t)(i * 29 + (i >> 8) + 3));
}

static void check_program(enum board_clock clock, uint64_t seed)
{
	struct board_options options = { .clock = clock,
					 .jitter_seed = seed,
					 .kpu = { .implementation = kpu_implementation_best() } };

	machine_start(&machine, "flash", &options);
	ck_assert_msg(machine_run(&machine, NULL, CYCLES), "it printed:\n%s", machine.output);
	ck_assert_str_eq(machine.output, output);
	check_cells();
}

START_TEST(fast_clock)
{
	if (!machine_programs_available())
		return;
	check_program(BOARD_CLOCK_FAST, (uint64_t)_i);
	/* Frames wait for room. */
	ck_assert_uint_eq(machine.board->report.error_count, 0);
	machine_stop(&machine);
}
END_TEST

/* Of the hundred frames that nobody takes 31 find room; each of the others is reported. */
START_TEST(real_clock)
{
	if (!machine_programs_available())
		return;
	check_program(BOARD_CLOCK_REAL, 0);
	ck_assert_uint_eq(machine.board->report.error_count, 100 - 31);
	machine_stop(&machine);
}
END_TEST

static void store(uint32_t offset, uint32_t value)
{
	ck_assert(bus_store(machine.board, K210_SPI3_BASE + offset, 4, value));
}

static uint32_t load(uint32_t offset)
{
	uint64_t value;

	ck_assert(bus_load(machine.board, K210_SPI3_BASE + offset, 4, &value));
	return (uint32_t)value;
}

static void sysctl(uint32_t offset, uint32_t bits)
{
	uint64_t value;

	ck_assert(bus_load(machine.board, K210_SYSCTL_BASE + offset, 4, &value));
	ck_assert(bus_store(machine.board, K210_SYSCTL_BASE + offset, 4, value | bits));
}

static const struct timing {
	uint32_t format, bits, address_bits, wait, instruction, divisor;
	double clocks_per_byte;
	unsigned header_clocks;
} timings[] = {
	{ 2, 32, 32, 4, 0xeb, 16, 2, 8 + 8 + 4 },
	{ 2, 32, 32, 4, 0xeb, 6, 2, 8 + 8 + 4 },
	{ 1, 32, 32, 0, 0xbb, 16, 4, 8 + 16 },
	{ 2, 8, 32, 4, 0xeb, 16, 2, 8 + 8 + 4 },
};

static uint32_t take_all(uint32_t *checksum)
{
	uint32_t taken = 0;

	for (; load(K210_SPI_RXFLR); taken++)
		*checksum += load(K210_SPI_DR);
	return taken;
}

/*
 * Real clock: a read of 32 KiB takes its clocks, 390 MHz / divisor of them per second. The FIFO is
 * emptied as fast as it fills.
 */
START_TEST(time_on_the_wires)
{
	const struct timing *timing = &timings[_i];
	const uint32_t frames = 32768 * 8 / timing->bits;
	uint32_t taken = 0, checksum = 0;
	double seconds, expected;
	uint64_t before;

	rom_start(&machine, BOARD_CLOCK_REAL, HART1_RELEASED, NULL);
	rom_run(&machine, 0.1);
	nor_flash_enable_quad(machine.board->flash);
	sysctl(K210_SYSCTL_CLK_SEL0, K210_CLK_SEL0_SPI3_PLL0);
	store(K210_SPI_BAUDR, timing->divisor);
	store(K210_SPI_CTRLR0, timing->format << K210_SPI3_CTRLR0_FRF_SHIFT |
				       K210_SPI_TMOD_EEPROM << K210_SPI3_CTRLR0_TMOD_SHIFT |
				       (timing->bits - 1));
	store(K210_SPI_SPI_CTRLR0,
	      timing->wait << K210_SPI_WAIT_CYCLES_SHIFT | 2 << K210_SPI_INSTRUCTION_LENGTH_SHIFT |
		      timing->address_bits / 4 << K210_SPI_ADDRESS_LENGTH_SHIFT |
		      K210_SPI_TRANS_ADDRESS_WIDE);
	store(K210_SPI_CTRLR1, frames - 1);
	store(K210_SPI_SSIENR, 1);
	store(K210_SPI_DR, timing->instruction);
	store(K210_SPI_DR, 0);
	before = board_picoseconds(machine.board);
	store(K210_SPI_SER, 1);
	while (taken < frames) {
		board_jump_to_next_event(machine.board);
		taken += take_all(&checksum);
	}
	seconds = (double)(board_picoseconds(machine.board) - before) * 1e-12;
	ck_assert_uint_eq(checksum, (timing->bits == 32 ? UINT32_MAX : 255) * frames);
	ck_assert_uint_eq(machine.board->report.error_count, 0);
	expected =
		(timing->header_clocks + 32768 * timing->clocks_per_byte) * timing->divisor / 390e6;
	ck_assert_double_ge(seconds, expected * 0.999);
	ck_assert_double_le(seconds, expected * 1.001);
	machine_stop(&machine);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("programs and the flash");
	TCase *tests = tcase_create("program");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, fast_clock, 0, 4);
	tcase_add_test(tests, real_clock);
	tcase_add_loop_test(tests, time_on_the_wires, 0, 4);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
