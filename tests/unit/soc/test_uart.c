/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What UART1..3 do not have on this chip, and what they refuse while they are busy (k210/uart.h).
 * The registers are used from outside, while the harts sleep.
 */
#include <check.h>
#include <stdlib.h>

#include "k210/fpioa.h"
#include "k210/sysctl.h"
#include "k210/uart.h"
#include "tests/unit/soc/machine.h"

/* In sixteenths of an APB0 clock: 195 MHz / 1693 = 115200 baud. */
#define DIVISOR      1693u
#define LCR_7N1      (K210_UART_LCR_8N1 - 1)
#define INTERRUPT_ID (load(K210_UART_IIR) & K210_UART_IIR_ID_MASK)

static struct machine machine;

static void store_word(uint32_t address, uint32_t value)
{
	ck_assert(bus_store(machine.board, address, 4, value));
}

static void store(uint32_t offset, uint32_t value)
{
	store_word(K210_UART3_BASE + offset, value);
}

static uint32_t load(uint32_t offset)
{
	uint64_t value;

	ck_assert(bus_load(machine.board, K210_UART3_BASE + offset, 4, &value));
	return (uint32_t)value;
}

static void nothing(void *context)
{
	(void)context;
}

/* Time, also of a board with nothing to do. 390 MHz: a clock of APB0 is two cycles. */
static void pass(double bits)
{
	const uint64_t cycles = (uint64_t)(bits * 2 * DIVISOR),
		       end = board_now(machine.board) + cycles;
	struct event alarm;

	event_init(&alarm, EVENT_TIMER, nothing, NULL);
	board_schedule(machine.board, &alarm, cycles);
	while (board_now(machine.board) < end) {
		board_run(machine.board, end);
		if (board_now(machine.board) < end)
			board_jump_to_next_event(machine.board);
	}
	board_cancel(machine.board, &alarm);
}

static void set_divisor(void)
{
	store(K210_UART_LCR, K210_UART_LCR_8N1 | K210_UART_LCR_DLAB);
	store(K210_UART_DLF, DIVISOR & 15);
	store(K210_UART_DLH, DIVISOR >> 12);
	store(K210_UART_DLL, DIVISOR >> 4 & 255);
	store(K210_UART_LCR, K210_UART_LCR_8N1);
	store(K210_UART_FCR, K210_UART_FCR_ENABLE);
}

static void setup(void)
{
	static const uint32_t sleep[] = { 0x30401073 /* csrw mie, zero */, 0x10500073 /* wfi */,
					  0xffdff06f /* j .-4 */ };
	struct board_options options = { .clock = BOARD_CLOCK_REAL };

	machine_start_image(&machine, (const uint8_t *)sleep, sizeof(sleep), &options);
	store_word(K210_SYSCTL_BASE + K210_SYSCTL_CLK_EN_PERI, UINT32_MAX);
	store_word(K210_FPIOA_BASE + K210_FPIOA_IO(4), K210_FPIOA_UART_RX(K210_FUNCTION_UART3_RX));
	set_divisor();
}

static void teardown(void)
{
	machine_stop(&machine);
}

/* embeddedgo/kendryte hal/uart: CPR says FIFO_STAT no, FIFO_ACCESS no, AFCE_MODE no. */
START_TEST(the_fifos_do_not_tell_how_full_they_are)
{
	const uint32_t cpr = load(K210_UART_CPR);

	ck_assert_uint_eq(cpr & 3, 2); /* 32-bit bus */
	ck_assert_uint_eq(cpr >> 4 & 1, 0);
	ck_assert_uint_eq(cpr >> 9 & 3, 0);
	ck_assert_uint_eq(cpr >> 16, 1); /* times 16 bytes */
	ck_assert_uint_eq(load(K210_UART_USR), 0);
	for (unsigned i = 0; i < 3; i++)
		store(K210_UART_THR, 'a' + i);
	ck_assert_uint_eq(load(K210_UART_TFL), 0);
	ck_assert_uint_eq(load(K210_UART_USR), K210_UART_USR_BUSY);
	pass(40);
	bridge_from_host(machine.board->bridge, (const uint8_t *)"xy", 2);
	pass(25);
	ck_assert(load(K210_UART_LSR) & K210_UART_LSR_DATA_READY);
	ck_assert_uint_eq(load(K210_UART_RFL), 0);
	ck_assert_uint_eq(load(K210_UART_USR), K210_UART_USR_BUSY);
	store(K210_UART_MCR, 1 << 5);
	ck_assert_uint_eq(load(K210_UART_MCR), 0);
}
END_TEST

static void expect_refusal(const char *why)
{
	ck_assert_uint_eq(INTERRUPT_ID, K210_UART_IIR_NONE);
	store(K210_UART_LCR, LCR_7N1 | K210_UART_LCR_DLAB);
	ck_assert_msg(load(K210_UART_LCR) == K210_UART_LCR_8N1, "%s: taken", why);
	/* No enable bit is for this one, and only USR ends it. */
	ck_assert_uint_eq(INTERRUPT_ID, K210_UART_IIR_BUSY);
	ck_assert_uint_eq(INTERRUPT_ID, K210_UART_IIR_BUSY);
	ck_assert_uint_eq(load(K210_UART_USR), K210_UART_USR_BUSY);
	ck_assert_uint_eq(INTERRUPT_ID, K210_UART_IIR_NONE);
}

static void expect_no_refusal(void)
{
	store(K210_UART_LCR, LCR_7N1);
	ck_assert_uint_eq(load(K210_UART_LCR), LCR_7N1);
	store(K210_UART_LCR, K210_UART_LCR_8N1);
	ck_assert_uint_eq(load(K210_UART_LCR), K210_UART_LCR_8N1);
	ck_assert_uint_eq(INTERRUPT_ID, K210_UART_IIR_NONE);
}

START_TEST(a_busy_one_keeps_its_line_control)
{
	const uint8_t character = 'c';

	expect_no_refusal();
	store(K210_UART_THR, character);
	expect_refusal("sending");
	pass(9);
	expect_refusal("sending the stop bit");
	pass(2);
	expect_no_refusal();
	/* It has not noticed a start bit before its middle. */
	bridge_from_host(machine.board->bridge, &character, 1);
	pass(0.4);
	expect_no_refusal();
	pass(0.2);
	expect_refusal("receiving");
	pass(11);
	expect_refusal("a character waits to be read");
	ck_assert_uint_eq(load(K210_UART_RBR), character);
	expect_no_refusal();
}
END_TEST

/* The way out of a line that never falls silent. */
START_TEST(a_reset_ends_what_it_is_busy_with)
{
	static const uint8_t text[100];

	bridge_from_host(machine.board->bridge, text, sizeof(text));
	pass(33.7);
	expect_refusal("in the middle of a text");
	store_word(K210_SYSCTL_BASE + K210_SYSCTL_PERI_RESET, 1u << K210_PERI_UART3);
	store_word(K210_SYSCTL_BASE + K210_SYSCTL_PERI_RESET, 0);
	ck_assert_uint_eq(load(K210_UART_USR), 0);
	/* A fraction alone is no divisor. */
	store(K210_UART_DLF, 15);
	pass(2);
	ck_assert_uint_eq(load(K210_UART_USR), 0);
	set_divisor();
	ck_assert_uint_eq(load(K210_UART_LCR), K210_UART_LCR_8N1);
	pass(11);
	ck_assert(load(K210_UART_LSR) & K210_UART_LSR_DATA_READY);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("UART1..3");
	TCase *tests = tcase_create("busy");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, the_fifos_do_not_tell_how_full_they_are);
	tcase_add_test(tests, a_busy_one_keeps_its_line_control);
	tcase_add_test(tests, a_reset_ends_what_it_is_busy_with);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
