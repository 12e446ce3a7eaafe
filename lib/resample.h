/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Change of size of one plane of bytes with a separable triangle filter. */
#ifndef KPU_LIB_RESAMPLE_H
#define KPU_LIB_RESAMPLE_H

#include <stdbool.h>
#include <stdint.h>

/* Where a plane comes from: writes row @y, @width bytes, to @out. */
struct kpu_row_source {
	void (*read)(const void *context, uint32_t y, uint8_t *out);
	const void *context;
	uint32_t width, height;
};

/*
 * Fills @width x @height bytes at @out, rows @stride bytes apart. Enlarging is bilinear between
 * pixel centres with the edge repeated; reducing widens the triangle by the factor, so that no
 * pixel of the source is passed over. False: no memory.
 */
bool kpu_resample(const struct kpu_row_source *source, uint8_t *out, uint32_t width,
		  uint32_t height, uint32_t stride);

#endif
