/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Face features as MaixPy v1's KPU module packs and compares them. */
#include <math.h>
#include <stdbool.h>

#include "lib/api.h"

#define FEATURE_LIMIT 0.25f
#define FEATURE_SCALE 512.0f

static int8_t encode_one(float x, enum kpu_face_rounding rounding)
{
	int value;

	/* Written so that NaN takes the lower limit. */
	if (!(x >= -FEATURE_LIMIT))
		x = -FEATURE_LIMIT;
	if (x > FEATURE_LIMIT)
		x = FEATURE_LIMIT;
	value = (int)(x * FEATURE_SCALE);
	if (value > 127)
		value = rounding == KPU_FACE_LEGACY ? -128 : 127;
	return (int8_t)value;
}

KPU_API int kpu_face_encode(const float *features, size_t count, enum kpu_face_rounding rounding,
			    int8_t *code)
{
	if (!features || !code || (rounding != KPU_FACE_SATURATE && rounding != KPU_FACE_LEGACY))
		return -KPU_ERR_PARAM;
	for (size_t i = 0; i < count; i++)
		code[i] = encode_one(features[i], rounding);
	return 0;
}

KPU_API int kpu_face_compare(const int8_t *a, const int8_t *b, size_t count, float *score)
{
	int64_t dot = 0, norm_a = 0, norm_b = 0;
	double product;

	if (!a || !b || !score || count == 0)
		return -KPU_ERR_PARAM;
	for (size_t i = 0; i < count; i++) {
		dot += a[i] * b[i];
		norm_a += a[i] * a[i];
		norm_b += b[i] * b[i];
	}
	if (norm_a == 0 || norm_b == 0)
		return -KPU_ERR_PARAM;
	/* Single until the division, double from there on: the rounding of the original. */
	product = (double)norm_a * (double)norm_b;
	*score = (float)(((double)((float)dot * 0.5f) / __builtin_sqrt(product) + 0.5) * 100.0);
	return 0;
}

static double product(const float *a, const float *b, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)a[i] * (double)b[i];
	return sum;
}

/* Squares of floats cannot overflow the sum: only what is not finite makes it so. */
static bool has_length(double square)
{
	return square > 0 && square < HUGE_VAL;
}

KPU_API int kpu_face_normalize(const float *features, size_t count, float *unit)
{
	double square;

	if (!features || !unit)
		return -KPU_ERR_PARAM;
	square = product(features, features, count);
	if (!has_length(square))
		return -KPU_ERR_PARAM;
	for (size_t i = 0; i < count; i++)
		unit[i] = (float)((double)features[i] / __builtin_sqrt(square));
	return 0;
}

KPU_API int kpu_face_compare_features(const float *a, const float *b, size_t count, float *score)
{
	double square_a, square_b, cosine;

	if (!a || !b || !score)
		return -KPU_ERR_PARAM;
	square_a = product(a, a, count);
	square_b = product(b, b, count);
	if (!has_length(square_a) || !has_length(square_b))
		return -KPU_ERR_PARAM;
	cosine = product(a, b, count) / (__builtin_sqrt(square_a) * __builtin_sqrt(square_b));
	/* Rounding may carry it a little further. */
	cosine = cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
	*score = (float)(50 * (1 + cosine));
	return 0;
}
