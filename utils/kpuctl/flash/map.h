/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What lies where in a flash. */
#ifndef KPUCTL_FLASH_MAP_H
#define KPUCTL_FLASH_MAP_H

#include "utils/kpuctl/flash/chip.h"

enum flash_content {
	FLASH_BLANK,
	FLASH_FIRMWARE,         /* a program that the mask ROM starts; its digest is right */
	FLASH_FIRMWARE_DAMAGED, /* looks like one, but the digest is wrong: it does not start */
	FLASH_FIRMWARE_OPEN,    /* looks like one, digest not looked at, or encrypted */
	FLASH_MODEL,            /* a kmodel of any kind that can be measured */
	FLASH_RECORD,           /* what the firmware knows of the board: link/board_record.h */
	FLASH_RECORD_REFUSED,   /* such a record, which the firmware does not follow */
	FLASH_UNKNOWN,
};

struct flash_region {
	enum flash_content content;
	uint32_t address, size; /* size of the thing itself; the rest of its last sector is not
				 * looked at */
	char text[96];          /* "kmodel V3", "a program of 52968 bytes" */
};

struct flash_map {
	struct flash_region *regions; /* by ascending address */
	size_t count;
};

/*
 * Looks through [0, @end), sector by sector; erased parts cost next to nothing, because the board
 * compares them by itself. @verify: also read programs of more than 256 KiB to compute their digest
 * (they may be megabytes on a slow line). Free with flash_map_free(), also after an error.
 */
int flash_map_scan(const struct flash_chip *chip, uint32_t end, bool verify, struct flash_map *map,
		   flash_progress progress, void *context, struct kpu_error *error);
void flash_map_free(struct flash_map *map);

/*
 * The first thing that writing @size bytes at @address would destroy without anybody having said
 * so: unknown data, also if it begins as a program does, or something recognised that does not
 * start there itself (what does is replaced). NULL: nothing.
 */
const struct flash_region *flash_map_loss(const struct flash_map *map, uint32_t address,
					  uint32_t size);

/* What was recognised to start at @address; NULL: nothing. */
const struct flash_region *flash_map_at(const struct flash_map *map, uint32_t address);

#endif
