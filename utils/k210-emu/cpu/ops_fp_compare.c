/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Operations that do not round: sign injection, minimum, comparison, classification, moves. */
#include "utils/k210-emu/cpu/fp.h"

#define SINGLE_QUIET 0x00400000u
#define DOUBLE_QUIET 0x0008000000000000u

#define FP_HANDLER(name, statement)                                         \
	void op_##name##_wide(OPERATION_PARAMETERS)                         \
	{                                                                   \
		if (unlikely(hart->fs == FP_OFF)) {                         \
			core_trap(hart, insn, remaining, CAUSE_ILLEGAL, 0); \
			return;                                             \
		}                                                           \
		statement;                                                  \
		hart->fs = FP_DIRTY;                                        \
		core_next(hart, insn + 2, remaining);                       \
	}

#define A_S (single_bits(hart, insn->rs1))
#define B_S (single_bits(hart, insn->rs2))
#define A_D (hart->f[insn->rs1])
#define B_D (hart->f[insn->rs2])

#define INJECT_S(sign) \
	(hart->f[insn->rd] = SINGLE_BOX | (A_S & ~SINGLE_SIGN) | ((sign)&SINGLE_SIGN))
#define INJECT_D(sign) (hart->f[insn->rd] = (A_D & ~DOUBLE_SIGN) | ((sign)&DOUBLE_SIGN))

FP_HANDLER(fsgnj_s, INJECT_S(B_S))
FP_HANDLER(fsgnjn_s, INJECT_S(~B_S))
FP_HANDLER(fsgnjx_s, INJECT_S(A_S ^ B_S))
FP_HANDLER(fsgnj_d, INJECT_D(B_D))
FP_HANDLER(fsgnjn_d, INJECT_D(~B_D))
FP_HANDLER(fsgnjx_d, INJECT_D(A_D ^ B_D))

static bool double_is_signalling(uint64_t bits)
{
	return double_is_nan(bits) && !(bits & DOUBLE_QUIET);
}

static bool single_is_signalling(uint32_t bits)
{
	return single_is_nan(bits) && !(bits & SINGLE_QUIET);
}

/* Maps encodings to integers that order like the numbers, -0 below +0. Not for NaN. */
static int64_t order_double(uint64_t bits)
{
	return (int64_t)(bits & DOUBLE_SIGN ? bits ^ ~DOUBLE_SIGN : bits);
}

static int32_t order_single(uint32_t bits)
{
	return (int32_t)(bits & SINGLE_SIGN ? bits ^ ~SINGLE_SIGN : bits);
}

/* A NaN loses against a number; signalling ones raise the flag. */
static uint32_t select_single(struct hart *hart, uint32_t a, uint32_t b, bool greater)
{
	if (single_is_signalling(a) || single_is_signalling(b))
		hart->fflags |= FLAG_INVALID;
	if (single_is_nan(a))
		return single_is_nan(b) ? SINGLE_NAN : b;
	if (single_is_nan(b))
		return a;
	return (order_single(a) > order_single(b)) == greater ? a : b;
}

static uint64_t select_double(struct hart *hart, uint64_t a, uint64_t b, bool greater)
{
	if (double_is_signalling(a) || double_is_signalling(b))
		hart->fflags |= FLAG_INVALID;
	if (double_is_nan(a))
		return double_is_nan(b) ? DOUBLE_NAN : b;
	if (double_is_nan(b))
		return a;
	return (order_double(a) > order_double(b)) == greater ? a : b;
}

FP_HANDLER(fmin_s, hart->f[insn->rd] = SINGLE_BOX | select_single(hart, A_S, B_S, false))
FP_HANDLER(fmax_s, hart->f[insn->rd] = SINGLE_BOX | select_single(hart, A_S, B_S, true))
FP_HANDLER(fmin_d, hart->f[insn->rd] = select_double(hart, A_D, B_D, false))
FP_HANDLER(fmax_d, hart->f[insn->rd] = select_double(hart, A_D, B_D, true))

/* Less and less-or-equal object to any NaN, equality only to signalling ones. */
static bool ordered_single(struct hart *hart, uint32_t a, uint32_t b, bool any_nan)
{
	bool nan = single_is_nan(a) || single_is_nan(b);

	if (nan && (any_nan || single_is_signalling(a) || single_is_signalling(b)))
		hart->fflags |= FLAG_INVALID;
	return !nan;
}

static bool ordered_double(struct hart *hart, uint64_t a, uint64_t b, bool any_nan)
{
	bool nan = double_is_nan(a) || double_is_nan(b);

	if (nan && (any_nan || double_is_signalling(a) || double_is_signalling(b)))
		hart->fflags |= FLAG_INVALID;
	return !nan;
}

#define COMPARE(format, a, b, any_nan, operator)          \
	(hart->x[insn->rd] =                              \
		 ordered_##format(hart, a, b, any_nan) && \
		 read_##format(hart, insn->rs1) operator read_##format(hart, insn->rs2))

FP_HANDLER(fle_s, COMPARE(single, A_S, B_S, true, <=))
FP_HANDLER(flt_s, COMPARE(single, A_S, B_S, true, <))
FP_HANDLER(feq_s, COMPARE(single, A_S, B_S, false, ==))
FP_HANDLER(fle_d, COMPARE(double, A_D, B_D, true, <=))
FP_HANDLER(flt_d, COMPARE(double, A_D, B_D, true, <))
FP_HANDLER(feq_d, COMPARE(double, A_D, B_D, false, ==))

/* Bit numbers of fclass. */
enum fp_class {
	CLASS_NEGATIVE_INFINITY,
	CLASS_NEGATIVE_NORMAL,
	CLASS_NEGATIVE_SUBNORMAL,
	CLASS_NEGATIVE_ZERO,
	CLASS_POSITIVE_ZERO,
	CLASS_POSITIVE_SUBNORMAL,
	CLASS_POSITIVE_NORMAL,
	CLASS_POSITIVE_INFINITY,
	CLASS_SIGNALLING_NAN,
	CLASS_QUIET_NAN,
};

/* Class of a number that is not NaN, by its magnitude and the format's limits. */
static uint64_t classify(bool negative, uint64_t magnitude, uint64_t normal, uint64_t infinity)
{
	unsigned class = CLASS_POSITIVE_ZERO;

	if (magnitude == infinity)
		class = CLASS_POSITIVE_INFINITY;
	else if (magnitude >= normal)
		class = CLASS_POSITIVE_NORMAL;
	else if (magnitude)
		class = CLASS_POSITIVE_SUBNORMAL;
	/* The negative classes mirror the positive ones. */
	return (uint64_t)1 << (negative ? CLASS_POSITIVE_INFINITY - class : class);
}

static uint64_t classify_single(uint32_t bits)
{
	if (single_is_nan(bits))
		return 1u << (single_is_signalling(bits) ? CLASS_SIGNALLING_NAN : CLASS_QUIET_NAN);
	return classify(bits & SINGLE_SIGN, bits & ~SINGLE_SIGN, 0x00800000, SINGLE_INF);
}

static uint64_t classify_double(uint64_t bits)
{
	if (double_is_nan(bits))
		return 1u << (double_is_signalling(bits) ? CLASS_SIGNALLING_NAN : CLASS_QUIET_NAN);
	return classify(bits & DOUBLE_SIGN, bits & ~DOUBLE_SIGN, 0x0010000000000000, DOUBLE_INF);
}

FP_HANDLER(fclass_s, hart->x[insn->rd] = classify_single(A_S))
FP_HANDLER(fclass_d, hart->x[insn->rd] = classify_double(A_D))

/* Moves copy bits and do not look at the box. */
FP_HANDLER(fmv_x_w, hart->x[insn->rd] = (uint64_t)(int64_t)(int32_t)hart->f[insn->rs1])
FP_HANDLER(fmv_w_x, hart->f[insn->rd] = SINGLE_BOX | (uint32_t)hart->x[insn->rs1])
FP_HANDLER(fmv_x_d, hart->x[insn->rd] = hart->f[insn->rs1])
FP_HANDLER(fmv_d_x, hart->f[insn->rd] = hart->x[insn->rs1])
