/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Exceptions, interrupts, mret and wfi. Expected values: privileged architecture draft 1.9.1. */
#include "tests/unit/cpu/machine.h"
#include "tests/unit/cpu/suites.h"

#define INTERRUPT (1ull << 63)

static void set_handler(void)
{
	write_csr(CSR_MTVEC, HANDLER);
}

/* Executes one instruction that must trap and checks what the handler will see. */
static void expect_trap(uint32_t instruction, uint64_t cause)
{
	step(instruction);
	ck_assert_uint_eq(hart_pc(machine->hart[0]), HANDLER);
	ck_assert_uint_eq(csr(CSR_MCAUSE), cause);
	ck_assert_uint_eq(csr(CSR_MEPC), BASE);
}

START_TEST(test_exception_causes)
{
	set_handler();
	expect_trap(RV_ECALL, 11);
	expect_trap(RV_EBREAK, 3);
	expect_trap(0x00000000, 2);
	expect_trap(0xffffffff, 2);
	expect_trap(rv_pair(0x9002, 0), 3); /* c.ebreak */
	expect_trap(rv_csrr(A0, 0xc01), 2); /* time is not there */
	expect_trap(rv_csrr(A0, 0x306), 2); /* nor is mcounteren */
	expect_trap(rv_csrr(A0, 0x3a0), 2); /* no PMP */
	expect_trap(rv_csrrw(A0, CSR_MHARTID, A0), 2);
}
END_TEST

START_TEST(test_misaligned_and_faulting_data)
{
	static const struct {
		uint32_t instruction;
		uint64_t base;
		uint64_t cause;
	} rows[] = {
		{ 0x00051503, DATA + 1, 4 }, /* lh a0, 0(a0) */
		{ 0x00052503, DATA + 2, 4 }, /* lw */
		{ 0x00053503, DATA + 4, 4 }, /* ld */
		{ 0x00a51023, DATA + 1, 6 }, /* sh a0, 0(a0) */
		{ 0x00a52023, DATA + 2, 6 }, /* sw */
		{ 0x00a53023, DATA + 4, 6 }, /* sd */
		{ 0x1005252f, DATA + 2, 4 }, /* lr.w a0, (a0) */
		{ 0x00a5252f, DATA + 2, 6 }, /* amoadd.w a0, a0, (a0) */
		{ 0x00052503, 0x10000000, 5 }, { 0x00a52023, 0x10000000, 7 },
		{ 0x1005252f, DEVICE, 5 }, /* no reservations on devices */
		{ 0x00a5252f, DEVICE, 7 }, /* no atomics on devices */
		{ 0x00052503, DEVICE + 2, 4 },
	};

	set_handler();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_x(A0, rows[i].base);
		expect_trap(rows[i].instruction, rows[i].cause);
		ck_assert_uint_eq(csr(CSR_MBADADDR), rows[i].base);
		ck_assert_uint_eq(x(A0), rows[i].base);
	}
	ck_assert_uint_eq(machine->loads + machine->stores, 0);
}
END_TEST

START_TEST(test_fetch_fault)
{
	set_handler();
	set_x(A0, 0x20000000);
	step(rv_jalr(RA, A0, 0));
	run(1);
	ck_assert_uint_eq(csr(CSR_MCAUSE), 1);
	ck_assert_uint_eq(csr(CSR_MEPC), 0x20000000);
	ck_assert_uint_eq(csr(CSR_MBADADDR), 0x20000000);
	ck_assert_uint_eq(hart_pc(machine->hart[0]), HANDLER);
	ck_assert_uint_eq(machine->errors, 1);
}
END_TEST

/* The last halfword of memory starts a 32-bit instruction: the missing half is what faults. */
START_TEST(test_fetch_fault_in_second_half)
{
	uint64_t last = BASE + MEMORY_BYTES - 2;

	set_handler();
	machine_poke_word(BASE + MEMORY_BYTES - 4, rv_pair(RV_C_NOP, 0x0513));
	set_x(A0, last);
	step(rv_jalr(ZERO, A0, 0));
	run(1);
	ck_assert_uint_eq(csr(CSR_MCAUSE), 1);
	ck_assert_uint_eq(csr(CSR_MEPC), last);
	ck_assert_uint_eq(csr(CSR_MBADADDR), last + 2);
}
END_TEST

/* mbadaddr is not written by exceptions without an address. */
START_TEST(test_badaddr_kept)
{
	set_handler();
	write_csr(CSR_MBADADDR, 0x1234);
	expect_trap(0, 2);
	expect_trap(RV_ECALL, 11);
	ck_assert_uint_eq(csr(CSR_MBADADDR), 0x1234);
}
END_TEST

START_TEST(test_upper_address_bits_ignored)
{
	machine_poke_word(DATA, 0x11223344);
	set_x(A0, 0xffffffff00000000u | DATA);
	step(rv_lw(A1, A0, 0));
	ck_assert_uint_eq(x(A1), 0x11223344);
	/* Running there works, and pc keeps the bits. */
	PROGRAM(HANDLER, rv_auipc(A2, 0), rv_jal(RA, 8));
	set_x(A0, 0xffffffff00000000u | HANDLER);
	step(rv_jalr(ZERO, A0, 0));
	run(2);
	ck_assert_uint_eq(x(A2), 0xffffffff00000000u | HANDLER);
	ck_assert_uint_eq(x(RA), (0xffffffff00000000u | HANDLER) + 8);
}
END_TEST

START_TEST(test_mstatus_stacking)
{
	set_handler();
	PROGRAM(HANDLER, RV_MRET);
	write_csr(CSR_MSTATUS, MSTATUS_MIE);
	step(RV_ECALL);
	ck_assert_uint_eq(csr(CSR_MSTATUS), MSTATUS_MPP | MSTATUS_MPIE);
	run(1);
	ck_assert_uint_eq(csr(CSR_MSTATUS), MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE);
	ck_assert_uint_eq(hart_pc(machine->hart[0]), BASE);
	write_csr(CSR_MSTATUS, 0);
	step(RV_ECALL);
	ck_assert_uint_eq(csr(CSR_MSTATUS), MSTATUS_MPP);
	run(1);
	ck_assert_uint_eq(csr(CSR_MSTATUS), MSTATUS_MPP | MSTATUS_MPIE);
}
END_TEST

static void enable_interrupts(void)
{
	set_handler();
	write_csr(CSR_MIE, 0x888);
	write_csr(CSR_MSTATUS, MSTATUS_MIE);
}

START_TEST(test_interrupt_priority)
{
	static const enum hart_interrupt_line order[] = { HART_LINE_EXTERNAL, HART_LINE_SOFTWARE,
							  HART_LINE_TIMER };
	struct hart *hart = machine->hart[0];

	set_handler();
	write_csr(CSR_MIE, 0x888);
	for (unsigned i = 0; i < 3; i++)
		hart_set_line(hart, order[i], true);
	ck_assert_uint_eq(csr(CSR_MIP), 0x888);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t before;

		write_csr(CSR_MSTATUS, MSTATUS_MIE);
		before = hart_pc(hart);
		PROGRAM(HANDLER, RV_NOP);
		/* Taken before the next instruction, which is then the handler's first. */
		run(1);
		ck_assert_uint_eq(hart_pc(hart), HANDLER + 4);
		ck_assert_uint_eq(csr(CSR_MCAUSE), INTERRUPT | order[i]);
		ck_assert_uint_eq(csr(CSR_MEPC), before);
		hart_set_line(hart, order[i], false);
	}
	ck_assert_uint_eq(csr(CSR_MIP), 0);
}
END_TEST

START_TEST(test_interrupt_masked)
{
	struct hart *hart = machine->hart[0];

	set_handler();
	PROGRAM(BASE, RV_NOP, RV_NOP, RV_NOP);
	write_csr(CSR_MIE, 0x008);
	write_csr(CSR_MSTATUS, MSTATUS_MIE);
	hart_set_line(hart, HART_LINE_TIMER, true);
	step(RV_NOP);
	ck_assert_uint_eq(hart_pc(hart), BASE + 4);
	write_csr(CSR_MSTATUS, 0);
	hart_set_line(hart, HART_LINE_SOFTWARE, true);
	step(RV_NOP);
	ck_assert_uint_eq(hart_pc(hart), BASE + 4);
}
END_TEST

/* The CSR write that enables a pending interrupt is the last instruction before the handler. */
START_TEST(test_interrupt_after_csr_write)
{
	struct hart *hart = machine->hart[0];

	set_handler();
	write_csr(CSR_MIE, 0x80);
	hart_set_line(hart, HART_LINE_TIMER, true);
	set_x(A0, MSTATUS_MIE);
	set_x(A1, 0);
	PROGRAM(HANDLER, rv_addi(A1, A1, 1));
	step(rv_addi(A2, ZERO, 1));
	PROGRAM(BASE + 4, rv_csrrs(ZERO, CSR_MSTATUS, A0), rv_addi(A2, ZERO, 2));
	run(2);
	ck_assert_uint_eq(x(A1), 1);
	ck_assert_uint_eq(x(A2), 1);
	ck_assert_uint_eq(csr(CSR_MEPC), BASE + 8);
}
END_TEST

START_TEST(test_interrupt_after_mret)
{
	set_handler();
	write_csr(CSR_MIE, 0x800);
	write_csr(CSR_MSTATUS, MSTATUS_MPIE);
	write_csr(CSR_MEPC, DATA);
	hart_set_line(machine->hart[0], HART_LINE_EXTERNAL, true);
	PROGRAM(HANDLER, rv_addi(A1, ZERO, 7));
	step(RV_MRET);
	run(1);
	ck_assert_uint_eq(x(A1), 7);
	ck_assert_uint_eq(csr(CSR_MEPC), DATA);
	ck_assert_uint_eq(csr(CSR_MCAUSE), INTERRUPT | 11);
}
END_TEST

static void raise_timer(struct machine *m, struct hart *hart)
{
	(void)m;
	hart_set_line(hart, HART_LINE_TIMER, true);
}

/* A line raised by the device access: the access completes, the next instruction does not run. */
START_TEST(test_interrupt_from_callback)
{
	enable_interrupts();
	machine->on_access = raise_timer;
	PROGRAM(HANDLER, rv_addi(A1, ZERO, 7));
	set_x(A0, DEVICE);
	step(RV_NOP);
	PROGRAM(BASE + 4, rv_sw(A0, A0, 0), rv_addi(A1, ZERO, 3));
	run(2);
	ck_assert_uint_eq(machine->stores, 1);
	ck_assert_uint_eq(x(A1), 7);
	ck_assert_uint_eq(csr(CSR_MEPC), BASE + 8);
}
END_TEST

START_TEST(test_wfi)
{
	struct hart *hart = machine->hart[0];
	enum hart_stop stop;

	set_handler();
	write_csr(CSR_MIE, 0x80);
	step(RV_NOP);
	PROGRAM(BASE + 4, RV_WFI, rv_addi(A0, ZERO, 5));
	ck_assert_uint_eq(hart_run(hart, 100, &stop), 1);
	ck_assert_int_eq(stop, HART_STOP_WFI);
	ck_assert(hart_in_wfi(hart));
	ck_assert_uint_eq(hart_run(hart, 100, &stop), 0);
	ck_assert_int_eq(stop, HART_STOP_WFI);
	/* A line that mie does not enable does not wake. */
	hart_set_line(hart, HART_LINE_SOFTWARE, true);
	ck_assert_uint_eq(hart_run(hart, 100, &stop), 0);
	/* An enabled one does, although mstatus.MIE is 0; no trap is taken. */
	hart_set_line(hart, HART_LINE_TIMER, true);
	run(1);
	ck_assert(!hart_in_wfi(hart));
	ck_assert_uint_eq(x(A0), 5);
	ck_assert_uint_eq(hart_pc(hart), BASE + 12);
}
END_TEST

START_TEST(test_wfi_with_pending_interrupt)
{
	write_csr(CSR_MIE, 0x80);
	hart_set_line(machine->hart[0], HART_LINE_TIMER, true);
	step(RV_WFI);
	ck_assert(!hart_in_wfi(machine->hart[0]));
}
END_TEST

START_TEST(test_wfi_interrupt_returns_behind_it)
{
	enum hart_stop stop;

	enable_interrupts();
	step(RV_NOP);
	PROGRAM(BASE + 4, RV_WFI);
	PROGRAM(HANDLER, RV_NOP);
	ck_assert_uint_eq(hart_run(machine->hart[0], 9, &stop), 1);
	hart_set_line(machine->hart[0], HART_LINE_EXTERNAL, true);
	run(1);
	ck_assert_uint_eq(csr(CSR_MEPC), BASE + 8);
}
END_TEST

/* An unmapped handler faults again and again but each round costs an instruction. */
START_TEST(test_fault_loop_ends)
{
	write_csr(CSR_MTVEC, 0x10000000);
	step(RV_ECALL);
	run(1000);
	ck_assert_uint_eq(csr(CSR_MCAUSE), 1);
	/* Sixteen reports, then one for each power of two: 32, 64, ... 512. */
	ck_assert_uint_eq(machine->errors, 16 + 5);
}
END_TEST

TCase *traps_case(void)
{
	TCase *tc = tcase_create("traps");

	tcase_add_checked_fixture(tc, machine_setup, machine_teardown);
	tcase_add_test(tc, test_exception_causes);
	tcase_add_test(tc, test_misaligned_and_faulting_data);
	tcase_add_test(tc, test_fetch_fault);
	tcase_add_test(tc, test_fetch_fault_in_second_half);
	tcase_add_test(tc, test_badaddr_kept);
	tcase_add_test(tc, test_upper_address_bits_ignored);
	tcase_add_test(tc, test_mstatus_stacking);
	tcase_add_test(tc, test_interrupt_priority);
	tcase_add_test(tc, test_interrupt_masked);
	tcase_add_test(tc, test_interrupt_after_csr_write);
	tcase_add_test(tc, test_interrupt_after_mret);
	tcase_add_test(tc, test_interrupt_from_callback);
	tcase_add_test(tc, test_wfi);
	tcase_add_test(tc, test_wfi_with_pending_interrupt);
	tcase_add_test(tc, test_wfi_interrupt_returns_behind_it);
	tcase_add_test(tc, test_fault_loop_ends);
	return tc;
}
