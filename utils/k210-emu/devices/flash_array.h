/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The cells of a NOR flash, in memory and written through to a file: what has been programmed or
 * erased is in the file when the call returns, so that killing the emulator is pulling the plug.
 */
#ifndef K210_EMU_DEVICES_FLASH_ARRAY_H
#define K210_EMU_DEVICES_FLASH_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flash_array {
	uint8_t *inverted; /* cells, inverted: erased ones are zero pages that cost no memory */
	uint32_t size;     /* a power of two */
	int fd;            /* -1: memory only */
};

/* Blank cells. False: out of memory. */
bool flash_array_init(struct flash_array *array, uint32_t size);
void flash_array_free(struct flash_array *array);

/*
 * Takes the cells from @path and keeps writing there. A missing or short file is filled up with
 * 0xff. Returns NULL or a sentence saying what is wrong (may be strerror()'s).
 */
const char *flash_array_open(struct flash_array *array, const char *path);

/* All addresses wrap at the end. */
uint8_t flash_array_byte(const struct flash_array *array, uint32_t address);
void flash_array_read(const struct flash_array *array, uint32_t address, void *bytes, size_t size);

/*
 * Bits can only be cleared; then erased to ones. The range does not wrap. False: the file could not
 * be written.
 */
bool flash_array_program(struct flash_array *array, uint32_t address, const uint8_t *bytes,
			 size_t size);
bool flash_array_erase(struct flash_array *array, uint32_t address, size_t size);

#endif
