/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A board's flash as the files about it see it, so that they are tested without a board. */
#ifndef KPUCTL_FLASH_CHIP_H
#define KPUCTL_FLASH_CHIP_H

#include <kpu.h>

/* Called between pieces; false ends the work there. */
typedef bool (*flash_progress)(void *context, const char *what, uint64_t done, uint64_t total);

struct flash_chip {
	struct kpu_flash_info info;
	void *context;
	/* Any range; 0 or a negative error with *error. */
	int (*read)(void *context, uint32_t address, void *data, uint32_t size,
		    struct kpu_error *error);
	/* CRC-32 of what the chip holds. */
	int (*check)(void *context, uint32_t address, uint32_t size, uint32_t *crc32,
		     struct kpu_error *error);
	int (*write)(void *context, uint32_t address, const void *data, uint32_t size,
		     struct kpu_error *error);
	int (*erase)(void *context, uint32_t address, uint32_t size, struct kpu_error *error);
};

/* The flash of @device, which must be there; it stays the caller's. */
int flash_chip_open(struct kpu_device *device, struct flash_chip *chip, struct kpu_error *error);

/* CRC-32 of @size erased bytes. */
uint32_t flash_blank_crc(uint32_t size);
/* CRC-32 of @data as the board computes it. */
uint32_t flash_data_crc(const void *data, uint32_t size);

#endif
