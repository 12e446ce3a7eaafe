/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Pictures of any size and format into model inputs. */
#include <string.h>

#include "lib/api.h"
#include "lib/resample.h"

#define IMAGE_SIDE_MAX 16384u

/* One plane of a picture: component 0..2 of R, G, B, or COMPONENT_GRAY. */
struct plane {
	const struct kpu_image *image;
	size_t stride;
	unsigned component;
};

#define COMPONENT_GRAY 3u

static size_t pixel_bytes(uint32_t format)
{
	switch (format) {
	case KPU_PIXEL_RGB888:
		return 3;
	case KPU_PIXEL_RGBA8888:
		return 4;
	case KPU_PIXEL_RGB565:
	case KPU_PIXEL_RGB565_MAIX:
		return 2;
	case KPU_PIXEL_GRAY8:
	case KPU_PIXEL_PLANAR_RGB:
		return 1;
	default:
		return 0;
	}
}

/* round(v * 255 / most), not bit replication: what MaixPy feeds its models with. */
static uint8_t expand(unsigned value, unsigned most)
{
	return (uint8_t)((value * 255 * 2 + most) / (2 * most));
}

static void read_rgb565(const uint8_t *pixel, bool upper_first, uint8_t rgb[3])
{
	uint16_t value;

	if (upper_first)
		value = (uint16_t)(pixel[0] << 8 | pixel[1]);
	else
		memcpy(&value, pixel, sizeof(value));
	rgb[0] = expand(value >> 11, 31);
	rgb[1] = expand(value >> 5 & 63, 63);
	rgb[2] = expand(value & 31, 31);
}

static void read_pixel(const struct plane *plane, const uint8_t *row, uint32_t x, uint8_t rgb[3])
{
	uint32_t format = plane->image->format;
	size_t plane_bytes = plane->stride * plane->image->height;

	switch (format) {
	case KPU_PIXEL_RGB565:
	case KPU_PIXEL_RGB565_MAIX:
		read_rgb565(row + 2 * (size_t)x, format == KPU_PIXEL_RGB565_MAIX, rgb);
		return;
	case KPU_PIXEL_PLANAR_RGB:
		for (unsigned i = 0; i < 3; i++)
			rgb[i] = row[i * plane_bytes + x];
		return;
	default:
		memcpy(rgb, row + x * pixel_bytes(format), 3);
		return;
	}
}

/* A component that lies as bytes @step apart is copied straight; returns false if it does not. */
static bool read_bytes(const struct plane *plane, const uint8_t *row, uint8_t *out)
{
	uint32_t format = plane->image->format;
	size_t step = pixel_bytes(format);

	if (format == KPU_PIXEL_RGB565 || format == KPU_PIXEL_RGB565_MAIX)
		return false;
	if (format == KPU_PIXEL_PLANAR_RGB && plane->component != COMPONENT_GRAY)
		row += plane->component * plane->stride * plane->image->height;
	else if (format != KPU_PIXEL_GRAY8 && plane->component == COMPONENT_GRAY)
		return false;
	else if (format != KPU_PIXEL_GRAY8)
		row += plane->component;
	for (uint32_t x = 0; x < plane->image->width; x++, row += step)
		out[x] = *row;
	return true;
}

static void read_row(const void *context, uint32_t y, uint8_t *out)
{
	const struct plane *plane = context;
	const uint8_t *row = (const uint8_t *)plane->image->pixels + y * plane->stride;
	uint8_t rgb[3];

	if (read_bytes(plane, row, out))
		return;
	for (uint32_t x = 0; x < plane->image->width; x++) {
		read_pixel(plane, row, x, rgb);
		if (plane->component != COMPONENT_GRAY)
			out[x] = rgb[plane->component];
		else
			out[x] = (uint8_t)((77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2]) >> 8);
	}
}

struct rectangle {
	uint32_t x, y, width, height;
};

static struct rectangle letterbox(const struct kpu_image *image, const struct kpu_tensor_info *info)
{
	uint64_t by_width = (uint64_t)info->width * image->height;
	uint64_t by_height = (uint64_t)info->height * image->width;
	struct rectangle box = { 0, 0, info->width, info->height };

	if (by_width < by_height)
		box.height = (uint32_t)((by_width + image->width / 2) / image->width);
	else
		box.width = (uint32_t)((by_height + image->height / 2) / image->height);
	box.width = box.width ? box.width : 1;
	box.height = box.height ? box.height : 1;
	box.x = (info->width - box.width) / 2;
	box.y = (info->height - box.height) / 2;
	return box;
}

static bool fill_plane(const struct plane *plane, const struct rectangle *box, uint8_t *out,
		       uint32_t stride)
{
	struct kpu_row_source source = {
		.read = read_row,
		.context = plane,
		.width = plane->image->width,
		.height = plane->image->height,
	};

	out += (size_t)box->y * stride + box->x;
	if (source.width != box->width || source.height != box->height)
		return kpu_resample(&source, out, box->width, box->height, stride);
	for (uint32_t y = 0; y < source.height; y++)
		read_row(plane, y, out + (size_t)y * stride);
	return true;
}

static int check(const struct kpu_image *image, const struct kpu_tensor_info *info,
		 enum kpu_resize rule, const void *input, size_t size)
{
	size_t bytes = image ? pixel_bytes(image->format) : 0;

	if (!bytes || !image->pixels || !info || !input)
		return -KPU_ERR_PARAM;
	if (image->width < 1 || image->width > IMAGE_SIDE_MAX || image->height < 1 ||
	    image->height > IMAGE_SIDE_MAX)
		return -KPU_ERR_PARAM;
	if (image->stride && image->stride < image->width * bytes)
		return -KPU_ERR_PARAM;
	if (info->type != KPU_TENSOR_UINT8 || (info->channels != 1 && info->channels != 3) ||
	    info->width < 1 || info->width > IMAGE_SIDE_MAX || info->height < 1 ||
	    info->height > IMAGE_SIDE_MAX)
		return -KPU_ERR_NOT_IMPLEMENT;
	if (size < (size_t)info->width * info->height * info->channels)
		return -KPU_ERR_SIZE_NOTMATCH;
	if (rule == KPU_RESIZE_EXACT &&
	    (image->width != info->width || image->height != info->height))
		return -KPU_ERR_SIZE_NOTMATCH;
	return rule <= KPU_RESIZE_EXACT ? 0 : -KPU_ERR_PARAM;
}

static void set_placement(struct kpu_placement *placement, const struct kpu_image *image,
			  const struct rectangle *box)
{
	placement->scale_x = (float)box->width / (float)image->width;
	placement->scale_y = (float)box->height / (float)image->height;
	placement->offset_x = (float)box->x;
	placement->offset_y = (float)box->y;
	placement->resized = box->width != image->width || box->height != image->height;
}

KPU_API int kpu_image_to_input(const struct kpu_image *image, const struct kpu_tensor_info *info,
			       enum kpu_resize rule, void *input, size_t size,
			       struct kpu_placement *placement)
{
	struct plane plane = { .image = image };
	struct rectangle box;
	uint8_t *out = input;
	size_t plane_bytes;
	int rc = check(image, info, rule, input, size);

	if (rc < 0)
		return rc;
	plane.stride = image->stride ? image->stride : image->width * pixel_bytes(image->format);
	plane_bytes = (size_t)info->width * info->height;
	box = (struct rectangle){ 0, 0, info->width, info->height };
	if (rule == KPU_RESIZE_LETTERBOX) {
		box = letterbox(image, info);
		memset(out, 0, plane_bytes * info->channels);
	}
	for (unsigned i = 0; i < info->channels; i++) {
		plane.component = info->channels == 1 ? COMPONENT_GRAY : i;
		if (!fill_plane(&plane, &box, out + i * plane_bytes, info->width))
			return -KPU_ERR_HOST_MEMORY;
	}
	if (placement)
		set_placement(placement, image, &box);
	return 0;
}
