/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Runs each program of programs/ with collapsed and with real durations and with random delays:
 * what a correct program prints must be the same in all of them.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "k210/clint.h"
#include "k210/fpioa.h"
#include "k210/sysctl.h"
#include "k210/uart.h"
#include "tests/unit/soc/machine.h"

#define JITTER_SEEDS 4
#define CYCLES       40000000

struct program_case {
	const char *name, *input, *output;
};

static const struct program_case cases[] = {
	{ "echo_polled", "0123456789 abcdefghijklmnopqrstuvw q", "0123456789 abcdefghijklmnopq" },
	{ "echo_interrupt", "The quick brown fox jumps over the lazy dog, twice. The end",
	  "The quick brown fox jumps over the lazy dog, twice. The end" },
	{ "pthre", NULL,
	  "plain empty=1\nplain filled=0\nthreshold empty=0\nthreshold full=1\n"
	  "at least a fifo=1\n" },
	{ "plic", NULL,
	  /* GPIOHS 0 is source 34 = 0x22. Priorities 1, 2, 2, 1; the lower number wins a tie. */
	  "idle claim=0\nmip=1\nclaim=23\nclaim=24\nclaim=22\nclaim=0\nstill high=24\nmip=0\n"
	  "masked=0\nunmasked=1\nenter=22\nenter=23\nleave=23\nleave=22\nenter=25\nleave=25\n"
	  "end\n" },
	{ "timer", NULL, "early=0\nlate=0\ncycles per tick=32\npast=1\nhart1=3\nhart0=3\n" },
	{ "dma", NULL,
	  "64 bit wrong=0\nbehind=ee\n8 to 32 bit wrong=0\nbehind=ee\nfixed=1\nirq=20\nstatus=2\n"
	  "interrupt wrong=0\nbehind=ee\nirq=20\nstatus=20\nend\n" },
	{ "uart_dma", "ABCDEFGHIJ0123456789", "ABCDEFGHIJ0123456789" },
	{ "kpu", NULL,
	  "almost empty before=0\nstatus=1\nai sram wrong=0\ndma wrong=0\nraw=0\n"
	  "almost empty after=2\nstatus=1\nend\n" },
	{ "watchdog", NULL,
	  "reset status=2\ncleared=0\nalive at 0.9\nreset status=4\ncleared=0\n" },
	{ "soft_reset", NULL, "reset status=2\nmarked=0\nreset status=10\nmarked=1\n" },
	{ "route_dma", NULL, "enough=1\nwrong=0\nflash=7\n" },
	{ "pll", NULL, "lock at start=3\nlock while off=0\nlock in reset=0\nlock at end=3\n" },
	{ "traps", NULL,
	  "cause=5\naddress=10000000\ncause=7\naddress=50300000\ncause=5\naddress=40800010\n"
	  "cause=5\naddress=40600000\ncause=4\naddress=80000002\ncause=b\n"
	  "cause=1\naddress=20000000\nend\n" },
};

#define CASE_COUNT (sizeof(cases) / sizeof(cases[0]))

static struct machine machine;

static void check_case(const struct program_case *test, enum board_clock clock, uint64_t seed)
{
	struct board_options options = { .clock = clock,
					 .jitter_seed = seed,
					 .kpu = { .implementation = kpu_implementation_best() } };

	machine_start(&machine, test->name, &options);
	ck_assert_msg(machine_run(&machine, test->input, CYCLES),
		      "%s (clock %d, seed %d) does not end; it printed:\n%s", test->name, clock,
		      (int)seed, machine.output);
	ck_assert_msg(strcmp(machine.output, test->output) == 0,
		      "%s (clock %d, seed %d) printed:\n%s", test->name, clock, (int)seed,
		      machine.output);
	machine_stop(&machine);
}

START_TEST(fast_clock)
{
	check_case(&cases[_i], BOARD_CLOCK_FAST, 0);
}
END_TEST

START_TEST(real_clock)
{
	check_case(&cases[_i], BOARD_CLOCK_REAL, 0);
}
END_TEST

START_TEST(jitter)
{
	for (uint64_t seed = 1; seed <= JITTER_SEEDS; seed++)
		check_case(&cases[_i], seed & 1 ? BOARD_CLOCK_FAST : BOARD_CLOCK_REAL, seed);
}
END_TEST

/* The program leaves PLL0 at 26 MHz * 31 = 806 MHz. */
START_TEST(clock_tree)
{
	machine_start(&machine, "pll", NULL);
	ck_assert_uint_eq(machine.board->cpu_hz, 390000000);
	ck_assert_uint_eq(machine.board->apb0_hz, 195000000);
	machine_run(&machine, NULL, CYCLES);
	ck_assert_uint_eq(machine.board->cpu_hz, 403000000);
	ck_assert_uint_eq(machine.board->apb0_hz, 201500000);
	machine_stop(&machine);
}
END_TEST

/*
 * The time of a line in real mode: 3000 characters of 10 bits at 2 Mbit/s (97 APB0 clocks of
 * 195 MHz per bit), there and back at the same time, take 14.92 ms and little more.
 */
START_TEST(line_rate)
{
	static char text[3001];
	struct board_options options = { .clock = BOARD_CLOCK_REAL };
	double seconds;

	memset(text, 'x', sizeof(text) - 1);
	machine_start(&machine, "echo_interrupt", &options);
	ck_assert(machine_run(&machine, text, CYCLES));
	ck_assert_str_eq(machine.output, text);
	seconds = (double)board_picoseconds(machine.board) * 1e-12;
	ck_assert_double_ge(seconds, 3000 * 10 * 97 / 195e6);
	ck_assert_double_le(seconds, 3000 * 10 * 97 / 195e6 * 1.02);
	machine_stop(&machine);
}
END_TEST

static void store(uint32_t address, uint32_t value)
{
	ck_assert(bus_store(machine.board, address, 4, value));
}

static uint32_t load(uint32_t address)
{
	uint64_t value;

	ck_assert(bus_load(machine.board, address, 4, &value));
	return (uint32_t)value;
}

static void connect_uart3(void)
{
	store(K210_SYSCTL_BASE + K210_SYSCTL_CLK_EN_PERI, UINT32_MAX);
	store(K210_UART3_BASE + K210_UART_LCR, K210_UART_LCR_8N1 | K210_UART_LCR_DLAB);
	store(K210_UART3_BASE + K210_UART_DLL, 6);
	store(K210_UART3_BASE + K210_UART_LCR, K210_UART_LCR_8N1);
	store(K210_UART3_BASE + K210_UART_FCR, K210_UART_FCR_ENABLE);
	store(K210_FPIOA_BASE + K210_FPIOA_IO(4), K210_FPIOA_UART_RX(K210_FUNCTION_UART3_RX));
}

/* Takes what there is, at once; returns how many characters. */
static unsigned take_characters(bool uart3)
{
	unsigned count = 0;

	if (uart3) {
		for (; load(K210_UART3_BASE + K210_UART_LSR) & K210_UART_LSR_DATA_READY; count++)
			load(K210_UART3_BASE + K210_UART_RBR);
		return count;
	}
	while (!(load(K210_UARTHS_BASE + K210_UARTHS_RXDATA) & K210_UARTHS_RXDATA_EMPTY))
		count++;
	return count;
}

/*
 * With collapsed durations a character still takes 64 cycles, however fast it is read: a host that
 * never stops sending must not keep a program in its interrupt handler.
 */
START_TEST(fast_line_leaves_time)
{
	static const uint32_t sleep[] = { 0x30401073 /* csrw mie, zero */, 0x10500073 /* wfi */,
					  0xffdff06f /* j .-4 */ };
	static const uint8_t text[3000];
	unsigned taken = 0;
	uint64_t start;

	machine_start_image(&machine, (const uint8_t *)sleep, sizeof(sleep), NULL);
	if (_i)
		connect_uart3();
	board_run(machine.board, 1000);
	start = board_now(machine.board);
	bridge_from_host(machine.board->bridge, text, sizeof(text));
	while ((taken += take_characters(_i)) < sizeof(text)) {
		board_run(machine.board, board_now(machine.board) + 1000);
		ck_assert_ptr_nonnull(board_next_event(machine.board));
		board_jump_to_next_event(machine.board);
	}
	ck_assert_uint_ge(board_now(machine.board) - start, sizeof(text) * 64);
	machine_stop(&machine);
}
END_TEST

/*
 * An interrupt that comes from outside while a hart waits in a loop is taken at once. (A vendor's
 * flash stub loses a byte when a second one arrives before it has taken the first.)
 */
START_TEST(interrupt_ends_a_loop_at_once)
{
	static const uint32_t code[] = {
		0x00000297,                         /* auipc t0, 0 */
		0x02028293,                         /* addi t0, t0, 32 */
		0x30529073,                         /* csrw mtvec, t0 */
		0x30445073,                         /* csrwi mie, 8 */
		0x30046073,                         /* csrsi mstatus, 8 */
		0x0000006f,                         /* j . */
		0x00000013, 0x00000013, 0xb0002373, /* csrr t1, mcycle */
		0x0262b023,                         /* sd t1, 32(t0) */
		0x30401073,                         /* csrw mie, zero */
		0x10500073,                         /* wfi */
		0xffdff06f,                         /* j .-4 */
	};
	uint64_t called, taken;

	machine_start_image(&machine, (const uint8_t *)code, sizeof(code), NULL);
	ck_assert_int_eq(board_run(machine.board, 100000), BOARD_IDLE);
	called = board_now(machine.board);
	ck_assert(bus_store(machine.board, K210_CLINT_BASE + K210_CLINT_MSIP(0), 4, 1));
	board_run(machine.board, called + 100000);
	memcpy(&taken, machine.board->sram_uncached + 64, sizeof(taken));
	ck_assert_uint_ge(taken, called);
	ck_assert_uint_lt(taken, called + 10);
	machine_stop(&machine);
}
END_TEST

/* A bridge 4 % off is not understood, one 2 % off is. */
START_TEST(wrong_rate)
{
	machine_start(&machine, "echo_interrupt", NULL);
	bridge_set_rate(machine.board->bridge, 195000000 / 97 * 102 / 100);
	machine_run(&machine, "good", CYCLES);
	ck_assert_str_eq(machine.output, "good");
	bridge_set_rate(machine.board->bridge, 195000000 / 97 * 104 / 100);
	machine_run(&machine, "bad", CYCLES);
	ck_assert_uint_eq(machine.output_size, 7);
	ck_assert_str_ne(machine.output, "goodbad");
	ck_assert_uint_eq(bridge_counters(machine.board->bridge)->garbled, 6);
	machine_stop(&machine);
}
END_TEST

/* Twice the same run: same time, same instructions, same output. */
START_TEST(repeatable)
{
	static struct machine again;
	struct board_options options = { .clock = BOARD_CLOCK_REAL, .jitter_seed = 7 };

	machine_start(&machine, cases[_i].name, &options);
	machine_start(&again, cases[_i].name, &options);
	machine_run(&machine, cases[_i].input, CYCLES);
	machine_run(&again, cases[_i].input, CYCLES);
	ck_assert_str_eq(machine.output, again.output);
	ck_assert_uint_eq(board_now(machine.board), board_now(again.board));
	for (unsigned i = 0; i < K210_HART_COUNT; i++)
		ck_assert_uint_eq(hart_instruction_count(machine.board->harts[i]),
				  hart_instruction_count(again.board->harts[i]));
	machine_stop(&machine);
	machine_stop(&again);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("programs on the emulated board");
	TCase *tests = tcase_create("programs");
	SRunner *runner;
	int failed;

	if (!machine_programs_available())
		return 77;
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, fast_clock, 0, CASE_COUNT);
	tcase_add_loop_test(tests, real_clock, 0, CASE_COUNT);
	tcase_add_loop_test(tests, jitter, 0, CASE_COUNT);
	tcase_add_loop_test(tests, repeatable, 0, CASE_COUNT);
	tcase_add_test(tests, clock_tree);
	tcase_add_test(tests, line_rate);
	tcase_add_loop_test(tests, fast_line_leaves_time, 0, 2);
	tcase_add_test(tests, interrupt_ends_a_loop_at_once);
	tcase_add_test(tests, wrong_rate);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
