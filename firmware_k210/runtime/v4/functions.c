/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Functions of one and two floats. Sine and logarithm are computed here, in double precision by
 * their series: the C library's carry tables and argument reduction of several KiB.
 */
#include <math.h>

#include "firmware_k210/runtime/v4/node.h"

/* Leading 25 bits of pi / 2, so that products with numbers up to 2^28 are exact, and the rest. */
#define HALF_PI_HIGH 0x1.921fb5p+0
#define HALF_PI_LOW  0x1.110b4611a6263p-26
#define TWO_BY_PI    0x1.45f306dc9c883p-1
#define LN_2         0x1.62e42fefa39efp-1

/* @term, and each next one times -square / ((n + 1) (n + 2)); six of them are below 1e-10 of the
 * first for squares up to (pi / 4)^2. */
static double alternating_series(double term, double square, uint32_t n)
{
	double sum = term;

	for (uint32_t end = n + 12; n < end; n += 2) {
		term *= -square / (double)((n + 1) * (n + 2));
		sum += term;
	}
	return sum;
}

float v4_sine(float value, uint32_t quarters)
{
	double x = (double)value, rest;
	int64_t turns;

	if (!(fabsf(value) < 0x1p28f))
		return NAN;
	turns = (int64_t)(x * TWO_BY_PI + (x < 0 ? -0.5 : 0.5));
	rest = x - (double)turns * HALF_PI_HIGH;
	rest -= (double)turns * HALF_PI_LOW;
	quarters += (uint32_t)turns;
	if (quarters & 1)
		x = alternating_series(1.0, rest * rest, 0);
	else
		x = alternating_series(rest, rest * rest, 1);
	return (float)(quarters & 2 ? -x : x);
}

float v4_logarithm(float value)
{
	double x = (double)value, ratio, power, sum = 0.0;
	uint64_t bits;
	int32_t exponent;

	if (!(value > 0.0f))
		return value == 0.0f ? -INFINITY : NAN;
	if (isinf(value))
		return value;
	/* Every positive float is a normal double; its mantissa goes to 0.5 .. 1, then around 1. */
	memcpy(&bits, &x, sizeof(bits));
	exponent = (int32_t)(bits >> 52) - 1022;
	bits = (bits & 0xfffffffffffffull) | 1022ull << 52;
	memcpy(&x, &bits, sizeof(x));
	if (x < 0.70710678) {
		x *= 2;
		exponent--;
	}
	/* ln x = 2 artanh((x - 1) / (x + 1)), and the ratio is below 0.172 */
	ratio = (x - 1) / (x + 1);
	power = 2 * ratio;
	for (uint32_t n = 1; n < 17; n += 2, power *= ratio * ratio)
		sum += power / (double)n;
	return (float)(exponent * LN_2 + sum);
}

float v4_unary(uint32_t operation, float value)
{
	switch (operation) {
	case KMODEL_V4_UNARY_ABS:
		return fabsf(value);
	case KMODEL_V4_UNARY_CEIL:
		return -floorf(-value);
	case KMODEL_V4_UNARY_COS:
		return v4_sine(value, 1);
	case KMODEL_V4_UNARY_EXP:
		return expf(value);
	case KMODEL_V4_UNARY_FLOOR:
		return floorf(value);
	case KMODEL_V4_UNARY_LOG:
		return v4_logarithm(value);
	case KMODEL_V4_UNARY_NEG:
		return -value;
	case KMODEL_V4_UNARY_RSQRT:
		return 1.0f / sqrtf(value);
	case KMODEL_V4_UNARY_SIN:
		return v4_sine(value, 0);
	default:
		return value * value;
	}
}

float v4_binary(uint32_t operation, float a, float b)
{
	switch (operation) {
	case KMODEL_V4_BINARY_ADD:
		return a + b;
	case KMODEL_V4_BINARY_SUB:
		return a - b;
	case KMODEL_V4_BINARY_MUL:
		return a * b;
	case KMODEL_V4_BINARY_DIV:
		return a / b;
	case KMODEL_V4_BINARY_MIN:
		return b < a ? b : a;
	default:
		return a < b ? b : a;
	}
}
