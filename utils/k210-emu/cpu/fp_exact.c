/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/cpu/core.h"
#include "utils/k210-emu/cpu/fp_exact.h"

typedef unsigned __int128 uint128;

/* Significands are brought to this height before adding: room for the carry. */
#define TOP_BIT 125

const struct fp_format fp_format_single = { 24, -126, 127 };
const struct fp_format fp_format_double = { 53, -1022, 1023 };

/* Position of the highest set bit, -1 for 0. */
static int top_bit(uint128 value)
{
	uint64_t high = (uint64_t)(value >> 64);

	if (high)
		return 127 - __builtin_clzll(high);
	return value ? 63 - __builtin_clzll((uint64_t)value) : -1;
}

/* Right shift that keeps a trace of the bits lost. */
static uint128 shift_right_jam(uint128 value, int count)
{
	if (count == 0)
		return value;
	if (count > 127)
		return value != 0;
	return value >> count | ((value & (((uint128)1 << count) - 1)) != 0);
}

struct exact exact_from_double(double value)
{
	uint64_t bits;
	struct exact out;
	int biased;

	memcpy(&bits, &value, sizeof(bits));
	biased = (int)(bits >> 52 & 0x7ff);
	out.negative = bits >> 63;
	out.significand = bits & (((uint64_t)1 << 52) - 1);
	if (biased)
		out.significand |= (uint64_t)1 << 52;
	out.exponent = (biased ? biased : 1) - 1023 - 52;
	return out;
}

struct exact exact_from_integer(bool negative, uint64_t magnitude)
{
	return (struct exact){ negative, 0, magnitude };
}

static void normalise(struct exact *value)
{
	int shift = TOP_BIT - top_bit(value->significand);

	value->significand <<= shift;
	value->exponent -= shift;
}

struct exact exact_add(struct exact a, struct exact b)
{
	struct exact swap;

	if (!a.significand)
		return b;
	if (!b.significand)
		return a;
	normalise(&a);
	normalise(&b);
	if (a.exponent < b.exponent) {
		swap = a;
		a = b;
		b = swap;
	}
	/*
	 * Bits are lost only at distances where the sum cannot cancel by more than one place, so
	 * the trace in bit 0 stays far below the rounding position.
	 */
	b.significand = shift_right_jam(b.significand, a.exponent - b.exponent);
	if (a.negative == b.negative) {
		a.significand += b.significand;
	} else if (a.significand >= b.significand) {
		a.significand -= b.significand;
	} else {
		a.significand = b.significand - a.significand;
		a.negative = b.negative;
	}
	return a;
}

struct exact exact_multiply(struct exact a, struct exact b)
{
	a.negative ^= b.negative;
	a.exponent += b.exponent;
	a.significand *= b.significand;
	return a;
}

struct exact exact_divide(struct exact a, struct exact b)
{
	uint128 rest;

	a.negative ^= b.negative;
	if (!a.significand)
		return a;
	normalise(&a);
	rest = a.significand % b.significand;
	a.significand /= b.significand;
	/* The quotient has at least 73 bits. */
	a.significand |= rest != 0;
	a.exponent -= b.exponent;
	return a;
}

/* Significand in units of 2^quantum, ties away; *inexact if anything was cut off. */
static uint64_t round_to(const struct exact *value, int quantum, bool *inexact)
{
	int shift = quantum - value->exponent;
	uint128 kept;

	*inexact = false;
	if (shift <= 0)
		return (uint64_t)(value->significand << -shift);
	if (shift > 127) {
		*inexact = value->significand != 0;
		return 0;
	}
	kept = value->significand >> shift;
	*inexact = (kept << shift) != value->significand;
	kept += value->significand >> (shift - 1) & 1;
	return (uint64_t)kept;
}

/* Too small for a normal number even when rounded with unbounded exponent range. */
static bool is_tiny(const struct exact *value, int exponent, const struct fp_format *format)
{
	bool inexact;

	if (exponent >= format->exponent_min)
		return false;
	if (exponent < format->exponent_min - 1)
		return true;
	return round_to(value, exponent - (format->precision - 1), &inexact) >> format->precision ==
	       0;
}

uint64_t exact_round_away(struct exact value, const struct fp_format *format, unsigned *flags)
{
	int stored = format->precision - 1;
	int exponent = value.exponent + top_bit(value.significand);
	int clamped = exponent < format->exponent_min ? format->exponent_min : exponent;
	uint64_t infinity = (uint64_t)(2 * format->exponent_max + 1) << stored;
	uint64_t sign = value.negative ? (infinity + ((uint64_t)1 << stored)) : 0;
	uint64_t significand;
	uint64_t bits;
	bool inexact;

	if (!value.significand)
		return sign;
	significand = round_to(&value, clamped - stored, &inexact);
	if (inexact)
		*flags |= FLAG_INEXACT;
	if (inexact && is_tiny(&value, exponent, format))
		*flags |= FLAG_UNDERFLOW;
	/* The leading one adds to the exponent field, and so does a carry out of rounding. */
	bits = ((uint64_t)(clamped - format->exponent_min) << stored) + significand;
	if (exponent > format->exponent_max || bits >= infinity) {
		*flags |= FLAG_OVERFLOW | FLAG_INEXACT;
		bits = infinity;
	}
	return sign | bits;
}
