/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Floating point on the host's unit. Files that include this are compiled with -frounding-math.
 *
 * While the hart owns the unit, the host rounds to nearest even and its sticky flags collect what
 * fcsr will show; other rounding modes are set around a single operation. Underflow is detected
 * after rounding on x86 as on RISC-V; on other hosts that one flag may differ.
 */
#ifndef K210_EMU_CPU_FP_H
#define K210_EMU_CPU_FP_H

#include "utils/k210-emu/cpu/core.h"

#define SINGLE_BOX  0xffffffff00000000u
#define SINGLE_NAN  0x7fc00000u
#define SINGLE_SIGN 0x80000000u
#define SINGLE_INF  0x7f800000u
#define DOUBLE_NAN  0x7ff8000000000000u
#define DOUBLE_SIGN 0x8000000000000000u
#define DOUBLE_INF  0x7ff0000000000000u

/* The computation of one operation: reads and writes hart->f (or x) and nothing else. */
typedef void fp_kernel(struct hart *hart, const struct insn *insn);

/* What an operation computes, for the rounding mode the host does not have. */
enum fp_computation {
	COMPUTE_ADD,
	COMPUTE_SUBTRACT,
	COMPUTE_MULTIPLY,
	COMPUTE_DIVIDE,
	COMPUTE_ROOT,
	COMPUTE_MADD,
	COMPUTE_MSUB,
	COMPUTE_NMSUB,
	COMPUTE_NMADD,
	COMPUTE_NARROW, /* double to single */
	COMPUTE_WIDEN,  /* anything whose result is always exact */
	COMPUTE_FROM_SIGNED_32,
	COMPUTE_FROM_UNSIGNED_32,
	COMPUTE_FROM_SIGNED,
	COMPUTE_FROM_UNSIGNED,
};

/*
 * Runs the kernel in the instruction's rounding mode. False: the mode is reserved, or the unit is
 * off, and the instruction is illegal.
 */
bool fp_run_rounded(struct hart *hart, const struct insn *insn, fp_kernel *kernel,
		    enum fp_computation computation, bool single);

static inline unsigned fp_rounding(const struct hart *hart, const struct insn *insn)
{
	return insn->extra == ROUND_DYNAMIC ? hart->frm : insn->extra;
}

/* A single must have all ones above it, else it counts as NaN. */
static inline uint32_t single_bits(const struct hart *hart, unsigned index)
{
	uint64_t bits = hart->f[index];

	return bits >= SINGLE_BOX ? (uint32_t)bits : SINGLE_NAN;
}

static inline float read_single(const struct hart *hart, unsigned index)
{
	uint32_t bits = single_bits(hart, index);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline double read_double(const struct hart *hart, unsigned index)
{
	double value;

	memcpy(&value, &hart->f[index], sizeof(value));
	return value;
}

static inline bool single_is_nan(uint32_t bits)
{
	return (bits & ~SINGLE_SIGN) > SINGLE_INF;
}

static inline bool double_is_nan(uint64_t bits)
{
	return (bits & ~DOUBLE_SIGN) > DOUBLE_INF;
}

static inline void write_single(struct hart *hart, unsigned index, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	hart->f[index] = SINGLE_BOX | (single_is_nan(bits) ? SINGLE_NAN : bits);
}

static inline void write_double(struct hart *hart, unsigned index, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	hart->f[index] = double_is_nan(bits) ? DOUBLE_NAN : bits;
}

#endif
