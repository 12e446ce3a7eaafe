/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What a YOLO v2 model needs besides its file: anchors, names of classes, thresholds. */
#ifndef KPUCTL_DETECTOR_H
#define KPUCTL_DETECTOR_H

#include <kpu.h>

#include "utils/kpuctl/models/labels.h"

#define ANCHORS_MAX 64

struct detector {
	float anchors[2 * ANCHORS_MAX];
	size_t anchor_count;
	struct labels labels;
	double threshold, nms;
	/* Pixels that the grid covers, for models that pad their input inside; 0: the input's. */
	uint32_t net_width, net_height;
};

/*
 * Fills in what the user has not given, in this order: the model's side file ("anchors", "labels",
 * "threshold", "nms", "net_width", "net_height"), which is @side_path or, if that is NULL, looked
 * for beside the model; models that are known by their shape. A negative threshold or nms counts as
 * not given. Returns 0 or a negative error number: READ_FILE for a side file that is not in order,
 * PARAM when nothing tells the anchors.
 */
int detector_complete(struct detector *detector, const char *model_path, const char *side_path,
		      const struct kpu_network *network, struct kpu_error *error);
/* "1.2,3.4,..." Returns false when it is not an even number of sizes, above 0 and below 1e6. */
bool detector_read_anchors(struct detector *detector, const char *text);
void detector_free(struct detector *detector);

#endif
