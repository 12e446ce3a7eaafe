/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Between planar maps and the 64-byte lines of the AI SRAM. */
#include <string.h>

#include "job.h"

void kpu_store_map(uint8_t *lines, unsigned width, unsigned height, unsigned channels,
		   const uint8_t *planar)
{
	for (unsigned channel = 0; channel < channels; channel++) {
		for (unsigned row = 0; row < height; row++) {
			memcpy(lines + k210_map_row_offset(width, height, channel, row), planar,
			       width);
			planar += width;
		}
	}
}

void kpu_load_channel(const uint8_t *lines, unsigned width, unsigned height, unsigned channel,
		      uint8_t *planar, size_t row_stride)
{
	for (unsigned row = 0; row < height; row++)
		memcpy(planar + row * row_stride,
		       lines + k210_map_row_offset(width, height, channel, row), width);
}
