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
		return kmodel_get_output(model->kmodel, index, tensor);
	if (!kmodel_get_output_range(model->kmodel, index, tensor))
		return false;
	for (uint32_t layer = 0; layer < model->kmodel->layer_count; layer++) {
		stream_output(model, layer, &from);
		kmodel_shape_output(tensor, &from);
	}
	return true;
}

/* What the taps give, as far as they have been looked at. */
struct findings {
	struct kpu_tap_result *results; /* the first ones */
	uint32_t room;
	uint64_t limits; /* their sum */
};

static uint16_t note(struct findings *findings, uint32_t tap, const struct kpu_tap *wanted,
		     const struct kpu_tap_result *result)
{
	if (result->length > wanted->limit)
		return KPU_STATUS_SIZE_NOTMATCH;
	if (tap < findings->room)
		findings->results[tap] = *result;
	findings->limits += wanted->limit;
	return KPU_STATUS_OK;
}

/* Layers and outputs are looked at in functions of their own, so that only the memory of one is on
 * the stack, under that of the readers. */
static __attribute__((noinline)) uint16_t check_layer_taps(struct runtime_run *run,
							   struct findings *findings,
							   uint32_t *next)
{
	const struct kpu_run_arguments *arguments = run->arguments;
	const struct runtime_model *model = run->model;
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;
	uint16_t status = KPU_STATUS_OK;
	uint32_t tap;

	kmodel_first_layer(model->kmodel, &cursor);
	for (tap = 0; tap < arguments->tap_count && status == KPU_STATUS_OK; tap++) {
		const struct kpu_tap *wanted = &arguments->taps[tap];
		struct kpu_tap_result result = { 0 };

		if (wanted->kind != KPU_TAP_LAYER)
			break;
		if (wanted->index > run->last_layer)
			return KPU_STATUS_IDX_OUTRANGE;
		if (tap && wanted[-1].index > wanted->index)
			return KPU_STATUS_PARAM; /* not ascending */
		if (model->stream)
			stream_output(model, wanted->index, &layer.output);
		while (!model->stream && cursor.index <= wanted->index)
			if (!kmodel_next_layer(model->kmodel, &cursor, &layer, NULL))
				return KPU_STATUS_RUN_MODEL;
		describe(&result, &layer.output);
		status = note(findings, tap, wanted, &result);
	}
	*next = tap;
	return status;
}

static __attribute__((noinline)) uint16_t check_final_tap(const struct runtime_run *run,
							  struct findings *findings, uint32_t tap)
{
	const struct kpu_tap *wanted = &run->arguments->taps[tap];
	struct kpu_tap_result result = { 0 };
	struct kmodel_tensor tensor;

	if (wanted->kind == KPU_TAP_PROFILE) {
		result.length = (run->last_layer + 1) * 4;
		result.data_type = KPU_DATA_UINT32;
	} else {
		if (wanted->kind != KPU_TAP_OUTPUT ||
		    run->last_layer + 1 <
			    run->model->kmodel->layer_count) /* not computed by then */
			return KPU_STATUS_PARAM;
		if (!get_output(run->model, wanted->index, &tensor))
			return KPU_STATUS_IDX_OUTRANGE;
		describe(&result, &tensor);
	}
	return note(findings, tap, wanted, &result);
}

uint16_t taps_check(struct runtime_run *run, uint32_t output_limit, struct kpu_tap_result *results,
		    uint32_t room)
{
	const struct kpu_run_arguments *arguments = run->arguments;
	uint32_t layer_count = run->model->kmodel->layer_count, tap = 0;
	struct findings findings = { results, room, 0 };
	uint16_t status;

	run->last_layer = layer_count - 1;
	if (arguments->stop_layer != KPU_RUN_ALL_LAYERS) {
		if (arguments->stop_layer >= layer_count)
			return KPU_STATUS_IDX_OUTRANGE;
		run->last_layer = arguments->stop_layer;
	}
	status = check_layer_taps(run, &findings, &tap);
	/* Nobody looks at what comes behind the last layer that is asked for. */
	if (status == KPU_STATUS_OK && tap && tap == arguments->tap_count)
		run->last_layer = arguments->taps[tap - 1].index;
	for (; status == KPU_STATUS_OK && tap < arguments->tap_count; tap++)
		status = check_final_tap(run, &findings, tap);
	if (status == KPU_STATUS_OK && findings.limits > output_limit)
		return KPU_STATUS_SIZE_NOTMATCH;
	return status;
}

bool taps_announce(struct runtime *runtime, struct runtime_run *run,
		   const struct kmodel_layer *layer)
{
	const struct kpu_tap *tap;

	if (!run->owner || run->tap >= run->arguments->tap_count)
		return false;
	tap = &run->arguments->taps[run->tap];
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
			.offset = (uint32_t)((const uint8_t *)run->model->scratch->profile -
					     run->model->work),
			.bytes = (run->last_layer + 1) * 4,
		};
		break;
	}
	runtime->events.output_ready(runtime->events.context, run, tap->limit);
	return true;
}

void taps_advance(struct runtime_run *run)
{
	run->tap_base += run->arguments->taps[run->tap].limit;
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
	limit = run->arguments->taps[run->tap].limit;
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
