/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Conversions to integers: they saturate, NaN gives the largest number. */
#include <math.h>

#include "utils/k210-emu/cpu/fp.h"

/* A target type: results lie in [low, high). Both bounds are exact as doubles. */
struct integer_range {
	double low;
	double high;
	uint64_t lowest;
	uint64_t highest;
	bool is_signed;
};

static const struct integer_range range_w = { -0x1p31, 0x1p31, (uint64_t)INT32_MIN, INT32_MAX,
					      true };
static const struct integer_range range_l = { -0x1p63, 0x1p63, (uint64_t)INT64_MIN, INT64_MAX,
					      true };
/* Unsigned words are sign-extended like all 32-bit results. */
static const struct integer_range range_wu = { 0, 0x1p32, 0, UINT64_MAX, false };
static const struct integer_range range_lu = { 0, 0x1p64, 0, UINT64_MAX, false };

static double round_to_integral(double value, unsigned mode)
{
	switch (mode) {
	case ROUND_TO_ZERO:
		return trunc(value);
	case ROUND_DOWN:
		return floor(value);
	case ROUND_UP:
		return ceil(value);
	case ROUND_NEAREST_AWAY:
		return round(value);
	default:
		return nearbyint(value);
	}
}

static uint64_t convert(struct hart *hart, double value, unsigned mode,
			const struct integer_range *range)
{
	double integral;

	if (isnan(value)) {
		hart->fflags |= FLAG_INVALID;
		return range->highest;
	}
	integral = round_to_integral(value, mode);
	if (integral < range->low || integral >= range->high) {
		hart->fflags |= FLAG_INVALID;
		return integral < 0 ? range->lowest : range->highest;
	}
	if (integral != value)
		hart->fflags |= FLAG_INEXACT;
	return range->is_signed ? (uint64_t)(int64_t)integral : (uint64_t)integral;
}

/* A single widens exactly; a NaN must not raise the flag twice or early, so it is made by hand. */
static double source_single(const struct hart *hart, unsigned index)
{
	return single_is_nan(single_bits(hart, index)) ? (double)NAN
						       : (double)read_single(hart, index);
}

#define TO_INTEGER(name, source, range, extend)                                                   \
	void op_##name##_wide(OPERATION_PARAMETERS)                                               \
	{                                                                                         \
		unsigned mode = fp_rounding(hart, insn);                                          \
                                                                                                  \
		if (unlikely(hart->fs == FP_OFF || mode > ROUND_NEAREST_AWAY)) {                  \
			core_trap(hart, insn, remaining, CAUSE_ILLEGAL, 0);                       \
			return;                                                                   \
		}                                                                                 \
		hart->fs = FP_DIRTY;                                                              \
		hart->x[insn->rd] =                                                               \
			(uint64_t)(extend)convert(hart, source(hart, insn->rs1), mode, &(range)); \
		core_next(hart, insn + 2, remaining);                                             \
	}

TO_INTEGER(fcvt_w_s, source_single, range_w, int64_t)
TO_INTEGER(fcvt_wu_s, source_single, range_wu, int32_t)
TO_INTEGER(fcvt_l_s, source_single, range_l, int64_t)
TO_INTEGER(fcvt_lu_s, source_single, range_lu, uint64_t)
TO_INTEGER(fcvt_w_d, read_double, range_w, int64_t)
TO_INTEGER(fcvt_wu_d, read_double, range_wu, int32_t)
TO_INTEGER(fcvt_l_d, read_double, range_l, int64_t)
TO_INTEGER(fcvt_lu_d, read_double, range_lu, uint64_t)
