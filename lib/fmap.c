/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Feature maps as gray pictures. */
#include <stdlib.h>
#include <string.h>

#include "lib/api.h"

#define PICTURE_BYTES_MAX ((size_t)256 << 20)

/* Turns map values into gray: g = (value - least) * factor. */
struct gray_scale {
	float least, factor;
};

static bool is_finite(float x)
{
	return x - x == 0;
}

static struct gray_scale find_scale(const struct kpu_tensor *tensor)
{
	struct gray_scale scale = { 0, 0 };
	const float *values = tensor->data;
	float least = 0, most = 0;
	bool any = false;

	if (tensor->info.type != KPU_TENSOR_FLOAT32)
		return scale;
	for (size_t i = 0; i < tensor->info.elements; i++) {
		if (!is_finite(values[i]))
			continue;
		if (!any || values[i] < least)
			least = values[i];
		if (!any || values[i] > most)
			most = values[i];
		any = true;
	}
	scale.least = least;
	scale.factor = most > least ? 255.0f / (most - least) : 0;
	return scale;
}

static uint8_t gray_of(float value, const struct gray_scale *scale)
{
	float gray = (value - scale->least) * scale->factor + 0.5f;

	if (!(gray > 0))
		return 0;
	return gray < 255 ? (uint8_t)gray : 255;
}

static void draw_channel(const struct kpu_tensor *tensor, const struct gray_scale *scale,
			 uint32_t channel, uint8_t *out, size_t stride)
{
	const struct kpu_tensor_info *info = &tensor->info;
	size_t first = (size_t)channel * info->width * info->height;

	for (uint32_t y = 0; y < info->height; y++, first += info->width, out += stride) {
		if (info->type == KPU_TENSOR_UINT8) {
			memcpy(out, (const uint8_t *)tensor->data + first, info->width);
			continue;
		}
		for (uint32_t x = 0; x < info->width; x++)
			out[x] = gray_of(((const float *)tensor->data)[first + x], scale);
	}
}

static int check(const struct kpu_tensor *tensor, const struct kpu_gray *picture)
{
	const struct kpu_tensor_info *info = tensor ? &tensor->info : NULL;
	size_t element;

	if (!info || !tensor->data || !picture)
		return -KPU_ERR_PARAM;
	if (info->type != KPU_TENSOR_UINT8 && info->type != KPU_TENSOR_FLOAT32)
		return -KPU_ERR_NOT_IMPLEMENT;
	element = info->type == KPU_TENSOR_UINT8 ? 1 : sizeof(float);
	if (!info->width || !info->height || !info->channels ||
	    info->elements != (size_t)info->width * info->height * info->channels ||
	    info->bytes != info->elements * element)
		return -KPU_ERR_SIZE_NOTMATCH;
	return 0;
}

static int allocate(struct kpu_gray *picture, uint64_t width, uint64_t height)
{
	memset(picture, 0, sizeof(*picture));
	if (width > UINT32_MAX || height > UINT32_MAX || width * height > PICTURE_BYTES_MAX)
		return -KPU_ERR_PARAM;
	picture->pixels = calloc(width, height);
	if (!picture->pixels)
		return -KPU_ERR_HOST_MEMORY;
	picture->width = (uint32_t)width;
	picture->height = (uint32_t)height;
	return 0;
}

KPU_API int kpu_fmap(const struct kpu_tensor *tensor, uint32_t channel, struct kpu_gray *picture)
{
	struct gray_scale scale;
	int rc = check(tensor, picture);

	if (rc < 0)
		return rc;
	if (channel >= tensor->info.channels)
		return -KPU_ERR_IDX_OUTRANGE;
	rc = allocate(picture, tensor->info.width, tensor->info.height);
	if (rc < 0)
		return rc;
	scale = find_scale(tensor);
	draw_channel(tensor, &scale, channel, picture->pixels, picture->width);
	return 0;
}

/* Columns that make the picture about as wide as high. */
static uint32_t choose_columns(const struct kpu_tensor_info *info)
{
	uint32_t columns = 1;

	while (columns < info->channels &&
	       (uint64_t)columns * info->width <
		       (uint64_t)((info->channels + columns - 1) / columns) * info->height)
		columns++;
	return columns;
}

KPU_API int kpu_fmap_mosaic(const struct kpu_tensor *tensor, uint32_t columns, uint32_t gap,
			    struct kpu_gray *picture)
{
	const struct kpu_tensor_info *info;
	struct gray_scale scale;
	uint32_t rows;
	int rc = check(tensor, picture);

	if (rc < 0)
		return rc;
	info = &tensor->info;
	if (columns == 0)
		columns = choose_columns(info);
	if (columns > info->channels)
		columns = info->channels;
	rows = (info->channels + columns - 1) / columns;
	rc = allocate(picture, (uint64_t)columns * info->width + (uint64_t)(columns - 1) * gap,
		      (uint64_t)rows * info->height + (uint64_t)(rows - 1) * gap);
	if (rc < 0)
		return rc;
	scale = find_scale(tensor);
	for (uint32_t i = 0; i < info->channels; i++) {
		size_t x = (size_t)(i % columns) * (info->width + gap);
		size_t y = (size_t)(i / columns) * (info->height + gap);

		draw_channel(tensor, &scale, i, picture->pixels + y * picture->width + x,
			     picture->width);
	}
	return 0;
}

KPU_API void kpu_gray_free(struct kpu_gray *picture)
{
	if (!picture)
		return;
	free(picture->pixels);
	memset(picture, 0, sizeof(*picture));
}
