/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* e to the power of x, without libm, the same bits on every host. */
#ifndef KPU_LIB_EXPONENTIAL_H
#define KPU_LIB_EXPONENTIAL_H

/* Relative error below 1e-13; 0 and infinity where the result has no normal double; NaN for NaN. */
double kpu_exponential(double x);

/* expf() of the C library, correctly rounded but for rare cases. */
static inline float kpu_exponential_float(float x)
{
	return (float)kpu_exponential((double)x);
}

#endif
