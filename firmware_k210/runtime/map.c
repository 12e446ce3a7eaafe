/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Rows of a feature map in the AI SRAM. */
#include "firmware_k210/runtime/map.h"

#include "firmware_k210/runtime/memory.h"
#include "k210/kpu_layer.h"

struct map map_of(uint8_t *ai_sram, const struct kmodel_tensor *tensor)
{
	struct map map = { ai_sram + tensor->offset * K210_AI_SRAM_LINE, tensor->width,
			   tensor->height, tensor->channels, 0 };

	if (tensor->batches > 1)
		map.batch_channels = tensor->channels / tensor->batches;
	return map;
}

/* Where a run of bytes inside one row lies. */
struct row_part {
	uint8_t *at;
	size_t length;
};

static struct row_part locate(const struct map *map, uint32_t offset, size_t length)
{
	uint32_t row = offset / map->width, column = offset % map->width;
	uint32_t channel = row / map->height;
	uint8_t *base = map->base;
	struct row_part part;

	if (map->batch_channels) {
		base += (size_t)(channel / map->batch_channels) * K210_AI_SRAM_LINE *
			k210_map_lines(map->width, map->height, map->batch_channels);
		channel %= map->batch_channels;
	}
	part.at = base + k210_map_row_offset(map->width, map->height, channel, row % map->height) +
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
