/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/picture/picture.h"

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define PIXELS_MAX     ((size_t)64 << 20)

int picture_allocate(struct picture *picture, uint32_t width, uint32_t height,
		     struct kpu_error *error)
{
	if (!width || !height || width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX ||
	    (size_t)width * height > PIXELS_MAX)
		return fail(error, KPU_ERR_BAD_IMAGE, "a picture of %u x %u is too large", width,
			    height);
	picture->rgb = malloc((size_t)width * height * 3);
	if (!picture->rgb)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for a picture");
	picture->width = width;
	picture->height = height;
	return 0;
}

void picture_free(struct picture *picture)
{
	free(picture->rgb);
	memset(picture, 0, sizeof(*picture));
}

static int read_file(const char *path, uint8_t **data, size_t *size, struct kpu_error *error)
{
	FILE *file = fopen(path, "rb");
	long length;

	*data = NULL;
	if (!file)
		return fail(error, KPU_ERR_READ_FILE, "cannot open %s: %s", path, strerror(errno));
	if (fseek(file, 0, SEEK_END) < 0 || (length = ftell(file)) <= 0 ||
	    (size_t)length > FILE_BYTES_MAX || fseek(file, 0, SEEK_SET) < 0) {
		fclose(file);
		return fail(error, KPU_ERR_READ_FILE, "%s is not a file, empty or above %zu MiB",
			    path, FILE_BYTES_MAX >> 20);
	}
	*size = (size_t)length;
	*data = malloc(*size);
	if (!*data || fread(*data, 1, *size, file) != *size) {
		free(*data);
		fclose(file);
		return fail(error, KPU_ERR_READ_FILE, "cannot read %s", path);
	}
	fclose(file);
	return 0;
}

int picture_read(const char *path, struct picture *picture, struct kpu_error *error)
{
	struct kpu_error local = { 0 };
	uint8_t *data;
	size_t size = 0;
	int rc = read_file(path, &data, &size, error);

	memset(picture, 0, sizeof(*picture));
	if (rc < 0)
		return rc;
	if (size > 3 && !memcmp(data, "\xff\xd8\xff", 3))
		rc = picture_decode_jpeg(data, size, picture, &local);
	else if (size > 8 && !memcmp(data, "\x89PNG\r\n\x1a\n", 8))
		rc = picture_decode_png(data, size, picture, &local);
	else
		rc = fail(&local, KPU_ERR_BAD_IMAGE, "neither JPEG nor PNG");
	free(data);
	if (rc < 0) {
		picture_free(picture);
		fail(error, -rc, "%s: %.200s", path, local.message);
	}
	return rc;
}
