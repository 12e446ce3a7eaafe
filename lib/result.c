/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include "lib/api.h"
#include "lib/object.h"

/* What the host expects of a tap; the board's word is compared with it, never believed. */
static void expected_info(struct kpu_model *model, const struct kpu_backend_tap *tap,
			  uint32_t layers_run, struct kpu_tensor_info *info)
{
	memset(info, 0, sizeof(*info));
	switch (tap->kind) {
	case KPU_TARGET_OUTPUT:
		kpu_model_shape(model, tap->index, info);
		return;
	case KPU_TARGET_LAYER:
		*info = model->network->layer_tensors[tap->index];
		return;
	default:
		info->type = KPU_TENSOR_UINT32;
		info->width = layers_run;
		info->height = 1;
		info->channels = 1;
		info->elements = layers_run;
		info->bytes = layers_run * sizeof(uint32_t);
		return;
	}
}

static int add_tensor(struct kpu_model *model, const struct kpu_backend_tap *tap,
		      const struct kpu_backend_outcome *outcome, size_t index, const uint8_t *data,
		      struct kpu_tensor *tensor)
{
	const struct kpu_backend_tap_result *got = &outcome->taps[index];

	expected_info(model, tap, outcome->layers_run, &tensor->info);
	if (got->length != tensor->info.bytes || got->type != tensor->info.type ||
	    got->length > tap->limit)
		return kpu_device_fail(model->device, KPU_ERR_PROTOCOL,
				       "the board sent %u bytes of type %u for target %zu, which "
				       "has %zu bytes of type %u",
				       got->length, got->type, index, tensor->info.bytes,
				       tensor->info.type);
	tensor->target.kind = tap->kind;
	tensor->target.index = tap->index;
	tensor->data = data;
	return 0;
}

static void fill_timing(struct kpu_model *model, const struct kpu_backend_outcome *outcome,
			struct kpu_timing *timing)
{
	struct kpu_backend *backend = model->device->backend;
	struct kpu_device_info info = { 0 };
	struct kpu_error ignored;
	uint64_t rest;

	timing->total_ns = outcome->finished_ns - outcome->submitted_ns;
	timing->queued_ns = outcome->started_ns - outcome->submitted_ns;
	timing->cycles = outcome->cycles;
	timing->kpu_cycles = outcome->kpu_cycles;
	timing->layers_run = outcome->layers_run;
	backend->ops->info(backend, &info, &ignored);
	if (info.cpu_hz)
		timing->board_ns = (uint64_t)((double)outcome->cycles * 1e9 / info.cpu_hz);
	rest = timing->total_ns - timing->queued_ns;
	/* On an emulated board the two clocks have nothing to do with each other. */
	timing->transfer_ns = rest > timing->board_ns ? rest - timing->board_ns : 0;
}

static int fill(struct kpu_model *model, const struct kpu_backend_run *run,
		const struct kpu_backend_outcome *outcome, struct kpu_result *result)
{
	const uint8_t *data = outcome->output;
	int rc;

	if (outcome->tap_count != run->tap_count || !data ||
	    outcome->layers_run > model->network->info.layers)
		return kpu_device_fail(model->device, KPU_ERR_PROTOCOL,
				       "the board sent %u results of %u layers, asked for were %u",
				       outcome->tap_count, outcome->layers_run, run->tap_count);
	for (uint32_t i = 0; i < run->tap_count; i++) {
		rc = add_tensor(model, &run->taps[i], outcome, i, data, &result->tensors[i]);
		if (rc < 0)
			return rc;
		data += run->taps[i].limit;
	}
	fill_timing(model, outcome, &result->timing);
	return 0;
}

int kpu_result_make(struct kpu_model *model, const struct kpu_backend_run *run,
		    struct kpu_backend_outcome *outcome, struct kpu_result **out)
{
	struct kpu_backend *backend = model->device->backend;
	struct kpu_result *result;
	int rc;

	result = calloc(1, sizeof(*result) + run->tap_count * sizeof(result->tensors[0]));
	if (result)
		rc = fill(model, run, outcome, result);
	else
		rc = kpu_device_fail(model->device, KPU_ERR_HOST_MEMORY, "no memory for a result");
	if (rc < 0) {
		if (outcome->output)
			backend->ops->memory_free(backend, outcome->output);
		free(result);
		return rc;
	}
	result->count = run->tap_count;
	result->memory = outcome->output;
	outcome->output = NULL;
	result->device = kpu_device_reference(model->device);
	*out = result;
	return 0;
}

KPU_API size_t kpu_result_count(const struct kpu_result *result)
{
	return result ? result->count : 0;
}

KPU_API int kpu_result_tensor(const struct kpu_result *result, size_t index,
			      struct kpu_tensor *tensor)
{
	if (!result || !tensor)
		return -KPU_ERR_PARAM;
	if (index >= result->count)
		return -KPU_ERR_IDX_OUTRANGE;
	*tensor = result->tensors[index];
	return 0;
}

KPU_API int kpu_result_timing(const struct kpu_result *result, struct kpu_timing *timing)
{
	if (!result || !timing)
		return -KPU_ERR_PARAM;
	*timing = result->timing;
	return 0;
}

KPU_API void kpu_result_free(struct kpu_result *result)
{
	struct kpu_backend *backend;

	if (!result)
		return;
	backend = result->device->backend;
	backend->ops->memory_free(backend, result->memory);
	kpu_device_unreference(result->device);
	free(result);
}
