/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/picture/picture.h"

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define FIRST_BYTES    ((size_t)64 << 10)
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

/* Files, pipes, devices: until the end, as long as it is not too much. */
static int read_stream(FILE *file, const char *name, uint8_t **data, size_t *size,
		       struct kpu_error *error)
{
	size_t room = 0, got;

	do {
		if (*size == room) {
			uint8_t *more = realloc(*data, room = room ? 2 * room : FIRST_BYTES);

			if (!more)
				return fail(error, KPU_ERR_HOST_MEMORY, "no memory to read %s",
					    name);
			*data = more;
		}
		got = fread(*data + *size, 1, room - *size, file);
		*size += got;
		if (*size > FILE_BYTES_MAX)
			return fail(error, KPU_ERR_READ_FILE, "%s has more than %zu MiB", name,
				    FILE_BYTES_MAX >> 20);
	} while (got);
	if (ferror(file))
		return fail(error, KPU_ERR_READ_FILE, "cannot read %s: %s", name, strerror(errno));
	if (!*size)
		return fail(error, KPU_ERR_READ_FILE, "%s is empty", name);
	return 0;
}

/* @data is to be freed even after an error. */
static int read_file(const char *path, uint8_t **data, size_t *size, struct kpu_error *error)
{
	bool is_input = !strcmp(path, "-");
	FILE *file = is_input ? stdin : fopen(path, "rb");
	int rc;

	if (!file)
		return fail(error, KPU_ERR_READ_FILE, "cannot open %s: %s", path, strerror(errno));
	rc = read_stream(file, is_input ? "standard input" : path, data, size, error);
	if (!is_input)
		fclose(file);
	return rc;
}

int picture_read(const char *path, struct picture *picture, struct kpu_error *error)
{
	struct kpu_error local = { 0 };
	uint8_t *data = NULL;
	size_t size = 0;
	int rc = read_file(path, &data, &size, error);

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
