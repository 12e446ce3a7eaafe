/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Firmware in flash, as the mask ROM expects it at address 0: include/k210/flash_image.h. */
#ifndef K210_EMU_ROM_FLASH_IMAGE_H
#define K210_EMU_ROM_FLASH_IMAGE_H

#include <stdint.h>

struct nor_flash;

/*
 * Reads and checks it. Returns the program, to be freed, and its size; or NULL and a constant
 * sentence in *problem, *size being what the header says.
 */
uint8_t *flash_image_read(const struct nor_flash *flash, uint32_t *size, const char **problem);

#endif
