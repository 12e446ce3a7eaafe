/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Models and their runs: the part of the firmware that knows no link and no registers. The hardware
 * comes through struct runtime_hardware, so that the same code is tested on a host.
 *
 * Life of a model: runtime_load_begin, runtime_load_data ..., runtime_load_end, runs, release.
 * Life of a run: runtime_run_begin, runtime_run_input ..., runtime_run_start; then runtime_step()
 * computes it layer by layer and tells the owner through struct runtime_events. One run computes
 * at a time; the input of a second one is collected meanwhile.
 *
 * Nothing here blocks: a layer of the KPU ends by interrupt, a layer of the CPU is cut into slices.
 */
#ifndef FIRMWARE_RUNTIME_RUNTIME_H
#define FIRMWARE_RUNTIME_RUNTIME_H

#include <stdbool.h>

#include "firmware_k210/runtime/flash.h"
#include "firmware_k210/runtime/heap.h"
#include "firmware_k210/runtime/layers/layer.h"
#include "kmodel/kmodel.h"
#include "link/commands.h"

#define RUNTIME_MODELS_MAX 16u
#define RUNTIME_RUNS_MAX   2u
/* Of a model that reads ahead: while the small layers in front are computed, which takes long, the
 * large ones behind come. When memory is short there are two. */
#define RUNTIME_STREAM_BUFFERS 8u
#define RUNTIME_RESULTS_KEPT   4u

/* Of the computation, when the host names no other. */
#define RUNTIME_DEFAULT_TIMEOUT_MS 10000u
/* A run whose input does not come, or whose results nobody fetches, is given up after this. */
#define RUNTIME_STALL_US 10000000u

struct runtime_hardware {
	void *context;
	uint8_t *memory; /* for models; 256-byte aligned */
	uint32_t memory_size;
	uint32_t memory_bus_address; /* where the KPU and the DMA controller see it */
	uint8_t *ai_sram;
	/* Starts a KPU layer; @output_address: bus address for its result by DMA, 0: none. */
	void (*start_layer)(void *context, const uint64_t words[K210_KPU_LAYER_WORDS],
			    bool eight_bit_weights, uint32_t output_address);
	/* The layer started last has ended. */
	bool (*layer_done)(void *context);
	/* Ends a layer that hangs. */
	void (*reset_engine)(void *context);
	uint64_t (*cycles)(void *context);
	const struct runtime_flash *flash; /* NULL: there is none */
};

struct runtime;
struct runtime_run;

struct runtime_events {
	void *context;
	/* @bytes more of the run's results can be fetched with runtime_run_output(). */
	void (*output_ready)(void *context, struct runtime_run *run, uint32_t bytes);
	/* All results announced so far have been fetched. */
	bool (*output_taken)(void *context, struct runtime_run *run);
	/* The run has ended; it is gone after the call. */
	void (*finished)(void *context, struct runtime_run *run, uint16_t status,
			 const struct kpu_run_result *result);
	/* runtime_run_input() may have room again. */
	void (*input_room)(void *context);
};

enum runtime_model_state {
	RUNTIME_MODEL_FREE,
	RUNTIME_MODEL_LOADING,
	RUNTIME_MODEL_READY,
};

/* What the runs of a model need one after the other; lies behind its work buffer. */
struct runtime_scratch {
	struct kpu_run_result result; /* of the run that ends */
	struct kmodel_tensor input;   /* the first one */
	uint32_t profile[];           /* cycles of each layer */
};

struct runtime_model {
	uint8_t state; /* enum runtime_model_state */
	uint8_t users; /* runs */
	bool doomed;   /* released while in use: freed with its last run, no new runs */
	uint16_t handle;
	uint32_t size, received, crc, expected_crc;
	uint8_t *file; /* as sent by the host, never changed */
	uint8_t *work; /* work buffer */
	struct runtime_scratch *scratch;
	struct runtime_stream *stream; /* NULL: all of the file is in memory */
	struct kmodel *kmodel;         /* behind the file */
	struct {
		uint32_t work_bytes, input_bytes;
	} plan; /* of struct kmodel_plan */
};

/* Bodies of consecutive layers, in memory or on their way there. */
struct runtime_stream_buffer {
	uint8_t *memory;
	uint32_t first, end;    /* layers; none if they are the same */
	uint32_t offset, bytes; /* in the file */
};

/* A model whose layers are read from the flash when they are needed; lies in model memory. */
struct runtime_stream {
	uint32_t address, clock_hz;
	uint32_t room;  /* bytes of a buffer, without what alignment takes */
	uint32_t batch; /* bytes to be read ahead */
	uint32_t reversed, is_dual;
	uint32_t is_reading, target; /* which buffer is being filled, or was last */
	uint32_t count;              /* of the buffers */
	struct runtime_stream_buffer buffers[RUNTIME_STREAM_BUFFERS];
	struct kmodel_cursor cursor;    /* while it is loaded */
	struct kmodel_tensor input;     /* the first one */
	struct kmodel_tensor outputs[]; /* of each layer */
};

enum runtime_run_state {
	RUNTIME_RUN_FREE,
	RUNTIME_RUN_RECEIVING, /* its input is on the way */
	RUNTIME_RUN_WAITING,   /* input complete, another run computes */
	RUNTIME_RUN_COMPUTING,
	RUNTIME_RUN_SENDING, /* paused until a tap has been fetched */
};

struct runtime_run {
	uint8_t state; /* enum runtime_run_state */
	bool staged;   /* input goes to the staging buffer */
	bool cancelled;
	struct runtime_model *model;
	void *owner; /* NULL: nobody is interested any more */
	uint64_t order;
	uint32_t received;
	uint32_t last_layer;
	uint64_t deadline; /* of the computation, or of input and taps to move on */
	uint64_t paused_at;
	uint32_t tap, tap_base; /* tap being sent or waited for; sum of the limits before it */
	struct kmodel_tensor tap_tensor;
	const struct kpu_run_arguments *arguments; /* the owner's: gone without one */
	uint32_t timeout_ms;
	uint32_t layers_run, problem_layer;
	uint64_t cycles, kpu_cycles;
	/* Of the first taps; those of a run with more are worked out again at its end. */
	struct kpu_tap_result results[RUNTIME_RESULTS_KEPT];
};

/* The layer under way. */
struct runtime_engine {
	struct runtime_run *run; /* owns the AI SRAM; NULL: idle */
	struct kmodel kmodel;    /* of the run's model, where it is read faster */
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;
	const struct layer_kind *kind; /* NULL: the KPU computes */
	uint32_t batch;                /* of a convolution */
	struct layer_job job;
	struct layer_plan plan;
	uint32_t piece;
	bool layer_open;        /* between its start and its end */
	bool layer_waits;       /* for its body from the flash */
	uint64_t layer_started; /* cycles */
	uint64_t layer_deadline;
};

struct runtime {
	struct runtime_hardware hardware;
	struct runtime_events events;
	struct heap heap;
	struct runtime_model models[RUNTIME_MODELS_MAX];
	struct runtime_run runs[RUNTIME_RUNS_MAX];
	struct runtime_engine engine;
	uint64_t next_order;
	uint16_t next_generation;
	uint8_t *staging; /* input of the run that waits, one for all models */
	uint32_t staging_size;
	uint64_t now;
	uint64_t flash_claim; /* until then no read of the flash is begun: another wants it */
};

void runtime_init(struct runtime *runtime, const struct runtime_hardware *hardware,
		  const struct runtime_events *events);

/*
 * Does a bounded amount of work (well below a millisecond unless a single piece of a layer is
 * larger). @now in microseconds. True: there is more to do at once; false: nothing until an
 * interrupt, new input, or runtime_deadline().
 */
bool runtime_step(struct runtime *runtime, uint64_t now);
uint64_t runtime_deadline(const struct runtime *runtime);

/* --- models ---- statuses are enum kpu_status ------------------------------------------------ */

/* Makes room for a model of @size bytes. */
uint16_t runtime_load_begin(struct runtime *runtime, uint32_t size, uint32_t crc32,
			    struct runtime_model **model);
/* Bytes of the file in ascending order. */
void runtime_load_data(struct runtime_model *model, const uint8_t *data, size_t length);
/* The file is complete: checks it. On failure the model is gone and result->problem says why. */
uint16_t runtime_load_end(struct runtime *runtime, struct runtime_model *model,
			  struct kpu_load_result *result);
/* What the flash holds at an address. */
struct runtime_flash_file {
	struct kpu_load_flash_arguments arguments;
	uint32_t head; /* bytes in front of the first layer's body */
	bool reversed;
};
/* Begins to read a model; the flash is free. runtime_load_flash_step() is called until it returns
 * something else than RUNTIME_LOADING. On failure the model is gone. */
#define RUNTIME_LOADING 0xffffu
uint16_t runtime_load_flash(struct runtime *runtime, const struct runtime_flash_file *file,
			    struct runtime_model **model);
uint16_t runtime_load_flash_step(struct runtime *runtime, struct runtime_model *model,
				 struct kpu_load_result *result);
/* The rest of the file will not come. */
void runtime_load_abort(struct runtime *runtime, struct runtime_model *model);
/* A handle that is not in use gives NO_HANDLE. Memory that runs still use is freed at their end. */
uint16_t runtime_release(struct runtime *runtime, uint16_t handle);
/* Cancels all runs and releases all models; models being loaded stay if @keep_loading. */
void runtime_release_all(struct runtime *runtime, bool keep_loading);
/* Memory for others, from where models get theirs; NULL: there is not enough. heap_release(). */
uint8_t *runtime_allocate(struct runtime *runtime, uint32_t size);
/* A model runs from the flash; a transfer from it is under way. */
bool runtime_streams(const struct runtime *runtime);
bool runtime_reads_flash(const struct runtime *runtime);
void runtime_memory_info(const struct runtime *runtime, struct kpu_memory_info *info);

/* --- runs ------------------------------------------------------------------------------------- */

/*
 * Checks everything that can be known before: model, stop layer, taps and their sizes.
 * @input_bytes: what the host announces, @output_limit: what it accepts.
 * Taps of layers come first and in ascending order, because results leave in the order of the taps
 * while layers are computed in theirs and nothing is kept. @arguments stay until the run has
 * finished or is forgotten.
 */
uint16_t runtime_run_begin(struct runtime *runtime, const struct kpu_run_arguments *arguments,
			   uint32_t input_bytes, uint32_t output_limit, void *owner,
			   struct runtime_run **run);
/* Input bytes in ascending order. False: no room now, nothing has been taken. */
bool runtime_run_input(struct runtime *runtime, struct runtime_run *run, uint32_t offset,
		       const uint8_t *data, size_t length);
/* The input is complete. */
void runtime_run_start(struct runtime *runtime, struct runtime_run *run);
/* Up to @room bytes at @offset of what output_ready() announced; returns how many. */
size_t runtime_run_output(struct runtime *runtime, struct runtime_run *run, uint32_t offset,
			  uint8_t *out, size_t room);
/* Ends the run at the next layer; finished() comes with @status CANCELLED. */
void runtime_run_cancel(struct runtime_run *run);
/* As before, but nobody wants to hear of it: owner becomes NULL and finished() does not come. */
void runtime_run_forget(struct runtime_run *run);

#endif
