/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* resize_image. align_corners counts for the bilinear mode only. */
#include "firmware_k210/runtime/layers/resize.h"
#include "firmware_k210/runtime/v4/node.h"

#define SHAPE         32u
#define SIZES         48u
#define MODE          56u
#define ALIGN_CORNERS 60u

enum mode {
	MODE_BILINEAR = 0,
	MODE_NEAREST = 1,
};

void v4_resize_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	/* Its last byte: a file may end behind it. */
	bool align_corners = memory_load8(job->body + ALIGN_CORNERS) != 0;
	struct layer_resize resize = {
		.in = v4_address(job, KMODEL_V4_INPUT),
		.out = v4_address(job, KMODEL_V4_OUTPUT),
		.is_float = v4_element_bytes(job, KMODEL_V4_INPUT) == 4,
		.is_nearest = layer_field(job, MODE) == MODE_NEAREST,
		.total = v4_output_elements(job),
	};

	v4_read_words(job, SHAPE + 8, resize.from, 2);
	v4_read_words(job, SIZES, resize.to, 2);
	layer_resize_scales(&resize, align_corners && !resize.is_nearest);
	layer_resize_run(&resize, first, count);
}
