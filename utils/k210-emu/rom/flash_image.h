/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Firmware in flash, as the mask ROM expects it at address 0: a byte of flags, the length as a
 * little-endian word, the program, and the SHA-256 of all that (kendryte/kflash.py).
 */
#ifndef K210_EMU_ROM_FLASH_IMAGE_H
#define K210_EMU_ROM_FLASH_IMAGE_H

#include <stdint.h>

#define FLASH_IMAGE_HEADER 5
/* "Above about 6 MB" is refused (annotations of laanwj/k210-sdk-stuff). */
#define FLASH_IMAGE_MAX (6u * 1024 * 1024)

#define FLASH_IMAGE_ENCRYPTED (1 << 0)

struct nor_flash;

/*
 * Reads and checks it. Returns the program, to be freed, and its size; or NULL and a constant
 * sentence in *problem.
 */
uint8_t *flash_image_read(const struct nor_flash *flash, uint32_t *size, const char **problem);

#endif
