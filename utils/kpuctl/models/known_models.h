/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_KNOWN_MODELS_H
#define KPUCTL_KNOWN_MODELS_H

#include <kpu.h>

/* A public detector whose anchors are not in its file. */
struct known_model {
	const char *name;
	size_t file_size; /* 0 = any */
	uint32_t grid_width, grid_height, channels;
	uint32_t
		net_height; /* pixels that the grid covers, where the model adds some; 0: input's */
	size_t anchor_count;
	float anchors[18];
	const char *labels; /* with commas between */
};

/* NULL: none of them. */
const struct known_model *find_known_model(const struct kpu_network *network);

#endif
