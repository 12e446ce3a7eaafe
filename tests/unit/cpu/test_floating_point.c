/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Corner cases of F and D with values worked out by hand from IEEE 754 and the RISC-V manual; the
 * comparison with QEMU covers the breadth.
 */
#include <fenv.h>

#include "tests/unit/cpu/machine.h"
#include "tests/unit/cpu/suites.h"

#define BOX    0xffffffff00000000u
#define NAN_S  0xffffffff7fc00000u
#define NAN_D  0x7ff8000000000000u
#define ONE_D  0x3ff0000000000000u
#define TINY_D 1u /* smallest subnormal */
#define INF_D  0x7ff0000000000000u
#define MAX_D  0x7fefffffffffffffu
#define NV     16u
#define DZ     8u
#define OF     4u
#define UF     2u
#define NX     1u
#define DYN    7u

enum {
	RNE,
	RTZ,
	RDN,
	RUP,
	RMM
};

static void enable_fp(void)
{
	machine_setup();
	write_csr(CSR_MSTATUS, MSTATUS_FS);
}

static void set_f(unsigned index, uint64_t value)
{
	hart_write_f(machine->hart[0], index, value);
}

static uint64_t f(unsigned index)
{
	return hart_read_f(machine->hart[0], index);
}

/* Executes OP-FP with f1, f2 (and x of a0) and destination f3 / a1, from clean flags. */
static void operate(unsigned funct7, unsigned rounding, unsigned rd, unsigned rs1, unsigned rs2)
{
	write_csr(CSR_FFLAGS, 0);
	step(rv_r(0x53, funct7, rounding, rd, rs1, rs2));
}

#define FADD_S   0x00
#define FADD_D   0x01
#define FMUL_D   0x09
#define FDIV_D   0x0d
#define FSQRT_D  0x2d
#define FMIN_D   0x15
#define FCMP_D   0x51
#define FCLASS_D 0x71
#define FCVT_X_D 0x61
#define FCVT_D_X 0x69
#define FCVT_S_D 0x20
#define FSGNJ_S  0x10
#define FMV_X_W  0x70

START_TEST(test_off)
{
	static const uint32_t instructions[] = {
		0x0220f1d3, /* fadd.d ft3, ft1, ft2 */
		0x22208153, /* fsgnj.d ft2, ft1, ft2 */
		0xe20080d3, /* fmv.x.d ra, ft1 */
		0x00053087, /* fld ft1, 0(a0) */
		0x00153027, /* fsd ft1, 0(a0) */
		0x0020f1c3, /* fmadd.s ft3, ft1, ft2, ft0 */
		0xc20575d3, /* fcvt.w.d a1, fa0 */
		0x003025f3, /* csrr a1, fcsr */
		0x001025f3, /* csrr a1, fflags */
	};

	write_csr(CSR_MTVEC, HANDLER);
	write_csr(CSR_MSTATUS, 0);
	set_x(A0, DATA);
	for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
		write_csr(CSR_MCAUSE, 0);
		step(instructions[i]);
		ck_assert_uint_eq(csr(CSR_MCAUSE), 2);
		ck_assert_uint_eq(hart_pc(machine->hart[0]), HANDLER);
	}
}
END_TEST

START_TEST(test_dirty)
{
	write_csr(CSR_MSTATUS, 0x2000);
	ck_assert_uint_eq(csr(CSR_MSTATUS), MSTATUS_MPP | 0x2000);
	/* Storing and moving out changes nothing. */
	set_x(A0, DATA);
	step(rv_s(0x27, 3, 1, A0, 0));
	ck_assert_uint_eq(csr(CSR_MSTATUS), MSTATUS_MPP | 0x2000);
	step(rv_r(0x53, FADD_D, RNE, 3, 1, 2));
	ck_assert_uint_eq(csr(CSR_MSTATUS), 1ull << 63 | MSTATUS_MPP | MSTATUS_FS);
}
END_TEST

START_TEST(test_flags)
{
	set_f(1, ONE_D);
	set_f(2, 0);
	operate(FDIV_D, RNE, 3, 1, 2);
	ck_assert_uint_eq(f(3), INF_D);
	ck_assert_uint_eq(csr(CSR_FFLAGS), DZ);
	operate(FDIV_D, RNE, 3, 2, 2);
	ck_assert_uint_eq(f(3), NAN_D);
	ck_assert_uint_eq(csr(CSR_FFLAGS), NV);
	set_f(2, MAX_D);
	operate(FADD_D, RNE, 3, 2, 2);
	ck_assert_uint_eq(f(3), INF_D);
	ck_assert_uint_eq(csr(CSR_FFLAGS), OF | NX);
	operate(FADD_D, RTZ, 3, 2, 2);
	ck_assert_uint_eq(f(3), MAX_D);
	operate(FADD_D, RDN, 3, 2, 2);
	ck_assert_uint_eq(f(3), MAX_D);
	operate(FADD_D, RMM, 3, 2, 2);
	ck_assert_uint_eq(f(3), INF_D);
	ck_assert_uint_eq(csr(CSR_FFLAGS), OF | NX);
	set_f(1, TINY_D);
	set_f(2, 0x3fe0000000000000u); /* 0.5 */
	operate(FMUL_D, RNE, 3, 1, 2);
	ck_assert_uint_eq(f(3), 0);
	ck_assert_uint_eq(csr(CSR_FFLAGS), UF | NX);
	operate(FMUL_D, RUP, 3, 1, 2);
	ck_assert_uint_eq(f(3), TINY_D);
	operate(FMUL_D, RMM, 3, 1, 2);
	ck_assert_uint_eq(f(3), TINY_D);
	ck_assert_uint_eq(csr(CSR_FFLAGS), UF | NX);
}
END_TEST

/* Flags stay until cleared, over several instructions and runs. */
START_TEST(test_flags_accumulate)
{
	set_f(1, ONE_D);
	set_f(2, 0);
	operate(FDIV_D, RNE, 3, 1, 2);
	set_f(2, 0x4008000000000000u); /* 3 */
	step(rv_r(0x53, FDIV_D, RNE, 3, 1, 2));
	ck_assert_uint_eq(csr(CSR_FFLAGS), DZ | NX);
	step(rv_csrr(A0, CSR_FCSR));
	ck_assert_uint_eq(x(A0), DZ | NX);
}
END_TEST

static void disturb_host_flags(struct machine *m, struct hart *hart)
{
	(void)m;
	(void)hart;
	feraiseexcept(FE_OVERFLOW | FE_DIVBYZERO);
}

/* Arithmetic of the board's own code must not show in the guest, nor of code around hart_run(). */
START_TEST(test_host_flags_apart)
{
	machine->on_access = disturb_host_flags;
	set_f(1, ONE_D);
	set_f(2, 0x4008000000000000u);
	set_x(A0, DEVICE);
	write_csr(CSR_FFLAGS, 0);
	step(RV_NOP);
	feraiseexcept(FE_INVALID);
	fesetround(FE_UPWARD);
	PROGRAM(BASE + 4, rv_r(0x53, FDIV_D, RNE, 3, 1, 2), rv_sw(A0, A0, 0), rv_lw(A1, A0, 0));
	run(3);
	fesetround(FE_TONEAREST);
	ck_assert_uint_eq(csr(CSR_FFLAGS), NX);
	ck_assert_uint_eq(f(3), 0x3fd5555555555555u);
}
END_TEST

/* 1 + 2^-53 is half way between 1 and its successor; so is -(...). */
START_TEST(test_rounding_modes)
{
	static const uint64_t expected[5][2] = {
		[RNE] = { ONE_D, 0xbff0000000000000u },
		[RTZ] = { ONE_D, 0xbff0000000000000u },
		[RDN] = { ONE_D, 0xbff0000000000001u },
		[RUP] = { ONE_D + 1, 0xbff0000000000000u },
		[RMM] = { ONE_D + 1, 0xbff0000000000001u },
	};

	for (unsigned mode = RNE; mode <= RMM; mode++) {
		for (unsigned sign = 0; sign < 2; sign++) {
			uint64_t bit = (uint64_t)sign << 63;

			set_f(1, ONE_D | bit);
			set_f(2, 0x3ca0000000000000u | bit);
			operate(FADD_D, mode, 3, 1, 2);
			ck_assert_uint_eq(f(3), expected[mode][sign]);
			ck_assert_uint_eq(csr(CSR_FFLAGS), NX);
			write_csr(CSR_FRM, mode);
			operate(FADD_D, DYN, 4, 1, 2);
			ck_assert_uint_eq(f(4), expected[mode][sign]);
		}
	}
}
END_TEST

START_TEST(test_reserved_rounding)
{
	write_csr(CSR_MTVEC, HANDLER);
	for (unsigned mode = 5; mode <= 7; mode++) {
		write_csr(CSR_FRM, mode);
		ck_assert_uint_eq(csr(CSR_FRM), mode);
		write_csr(CSR_MCAUSE, 0);
		step(rv_r(0x53, FADD_D, DYN, 3, 1, 2));
		ck_assert_uint_eq(csr(CSR_MCAUSE), 2);
		step(rv_r(0x53, FADD_D, RNE, 3, 1, 2));
		ck_assert_uint_eq(hart_pc(machine->hart[0]), BASE + 4);
		if (mode == DYN)
			continue;
		write_csr(CSR_MCAUSE, 0);
		step(rv_r(0x53, FADD_D, mode, 3, 1, 2));
		ck_assert_uint_eq(csr(CSR_MCAUSE), 2);
	}
}
END_TEST

START_TEST(test_nan_boxing)
{
	/* 1.0f without its box is a NaN to arithmetic, and bits to a move. */
	set_f(1, 0x3f800000);
	set_f(2, BOX | 0x3f800000);
	operate(FADD_S, RNE, 3, 1, 2);
	ck_assert_uint_eq(f(3), NAN_S);
	ck_assert_uint_eq(csr(CSR_FFLAGS), 0);
	operate(FADD_S, RNE, 3, 2, 2);
	ck_assert_uint_eq(f(3), BOX | 0x40000000);
	operate(FSGNJ_S, 0, 3, 1, 2);
	ck_assert_uint_eq(f(3), NAN_S);
	operate(FMV_X_W, 0, A1, 1, 0);
	ck_assert_uint_eq(x(A1), 0x3f800000);
}
END_TEST

START_TEST(test_nan_canonical)
{
	/* Signalling and negative quiet NaNs with payload become the canonical one. */
	set_f(1, 0x7ff0000000000123u);
	set_f(2, 0xfff8000000000456u);
	operate(FADD_D, RNE, 3, 1, 2);
	ck_assert_uint_eq(f(3), NAN_D);
	ck_assert_uint_eq(csr(CSR_FFLAGS), NV);
	operate(FMUL_D, RDN, 3, 2, 2);
	ck_assert_uint_eq(f(3), NAN_D);
	ck_assert_uint_eq(csr(CSR_FFLAGS), 0);
	operate(FMUL_D, RMM, 3, 2, 2);
	ck_assert_uint_eq(f(3), NAN_D);
	operate(FCVT_S_D, RNE, 3, 2, 1);
	ck_assert_uint_eq(f(3), NAN_S);
	set_f(1, 0xbff0000000000000u);
	operate(FSQRT_D, RNE, 3, 1, 0);
	ck_assert_uint_eq(f(3), NAN_D);
	ck_assert_uint_eq(csr(CSR_FFLAGS), NV);
}
END_TEST

START_TEST(test_minimum)
{
	set_f(1, 0x8000000000000000u); /* -0 */
	set_f(2, 0);
	operate(FMIN_D, 0, 3, 2, 1);
	ck_assert_uint_eq(f(3), 0x8000000000000000u);
	operate(FMIN_D, 1, 3, 1, 2); /* fmax */
	ck_assert_uint_eq(f(3), 0);
	set_f(1, NAN_D);
	set_f(2, ONE_D);
	operate(FMIN_D, 0, 3, 1, 2);
	ck_assert_uint_eq(f(3), ONE_D);
	ck_assert_uint_eq(csr(CSR_FFLAGS), 0);
	set_f(1, 0x7ff0000000000001u);
	operate(FMIN_D, 1, 3, 2, 1);
	ck_assert_uint_eq(f(3), ONE_D);
	ck_assert_uint_eq(csr(CSR_FFLAGS), NV);
	operate(FMIN_D, 1, 3, 1, 1);
	ck_assert_uint_eq(f(3), NAN_D);
}
END_TEST

START_TEST(test_comparison_flags)
{
	set_f(1, NAN_D);
	set_f(2, ONE_D);
	operate(FCMP_D, 2, A1, 1, 2); /* feq: quiet */
	ck_assert_uint_eq(x(A1), 0);
	ck_assert_uint_eq(csr(CSR_FFLAGS), 0);
	operate(FCMP_D, 1, A1, 1, 2); /* flt: signals */
	ck_assert_uint_eq(x(A1), 0);
	ck_assert_uint_eq(csr(CSR_FFLAGS), NV);
	operate(FCMP_D, 0, A1, 2, 2); /* fle */
	ck_assert_uint_eq(x(A1), 1);
}
END_TEST

START_TEST(test_classes)
{
	static const struct {
		uint64_t value;
		unsigned bit;
	} rows[] = {
		{ 0xfff0000000000000u, 0 },
		{ 0xbff0000000000000u, 1 },
		{ 0x8000000000000001u, 2 },
		{ 0x8000000000000000u, 3 },
		{ 0, 4 },
		{ 1, 5 },
		{ ONE_D, 6 },
		{ INF_D, 7 },
		{ 0x7ff0000000000001u, 8 },
		{ NAN_D, 9 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_f(1, rows[i].value);
		operate(FCLASS_D, 1, A1, 1, 0);
		ck_assert_uint_eq(x(A1), 1u << rows[i].bit);
	}
}
END_TEST

START_TEST(test_to_integer)
{
	/* rs2: 0 w, 1 wu, 2 l, 3 lu */
	static const struct {
		uint64_t value;
		unsigned target;
		unsigned mode;
		uint64_t result;
		unsigned flags;
	} rows[] = {
		{ NAN_D, 0, RTZ, 0x7fffffff, NV },
		{ NAN_D, 1, RTZ, UINT64_MAX, NV },
		{ NAN_D, 2, RTZ, INT64_MAX, NV },
		{ NAN_D, 3, RTZ, UINT64_MAX, NV },
		{ 0xfff0000000000000u, 0, RTZ, 0xffffffff80000000u, NV },
		{ 0xfff0000000000000u, 3, RTZ, 0, NV },
		{ 0xbfe0000000000000u, 1, RTZ, 0, NX },          /* -0.5 */
		{ 0xbfe0000000000000u, 1, RDN, 0, NV },          /* -0.5 */
		{ 0xbfe0000000000000u, 0, RMM, UINT64_MAX, NX }, /* -0.5 */
		{ 0x4004000000000000u, 0, RNE, 2, NX },          /* 2.5 */
		{ 0x4004000000000000u, 0, RMM, 3, NX },          /* 2.5 */
		{ 0x41e0000000000000u, 0, RNE, 0x7fffffff, NV }, /* 2^31 */
		{ 0x41e0000000000000u, 1, RNE, 0xffffffff80000000u, 0 },
		{ 0x43e0000000000000u, 3, RNE, 1ull << 63, 0 }, /* 2^63 */
		{ 0x43e0000000000000u, 2, RNE, INT64_MAX, NV },
		{ 0xc3e0000000000000u, 2, RNE, 1ull << 63, 0 },  /* -2^63 */
		{ 0x41dfffffffe00000u, 0, RNE, 0x7fffffff, NV }, /* 2^31 - 0.5 */
		{ 0x41dfffffffe00000u, 0, RTZ, 0x7fffffff, NX },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_f(1, rows[i].value);
		operate(FCVT_X_D, rows[i].mode, A1, 1, rows[i].target);
		ck_assert_msg(x(A1) == rows[i].result && csr(CSR_FFLAGS) == rows[i].flags,
			      "row %zu: 0x%llx flags %u", i, (unsigned long long)x(A1),
			      (unsigned)csr(CSR_FFLAGS));
	}
}
END_TEST

START_TEST(test_from_integer)
{
	/* 2^63 + 2^10 is half way between two doubles. */
	set_x(A0, 0x8000000000000400u);
	operate(FCVT_D_X, RNE, 3, A0, 3);
	ck_assert_uint_eq(f(3), 0x43e0000000000000u);
	operate(FCVT_D_X, RUP, 3, A0, 3);
	ck_assert_uint_eq(f(3), 0x43e0000000000001u);
	operate(FCVT_D_X, RMM, 3, A0, 3);
	ck_assert_uint_eq(f(3), 0x43e0000000000001u);
	ck_assert_uint_eq(csr(CSR_FFLAGS), NX);
	operate(FCVT_D_X, RNE, 3, A0, 0);
	ck_assert_uint_eq(f(3), 0x4090000000000000u);
	set_x(A0, 0);
	operate(FCVT_D_X, RDN, 3, A0, 3);
	ck_assert_uint_eq(f(3), 0);
}
END_TEST

/* fmadd rounds once, and infinity times zero is invalid even with a quiet addend. */
START_TEST(test_fused)
{
	set_f(1, ONE_D + 1);
	set_f(2, ONE_D + 1);
	set_f(4, 0xbff0000000000002u); /* -(1 + 2^-51) */
	write_csr(CSR_FFLAGS, 0);
	step(4u << 27 | 1u << 25 | 2u << 20 | 1u << 15 | 3u << 7 | 0x43);
	ck_assert_uint_eq(f(3), 0x3970000000000000u); /* 2^-104 */
	ck_assert_uint_eq(csr(CSR_FFLAGS), 0);
	set_f(1, INF_D);
	set_f(2, 0);
	set_f(4, NAN_D);
	for (unsigned mode = RNE; mode <= RMM; mode++) {
		write_csr(CSR_FFLAGS, 0);
		step(4u << 27 | 1u << 25 | 2u << 20 | 1u << 15 | mode << 12 | 3u << 7 | 0x43);
		ck_assert_uint_eq(f(3), NAN_D);
		ck_assert_uint_eq(csr(CSR_FFLAGS), NV);
	}
}
END_TEST

/* f0 is a register like any other. */
START_TEST(test_f0)
{
	set_f(1, ONE_D);
	operate(FADD_D, RNE, 0, 1, 1);
	ck_assert_uint_eq(f(0), 0x4000000000000000u);
	set_x(A0, DATA);
	step(rv_i(0x07, 3, 0, A0, 0));
	ck_assert_uint_eq(f(0), 0);
}
END_TEST

TCase *floating_point_case(void)
{
	TCase *tc = tcase_create("floating point");

	tcase_add_checked_fixture(tc, enable_fp, machine_teardown);
	tcase_add_test(tc, test_off);
	tcase_add_test(tc, test_dirty);
	tcase_add_test(tc, test_flags);
	tcase_add_test(tc, test_flags_accumulate);
	tcase_add_test(tc, test_host_flags_apart);
	tcase_add_test(tc, test_rounding_modes);
	tcase_add_test(tc, test_reserved_rounding);
	tcase_add_test(tc, test_nan_boxing);
	tcase_add_test(tc, test_nan_canonical);
	tcase_add_test(tc, test_minimum);
	tcase_add_test(tc, test_comparison_flags);
	tcase_add_test(tc, test_classes);
	tcase_add_test(tc, test_to_integer);
	tcase_add_test(tc, test_from_integer);
	tcase_add_test(tc, test_fused);
	tcase_add_test(tc, test_f0);
	return tc;
}
