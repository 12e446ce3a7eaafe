/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/input_file.h"
#include "utils/kpuctl/picture/picture.h"

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define PIXELS_MAX     ((size_t)64 << 20)

int picture_allocate(struct picture *picture, uint32_t width, uint32_t height,
		     struct kpu_error *error)
{
	if (!width || !height || width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX ||
	    (size_t)width * height > PIXELS_MAX) {
		fail(error, KPU_ERR_BAD_IMAGE,
		     "%u x %u pixels; at most %u in a row or column and %zu in all", width, height,
		     PICTURE_SIDE_MAX, PIXELS_MAX);
		snprintf(error->next_step, sizeof(error->next_step), "make the picture smaller");
		return -KPU_ERR_BAD_IMAGE;
	}
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

int picture_read(const char *path, struct picture *picture, struct kpu_error *error)
{
	struct kpu_error local = { 0 };
	uint8_t *data = NULL;
	size_t size = 0;
	int rc = input_file_read(path, FILE_BYTES_MAX, &data, &size, error);

	memset(picture, 0, sizeof(*picture));
	if (rc < 0) {
		free(data);
		return rc;
	}
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
		memcpy(error->next_step, local.next_step, sizeof(error->next_step));
	}
	return rc;
}
