/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * conv2d_transpose. The reference scatters each input value into the output; here each output
 * element collects what it gets, in the same order, so that it can be cut into pieces: one piece is
 * one output element. The bias is not added, as in nncase.
 */
#include <float.h>

#include "firmware_k210/runtime/v4/window.h"

#define INPUT_SHAPE  32u
#define OUTPUT_SHAPE 48u
#define GROUPS       64u
#define PARAMETERS   68u
#define BOUNDS       108u
#define WEIGHTS      116u

struct transposed {
	struct v4_window_parameters parameters;
	struct v4_index output;
	uint32_t input[4], steps[4];
	uint32_t group_inputs, group_outputs;
	const uint8_t *in, *weights;
};

static void read_transposed(const struct layer_job *job, struct transposed *conv)
{
	uint32_t groups = layer_field(job, GROUPS);

	v4_read_words(job, INPUT_SHAPE, conv->input, 4);
	v4_read_words(job, OUTPUT_SHAPE, conv->output.shape, 4);
	v4_read_words(job, PARAMETERS, &conv->parameters, sizeof(conv->parameters) / 4);
	v4_steps(conv->input, conv->steps);
	conv->group_inputs = conv->input[1] / groups;
	conv->group_outputs = conv->output.shape[1] / groups;
	conv->in = v4_address(job, KMODEL_V4_INPUT);
	conv->weights = job->body + WEIGHTS;
}

void v4_transposed_plan(const struct layer_job *job, struct layer_plan *plan)
{
	struct transposed conv;

	read_transposed(job, &conv);
	v4_plan_elements(job, plan,
			 (uint64_t)conv.group_inputs * conv.parameters.filter[V4_ROWS] *
					 conv.parameters.filter[V4_COLUMNS] +
				 32);
}

/* Input positions of one side that may reach an output position: those that are not too far
 * before it, up to the one that begins there. */
struct reach {
	int64_t at; /* output position in the padded map */
	uint32_t first, end;
};

static struct reach find_reach(const struct transposed *conv, unsigned side)
{
	const struct v4_window_parameters *parameters = &conv->parameters;
	uint32_t stride = parameters->stride[side], size = conv->input[2 + side];
	int64_t at = (int64_t)conv->output.at[2 + side] + parameters->padding[side][0];
	int64_t start = at - (int64_t)(parameters->filter[side] - 1) * parameters->dilation[side];
	struct reach reach = { at, 0, 0 };

	if (at >= 0)
		reach.end = at / stride >= size ? size : (uint32_t)(at / stride) + 1;
	if (start > 0)
		start = (start + stride - 1) / stride;
	reach.first = start <= 0 ? 0 : start > size ? size : (uint32_t)start;
	return reach;
}

/* The filter's index that joins input position @index with the output; false: none. */
static bool filter_index(const struct transposed *conv, unsigned side, const struct reach *reach,
			 uint32_t index, uint32_t *filter)
{
	uint64_t distance = (uint64_t)(reach->at - (int64_t)index * conv->parameters.stride[side]);

	*filter = (uint32_t)(distance / conv->parameters.dilation[side]);
	return distance % conv->parameters.dilation[side] == 0;
}

static float add_row(const struct transposed *conv, float sum, const struct reach *columns,
		     uint32_t input, uint32_t weight)
{
	uint32_t kx;

	for (uint32_t x = columns->first; x < columns->end; x++)
		if (filter_index(conv, V4_COLUMNS, columns, x, &kx))
			sum += memory_load_float(conv->in + (size_t)(input + x) * 4) *
			       memory_load_float(conv->weights + (size_t)(weight + kx) * 4);
	return sum;
}

static float collect(const struct transposed *conv)
{
	const uint32_t *filter = conv->parameters.filter;
	struct reach rows = find_reach(conv, V4_ROWS), columns = find_reach(conv, V4_COLUMNS);
	uint32_t channel = conv->output.at[1], ky;
	uint32_t group = channel / conv->group_outputs;
	float sum = 0.0f;

	for (uint32_t i = 0; i < conv->group_inputs; i++) {
		uint32_t input = conv->output.at[0] * conv->steps[0] +
				 (group * conv->group_inputs + i) * conv->steps[1];
		uint32_t weight = (channel * conv->group_inputs + i) * filter[0];

		for (uint32_t y = rows.first; y < rows.end; y++)
			if (filter_index(conv, V4_ROWS, &rows, y, &ky))
				sum = add_row(conv, sum, &columns, input + y * conv->steps[2],
					      (weight + ky) * filter[1]);
	}
	return sum;
}

void v4_transposed_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	uint8_t *out = v4_address(job, KMODEL_V4_OUTPUT);
	struct v4_bounds bounds = v4_read_bounds(job, BOUNDS);
	bool is_bounded = bounds.least != -FLT_MAX || bounds.greatest != FLT_MAX;
	struct transposed conv;

	read_transposed(job, &conv);
	v4_index_set(&conv.output, first);
	for (uint32_t i = first; i < first + count; i++) {
		float sum = collect(&conv);

		/* Without bounds an infinite sum stays one. */
		memory_store_float(out + i * 4, is_bounded ? v4_clamp(sum, bounds) : sum);
		v4_index_next(&conv.output);
	}
}
