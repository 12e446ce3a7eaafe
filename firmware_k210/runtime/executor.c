/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Runs the layers of one model, a bounded step at a time. */
#include "firmware_k210/runtime/internal.h"

/* Elements that a slice of a CPU layer touches, about 0.2 ms of work. */
#define SLICE_ELEMENTS 4096u

/* A KPU layer may take this long, plus a multiple of what its arithmetic needs. */
#define LAYER_BASE_US     100000u
#define LAYER_MULTIPLE    4u
#define KPU_CYCLES_PER_US 398u

static uint64_t cycles(const struct runtime *runtime)
{
	return runtime->hardware.cycles(runtime->hardware.context);
}

static uint32_t bus_address(const struct runtime *runtime, const uint8_t *p)
{
	return runtime->hardware.memory_bus_address + (uint32_t)(p - runtime->hardware.memory);
}

/*
 * Upper bound of a layer's duration. The engine does one 64-byte input line for one output channel
 * in one cycle (depthwise 2.3), and fetches weights at up to 2.9 bytes a cycle (fit to the layer
 * times in nncase issue 77 and a Sipeed forum benchmark); rounded up.
 */
static uint64_t layer_limit_us(const struct kmodel_layer *layer)
{
	const struct k210_kpu_layer *conv = &layer->convolution;
	uint64_t lines =
		k210_map_lines(conv->input_width, conv->input_height, conv->input_channels);
	uint64_t beats = conv->depthwise ? 3 * lines : 2 * lines * conv->output_channels;
	uint64_t estimate =
		20000 + beats + 2ull * layer->weights_bytes + 8ull * layer->output.bytes;

	return LAYER_BASE_US + LAYER_MULTIPLE * estimate / KPU_CYCLES_PER_US;
}

void engine_start(struct runtime *runtime, struct runtime_run *run)
{
	struct runtime_engine *engine = &runtime->engine;
	uint32_t timeout_ms = run->timeout_ms;

	if (!timeout_ms)
		timeout_ms = RUNTIME_DEFAULT_TIMEOUT_MS;
	run->state = RUNTIME_RUN_COMPUTING;
	run->deadline = runtime->now + timeout_ms * 1000ull;
	engine->layer_open = false;
	engine->layer_waits = false;
	kmodel_first_layer(run->model->kmodel, &engine->cursor);
}

/* V4: the result comes to the work buffer by the CPU, v4/copy.c says why. */
static bool is_fetched(const struct kmodel_layer *layer)
{
	return layer->to_work_buffer && layer->type == KMODEL_V4_KPU_CONV2D;
}

/* What is to be added to the words' line numbers for maps number @batch of input and output; the
 * checks of the model keep both in their 15 bits. */
static uint64_t batch_lines(const struct k210_kpu_layer *conv, uint32_t batch)
{
	uint64_t input =
		k210_map_lines(conv->input_width, conv->input_height, conv->input_channels);
	uint64_t output =
		k210_map_lines(conv->output_width, conv->output_height, conv->output_channels);

	return batch * (input | output << 32);
}

/*
 * The words of the file with real addresses in place of the offsets, in a copy: the model in memory
 * stays as it was sent.
 */
static void start_convolution(struct runtime *runtime, const struct runtime_model *model)
{
	const struct kmodel_layer *layer = &runtime->engine.layer;
	const struct kmodel *kmodel = &runtime->engine.kmodel;
	uint64_t words[K210_KPU_LAYER_WORDS];
	uint32_t output = 0;

	memory_read(words, kmodel_body(kmodel, layer->words_offset), sizeof(words));
	words[1] += batch_lines(&layer->convolution, runtime->engine.batch);
	words[4] = (uint32_t)words[4] |
		   (uint64_t)bus_address(runtime, kmodel_body(kmodel, layer->batch_norm_offset))
			   << 32;
	words[5] = (uint32_t)words[5] |
		   (uint64_t)bus_address(runtime, kmodel_body(kmodel, layer->weights_offset)) << 32;
	words[7] = (uint32_t)words[7] |
		   (uint64_t)bus_address(runtime, kmodel_body(kmodel, layer->activation_offset))
			   << 32;
	if (layer->to_work_buffer && !is_fetched(layer))
		output = bus_address(runtime, model->work + layer->output.offset);
	runtime->engine.layer_deadline = runtime->now + layer_limit_us(layer);
	runtime->hardware.start_layer(runtime->hardware.context, words, kmodel->eight_bit_weights,
				      output);
}

static void start_cpu_layer(struct runtime *runtime, const struct runtime_model *model)
{
	struct runtime_engine *engine = &runtime->engine;

	engine->job =
		(struct layer_job){ .layer = &engine->layer,
				    .body = kmodel_body(&engine->kmodel, engine->layer.body_offset),
				    .work = model->work,
				    .ai_sram = runtime->hardware.ai_sram,
				    .constants = model->file + engine->kmodel.constants_offset };
	engine->piece = 0;
	engine->kind->plan(&engine->job, &engine->plan);
}

/* False: its body is on the way. */
static bool start_layer(struct runtime *runtime, struct runtime_run *run)
{
	struct runtime_engine *engine = &runtime->engine;
	struct runtime_model *model = run->model;

	if (!engine->layer_waits)
		engine->layer_started = cycles(runtime);
	engine->layer_waits = model->stream && !stream_show(runtime, model, engine->cursor.index,
							    engine->cursor.body_offset);
	if (engine->layer_waits)
		return false;
	engine->kmodel = *model->kmodel;
	if (!kmodel_next_layer(&engine->kmodel, &engine->cursor, &engine->layer, NULL) ||
	    (model->stream && !stream_is_same(model, &engine->layer))) {
		engine->layer_open = true;
		run_finish(runtime, run, KPU_STATUS_RUN_MODEL);
		return true;
	}
	engine->layer_open = true;
	engine->batch = 0;
	engine->kind = engine->layer.is_convolution ? NULL : layer_find(engine->layer.type);
	if (engine->layer.is_convolution)
		start_convolution(runtime, model);
	else if (engine->kind)
		start_cpu_layer(runtime, model);
	else
		run_finish(runtime, run, KPU_STATUS_NOT_IMPLEMENT);
	return true;
}

/* True: the layer has ended. */
static bool run_slice(struct runtime_engine *engine)
{
	uint32_t left = engine->plan.pieces - engine->piece;
	uint32_t count = SLICE_ELEMENTS / (engine->plan.piece_cost ? engine->plan.piece_cost : 1);

	if (!count)
		count = 1;
	if (count > left)
		count = left;
	if (count)
		engine->kind->run(&engine->job, engine->piece, count);
	engine->piece += count;
	return engine->piece == engine->plan.pieces;
}

static void end_layer(struct runtime *runtime, struct runtime_run *run)
{
	struct runtime_engine *engine = &runtime->engine;
	uint64_t taken = cycles(runtime) - engine->layer_started;

	engine->layer_open = false;
	run->model->scratch->profile[engine->layer.index] =
		taken > UINT32_MAX ? UINT32_MAX : (uint32_t)taken;
	run->layers_run++;
	run->cycles += taken;
}

/* The engine is done with one map of a convolution: the next one, the fetch, or the end. */
static void end_convolution(struct runtime *runtime, struct runtime_run *run)
{
	struct runtime_engine *engine = &runtime->engine;

	if (++engine->batch < engine->layer.batches) {
		start_convolution(runtime, run->model);
		return;
	}
	run->kpu_cycles += cycles(runtime) - engine->layer_started;
	if (is_fetched(&engine->layer)) {
		engine->kind = layer_find(engine->layer.type);
		start_cpu_layer(runtime, run->model);
	} else {
		end_layer(runtime, run);
	}
}

/* The computation pauses while a result is fetched, and so does its time-out. */
static void pause_run(struct runtime *runtime, struct runtime_run *run)
{
	run->state = RUNTIME_RUN_SENDING;
	run->paused_at = run->deadline - runtime->now;
	run->deadline = runtime->now + RUNTIME_STALL_US;
}

/* Announces what can be fetched now; with nothing to fetch the run goes on or ends. */
static bool between_layers(struct runtime *runtime, struct runtime_run *run)
{
	const struct kmodel_layer *layer = &runtime->engine.layer;

	if (run->layers_run && taps_announce(runtime, run, layer)) {
		pause_run(runtime, run);
		return true;
	}
	if (run->layers_run > run->last_layer) {
		if (taps_announce(runtime, run, NULL))
			pause_run(runtime, run);
		else
			run_finish(runtime, run, KPU_STATUS_OK);
		return true;
	}
	if (run->cancelled)
		run_finish(runtime, run, KPU_STATUS_CANCELLED);
	else if (runtime->now >= run->deadline)
		run_finish(runtime, run, KPU_STATUS_TIMEOUT);
	else
		return start_layer(runtime, run);
	return true;
}

static bool wait_for_fetch(struct runtime *runtime, struct runtime_run *run)
{
	bool is_taken = !run->owner || runtime->events.output_taken(runtime->events.context, run);

	if (!is_taken && runtime->now < run->deadline)
		return false;
	if (run->cancelled) {
		run_finish(runtime, run, KPU_STATUS_CANCELLED);
		return true;
	}
	if (!is_taken) {
		run_finish(runtime, run, KPU_STATUS_TIMEOUT);
		return true;
	}
	taps_advance(run);
	run->state = RUNTIME_RUN_COMPUTING;
	run->deadline = runtime->now + run->paused_at;
	return true;
}

static bool wait_for_kpu(struct runtime *runtime, struct runtime_run *run)
{
	if (runtime->hardware.layer_done(runtime->hardware.context)) {
		end_convolution(runtime, run);
		return true;
	}
	if (runtime->now < runtime->engine.layer_deadline)
		return false;
	runtime->hardware.reset_engine(runtime->hardware.context);
	run_finish(runtime, run, KPU_STATUS_KPU_HUNG);
	return true;
}

bool engine_step(struct runtime *runtime)
{
	struct runtime_engine *engine = &runtime->engine;
	struct runtime_run *run = engine->run;

	if (run->state == RUNTIME_RUN_SENDING)
		return wait_for_fetch(runtime, run);
	if (!engine->layer_open)
		return between_layers(runtime, run);
	stream_ahead(runtime, run->model, engine->layer.index);
	if (!engine->kind)
		return wait_for_kpu(runtime, run);
	if (run->cancelled)
		run_finish(runtime, run, KPU_STATUS_CANCELLED);
	else if (runtime->now >= run->deadline)
		run_finish(runtime, run, KPU_STATUS_TIMEOUT);
	else if (run_slice(engine))
		end_layer(runtime, run);
	return true;
}
