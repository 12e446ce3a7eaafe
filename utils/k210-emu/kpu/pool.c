/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Pooling of the fast implementation: one loop per code, simple enough to be vectorised. */
#include <string.h>

#include "fast.h"

static inline uint8_t larger(uint8_t a, uint8_t b)
{
	return a > b ? a : b;
}

static void max_2(const uint8_t *restrict top, size_t stride, unsigned count, uint8_t *restrict out)
{
	const uint8_t *restrict bottom = top + stride;

	for (unsigned x = 0; x < count; x++)
		out[x] = larger(larger(top[2 * x], top[2 * x + 1]),
				larger(bottom[2 * x], bottom[2 * x + 1]));
}

static void mean_2(const uint8_t *restrict top, size_t stride, unsigned count,
		   uint8_t *restrict out)
{
	const uint8_t *restrict bottom = top + stride;

	for (unsigned x = 0; x < count; x++)
		out[x] = (uint8_t)((top[2 * x] + top[2 * x + 1] + bottom[2 * x] +
				    bottom[2 * x + 1]) >>
				   2);
}

static void max_4(const uint8_t *restrict top, size_t stride, unsigned count, uint8_t *restrict out)
{
	for (unsigned x = 0; x < count; x++) {
		uint8_t value = 0;

		for (unsigned y = 0; y < 4; y++) {
			const uint8_t *row = top + y * stride + 4 * x;

			value = larger(value,
				       larger(larger(row[0], row[1]), larger(row[2], row[3])));
		}
		out[x] = value;
	}
}

static void mean_4(const uint8_t *restrict top, size_t stride, unsigned count,
		   uint8_t *restrict out)
{
	for (unsigned x = 0; x < count; x++) {
		unsigned sum = 0;

		for (unsigned y = 0; y < 4; y++) {
			const uint8_t *row = top + y * stride + 4 * x;

			sum += row[0] + row[1] + row[2] + row[3];
		}
		out[x] = (uint8_t)(sum >> 4);
	}
}

static void pick(const uint8_t *restrict from, unsigned step, unsigned count, uint8_t *restrict out)
{
	if (step == 2) {
		for (unsigned x = 0; x < count; x++)
			out[x] = from[2 * x];
	} else {
		for (unsigned x = 0; x < count; x++)
			out[x] = from[4 * x];
	}
}

/* @bottom is @top itself in the last row; the last column counts twice. */
static void max_2_stride_1(const uint8_t *top, const uint8_t *bottom, unsigned width,
			   uint8_t *restrict out)
{
	for (unsigned x = 0; x + 1 < width; x++)
		out[x] = larger(larger(top[x], top[x + 1]), larger(bottom[x], bottom[x + 1]));
	out[width - 1] = larger(top[width - 1], bottom[width - 1]);
}

static void mean_2_stride_1(const uint8_t *top, const uint8_t *bottom, unsigned width,
			    uint8_t *restrict out)
{
	for (unsigned x = 0; x + 1 < width; x++)
		out[x] = (uint8_t)((top[x] + top[x + 1] + bottom[x] + bottom[x + 1]) >> 2);
	out[width - 1] = (uint8_t)((top[width - 1] + bottom[width - 1]) >> 1);
}

static void pool_row(enum k210_pool pool, const uint8_t *top, const uint8_t *below, size_t stride,
		     unsigned count, uint8_t *out)
{
	switch (pool) {
	case K210_POOL_MAX_2_STRIDE_2:
		max_2(top, stride, count, out);
		break;
	case K210_POOL_MEAN_2_STRIDE_2:
		mean_2(top, stride, count, out);
		break;
	case K210_POOL_MAX_4_STRIDE_4:
		max_4(top, stride, count, out);
		break;
	case K210_POOL_MEAN_4_STRIDE_4:
		mean_4(top, stride, count, out);
		break;
	case K210_POOL_LEFT_TOP_2_STRIDE_2:
		pick(top, 2, count, out);
		break;
	case K210_POOL_RIGHT_TOP_2_STRIDE_2:
		pick(top + 1, 2, count, out);
		break;
	case K210_POOL_LEFT_TOP_4_STRIDE_4:
		pick(top, 4, count, out);
		break;
	case K210_POOL_MEAN_2_STRIDE_1:
		mean_2_stride_1(top, below, count, out);
		break;
	case K210_POOL_MAX_2_STRIDE_1:
		max_2_stride_1(top, below, count, out);
		break;
	default:
		memcpy(out, top, count);
		break;
	}
}

void kpu_pool_rows(enum k210_pool pool, const uint8_t *map, size_t row_stride, unsigned height,
		   unsigned output_width, unsigned output_height, uint8_t *output)
{
	unsigned stride = k210_pool_stride(pool);

	for (unsigned y = 0; y < output_height; y++) {
		const uint8_t *top = map + (size_t)y * stride * row_stride;
		const uint8_t *below = y * stride + 1 < height ? top + row_stride : top;

		pool_row(pool, top, below, row_stride, output_width, output + y * output_width);
	}
}
