/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Programs that the mask ROM starts from flash: include/k210/flash_image.h. */
#ifndef KPUCTL_FIRMWARE_IMAGE_H
#define KPUCTL_FIRMWARE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Header, @program and digest, to be freed; NULL: no memory, or the program is empty or too
 * long. */
uint8_t *firmware_image_make(const uint8_t *program, size_t size, size_t *image_size);

/*
 * Whether @head, the first K210_FLASH_IMAGE_HEADER bytes of a flash, may begin an image; its whole
 * size. By its numbers only: what they say is checked by firmware_image_good().
 */
bool firmware_image_begins(const uint8_t *head, uint32_t *image_size, bool *encrypted);
/* The digest is that of the image. */
bool firmware_image_good(const uint8_t *image, size_t size);

#endif
