/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The table of models and their memory. */
#include "firmware_k210/runtime/internal.h"

#include "link/crc.h"

_Static_assert(sizeof(struct kmodel) <= KPU_MEMORY_FILE_MORE, "the host counts on it");
_Static_assert(sizeof(struct runtime_scratch) <= KPU_MEMORY_WORK_MORE, "the host counts on it");

/* A handle is the slot plus a count that tells its users apart. */
#define SLOT_BITS 4u

static uint16_t make_handle(struct runtime *runtime, unsigned slot)
{
	runtime->next_generation++;
	if (!(runtime->next_generation & 0xfff))
		runtime->next_generation++;
	return (uint16_t)(runtime->next_generation << SLOT_BITS | slot);
}

struct runtime_model *model_find(struct runtime *runtime, uint16_t handle)
{
	struct runtime_model *model = &runtime->models[handle % RUNTIME_MODELS_MAX];

	if (model->state != RUNTIME_MODEL_READY || model->doomed || model->handle != handle)
		return NULL;
	return model;
}

static void model_free(struct runtime *runtime, struct runtime_model *model)
{
	stream_free(runtime, model);
	heap_release(&runtime->heap, model->file);
	heap_release(&runtime->heap, model->work);
	memset(model, 0, sizeof(*model));
}

static bool staging_in_use(const struct runtime *runtime)
{
	for (unsigned index = 0; index < RUNTIME_RUNS_MAX; index++)
		if (runtime->runs[index].state != RUNTIME_RUN_FREE && runtime->runs[index].staged)
			return true;
	return false;
}

/* The staging buffer is a convenience; a model that needs its memory gets it. */
static void staging_free(struct runtime *runtime)
{
	if (staging_in_use(runtime))
		return;
	heap_release(&runtime->heap, runtime->staging);
	runtime->staging = NULL;
	runtime->staging_size = 0;
}

static void staging_grow(struct runtime *runtime, uint32_t size)
{
	if (runtime->staging_size >= size || staging_in_use(runtime))
		return;
	staging_free(runtime);
	runtime->staging = heap_allocate(&runtime->heap, size);
	if (runtime->staging)
		runtime->staging_size = size;
}

/* Largest input of all models that are ready, so that none loses its second slot for another. */
static uint32_t largest_input(const struct runtime *runtime)
{
	uint32_t largest = 0;

	for (unsigned index = 0; index < RUNTIME_MODELS_MAX; index++) {
		const struct runtime_model *model = &runtime->models[index];

		if (model->state == RUNTIME_MODEL_READY && !model->doomed &&
		    model->plan.input_bytes > largest)
			largest = model->plan.input_bytes;
	}
	return largest;
}

uint8_t *runtime_allocate(struct runtime *runtime, uint32_t size)
{
	uint8_t *block = heap_allocate(&runtime->heap, size);

	if (!block) {
		staging_free(runtime);
		block = heap_allocate(&runtime->heap, size);
	}
	return block;
}

uint16_t runtime_load_begin(struct runtime *runtime, uint32_t size, uint32_t crc32,
			    struct runtime_model **model)
{
	uint32_t padded = (size + 7) & ~7u;
	struct runtime_model *found = NULL;
	unsigned slot;

	for (slot = 0; slot < RUNTIME_MODELS_MAX; slot++)
		if (runtime->models[slot].state == RUNTIME_MODEL_FREE)
			break;
	if (slot == RUNTIME_MODELS_MAX)
		return KPU_STATUS_MODELS_FULL;
	found = &runtime->models[slot];
	/* A size that nothing has may have become a small one. */
	if (size <= runtime->heap.size)
		found->file = runtime_allocate(runtime, padded + KPU_MEMORY_FILE_MORE);
	if (!found->file)
		return KPU_STATUS_NO_MEM;
	found->kmodel = (struct kmodel *)(void *)(found->file + padded);
	found->state = RUNTIME_MODEL_LOADING;
	found->handle = make_handle(runtime, slot);
	found->size = size;
	found->crc = KPU_CRC32_START;
	found->expected_crc = crc32;
	*model = found;
	return KPU_STATUS_OK;
}

void runtime_load_data(struct runtime_model *model, const uint8_t *data, size_t length)
{
	if (length > model->size - model->received)
		length = model->size - model->received;
	memory_write(model->file + model->received, data, length);
	model->crc = kpu_crc32(model->crc, data, length);
	model->received += length;
}

static void report(const struct runtime *runtime, const struct runtime_model *model,
		   struct kpu_load_result *result)
{
	result->model = model->handle;
	result->version = model->kmodel->kind == KMODEL_KIND_V4 ? 4 : 3;
	result->layers = (uint16_t)model->kmodel->layer_count;
	result->inputs = (uint16_t)model->kmodel->input_count;
	result->outputs = (uint16_t)model->kmodel->output_count;
	result->input_bytes = model->plan.input_bytes;
	result->work_bytes = model->plan.work_bytes;
	result->max_runs_in_flight =
		runtime->staging_size >= model->plan.input_bytes ? RUNTIME_RUNS_MAX : 1;
	result->problem_layer = KMODEL_NO_LAYER;
}

bool model_ready(struct runtime *runtime, struct runtime_model *model,
		 struct kmodel_problem *problem, struct kpu_load_result *result)
{
	uint32_t needed = model->plan.work_bytes + KPU_MEMORY_WORK_MORE +
			  model->kmodel->layer_count * KPU_MEMORY_LAYER_MORE;

	model->work = runtime_allocate(runtime, needed);
	if (!model->work)
		return kmodel_fail(problem, KPU_STATUS_NO_MEM, KMODEL_NO_LAYER,
				   "its work buffer needs %u bytes, the largest free block has %u",
				   needed, heap_largest_free(&runtime->heap));
	model->scratch = (struct runtime_scratch *)(void *)(model->work + model->plan.work_bytes);
	if (model->stream)
		model->scratch->input = model->stream->input;
	else if (!kmodel_get_input(model->kmodel, 0, &model->scratch->input))
		return kmodel_fail(problem, KPU_STATUS_RUN_MODEL, 0, "it has no input", 0, 0);
	model->state = RUNTIME_MODEL_READY;
	staging_grow(runtime, largest_input(runtime));
	staging_grow(runtime, model->plan.input_bytes);
	report(runtime, model, result);
	return true;
}

static bool check(struct runtime_model *model, struct kmodel_problem *problem)
{
	struct kmodel_plan plan;

	if (model->received != model->size || model->crc != model->expected_crc)
		return kmodel_fail(problem, KPU_STATUS_CHECKSUM, KMODEL_NO_LAYER,
				   "the file arrived damaged", 0, 0);
	if (!kmodel_open(model->kmodel, model->file, model->size, problem) ||
	    !kmodel_validate(model->kmodel, &plan, problem))
		return false;
	model->plan.work_bytes = plan.work_bytes;
	model->plan.input_bytes = plan.input_bytes;
	return true;
}

uint16_t runtime_load_end(struct runtime *runtime, struct runtime_model *model,
			  struct kpu_load_result *result)
{
	struct kmodel_problem problem;

	memset(result, 0, sizeof(*result));
	memset(&problem, 0, sizeof(problem));
	if (!check(model, &problem) || !model_ready(runtime, model, &problem, result)) {
		result->problem_layer = problem.layer;
		memcpy(result->problem, problem.text, sizeof(result->problem));
		model_free(runtime, model);
		return problem.status;
	}
	return KPU_STATUS_OK;
}

void runtime_load_abort(struct runtime *runtime, struct runtime_model *model)
{
	model_free(runtime, model);
}

static void doom(struct runtime *runtime, struct runtime_model *model)
{
	model->doomed = true;
	if (!model->users)
		model_free(runtime, model);
	if (!largest_input(runtime))
		staging_free(runtime);
}

uint16_t runtime_release(struct runtime *runtime, uint16_t handle)
{
	struct runtime_model *model = model_find(runtime, handle);

	if (!model)
		return KPU_STATUS_NO_HANDLE;
	doom(runtime, model);
	return KPU_STATUS_OK;
}

void model_leave(struct runtime *runtime, struct runtime_model *model)
{
	model->users--;
	if (model->doomed)
		doom(runtime, model);
}

void runtime_release_all(struct runtime *runtime, bool keep_loading)
{
	for (unsigned index = 0; index < RUNTIME_RUNS_MAX; index++)
		if (runtime->runs[index].state != RUNTIME_RUN_FREE)
			runtime_run_cancel(&runtime->runs[index]);
	for (unsigned index = 0; index < RUNTIME_MODELS_MAX; index++) {
		struct runtime_model *model = &runtime->models[index];

		if (model->state == RUNTIME_MODEL_READY && !model->doomed)
			doom(runtime, model);
		else if (model->state == RUNTIME_MODEL_LOADING && !keep_loading)
			model_free(runtime, model);
	}
}

void runtime_memory_info(const struct runtime *runtime, struct kpu_memory_info *info)
{
	struct heap heap = runtime->heap;

	/* A model that is loaded takes the staging buffer's memory if it needs it. */
	if (!staging_in_use(runtime))
		heap_release(&heap, runtime->staging);
	memset(info, 0, sizeof(*info));
	info->total = heap.size;
	info->free = heap_free_bytes(&heap);
	info->largest_free = heap_largest_free(&heap);
	for (unsigned index = 0; index < RUNTIME_MODELS_MAX; index++)
		if (runtime->models[index].state == RUNTIME_MODEL_READY &&
		    !runtime->models[index].doomed)
			info->models++;
}
