/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Exact arithmetic on finite binary numbers, enough to round any single operation to nearest with
 * ties away from zero (RISC-V's RMM), which the host cannot do.
 */
#ifndef K210_EMU_CPU_FP_EXACT_H
#define K210_EMU_CPU_FP_EXACT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * (-1)^negative * significand * 2^exponent. Where digits had to be cut off, bit 0 of the
 * significand is set instead; it lies far below any rounding position.
 */
struct exact {
	bool negative;
	int exponent;
	unsigned __int128 significand;
};

struct fp_format {
	int precision;    /* bits of the significand, with the leading one */
	int exponent_min; /* of normal numbers */
	int exponent_max;
};

extern const struct fp_format fp_format_single;
extern const struct fp_format fp_format_double;

/* @value must be finite. */
struct exact exact_from_double(double value);
struct exact exact_from_integer(bool negative, uint64_t magnitude);
struct exact exact_add(struct exact a, struct exact b);
/* Factors of at most 64 significant bits. */
struct exact exact_multiply(struct exact a, struct exact b);
/* Operands from doubles, divisor not zero. */
struct exact exact_divide(struct exact a, struct exact b);

/* Rounds ties away; returns the encoding and ORs RISC-V flags into *flags. */
uint64_t exact_round_away(struct exact value, const struct fp_format *format, unsigned *flags);

#endif
