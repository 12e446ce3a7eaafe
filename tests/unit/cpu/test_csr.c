/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Control and status registers, as draft 1.9.1 and the K210's start-up code expect them. */
#include "tests/unit/cpu/machine.h"
#include "tests/unit/cpu/suites.h"

START_TEST(test_identity)
{
	uint64_t value;

	/* MXL 2, extensions A C D F I M. */
	ck_assert_uint_eq(csr(CSR_MISA), 0x800000000000112dull);
	ck_assert_uint_eq(csr(CSR_MHARTID), 0);
	ck_assert(hart_read_csr(machine->hart[1], CSR_MHARTID, &value));
	ck_assert_uint_eq(value, 1);
	ck_assert(!hart_read_csr(machine->hart[0], 0xc01, &value));
}
END_TEST

START_TEST(test_writable_bits)
{
	static const struct {
		unsigned number;
		uint64_t written;
		uint64_t read;
	} rows[] = {
		{ CSR_MSCRATCH, UINT64_MAX, UINT64_MAX },
		{ CSR_MTVEC, 0x80004003, 0x80004000 },
		{ CSR_MEPC, 0x80004003, 0x80004002 },
		{ CSR_MIE, UINT64_MAX, 0x888 },
		{ CSR_MIP, UINT64_MAX, 0 },
		{ 0x302, UINT64_MAX, 0 }, /* medeleg */
		{ 0x303, UINT64_MAX, 0 }, /* mideleg */
		{ 0x320, UINT64_MAX, 0 }, /* mucounteren */
		{ 0x321, UINT64_MAX, 0 }, /* mscounteren */
		{ 0x323, UINT64_MAX, 0 }, /* mhpmevent3 */
		{ 0xb03, UINT64_MAX, 0 }, /* mhpmcounter3 */
		{ CSR_MISA, 0, 0x800000000000112dull },
		{ CSR_MCAUSE, 0x800000000000000bull, 0x800000000000000bull },
		/* MPP stays machine mode; MPRV, VM and the like stay 0. */
		{ CSR_MSTATUS, 0, MSTATUS_MPP },
		{ CSR_MSTATUS, UINT64_MAX,
		  MSTATUS_MPP | MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_FS | 1ull << 63 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_csr(rows[i].number, rows[i].written);
		ck_assert_msg(csr(rows[i].number) == rows[i].read, "CSR 0x%x: 0x%llx",
			      rows[i].number, (unsigned long long)csr(rows[i].number));
	}
}
END_TEST

START_TEST(test_set_and_clear)
{
	write_csr(CSR_MSCRATCH, 0xf0);
	set_x(A0, 0x3c);
	step(rv_csrrs(A1, CSR_MSCRATCH, A0));
	ck_assert_uint_eq(x(A1), 0xf0);
	ck_assert_uint_eq(csr(CSR_MSCRATCH), 0xfc);
	step(rv_csrrc(A1, CSR_MSCRATCH, A0));
	ck_assert_uint_eq(x(A1), 0xfc);
	ck_assert_uint_eq(csr(CSR_MSCRATCH), 0xc0);
	/* Immediates: csrrwi, csrrsi, csrrci with 21. */
	step(rv_i(0x73, 5, A1, 21, CSR_MSCRATCH));
	ck_assert_uint_eq(csr(CSR_MSCRATCH), 21);
	step(rv_i(0x73, 6, A1, 8, CSR_MSCRATCH));
	ck_assert_uint_eq(csr(CSR_MSCRATCH), 29);
	step(rv_i(0x73, 7, A1, 5, CSR_MSCRATCH));
	ck_assert_uint_eq(csr(CSR_MSCRATCH), 24);
	ck_assert_uint_eq(x(A1), 29);
	/* Swap of one register with itself. */
	set_x(A0, 77);
	step(rv_csrrw(A0, CSR_MSCRATCH, A0));
	ck_assert_uint_eq(x(A0), 24);
	ck_assert_uint_eq(csr(CSR_MSCRATCH), 77);
}
END_TEST

/* Reading a read-only register with csrrs and x0 is no write. */
START_TEST(test_read_only)
{
	write_csr(CSR_MTVEC, HANDLER);
	step(rv_csrrs(A0, CSR_MHARTID, ZERO));
	ck_assert_uint_eq(hart_pc(machine->hart[0]), BASE + 4);
	set_x(A0, 0);
	step(rv_csrrs(A1, CSR_MHARTID, A0));
	ck_assert_uint_eq(hart_pc(machine->hart[0]), HANDLER);
}
END_TEST

START_TEST(test_cycle_counter)
{
	hart_set_cycles(machine->hart[0], 1000000);
	step(RV_NOP);
	PROGRAM(BASE + 4, rv_csrr(A0, CSR_MCYCLE), RV_NOP, rv_csrr(A1, 0xc00));
	run(3);
	ck_assert_uint_eq(x(A1) - x(A0), 2);
	ck_assert_uint_eq(x(A0), 1000001);
	ck_assert_uint_eq(hart_cycles(machine->hart[0]), 1000004);
	/* Idle time passes on the board's word. */
	hart_set_cycles(machine->hart[0], 2000000);
	ck_assert_uint_eq(csr(CSR_MCYCLE), 2000000);
}
END_TEST

START_TEST(test_counter_writes)
{
	step(RV_NOP);
	set_x(A0, 500);
	PROGRAM(BASE + 4, rv_csrrw(ZERO, CSR_MCYCLE, A0), rv_csrr(A1, CSR_MCYCLE),
		rv_csrrw(ZERO, CSR_MINSTRET, A0), rv_csrr(A2, CSR_MINSTRET),
		rv_csrr(A3, CSR_MINSTRET));
	run(5);
	ck_assert_uint_eq(x(A1), 500);
	ck_assert_uint_eq(x(A2), 500);
	ck_assert_uint_eq(x(A3), 501);
	hart_set_cycles(machine->hart[0], hart_cycles(machine->hart[0]) + 90);
	ck_assert_uint_eq(csr(CSR_MCYCLE), 500 + 4 + 90);
}
END_TEST

/* An instruction that traps takes time but does not retire. */
START_TEST(test_instret_without_traps)
{
	uint64_t retired;
	uint64_t count;

	write_csr(CSR_MTVEC, HANDLER);
	step(RV_NOP);
	retired = csr(CSR_MINSTRET);
	count = hart_instruction_count(machine->hart[0]);
	PROGRAM(BASE + 4, RV_ECALL);
	run(1);
	ck_assert_uint_eq(csr(CSR_MINSTRET), retired);
	ck_assert_uint_eq(hart_instruction_count(machine->hart[0]), count + 1);
}
END_TEST

START_TEST(test_reset)
{
	struct hart *hart = machine->hart[0];

	write_csr(CSR_MTVEC, HANDLER);
	write_csr(CSR_MIE, 0x888);
	write_csr(CSR_MSTATUS, UINT64_MAX);
	set_x(A0, 5);
	hart_write_f(hart, 3, 99);
	hart_reset(hart, DATA);
	ck_assert_uint_eq(hart_pc(hart), DATA);
	ck_assert_uint_eq(csr(CSR_MSTATUS), MSTATUS_MPP);
	ck_assert_uint_eq(csr(CSR_MIE), 0);
	ck_assert_uint_eq(csr(CSR_MTVEC), 0);
	ck_assert_uint_eq(x(A0), 0);
	ck_assert_uint_eq(hart_read_f(hart, 3), 0);
}
END_TEST

TCase *csr_case(void)
{
	TCase *tc = tcase_create("csr");

	tcase_add_checked_fixture(tc, machine_setup, machine_teardown);
	tcase_add_test(tc, test_identity);
	tcase_add_test(tc, test_writable_bits);
	tcase_add_test(tc, test_set_and_clear);
	tcase_add_test(tc, test_read_only);
	tcase_add_test(tc, test_cycle_counter);
	tcase_add_test(tc, test_counter_writes);
	tcase_add_test(tc, test_instret_without_traps);
	tcase_add_test(tc, test_reset);
	return tc;
}
