/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Feature maps between the wire's order (planar: channel, row, column, no padding) and the AI SRAM
 * layout (rows of 64-byte lines, narrow channels side by side; k210/kpu_layer.h).
 */
#ifndef FIRMWARE_RUNTIME_MAP_H
#define FIRMWARE_RUNTIME_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "kmodel/kmodel.h"

struct map {
	uint8_t *base; /* first byte of the map in AI SRAM */
	uint32_t width, height, channels;
	/* So many channels, then the next one begins on a line of its own; 0: never. */
	uint32_t batch_channels;
};

/* @tensor lies in the AI SRAM. */
struct map map_of(uint8_t *ai_sram, const struct kmodel_tensor *tensor);

/* Bytes [@offset, @offset + @length) of the planar order; the range lies within the map. */
void map_write(const struct map *map, uint32_t offset, const uint8_t *from, size_t length);
void map_read(const struct map *map, uint32_t offset, uint8_t *to, size_t length);

#endif
