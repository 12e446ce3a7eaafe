/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * pad, transpose, strided_slice: each output element is one of the input's, found by a step for
 * each output dimension, or the pad value where the input does not reach.
 */
#include "firmware_k210/runtime/v4/node.h"

#define SHAPE     32u
#define ARGUMENTS 48u

struct rearrangement {
	struct v4_index output;
	uint32_t origin, steps[4]; /* elements; modulo 2^32 */
	uint32_t least[4],
		greatest[4]; /* output positions that the input fills: [least, greatest) */
	uint32_t fill;
};

static void read_pad(const struct layer_job *job, const uint32_t shape[4],
		     struct rearrangement *plan)
{
	int32_t pads[4][2];

	v4_read_words(job, ARGUMENTS, pads, 8);
	plan->fill = layer_field(job, 84);
	v4_steps(shape, plan->steps);
	for (unsigned side = 0; side < 4; side++) {
		int64_t before = pads[side][0], end = before + shape[side];

		plan->output.shape[side] = (uint32_t)(end + pads[side][1]);
		plan->least[side] = before > 0 ? (uint32_t)before : 0;
		plan->greatest[side] = end > 0 ? (uint32_t)end : 0;
		plan->origin -= (uint32_t)pads[side][0] * plan->steps[side];
	}
}

static void read_transpose(const struct layer_job *job, const uint32_t shape[4],
			   struct rearrangement *plan)
{
	uint32_t order[4], steps[4];

	v4_read_words(job, ARGUMENTS, order, 4);
	v4_steps(shape, steps);
	for (unsigned side = 0; side < 4; side++) {
		plan->output.shape[side] = shape[order[side]];
		plan->steps[side] = steps[order[side]];
	}
}

static void read_slice(const struct layer_job *job, const uint32_t shape[4],
		       struct rearrangement *plan)
{
	int32_t numbers[3][4]; /* begin, end, stride */
	uint32_t steps[4];

	v4_read_words(job, ARGUMENTS, numbers, 12);
	v4_steps(shape, steps);
	for (unsigned side = 0; side < 4; side++) {
		int64_t stride = numbers[2][side];
		int64_t span = (int64_t)numbers[1][side] - numbers[0][side];
		int64_t length = stride < 0 ? -stride : stride;

		plan->output.shape[side] =
			(uint32_t)(((stride < 0 ? -span : span) + length - 1) / length);
		plan->origin += (uint32_t)numbers[0][side] * steps[side];
		plan->steps[side] = (uint32_t)stride * steps[side];
	}
}

static void read_arguments(const struct layer_job *job, struct rearrangement *plan)
{
	uint32_t shape[4];

	v4_read_words(job, SHAPE, shape, 4);
	memset(plan, 0, sizeof(*plan));
	memset(plan->greatest, 0xff, sizeof(plan->greatest));
	if (job->layer->type == KMODEL_V4_PAD)
		read_pad(job, shape, plan);
	else if (job->layer->type == KMODEL_V4_TRANSPOSE)
		read_transpose(job, shape, plan);
	else
		read_slice(job, shape, plan);
}

/* False: the input has nothing there. */
static bool locate(const struct rearrangement *plan, uint32_t *element)
{
	*element = plan->origin;
	for (unsigned side = 0; side < 4; side++) {
		uint32_t at = plan->output.at[side];

		if (at < plan->least[side] || at >= plan->greatest[side])
			return false;
		*element += at * plan->steps[side];
	}
	return true;
}

void v4_rearrange_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = v4_address(job, KMODEL_V4_INPUT);
	uint8_t *out = v4_address(job, KMODEL_V4_OUTPUT);
	uint32_t total = v4_output_elements(job), bytes = v4_element_bytes(job, KMODEL_V4_INPUT);
	LAYER_BUFFER uint8_t buffer[LAYER_CHUNK * 4];
	struct rearrangement plan;

	read_arguments(job, &plan);
	v4_index_set(&plan.output, first * LAYER_CHUNK);
	for (uint32_t piece = first; piece < first + count; piece++) {
		uint32_t length = layer_chunk_length(total, piece), element;

		for (uint32_t i = 0; i < length; i++, v4_index_next(&plan.output)) {
			if (locate(&plan, &element))
				memory_read(buffer + i * bytes, in + (size_t)element * bytes,
					    bytes);
			else
				memcpy(buffer + i * bytes, &plan.fill, bytes);
		}
		memory_write(out + (size_t)piece * LAYER_CHUNK * bytes, buffer, length * bytes);
	}
}
