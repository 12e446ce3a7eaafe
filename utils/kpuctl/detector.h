/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What a YOLO v2 model needs besides its file: anchors, names of classes, thresholds. */
#ifndef KPUCTL_DETECTOR_H
#define KPUCTL_DETECTOR_H

#include "utils/kpuctl/command.h"

#define ANCHORS_MAX 64
#define LABELS_MAX  256
#define LABEL_BYTES 32

struct detector {
	float anchors[2 * ANCHORS_MAX];
	size_t anchor_count;
	char labels[LABELS_MAX][LABEL_BYTES];
	size_t label_count;
	double threshold, nms;
	uint32_t net_height; /* of known models, see there */
	const char *source;  /* where the anchors come from, for messages */
};

/*
 * Fills in what the user has not given, in this order: MODEL.json or MODEL.yolo2 beside the model
 * (a JSON object with "anchors", "labels", "threshold" and "nms"), models that are known by their
 * shape. A negative threshold or nms counts as not given. Returns an exit code.
 */
int detector_complete(struct detector *detector, const char *model_path,
		      const struct kpu_network *network);
/* "1.2,3.4,..." Returns false when it is not an even number of positive numbers. */
bool detector_read_anchors(struct detector *detector, const char *text);
/* "face,mask", or the path of a file with one label in a line. */
bool detector_read_labels(struct detector *detector, const char *text);
/* "class 7" for a class without a name, which is written to @buffer. */
const char *detector_label(const struct detector *detector, uint32_t class_index, char *buffer,
			   size_t size);

#endif
