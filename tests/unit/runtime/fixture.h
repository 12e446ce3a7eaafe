/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A board made of plain memory for the runtime: its KPU is the reference arithmetic of the emulated
 * board, its clock moves when the test says so.
 */
#ifndef TESTS_RUNTIME_FIXTURE_H
#define TESTS_RUNTIME_FIXTURE_H

#include "firmware_k210/runtime/runtime.h"

#define FIXTURE_BUS_ADDRESS 0x40018000u

/* A run as seen by its owner. */
struct observed_run {
	struct runtime_run *run;
	struct kpu_run_arguments arguments; /* as long as the run */
	uint32_t announced, fetched;
	uint8_t *bytes; /* room for all results */
	uint32_t room;
	bool reluctant; /* does not fetch what is announced */
	unsigned finished;
	uint16_t status;
	struct kpu_run_result result;
};

struct fixture {
	struct runtime runtime;
	uint8_t *memory, *ai_sram;
	uint32_t memory_size;
	uint64_t now, cycles;
	unsigned layers_started, engine_resets, rooms;
	unsigned polls_per_layer, polls_left; /* layer_done() says no this often */
	bool hang;                            /* layers never end */
	bool lenient; /* layers that the reference refuses do nothing, as silicon might */
	uint64_t last_words[K210_KPU_LAYER_WORDS];
	uint32_t last_output;
};

void fixture_init(struct fixture *fixture, uint32_t memory_size);
void fixture_free(struct fixture *fixture);
/* Loads @size bytes in uneven pieces; returns the status, *result is filled. */
uint16_t fixture_load(struct fixture *fixture, const uint8_t *file, size_t size,
		      struct kpu_load_result *result);
/* Steps until nothing is left to do at once. */
void fixture_settle(struct fixture *fixture);
/* Steps, letting time pass, until @run has finished; fails the test after a simulated minute. */
void fixture_finish(struct fixture *fixture, struct observed_run *run);
/* begin, all input, start. */
uint16_t fixture_run(struct fixture *fixture, const struct kpu_run_arguments *arguments,
		     const uint8_t *input, uint32_t input_bytes, struct observed_run *run);
void observed_free(struct observed_run *run);

struct kmodel_writer;
/* A 1x1 convolution of two channels whose output is its input. */
void fixture_copy_layer(struct kmodel_writer *writer, unsigned width, unsigned height,
			unsigned input_line, unsigned output_line, bool to_work_buffer);

/* A model of two convolutions and a dequantize, w x h x 2 input, all values easy to follow: layer 0
 * copies to AI SRAM, layer 1 copies to the work buffer, layer 2 gives floats x * 0.5 - 3. */
uint8_t *small_model(unsigned width, unsigned height, size_t *size);

#endif
