/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "firmware_k210/runtime/v4/window.h"

/* Where the dimensions stand. */
static unsigned channels_at(const struct v4_window *window)
{
	return window->channels_last ? 3 : 1;
}

static unsigned side_at(const struct v4_window *window, unsigned side)
{
	return (window->channels_last ? 1 : 2) + side;
}

static uint32_t output_size(const struct v4_window *window, unsigned side)
{
	const struct v4_window_parameters *parameters = &window->parameters;
	int64_t padded = (int64_t)window->sizes[side] + parameters->padding[side][0] +
			 parameters->padding[side][1];
	int64_t reach = (int64_t)(parameters->filter[side] - 1) * parameters->dilation[side] + 1;

	return (uint32_t)(padded - reach) / parameters->stride[side] + 1;
}

void v4_window_read(const struct layer_job *job, uint32_t shape_at, uint32_t parameters_at,
		    bool channels_last, struct v4_window *window)
{
	uint32_t shape[4], steps[4];

	window->channels_last = channels_last;
	v4_read_words(job, shape_at, shape, 4);
	v4_read_words(job, parameters_at, &window->parameters, sizeof(window->parameters) / 4);
	v4_steps(shape, steps);
	window->batch_step = steps[0];
	window->channel_step = steps[channels_at(window)];
	window->output.shape[0] = shape[0];
	for (unsigned side = 0; side < 2; side++) {
		window->sizes[side] = shape[side_at(window, side)];
		window->side_steps[side] = steps[side_at(window, side)];
		window->output.shape[side_at(window, side)] = output_size(window, side);
	}
	window->group_inputs = shape[channels_at(window)];
}

void v4_window_groups(struct v4_window *window, uint32_t groups, uint32_t output_channels)
{
	window->group_inputs /= groups;
	window->group_outputs = output_channels / groups;
	window->output.shape[channels_at(window)] = output_channels;
}

/* Smallest k with origin + k * step >= bound. */
static uint32_t steps_to(int64_t origin, uint32_t step, int64_t bound)
{
	return origin >= bound ? 0 : (uint32_t)((bound - origin + step - 1) / step);
}

void v4_window_taps(struct v4_window *window, uint32_t element, struct v4_taps *taps)
{
	const struct v4_window_parameters *parameters = &window->parameters;
	uint32_t filter_area = parameters->filter[V4_ROWS] * parameters->filter[V4_COLUMNS];
	/* Weights lie in the order of the loops. */
	uint32_t column_step = window->channels_last ? window->group_inputs : 1;
	uint32_t weight_steps[2] = { column_step * parameters->filter[V4_COLUMNS], column_step };
	unsigned loop = window->channels_last ? 2 : 0;

	v4_index_set(&window->output, element);
	taps->channel = window->output.at[channels_at(window)];
	taps->input =
		window->output.at[0] * window->batch_step +
		taps->channel / window->group_outputs * window->group_inputs * window->channel_step;
	taps->weight = taps->channel * window->group_inputs * filter_area;
	taps->counts[loop] = window->group_inputs;
	taps->input_steps[loop] = window->channel_step;
	taps->weight_steps[loop] = window->channels_last ? 1 : filter_area;
	for (unsigned side = 0; side < 2; side++) {
		uint32_t dilation = parameters->dilation[side];
		int64_t origin = (int64_t)window->output.at[side_at(window, side)] *
					 parameters->stride[side] -
				 parameters->padding[side][0];
		uint32_t start = steps_to(origin, dilation, 0);
		uint32_t end = steps_to(origin, dilation, window->sizes[side]);

		if (end > parameters->filter[side])
			end = parameters->filter[side];
		loop = window->channels_last ? side : side + 1;
		taps->counts[loop] = end > start ? end - start : 0;
		taps->input +=
			(uint32_t)(origin + (int64_t)start * dilation) * window->side_steps[side];
		taps->input_steps[loop] = dilation * window->side_steps[side];
		taps->weight += start * weight_steps[side];
		taps->weight_steps[loop] = weight_steps[side];
	}
}
