/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* reduce, reduce_window2d and its variant for the CPU target: one piece is one output element. */
#include "firmware_k210/runtime/v4/window.h"

#define OPERATION 32u

static float reduce_step(uint32_t operation, float sum, float value)
{
	switch (operation) {
	case KMODEL_V4_REDUCE_MIN:
		return v4_binary(KMODEL_V4_BINARY_MIN, sum, value);
	case KMODEL_V4_REDUCE_MAX:
		return v4_binary(KMODEL_V4_BINARY_MAX, sum, value);
	default:
		return sum + value;
	}
}

/* --- reduce: dimensions of size 1 in the output are run through ------------------------------- */

struct reduction {
	struct v4_index output, part; /* what belongs to one output element */
	uint32_t steps[4], part_elements;
};

static void read_reduction(const struct layer_job *job, struct reduction *reduction)
{
	uint32_t shape[4];

	v4_read_words(job, 36, shape, 4);
	/* cppcheck-suppress uninitvar ; it is filled here */
	v4_read_words(job, 52, reduction->output.shape, 4);
	v4_steps(shape, reduction->steps);
	reduction->part_elements = 1;
	for (unsigned side = 0; side < 4; side++) {
		bool is_kept = reduction->output.shape[side] == shape[side];

		reduction->part.shape[side] = is_kept ? 1 : shape[side];
		reduction->part_elements *= reduction->part.shape[side];
	}
}

void v4_reduce_plan(const struct layer_job *job, struct layer_plan *plan)
{
	struct reduction reduction;

	read_reduction(job, &reduction);
	v4_plan_elements(job, plan, reduction.part_elements);
}

void v4_reduce_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = v4_address(job, KMODEL_V4_INPUT);
	uint8_t *out = v4_address(job, KMODEL_V4_OUTPUT);
	uint32_t operation = layer_field(job, OPERATION), total = v4_output_elements(job);
	float start = layer_float(job, 68), scale;
	struct reduction reduction;

	read_reduction(job, &reduction);
	scale = (float)total / (float)(total * reduction.part_elements);
	for (uint32_t i = first; i < first + count; i++) {
		float sum = start;

		v4_index_set(&reduction.output, i);
		v4_index_set(&reduction.part, 0);
		for (uint32_t left = reduction.part_elements; left; left--) {
			uint32_t at = 0;

			for (unsigned side = 0; side < 4; side++)
				at += (reduction.output.at[side] + reduction.part.at[side]) *
				      reduction.steps[side];
			sum = reduce_step(operation, sum, memory_load_float(in + (size_t)at * 4));
			v4_index_next(&reduction.part);
		}
		memory_store_float(out + i * 4,
				   operation == KMODEL_V4_REDUCE_MEAN ? sum * scale : sum);
	}
}

/* --- reduce_window2d -------------------------------------------------------------------------- */

#define WINDOW_SHAPE      36u
#define WINDOW_PARAMETERS 52u
#define WINDOW_START      92u
#define WINDOW_BOUNDS     96u

static void read_window(const struct layer_job *job, struct v4_window *window)
{
	v4_window_read(job, WINDOW_SHAPE, WINDOW_PARAMETERS,
		       job->layer->type == KMODEL_V4_CPU_REDUCE_WINDOW2D, window);
	/* Each channel by itself. */
	v4_window_groups(window, window->group_inputs, window->group_inputs);
}

void v4_reduce_window_plan(const struct layer_job *job, struct layer_plan *plan)
{
	struct v4_window window;
	uint64_t cost = 1;

	read_window(job, &window);
	for (unsigned side = 0; side < 2; side++)
		cost *= window.parameters.filter[side] < window.sizes[side]
				? window.parameters.filter[side]
				: window.sizes[side];
	v4_plan_elements(job, plan, cost + 32);
}

static float reduce_window(const uint8_t *in, const struct v4_taps *taps, uint32_t operation,
			   float sum)
{
	uint32_t values = 0;

	/* One of the three loops runs over the one channel. */
	for (uint32_t i = 0; i < taps->counts[0]; i++)
		for (uint32_t j = 0; j < taps->counts[1]; j++)
			for (uint32_t k = 0; k < taps->counts[2]; k++, values++) {
				uint32_t at = taps->input + i * taps->input_steps[0] +
					      j * taps->input_steps[1] + k * taps->input_steps[2];

				sum = reduce_step(operation, sum,
						  memory_load_float(in + (size_t)at * 4));
			}
	return operation == KMODEL_V4_REDUCE_MEAN ? sum / (float)values : sum;
}

void v4_reduce_window_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *in = v4_address(job, KMODEL_V4_INPUT);
	uint8_t *out = v4_address(job, KMODEL_V4_OUTPUT);
	uint32_t operation = layer_field(job, OPERATION);
	struct v4_bounds bounds = v4_read_bounds(job, WINDOW_BOUNDS);
	float start = layer_float(job, WINDOW_START);
	struct v4_window window;
	struct v4_taps taps;

	read_window(job, &window);
	for (uint32_t i = first; i < first + count; i++) {
		v4_window_taps(&window, i, &taps);
		memory_store_float(out + i * 4,
				   v4_clamp(reduce_window(in, &taps, operation, start), bounds));
	}
}
