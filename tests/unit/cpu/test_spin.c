/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Idle loops are found; loops that make progress or can see time pass never are. */
#include "tests/unit/cpu/machine.h"
#include "tests/unit/cpu/suites.h"

/* Long enough for any loop here to be probed several times. */
#define LONG_RUN 1000000u

static enum hart_stop run_long(uint64_t *executed)
{
	enum hart_stop stop;

	*executed = hart_run(machine->hart[0], LONG_RUN, &stop);
	return stop;
}

static void expect_spin(void)
{
	uint64_t executed;

	ck_assert_int_eq(run_long(&executed), HART_STOP_SPIN);
	/* Found soon, even if busy loops stood here before, and found again at once. */
	ck_assert_uint_lt(executed, 70000);
	ck_assert_int_eq(run_long(&executed), HART_STOP_SPIN);
	ck_assert_uint_lt(executed, 200);
}

static void expect_busy(void)
{
	uint64_t executed;

	ck_assert_int_eq(run_long(&executed), HART_STOP_BUDGET);
	ck_assert_uint_eq(executed, LONG_RUN);
}

START_TEST(test_jump_to_itself)
{
	PROGRAM(BASE, rv_jal(ZERO, 0));
	expect_spin();
}
END_TEST

/* Waiting for a flag; the peer sets it. */
START_TEST(test_polling_memory)
{
	enum hart_stop stop;

	set_x(A0, DATA);
	PROGRAM(BASE, rv_lw(A1, A0, 0), RV_FENCE, rv_beq(A1, ZERO, -8), rv_addi(A2, A2, 1),
		rv_jal(ZERO, 0));
	expect_spin();
	machine_poke_word(DATA, 1);
	hart_run(machine->hart[0], 3000, &stop);
	ck_assert_uint_eq(x(A2), 1);
}
END_TEST

/* The loop may call a function and span pages. */
START_TEST(test_polling_by_function)
{
	set_x(A0, DATA);
	set_x(A3, HANDLER - 8);
	PROGRAM(BASE, rv_jalr(RA, A3, 0), rv_beq(A1, ZERO, -4));
	PROGRAM(HANDLER - 8, rv_lw(A1, A0, 0), RV_NOP, RV_NOP, rv_jalr(ZERO, RA, 0));
	expect_spin();
}
END_TEST

/* Quanta as the board uses them. */
START_TEST(test_short_quanta)
{
	enum hart_stop stop = HART_STOP_BUDGET;

	PROGRAM(BASE, rv_lw(A1, A0, 0), rv_beq(A1, ZERO, -4));
	set_x(A0, DATA);
	for (unsigned i = 0; i < 10 && stop == HART_STOP_BUDGET; i++)
		hart_run(machine->hart[0], 100, &stop);
	ck_assert_int_eq(stop, HART_STOP_SPIN);
}
END_TEST

START_TEST(test_counting_loop)
{
	PROGRAM(BASE, rv_addi(A0, A0, 1), rv_jal(ZERO, -4));
	expect_busy();
	ck_assert_uint_eq(x(A0), LONG_RUN / 2);
}
END_TEST

/* A delay by countdown ends by itself. */
START_TEST(test_countdown)
{
	set_x(A0, 300000);
	PROGRAM(BASE, rv_addi(A0, A0, -1), rv_bne(A0, ZERO, -4), rv_addi(A1, ZERO, 1),
		rv_jal(ZERO, 0));
	hart_run(machine->hart[0], 600000, &(enum hart_stop){ 0 });
	ck_assert_uint_eq(x(A0), 0);
	expect_spin();
	ck_assert_uint_eq(x(A1), 1);
}
END_TEST

/* Registers repeat, but memory counts. */
START_TEST(test_store_in_loop)
{
	set_x(A0, DATA);
	PROGRAM(BASE, rv_lw(A1, A0, 0), rv_addi(A1, A1, 1), rv_sw(A1, A0, 0), rv_addi(A1, ZERO, 0),
		rv_jal(ZERO, -16));
	expect_busy();
	ck_assert_uint_eq(machine_read_word(DATA), LONG_RUN / 5);
}
END_TEST

START_TEST(test_amo_in_loop)
{
	set_x(A0, DATA);
	set_x(A1, 1);
	PROGRAM(BASE, rv_amoadd_w(ZERO, A1, A0), rv_jal(ZERO, -4));
	expect_busy();
	ck_assert_uint_eq(machine_read_word(DATA), LONG_RUN / 2);
}
END_TEST

START_TEST(test_device_poll)
{
	set_x(A0, DEVICE);
	PROGRAM(BASE, rv_lw(A1, A0, 0), rv_beq(A1, ZERO, -4));
	expect_busy();
	ck_assert_uint_eq(machine->loads, LONG_RUN / 2);
}
END_TEST

/* The value is thrown away, so that registers repeat: it is the read that forbids it. */
START_TEST(test_counter_read)
{
	PROGRAM(BASE, rv_csrr(A1, CSR_MCYCLE), rv_addi(A1, ZERO, 0), rv_jal(ZERO, -8));
	expect_busy();
	PROGRAM(BASE, rv_csrr(ZERO, 0xc02), rv_csrr(ZERO, CSR_MIP), rv_jal(ZERO, -8));
	expect_busy();
}
END_TEST

/* A loop through the trap handler changes CSRs. */
START_TEST(test_trap_loop)
{
	write_csr(CSR_MTVEC, HANDLER);
	PROGRAM(HANDLER, RV_MRET);
	step(RV_NOP);
	PROGRAM(BASE + 4, RV_ECALL);
	expect_busy();
}
END_TEST

/* Loads that fault look like pure instructions until they are tried. */
START_TEST(test_fault_loop)
{
	write_csr(CSR_MTVEC, BASE + 4);
	step(RV_NOP);
	PROGRAM(BASE + 4, rv_lw(A0, ZERO, 0));
	expect_busy();
	/* Nor do misaligned ones get as far as the bus. */
	PROGRAM(BASE + 4, rv_lw(A0, ZERO, 2));
	expect_busy();
}
END_TEST

/* The loop comes by the start of the probe with other registers, and only later with the same. */
START_TEST(test_long_period)
{
	/* a0 counts modulo 4096 by a mask: a true cycle, but longer than a probe. */
	set_x(A1, 0xfff);
	PROGRAM(BASE, rv_addi(A0, A0, 1), 0x00b57533 /* and a0, a0, a1 */, rv_jal(ZERO, -8));
	expect_busy();
	ck_assert_uint_eq(x(A0), (LONG_RUN + 2) / 3 % 4096);
}
END_TEST

TCase *spin_case(void)
{
	TCase *tc = tcase_create("spin");

	tcase_add_checked_fixture(tc, machine_setup, machine_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_jump_to_itself);
	tcase_add_test(tc, test_polling_memory);
	tcase_add_test(tc, test_polling_by_function);
	tcase_add_test(tc, test_short_quanta);
	tcase_add_test(tc, test_counting_loop);
	tcase_add_test(tc, test_countdown);
	tcase_add_test(tc, test_store_in_loop);
	tcase_add_test(tc, test_amo_in_loop);
	tcase_add_test(tc, test_device_poll);
	tcase_add_test(tc, test_counter_read);
	tcase_add_test(tc, test_trap_loop);
	tcase_add_test(tc, test_fault_loop);
	tcase_add_test(tc, test_long_period);
	return tc;
}
