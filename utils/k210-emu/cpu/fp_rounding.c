/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Rounding modes other than nearest even, and the exchange of flags with the host. */
#include <fenv.h>

#include "utils/k210-emu/cpu/fp.h"
#include "utils/k210-emu/cpu/fp_exact.h"

void fp_acquire(struct hart *hart)
{
	if (fegetround() != FE_TONEAREST)
		fesetround(FE_TONEAREST);
	/* Clearing is slow, and rarely needed. */
	if (fetestexcept(FE_ALL_EXCEPT))
		feclearexcept(FE_ALL_EXCEPT);
	hart->fp_owned = true;
}

void fp_release(struct hart *hart)
{
	fp_collect(hart);
	hart->fp_owned = false;
}

void fp_collect(struct hart *hart)
{
	int raised;

	if (!hart->fp_owned)
		return;
	raised = fetestexcept(FE_ALL_EXCEPT);
	if (!raised)
		return;
	if (raised & FE_INEXACT)
		hart->fflags |= FLAG_INEXACT;
	if (raised & FE_UNDERFLOW)
		hart->fflags |= FLAG_UNDERFLOW;
	if (raised & FE_OVERFLOW)
		hart->fflags |= FLAG_OVERFLOW;
	if (raised & FE_DIVBYZERO)
		hart->fflags |= FLAG_DIVIDE;
	if (raised & FE_INVALID)
		hart->fflags |= FLAG_INVALID;
	feclearexcept(FE_ALL_EXCEPT);
}

static struct exact negated(struct exact value)
{
	value.negative = !value.negative;
	return value;
}

/* Source operands, saved before the destination is overwritten. */
struct operands {
	double a;
	double b;
	double c;
	uint64_t integer;
};

static double read_operand(const struct hart *hart, unsigned index, bool single)
{
	return single ? (double)read_single(hart, index) : read_double(hart, index);
}

static struct exact from_signed(int64_t value)
{
	return exact_from_integer(value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static struct exact compute(const struct operands *in, enum fp_computation computation)
{
	struct exact a = exact_from_double(in->a);
	struct exact b = exact_from_double(in->b);
	struct exact c = exact_from_double(in->c);

	switch (computation) {
	case COMPUTE_ADD:
		return exact_add(a, b);
	case COMPUTE_SUBTRACT:
		return exact_add(a, negated(b));
	case COMPUTE_MULTIPLY:
		return exact_multiply(a, b);
	case COMPUTE_DIVIDE:
		return exact_divide(a, b);
	case COMPUTE_MADD:
		return exact_add(exact_multiply(a, b), c);
	case COMPUTE_MSUB:
		return exact_add(exact_multiply(a, b), negated(c));
	case COMPUTE_NMSUB:
		return exact_add(negated(exact_multiply(a, b)), c);
	case COMPUTE_NMADD:
		return exact_add(negated(exact_multiply(a, b)), negated(c));
	case COMPUTE_FROM_SIGNED_32:
		return from_signed((int32_t)in->integer);
	case COMPUTE_FROM_UNSIGNED_32:
		return exact_from_integer(false, (uint32_t)in->integer);
	case COMPUTE_FROM_SIGNED:
		return from_signed((int64_t)in->integer);
	case COMPUTE_FROM_UNSIGNED:
		return exact_from_integer(false, in->integer);
	default:
		return a;
	}
}

/*
 * If the nearest-even result is exact, or special, it is the result in every mode, and so it is for
 * roots, which are never half way between two numbers. Otherwise all operands are finite.
 */
static void run_ties_away(struct hart *hart, const struct insn *insn, fp_kernel *kernel,
			  enum fp_computation computation, bool single)
{
	const struct fp_format *format = single ? &fp_format_single : &fp_format_double;
	bool single_source = single && computation != COMPUTE_NARROW;
	struct operands in;
	unsigned flags = 0;
	uint64_t bits;

	fp_collect(hart);
	in.integer = hart->x[insn->rs1];
	in.a = read_operand(hart, insn->rs1, single_source);
	in.b = read_operand(hart, insn->rs2, single_source);
	in.c = read_operand(hart, insn->imm & 31, single_source);
	/* Widening a signalling NaN raises a flag; whether it belongs here the kernel decides. */
	feclearexcept(FE_ALL_EXCEPT);
	kernel(hart, insn);
	if (!fetestexcept(FE_INEXACT) || computation == COMPUTE_ROOT)
		return;
	feclearexcept(FE_ALL_EXCEPT);
	bits = exact_round_away(compute(&in, computation), format, &flags);
	hart->f[insn->rd] = single ? SINGLE_BOX | bits : bits;
	hart->fflags |= (uint8_t)flags;
}

static int host_rounding(unsigned mode)
{
	switch (mode) {
	case ROUND_TO_ZERO:
		return FE_TOWARDZERO;
	case ROUND_DOWN:
		return FE_DOWNWARD;
	case ROUND_UP:
		return FE_UPWARD;
	default:
		return FE_TONEAREST;
	}
}

bool fp_run_rounded(struct hart *hart, const struct insn *insn, fp_kernel *kernel,
		    enum fp_computation computation, bool single)
{
	unsigned mode = fp_rounding(hart, insn);

	if (hart->fs == FP_OFF || mode > ROUND_NEAREST_AWAY)
		return false;
	hart->fs = FP_DIRTY;
	if (!hart->fp_owned)
		fp_acquire(hart);
	if (mode == ROUND_NEAREST_AWAY) {
		run_ties_away(hart, insn, kernel, computation, single);
		return true;
	}
	if (mode == ROUND_NEAREST_EVEN) {
		kernel(hart, insn);
		return true;
	}
	fesetround(host_rounding(mode));
	kernel(hart, insn);
	fesetround(FE_TONEAREST);
	return true;
}
