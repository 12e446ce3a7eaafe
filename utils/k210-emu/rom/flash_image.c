/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/rom/flash_image.h"

#include <sys/types.h>

#include <sha2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "k210/flash_image.h"

#include "utils/k210-emu/devices/nor_flash.h"

static bool digest_fits(const uint8_t *header, const uint8_t *program, uint32_t size,
			const uint8_t *expected)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, header, K210_FLASH_IMAGE_HEADER);
	SHA256Update(&context, program, size);
	SHA256Final(digest, &context);
	return !memcmp(digest, expected, sizeof(digest));
}

uint8_t *flash_image_read(const struct nor_flash *flash, uint32_t *size, const char **problem)
{
	uint8_t header[K210_FLASH_IMAGE_HEADER], expected[SHA256_DIGEST_LENGTH];
	uint8_t *program;

	nor_flash_read(flash, 0, header, sizeof(header));
	*size = (uint32_t)header[1] | (uint32_t)header[2] << 8 | (uint32_t)header[3] << 16 |
		(uint32_t)header[4] << 24;
	*problem = "flash: no image";
	if (*size > K210_FLASH_IMAGE_MAX)
		return NULL;
	*problem = "flash: the image is encrypted, and there is no key";
	if (header[0] & K210_FLASH_IMAGE_ENCRYPTED)
		return NULL;
	*problem = "out of memory";
	program = malloc(*size + 1);
	if (!program)
		return NULL;
	nor_flash_read(flash, K210_FLASH_IMAGE_HEADER, program, *size);
	nor_flash_read(flash, K210_FLASH_IMAGE_HEADER + *size, expected, sizeof(expected));
	*problem = "flash: the hash of the image is wrong";
	if (digest_fits(header, program, *size, expected))
		return program;
	free(program);
	return NULL;
}
