/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Rows of a feature map in the AI SRAM. */
#include "firmware_k210/runtime/map.h"

#include "firmware_k210/runtime/memory.h"
#include "k210/kpu_layer.h"

/* Where a run of bytes inside one row lies. */
struct row_part {
	uint8_t *at;
	size_t length;
};

static struct row_part locate(const struct map *map, uint32_t offset, size_t length)
{
	uint32_t row = offset / map->width, column = offset % map->width;
	struct row_part part;

	part.at =
		map->base +
		k210_map_row_offset(map->width, map->height, row / map->height, row % map->height) +
		column;
	part.length = map->width - column;
	if (part.length > length)
		part.length = length;
	return part;
}

void map_write(const struct map *map, uint32_t offset, const uint8_t *from, size_t length)
{
	while (length) {
		struct row_part part = locate(map, offset, length);

		memory_write(part.at, from, part.length);
		from += part.length;
		offset += part.length;
		length -= part.length;
	}
}

void map_read(const struct map *map, uint32_t offset, uint8_t *to, size_t length)
{
	while (length) {
		struct row_part part = locate(map, offset, length);

		memory_read(to, part.at, part.length);
		to += part.length;
		offset += part.length;
		length -= part.length;
	}
}
