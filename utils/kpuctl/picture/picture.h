/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Pictures in memory, from and to files. */
#ifndef KPUCTL_PICTURE_H
#define KPUCTL_PICTURE_H

#include <kpu.h>

#define PICTURE_SIDE_MAX 16384u

struct picture {
	uint32_t width, height;
	uint8_t *rgb; /* width * height * 3 bytes */
};

/*
 * JPEG or PNG, told apart by content; @path "-" is standard input. Damaged files are refused:
 * -KPU_ERR_BAD_IMAGE.
 */
int picture_read(const char *path, struct picture *picture, struct kpu_error *error);
void picture_free(struct picture *picture);

int picture_write_png(const char *path, const struct picture *picture, struct kpu_error *error);
int picture_write_gray_png(const char *path, const struct kpu_gray *gray, struct kpu_error *error);

/* Decoders of a whole file in memory. A JPEG comes out upright, as its EXIF data say. */
int picture_decode_jpeg(const uint8_t *data, size_t size, struct picture *picture,
			struct kpu_error *error);
int picture_decode_png(const uint8_t *data, size_t size, struct picture *picture,
		       struct kpu_error *error);

/* Makes upright what was stored with this orientation of EXIF; others than 2..8: as it is. */
int picture_turn(struct picture *picture, unsigned orientation, struct kpu_error *error);

/* Allocates; refuses sides of 0 or above PICTURE_SIDE_MAX. */
int picture_allocate(struct picture *picture, uint32_t width, uint32_t height,
		     struct kpu_error *error);

#endif
