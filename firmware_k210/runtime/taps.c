/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Taps: which results a run hands out, when, and their bytes. */
#include "firmware_k210/runtime/internal.h"

/* A shape that the wire's 16-bit fields can not hold is left out; the length is always there. */
static void describe(struct kpu_tap_result *result, const struct kmodel_tensor *tensor)
{
	result->length = tensor->bytes;
	result->data_type = tensor->data_type == KMODEL_FLOAT32 ? KPU_DATA_FLOAT32 : KPU_DATA_UINT8;
	if (tensor->width > UINT16_MAX || tensor->height > UINT16_MAX ||
	    tensor->channels > UINT16_MAX)
		return;
	result->width = (uint16_t)tensor->width;
	result->height = (uint16_t)tensor->height;
	result->channels = (uint16_t)tensor->channels;
}

static bool get_output(const struct runtime_model *model, uint32_t index,
		       struct kmodel_tensor *tensor)
{
	struct kmodel_tensor from;

	if (!model->stream)
		return kmodel_get_output(&model->kmodel, index, tensor);
	if (!kmodel_get_output_range(&model->kmodel, index, tensor))
		return false;
	for (uint32_t layer = 0; layer < model->kmodel.layer_count; layer++) {
		stream_output(model, layer, &from);
		kmodel_shape_output(tensor, &from);
	}
	return true;
}

static uint16_t check_layer_taps(struct runtime_run *run, struct kpu_run_result *results,
				 uint32_t *taps)
{
	const struct kpu_run_arguments *arguments = &run->arguments;
	const struct kmodel *model = &run->model->kmodel;
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;
	struct kmodel_problem problem;
	uint32_t tap = 0;

	kmodel_first_layer(model, &cursor);
	while (tap < arguments->tap_count && arguments->taps[tap].kind == KPU_TAP_LAYER) {
		if (arguments->taps[tap].index > run->last_layer)
			return KPU_STATUS_IDX_OUTRANGE;
		if (run->model->stream) {
			if (tap && arguments->taps[tap].index < layer.index)
				return KPU_STATUS_PARAM;
			layer.index = arguments->taps[tap].index;
			stream_output(run->model, layer.index, &layer.output);
		}
		while (!run->model->stream && cursor.index <= arguments->taps[tap].index)
			if (!kmodel_next_layer(model, &cursor, &layer, &problem))
				return KPU_STATUS_RUN_MODEL;
		if (layer.index != arguments->taps[tap].index)
			return KPU_STATUS_PARAM; /* not ascending */
		describe(&results->taps[tap++], &layer.output);
	}
	*taps = tap;
	return KPU_STATUS_OK;
}

static uint16_t check_final_tap(struct runtime_run *run, struct kpu_run_result *results,
				uint32_t tap)
{
	const struct kmodel *model = &run->model->kmodel;
	const struct kpu_tap *wanted = &run->arguments.taps[tap];
	struct kpu_tap_result *result = &results->taps[tap];
	struct kmodel_tensor tensor;

	switch (wanted->kind) {
	case KPU_TAP_OUTPUT:
		if (run->last_layer + 1 < model->layer_count)
			return KPU_STATUS_PARAM; /* not computed by then */
		if (!get_output(run->model, wanted->index, &tensor))
			return KPU_STATUS_IDX_OUTRANGE;
		describe(result, &tensor);
		return KPU_STATUS_OK;
	case KPU_TAP_PROFILE:
		result->length = (run->last_layer + 1) * 4;
		result->data_type = KPU_DATA_UINT32;
		return KPU_STATUS_OK;
	default:
		return KPU_STATUS_PARAM;
	}
}

static uint16_t check_limits(const struct runtime_run *run, const struct kpu_run_result *results,
			     uint32_t output_limit)
{
	uint64_t total = 0;

	for (uint32_t tap = 0; tap < run->arguments.tap_count; tap++) {
		if (results->taps[tap].length > run->arguments.taps[tap].limit)
			return KPU_STATUS_SIZE_NOTMATCH;
		total += run->arguments.taps[tap].limit;
	}
	return total > output_limit ? KPU_STATUS_SIZE_NOTMATCH : KPU_STATUS_OK;
}

uint16_t taps_check(struct runtime_run *run, uint32_t output_limit, struct kpu_run_result *results)
{
	const struct kpu_run_arguments *arguments = &run->arguments;
	uint32_t layer_count = run->model->kmodel.layer_count, tap = 0;
	uint16_t status;

	run->last_layer = layer_count - 1;
	if (arguments->stop_layer != KPU_RUN_ALL_LAYERS) {
		if (arguments->stop_layer >= layer_count)
			return KPU_STATUS_IDX_OUTRANGE;
		run->last_layer = arguments->stop_layer;
	}
	memset(results, 0, sizeof(*results));
	results->tap_count = arguments->tap_count;
	status = check_layer_taps(run, results, &tap);
	/* Nobody looks at what comes behind the last layer that is asked for. */
	if (tap && tap == arguments->tap_count)
		run->last_layer = arguments->taps[tap - 1].index;
	for (; status == KPU_STATUS_OK && tap < arguments->tap_count; tap++)
		status = check_final_tap(run, results, tap);
	return status == KPU_STATUS_OK ? check_limits(run, results, output_limit) : status;
}

bool taps_announce(struct runtime *runtime, struct runtime_run *run,
		   const struct kmodel_layer *layer)
{
	const struct kpu_tap *tap = &run->arguments.taps[run->tap];

	if (run->tap >= run->arguments.tap_count)
		return false;
	switch (tap->kind) {
	case KPU_TAP_LAYER:
		if (!layer || tap->index != layer->index)
			return false;
		run->tap_tensor = layer->output;
		break;
	case KPU_TAP_OUTPUT:
		if (layer || !get_output(run->model, tap->index, &run->tap_tensor))
			return false;
		break;
	default:
		if (layer)
			return false;
		run->tap_tensor = (struct kmodel_tensor){
			.space = KMODEL_SPACE_WORK,
			.offset = (uint32_t)(run->model->profile - run->model->work),
			.bytes = (run->last_layer + 1) * 4,
		};
		break;
	}
	runtime->events.output_ready(runtime->events.context, run, tap->limit);
	return true;
}

void taps_advance(struct runtime_run *run)
{
	run->tap_base += run->arguments.taps[run->tap].limit;
	run->tap++;
}

size_t runtime_run_output(struct runtime *runtime, struct runtime_run *run, uint32_t offset,
			  uint8_t *out, size_t room)
{
	const struct kmodel_tensor *tensor = &run->tap_tensor;
	uint32_t limit, data = 0;

	if (run->state != RUNTIME_RUN_SENDING || offset < run->tap_base)
		return 0;
	offset -= run->tap_base;
	limit = run->arguments.taps[run->tap].limit;
	if (offset >= limit)
		return 0;
	if (room > limit - offset)
		room = limit - offset;
	if (offset < tensor->bytes)
		data = tensor->bytes - offset < room ? tensor->bytes - offset : (uint32_t)room;
	if (data && tensor->space == KMODEL_SPACE_AI_SRAM) {
		struct map map = ai_sram_map(runtime, tensor);

		map_read(&map, offset, out, data);
	} else if (data) {
		memory_read(out, run->model->work + tensor->offset + offset, data);
	}
	memset(out + data, 0, room - data);
	/* It moves: the host is alive. */
	run->deadline = runtime->now + RUNTIME_STALL_US;
	return room;
}
