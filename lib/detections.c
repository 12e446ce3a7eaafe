/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Lists of objects found. */
#include <stdlib.h>

#include "lib/api.h"
#include "lib/detections.h"

static int compare_index(const void *a, const void *b)
{
	const struct kpu_detection *left = a, *right = b;

	return (left->box_index > right->box_index) - (left->box_index < right->box_index);
}

static int compare_score(const void *a, const void *b)
{
	const struct kpu_detection *left = a, *right = b;

	if (left->score != right->score)
		return left->score < right->score ? 1 : -1;
	return compare_index(a, b);
}

void kpu_detections_arrange(struct kpu_detections *detections, enum kpu_detection_order order,
			    size_t limit)
{
	qsort(detections->items, detections->count, sizeof(detections->items[0]), compare_score);
	if (limit && detections->count > limit)
		detections->count = limit;
	if (order == KPU_ORDER_INDEX)
		qsort(detections->items, detections->count, sizeof(detections->items[0]),
		      compare_index);
}

/* Like the conversion of the board's CPU, which saturates, but never beyond a signed number. */
static int32_t whole_pixel(float x)
{
	if (!(x > 0))
		return 0;
	return x < 2147483647.0f ? (int32_t)x : INT32_MAX;
}

void kpu_detection_set_pixels(struct kpu_detection *detection)
{
	detection->x = whole_pixel(detection->left);
	detection->y = whole_pixel(detection->top);
	detection->width = whole_pixel(detection->right) - detection->x;
	detection->height = whole_pixel(detection->bottom) - detection->y;
}

KPU_API size_t kpu_detections_count(const struct kpu_detections *detections)
{
	return detections ? detections->count : 0;
}

KPU_API const struct kpu_detection *kpu_detections_items(const struct kpu_detections *detections)
{
	return detections && detections->count ? detections->items : NULL;
}

KPU_API void kpu_detections_free(struct kpu_detections *detections)
{
	free(detections);
}

static float place(float position, float scale, float offset, uint32_t limit)
{
	position = (position - offset) / scale;
	if (!(position > 0))
		return 0;
	return position < (float)limit ? position : (float)limit;
}

KPU_API void kpu_detection_place(struct kpu_detection *detection,
				 const struct kpu_placement *placement, uint32_t picture_width,
				 uint32_t picture_height)
{
	const struct kpu_placement *p = placement;

	detection->left = place(detection->left, p->scale_x, p->offset_x, picture_width);
	detection->right = place(detection->right, p->scale_x, p->offset_x, picture_width);
	detection->top = place(detection->top, p->scale_y, p->offset_y, picture_height);
	detection->bottom = place(detection->bottom, p->scale_y, p->offset_y, picture_height);
	kpu_detection_set_pixels(detection);
}
