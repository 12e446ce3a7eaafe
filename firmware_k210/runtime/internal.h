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

/* --- taps.c --- */

/* Checks the taps of @run and fills in their results and run->last_layer. */
uint16_t taps_check(struct runtime_run *run, uint32_t output_limit);
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
