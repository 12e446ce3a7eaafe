/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Resizing, common to V3 and V4. Pieces are LAYER_CHUNK output elements. */
#ifndef FIRMWARE_RUNTIME_LAYERS_RESIZE_H
#define FIRMWARE_RUNTIME_LAYERS_RESIZE_H

#include "firmware_k210/runtime/layers/layer.h"

struct layer_resize {
	const uint8_t *in;
	uint8_t *out;
	bool is_float, is_nearest;
	uint32_t total;          /* elements of the output */
	uint32_t from[2], to[2]; /* height, width */
	float scales[2];
};

/* From the sizes; @align_corners: the outermost pixels' centres lie on each other. */
void layer_resize_scales(struct layer_resize *resize, bool align_corners);
void layer_resize_run(const struct layer_resize *resize, uint32_t first, uint32_t count);

#endif
