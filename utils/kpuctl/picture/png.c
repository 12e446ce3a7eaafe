/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/output_file.h"
#include "utils/kpuctl/picture/picture.h"

int picture_decode_png(const uint8_t *data, size_t size, struct picture *picture,
		       struct kpu_error *error)
{
	png_image png = { .version = PNG_IMAGE_VERSION };
	png_color black = { 0, 0, 0 };
	int rc;

	if (!png_image_begin_read_from_memory(&png, data, size))
		return fail(error, KPU_ERR_BAD_IMAGE, "damaged PNG: %s", png.message);
	png.format = PNG_FORMAT_RGB;
	rc = picture_allocate(picture, png.width, png.height, error);
	if (rc == 0 && !png_image_finish_read(&png, &black, picture->rgb, 0, NULL))
		rc = fail(error, KPU_ERR_BAD_IMAGE, "damaged PNG: %s", png.message);
	png_image_free(&png);
	return rc;
}

static int write_png(const char *path, const void *pixels, uint32_t width, uint32_t height,
		     uint32_t format, struct kpu_error *error)
{
	png_image png = {
		.version = PNG_IMAGE_VERSION,
		.width = width,
		.height = height,
		.format = format,
	};

	png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
	uint8_t *file = malloc(size);
	int rc;

	/* In memory first: libpng removes a file that it cannot finish, even a device. */
	if (file && png_image_write_to_memory(&png, file, &size, 0, pixels, 0, NULL))
		rc = output_write(path, file, size, error);
	else
		rc = fail(error, KPU_ERR_HOST_MEMORY, "no memory to write %s", path);
	free(file);
	return rc;
}

int picture_write_png(const char *path, const struct picture *picture, struct kpu_error *error)
{
	return write_png(path, picture->rgb, picture->width, picture->height, PNG_FORMAT_RGB,
			 error);
}

int picture_write_gray_png(const char *path, const struct kpu_gray *gray, struct kpu_error *error)
{
	return write_png(path, gray->pixels, gray->width, gray->height, PNG_FORMAT_GRAY, error);
}
