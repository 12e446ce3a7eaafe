/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Operations that round: arithmetic and conversions to floating point. */
#include <math.h>

#include "utils/k210-emu/cpu/fp.h"

#define A_S (read_single(hart, insn->rs1))
#define B_S (read_single(hart, insn->rs2))
#define C_S (read_single(hart, (unsigned)insn->imm))
#define A_D (read_double(hart, insn->rs1))
#define B_D (read_double(hart, insn->rs2))
#define C_D (read_double(hart, (unsigned)insn->imm))
#define X   (hart->x[insn->rs1])

typedef float single_type;
typedef double double_type;

#define ROUNDING_HANDLER(name, format, computation, expression)                                \
	static void compute_##name(struct hart *hart, const struct insn *insn)                 \
	{                                                                                      \
		write_##format(hart, insn->rd, expression);                                    \
	}                                                                                      \
	void op_##name##_wide(OPERATION_PARAMETERS)                                            \
	{                                                                                      \
		if (likely(hart->fp_owned && fp_rounding(hart, insn) == ROUND_NEAREST_EVEN)) { \
			compute_##name(hart, insn);                                            \
			hart->fs = FP_DIRTY;                                                   \
			core_next(hart, insn + 2, remaining);                                  \
		} else if (fp_run_rounded(hart, insn, compute_##name, computation,             \
					  sizeof(format##_type) == sizeof(float))) {           \
			core_next(hart, insn + 2, remaining);                                  \
		} else {                                                                       \
			core_trap(hart, insn, remaining, CAUSE_ILLEGAL, 0);                    \
		}                                                                              \
	}

/*
 * The product of infinity and zero is invalid even if the addend is a quiet NaN; hosts differ here,
 * so the flag is set by hand.
 */
static inline bool is_infinity_times_zero(double a, double b)
{
	return (isinf(a) && b == 0) || (a == 0 && isinf(b));
}

static float fused_single(struct hart *hart, float a, float b, float c)
{
	if (unlikely(isnan(c) && !isnan(a) && !isnan(b) && is_infinity_times_zero(a, b)))
		hart->fflags |= FLAG_INVALID;
	return fmaf(a, b, c);
}

static double fused_double(struct hart *hart, double a, double b, double c)
{
	if (unlikely(isnan(c) && !isnan(a) && !isnan(b) && is_infinity_times_zero(a, b)))
		hart->fflags |= FLAG_INVALID;
	return fma(a, b, c);
}

/* clang-format off */
ROUNDING_HANDLER(fadd_s, single, COMPUTE_ADD, A_S + B_S)
ROUNDING_HANDLER(fsub_s, single, COMPUTE_SUBTRACT, A_S - B_S)
ROUNDING_HANDLER(fmul_s, single, COMPUTE_MULTIPLY, A_S * B_S)
ROUNDING_HANDLER(fdiv_s, single, COMPUTE_DIVIDE, A_S / B_S)
ROUNDING_HANDLER(fsqrt_s, single, COMPUTE_ROOT, sqrtf(A_S))
ROUNDING_HANDLER(fmadd_s, single, COMPUTE_MADD, fused_single(hart, A_S, B_S, C_S))
ROUNDING_HANDLER(fmsub_s, single, COMPUTE_MSUB, fused_single(hart, A_S, B_S, -C_S))
ROUNDING_HANDLER(fnmsub_s, single, COMPUTE_NMSUB, fused_single(hart, -A_S, B_S, C_S))
ROUNDING_HANDLER(fnmadd_s, single, COMPUTE_NMADD, fused_single(hart, -A_S, B_S, -C_S))

ROUNDING_HANDLER(fadd_d, double, COMPUTE_ADD, A_D + B_D)
ROUNDING_HANDLER(fsub_d, double, COMPUTE_SUBTRACT, A_D - B_D)
ROUNDING_HANDLER(fmul_d, double, COMPUTE_MULTIPLY, A_D * B_D)
ROUNDING_HANDLER(fdiv_d, double, COMPUTE_DIVIDE, A_D / B_D)
ROUNDING_HANDLER(fsqrt_d, double, COMPUTE_ROOT, sqrt(A_D))
ROUNDING_HANDLER(fmadd_d, double, COMPUTE_MADD, fused_double(hart, A_D, B_D, C_D))
ROUNDING_HANDLER(fmsub_d, double, COMPUTE_MSUB, fused_double(hart, A_D, B_D, -C_D))
ROUNDING_HANDLER(fnmsub_d, double, COMPUTE_NMSUB, fused_double(hart, -A_D, B_D, C_D))
ROUNDING_HANDLER(fnmadd_d, double, COMPUTE_NMADD, fused_double(hart, -A_D, B_D, -C_D))

ROUNDING_HANDLER(fcvt_s_d, single, COMPUTE_NARROW, (float)A_D)
ROUNDING_HANDLER(fcvt_d_s, double, COMPUTE_WIDEN, (double)A_S)
ROUNDING_HANDLER(fcvt_s_w, single, COMPUTE_FROM_SIGNED_32, (float)(int32_t)X)
ROUNDING_HANDLER(fcvt_s_wu, single, COMPUTE_FROM_UNSIGNED_32, (float)(uint32_t)X)
ROUNDING_HANDLER(fcvt_s_l, single, COMPUTE_FROM_SIGNED, (float)(int64_t)X)
ROUNDING_HANDLER(fcvt_s_lu, single, COMPUTE_FROM_UNSIGNED, (float)X)
ROUNDING_HANDLER(fcvt_d_w, double, COMPUTE_WIDEN, (double)(int32_t)X)
ROUNDING_HANDLER(fcvt_d_wu, double, COMPUTE_WIDEN, (double)(uint32_t)X)
ROUNDING_HANDLER(fcvt_d_l, double, COMPUTE_FROM_SIGNED, (double)(int64_t)X)
ROUNDING_HANDLER(fcvt_d_lu, double, COMPUTE_FROM_UNSIGNED, (double)X)
/* clang-format on */
