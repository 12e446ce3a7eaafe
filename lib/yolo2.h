/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPU_LIB_YOLO2_H
#define KPU_LIB_YOLO2_H

#include <kpu.h>

#define KPU_ANCHORS_MAX 64u

struct kpu_yolo2 {
	float threshold, nms;
	/* Objectness logits up to here cannot lead to a score above the threshold. */
	float logit_limit;
	uint32_t anchor_count, classes, max_results;
	enum kpu_detection_order order;
	float anchors[2 * KPU_ANCHORS_MAX];
};

/* Classes for a tensor of @channels channels, or a negative number if they do not fit. */
int kpu_yolo2_classes(const struct kpu_yolo2 *yolo2, uint32_t channels);

#endif
