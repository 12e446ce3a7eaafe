/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/flash/firmware_image.h"

#include <sys/types.h>

#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "k210/flash_image.h"

#include "link/bytes.h"

#define AROUND (K210_FLASH_IMAGE_HEADER + K210_FLASH_IMAGE_DIGEST)

static void digest_of(const uint8_t *image, size_t size, uint8_t digest[SHA256_DIGEST_LENGTH])
{
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, image, size);
	SHA256Final(digest, &context);
}

uint8_t *firmware_image_make(const uint8_t *program, size_t size, size_t *image_size)
{
	uint8_t *image;

	if (size == 0 || size > K210_FLASH_IMAGE_MAX)
		return NULL;
	image = malloc(size + AROUND);
	if (!image)
		return NULL;
	image[0] = 0;
	kpu_put_u32(image + K210_FLASH_IMAGE_LENGTH, (uint32_t)size);
	memcpy(image + K210_FLASH_IMAGE_HEADER, program, size);
	digest_of(image, K210_FLASH_IMAGE_HEADER + size, image + K210_FLASH_IMAGE_HEADER + size);
	*image_size = size + AROUND;
	return image;
}

bool firmware_image_begins(const uint8_t *head, uint32_t *image_size, bool *encrypted)
{
	uint32_t length = kpu_get_u32(head + K210_FLASH_IMAGE_LENGTH);

	if (head[0] & ~K210_FLASH_IMAGE_FLAGS || length == 0 || length > K210_FLASH_IMAGE_MAX)
		return false;
	*image_size = length + AROUND;
	*encrypted = head[0] & K210_FLASH_IMAGE_ENCRYPTED;
	return true;
}

bool firmware_image_good(const uint8_t *image, size_t size)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	uint32_t whole;
	bool encrypted;

	if (size < AROUND || !firmware_image_begins(image, &whole, &encrypted) || whole != size)
		return false;
	digest_of(image, size - K210_FLASH_IMAGE_DIGEST, digest);
	return !memcmp(digest, image + size - K210_FLASH_IMAGE_DIGEST, sizeof(digest));
}
