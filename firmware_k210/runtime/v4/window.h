/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A window that slides over a map: which values of input and weights belong to an output element.
 * Convolutions and pooling share it, in both orders of dimensions. The window's part that lies
 * outside the map is left out.
 */
#ifndef FIRMWARE_RUNTIME_V4_WINDOW_H
#define FIRMWARE_RUNTIME_V4_WINDOW_H

#include "firmware_k210/runtime/v4/node.h"

enum v4_side {
	V4_ROWS,
	V4_COLUMNS,
};

/* Padding, filter, stride and dilation as they stand in the body, a pair for each side. */
struct v4_window_parameters {
	int32_t padding[2][2]; /* before, after */
	uint32_t filter[2], stride[2], dilation[2];
};

struct v4_window {
	struct v4_window_parameters parameters;
	bool channels_last;
	uint32_t sizes[2];   /* of the input map */
	uint32_t batch_step; /* elements of the input from one ... to the next */
	uint32_t channel_step, side_steps[2];
	uint32_t group_inputs, group_outputs; /* channels of a group */
	struct v4_index output;               /* shape as stored */
};

/* The steps of three nested loops, in the order in which the reference adds up. */
struct v4_taps {
	uint32_t channel;       /* of the output */
	uint32_t input, weight; /* first elements */
	uint32_t counts[3], input_steps[3], weight_steps[3];
};

/* @shape_at and @parameters_at: offsets in the body. The output has @output_channels. */
void v4_window_read(const struct layer_job *job, uint32_t shape_at, uint32_t parameters_at,
		    bool channels_last, struct v4_window *window);
void v4_window_groups(struct v4_window *window, uint32_t groups, uint32_t output_channels);
void v4_window_taps(struct v4_window *window, uint32_t element, struct v4_taps *taps);

#endif
