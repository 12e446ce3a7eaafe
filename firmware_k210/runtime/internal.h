/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Shared by the files of the runtime, not for others. */
#ifndef FIRMWARE_RUNTIME_INTERNAL_H
#define FIRMWARE_RUNTIME_INTERNAL_H

#include "firmware_k210/runtime/map.h"
#include "firmware_k210/runtime/runtime.h"

/* --- models.c --- */

struct runtime_model *model_find(struct runtime *runtime, uint16_t handle);
/* A run has ended: frees a doomed model with its last one. */
void model_leave(struct runtime *runtime, struct runtime_model *model);

/* The plan is made: gets the memory that runs need. From then on there may be some. */
bool model_ready(struct runtime *runtime, struct runtime_model *model,
		 struct kmodel_problem *problem, struct kpu_load_result *result);

/* --- stream.c --- */

/* The body of @layer, at @offset of the file, is there: the model's window shows it. False: not
 * yet; it is being read. Reads ahead if the model wants that. */
bool stream_show(struct runtime *runtime, struct runtime_model *model, uint32_t layer,
		 uint32_t offset);
/* @layer computes: reads what comes behind it. */
void stream_ahead(struct runtime *runtime, struct runtime_model *model, uint32_t layer);
/* Ends a transfer that is under way and forgets what was read. */
void stream_stop(struct runtime *runtime, struct runtime_model *model);
void stream_free(struct runtime *runtime, struct runtime_model *model);
/* Result of a layer, as it was when the model was loaded. */
void stream_output(const struct runtime_model *model, uint32_t layer, struct kmodel_tensor *tensor);
/* What was read now is what was checked when it was loaded. */
bool stream_is_same(const struct runtime_model *model, const struct kmodel_layer *layer);

/* --- taps.c --- */

/* Checks the taps of @run and sets run->last_layer; the first @room go to @results, too. */
uint16_t taps_check(struct runtime_run *run, uint32_t output_limit, struct kpu_tap_result *results,
		    uint32_t room);
/* Tap that can be sent now that @layer (or, with NULL, the whole run) is done: announces it and
 * returns true. */
bool taps_announce(struct runtime *runtime, struct runtime_run *run,
		   const struct kmodel_layer *layer);
/* The announced tap has been fetched. */
void taps_advance(struct runtime_run *run);

/* --- executor.c --- */

void engine_start(struct runtime *runtime, struct runtime_run *run);
/* Moves the run of the engine on; true: more to do at once. */
bool engine_step(struct runtime *runtime);

/* --- runs.c --- */

/* Ends @run, which is not computing a layer any more. */
void run_finish(struct runtime *runtime, struct runtime_run *run, uint16_t status);

static inline struct map ai_sram_map(const struct runtime *runtime,
				     const struct kmodel_tensor *tensor)
{
	return map_of(runtime->hardware.ai_sram, tensor);
}

#endif
