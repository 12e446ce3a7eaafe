/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdint.h>
#include <string.h>

#include "lib/exponential.h"

#define LOG2_E 1.4426950408889634
/* ln 2 in two parts, so that k * LN2_HIGH is exact for every exponent k. */
#define LN2_HIGH  6.93147180369123816490e-01
#define LN2_LOW   1.90821492927058770002e-10
#define EXP_LEAST (-708.0)
#define EXP_MOST  709.0

double kpu_exponential(double x)
{
	/* Taylor coefficients 1/n!; on |r| <= ln2/2 the first one left out is below 1e-15. */
	static const double inverse_factorial[] = {
		1.0 / 479001600,
		1.0 / 39916800,
		1.0 / 3628800,
		1.0 / 362880,
		1.0 / 40320,
		1.0 / 5040,
		1.0 / 720,
		1.0 / 120,
		1.0 / 24,
		1.0 / 6,
		0.5,
		1.0,
		1.0,
	};
	double r, sum = 0, scale;
	uint64_t bits;
	int k;

	if (x != x)
		return x;
	if (x < EXP_LEAST)
		return 0;
	if (x > EXP_MOST)
		return __builtin_inf();
	k = (int)(x * LOG2_E + (x < 0 ? -0.5 : 0.5));
	r = (x - k * LN2_HIGH) - k * LN2_LOW;
	for (size_t i = 0; i < sizeof(inverse_factorial) / sizeof(inverse_factorial[0]); i++)
		sum = sum * r + inverse_factorial[i];
	bits = (uint64_t)(k + 1023) << 52;
	memcpy(&scale, &bits, sizeof(scale));
	return sum * scale;
}
