/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPU_LIB_DETECTIONS_H
#define KPU_LIB_DETECTIONS_H

#include <kpu.h>

struct kpu_detections {
	size_t count;
	struct kpu_detection items[];
};

/* Fills the whole-pixel fields the way MaixPy does: cut toward zero, left and top not below 0. */
void kpu_detection_set_pixels(struct kpu_detection *detection);

/* Sorts and, unless @limit is 0, keeps only the @limit strongest. */
void kpu_detections_arrange(struct kpu_detections *detections, enum kpu_detection_order order,
			    size_t limit);

#endif
