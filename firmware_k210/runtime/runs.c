/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Admission of runs, their input, their end. */
#include "firmware_k210/runtime/internal.h"

void runtime_init(struct runtime *runtime, const struct runtime_hardware *hardware,
		  const struct runtime_events *events)
{
	memset(runtime, 0, sizeof(*runtime));
	runtime->hardware = *hardware;
	runtime->events = *events;
	heap_init(&runtime->heap, hardware->memory, hardware->memory_size);
}

static struct runtime_run *free_run(struct runtime *runtime)
{
	for (unsigned index = 0; index < RUNTIME_RUNS_MAX; index++)
		if (runtime->runs[index].state == RUNTIME_RUN_FREE)
			return &runtime->runs[index];
	return NULL;
}

/*
 * Where the input goes: straight to its place if the engine is idle, else to the staging buffer.
 * Without one the run may still be let in if the run before needs nothing more from the host; it
 * then holds up the line until its place is free.
 */
static uint16_t choose_place(struct runtime *runtime, struct runtime_run *run)
{
	const struct runtime_run *current = runtime->engine.run;

	if (!current) {
		runtime->engine.run = run;
		return KPU_STATUS_OK;
	}
	for (unsigned index = 0; index < RUNTIME_RUNS_MAX; index++)
		if (runtime->runs[index].state != RUNTIME_RUN_FREE && runtime->runs[index].staged)
			return KPU_STATUS_BUSY;
	if (runtime->staging_size >= run->model->plan.input_bytes) {
		run->staged = true;
		return KPU_STATUS_OK;
	}
	return current->state == RUNTIME_RUN_RECEIVING ? KPU_STATUS_BUSY : KPU_STATUS_OK;
}

uint16_t runtime_run_begin(struct runtime *runtime, const struct kpu_run_arguments *arguments,
			   uint32_t input_bytes, uint32_t output_limit, void *owner,
			   struct runtime_run **result)
{
	struct runtime_model *model = model_find(runtime, arguments->model);
	struct runtime_run *run = free_run(runtime);
	uint16_t status;

	if (!model)
		return KPU_STATUS_NO_HANDLE;
	if (!run)
		return KPU_STATUS_BUSY;
	if (input_bytes != model->plan.input_bytes)
		return KPU_STATUS_SIZE_NOTMATCH;
	memset(run, 0, sizeof(*run));
	run->model = model;
	run->arguments = arguments;
	run->timeout_ms = arguments->timeout_ms;
	run->problem_layer = KMODEL_NO_LAYER;
	status = taps_check(run, output_limit, run->results, RUNTIME_RESULTS_KEPT);
	if (status == KPU_STATUS_OK)
		status = choose_place(runtime, run);
	if (status != KPU_STATUS_OK)
		return status;
	run->state = RUNTIME_RUN_RECEIVING;
	run->owner = owner;
	run->order = runtime->next_order++;
	run->deadline = runtime->now + RUNTIME_STALL_US;
	model->users++;
	*result = run;
	return KPU_STATUS_OK;
}

static void write_tensor(struct runtime *runtime, struct runtime_run *run,
			 const struct kmodel_tensor *input, uint32_t offset, const uint8_t *data,
			 size_t length)
{
	if (input->space == KMODEL_SPACE_AI_SRAM) {
		struct map map = ai_sram_map(runtime, input);

		map_write(&map, offset, data, length);
	} else {
		memory_write(run->model->work + input->offset + offset, data, length);
	}
}

/* All inputs come one behind the other. */
static void write_input(struct runtime *runtime, struct runtime_run *run, uint32_t offset,
			const uint8_t *data, size_t length)
{
	struct kmodel_tensor input = run->model->scratch->input;

	for (uint32_t index = 0; length;) {
		if (offset < input.bytes) {
			size_t part = input.bytes - offset < length ? input.bytes - offset : length;

			write_tensor(runtime, run, &input, offset, data, part);
			data += part;
			length -= part;
			offset += (uint32_t)part;
		}
		offset -= input.bytes;
		if (!kmodel_get_input(run->model->kmodel, ++index, &input))
			return;
	}
}

bool runtime_run_input(struct runtime *runtime, struct runtime_run *run, uint32_t offset,
		       const uint8_t *data, size_t length)
{
	if (run->state != RUNTIME_RUN_RECEIVING || run->cancelled ||
	    offset > run->model->plan.input_bytes || length > run->model->plan.input_bytes - offset)
		return true; /* dropped: the run has ended or will */
	if (run->staged)
		memory_write(runtime->staging + offset, data, length);
	else if (runtime->engine.run == run)
		write_input(runtime, run, offset, data, length);
	else
		return false;
	run->received = offset + (uint32_t)length;
	run->deadline = runtime->now + RUNTIME_STALL_US;
	return true;
}

void runtime_run_start(struct runtime *runtime, struct runtime_run *run)
{
	if (run->state != RUNTIME_RUN_RECEIVING)
		return;
	run->state = RUNTIME_RUN_WAITING;
	run->deadline = UINT64_MAX;
	(void)runtime;
}

/* Staged input to its place, through a small buffer in cached memory. */
static __attribute__((noinline)) void unstage(struct runtime *runtime, struct runtime_run *run)
{
	uint8_t buffer[256];
	uint32_t bytes = run->model->plan.input_bytes;

	for (uint32_t offset = 0; offset < bytes; offset += sizeof(buffer)) {
		uint32_t part = bytes - offset < sizeof(buffer) ? bytes - offset : sizeof(buffer);

		memory_read(buffer, runtime->staging + offset, part);
		write_input(runtime, run, offset, buffer, part);
	}
	run->staged = false;
}

/* The engine is idle: the oldest run gets it. One whose input is still coming gets it only if that
 * goes to its final place. */
static struct runtime_run *next_run(struct runtime *runtime)
{
	struct runtime_run *next = NULL;

	for (unsigned index = 0; index < RUNTIME_RUNS_MAX; index++) {
		struct runtime_run *run = &runtime->runs[index];

		if (run->state == RUNTIME_RUN_FREE ||
		    (run->state == RUNTIME_RUN_RECEIVING && run->staged))
			continue;
		if (!next || run->order < next->order)
			next = run;
	}
	return next;
}

static void report(struct runtime *runtime, struct runtime_run *run, uint16_t status)
{
	struct kpu_run_result *result = &run->model->scratch->result;

	result->tap_count = run->arguments->tap_count;
	if (result->tap_count > RUNTIME_RESULTS_KEPT)
		taps_check(run, UINT32_MAX, result->taps, KPU_TAPS_MAX);
	else
		memcpy(result->taps, run->results, sizeof(run->results));
	result->layers_run = run->layers_run;
	result->cycles = run->cycles;
	result->kpu_cycles = run->kpu_cycles;
	result->problem_layer = run->problem_layer;
	runtime->events.finished(runtime->events.context, run, status, result);
}

void run_finish(struct runtime *runtime, struct runtime_run *run, uint16_t status)
{
	if (status != KPU_STATUS_OK && runtime->engine.run == run && runtime->engine.layer_open)
		run->problem_layer = runtime->engine.layer.index;
	if (run->owner)
		report(runtime, run, status);
	if (runtime->engine.run == run) {
		runtime->engine.run = NULL;
		runtime->engine.layer_open = false;
	}
	run->state = RUNTIME_RUN_FREE;
	run->staged = false;
	stream_stop(runtime, run->model);
	model_leave(runtime, run->model);
	runtime->events.input_room(runtime->events.context);
}

void runtime_run_cancel(struct runtime_run *run)
{
	run->cancelled = true;
}

void runtime_run_forget(struct runtime_run *run)
{
	run->owner = NULL;
	run->cancelled = true;
}

/* Runs that do not compute end here: cancelled, or their input does not come. */
static void end_idle_runs(struct runtime *runtime)
{
	for (unsigned index = 0; index < RUNTIME_RUNS_MAX; index++) {
		struct runtime_run *run = &runtime->runs[index];

		if (run->state != RUNTIME_RUN_RECEIVING && run->state != RUNTIME_RUN_WAITING)
			continue;
		if (run->cancelled)
			run_finish(runtime, run, KPU_STATUS_CANCELLED);
		else if (runtime->now >= run->deadline)
			run_finish(runtime, run, KPU_STATUS_TIMEOUT);
	}
}

bool runtime_step(struct runtime *runtime, uint64_t now)
{
	struct runtime_run *run;

	runtime->now = now;
	end_idle_runs(runtime);
	if (!runtime->engine.run) {
		run = next_run(runtime);
		if (!run)
			return false;
		runtime->engine.run = run;
		if (run->staged)
			unstage(runtime, run);
		else if (run->state == RUNTIME_RUN_RECEIVING)
			runtime->events.input_room(runtime->events.context);
	}
	run = runtime->engine.run;
	if (run->state == RUNTIME_RUN_WAITING)
		engine_start(runtime, run);
	if (run->state == RUNTIME_RUN_RECEIVING)
		return false;
	return engine_step(runtime);
}

uint64_t runtime_deadline(const struct runtime *runtime)
{
	uint64_t deadline = UINT64_MAX;

	for (unsigned index = 0; index < RUNTIME_RUNS_MAX; index++) {
		const struct runtime_run *run = &runtime->runs[index];

		if (run->state != RUNTIME_RUN_FREE && run->deadline < deadline)
			deadline = run->deadline;
	}
	if (runtime->engine.layer_open && !runtime->engine.kind &&
	    runtime->engine.layer_deadline < deadline)
		deadline = runtime->engine.layer_deadline;
	return deadline;
}
