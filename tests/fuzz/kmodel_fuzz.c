/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A model file as the host and the board get it: the reader on memory of just its size, then the
 * loader and executor of the firmware's runtime with a KPU that only writes into its output map.
 * The first byte fills the model's input and the KPU's results; the rest is the file. A run may
 * take a bounded number of steps, as a time-out would end it.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware_k210/runtime/runtime.h"
#include "link/crc.h"
#include "tests/fuzz/fuzz.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

/* Small, so that a read beyond a model's own memory soon is one beyond the board's. */
#define MEMORY_BYTES (256u * 1024)
#define BUS_ADDRESS  0x40020000u
#define STEPS_MAX    3000u

struct board {
	uint8_t *memory, *ai_sram;
	uint8_t fill;
	bool finished;
	uint64_t cycles;
};

static void require(bool condition)
{
	if (!condition)
		__builtin_trap();
}

/* Whatever the words say, the engine must stay in its memories. */
static void start_layer(void *context, const uint64_t words[K210_KPU_LAYER_WORDS],
			bool eight_bit_weights, uint32_t output_address)
{
	struct board *board = context;
	struct k210_kpu_layer layer;
	uint32_t lines;

	(void)eight_bit_weights;
	k210_decode_layer(words, &layer);
	lines = k210_map_lines(layer.output_width, layer.output_height, layer.output_channels);
	require(layer.output_line + lines <= K210_AI_SRAM_LINES);
	require(layer.input_line + k210_map_lines(layer.input_width, layer.input_height,
						  layer.input_channels) <=
		K210_AI_SRAM_LINES);
	require(layer.weights_address >= BUS_ADDRESS &&
		layer.weights_address - BUS_ADDRESS < MEMORY_BYTES);
	memset(board->ai_sram + layer.output_line * K210_AI_SRAM_LINE, board->fill,
	       (size_t)lines * K210_AI_SRAM_LINE);
	if (output_address)
		memset(board->memory + (output_address - BUS_ADDRESS), board->fill,
		       (layer.total_bytes + 7) & ~7ull);
}

static bool layer_done(void *context)
{
	(void)context;
	return true;
}

static void reset_engine(void *context)
{
	(void)context;
}

static uint64_t cycles(void *context)
{
	return ((struct board *)context)->cycles += 400;
}

static void output_ready(void *context, struct runtime_run *run, uint32_t bytes)
{
	(void)context;
	(void)run;
	(void)bytes;
}

static bool output_taken(void *context, struct runtime_run *run)
{
	(void)context;
	(void)run;
	return true;
}

static void finished(void *context, struct runtime_run *run, uint16_t status,
		     const struct kpu_run_result *result)
{
	struct board *board = context;

	(void)run;
	(void)status;
	(void)result;
	board->finished = true;
}

static void input_room(void *context)
{
	(void)context;
}

static void run_model(struct runtime *runtime, struct board *board, uint16_t handle,
		      uint32_t input_bytes)
{
	struct kpu_run_arguments arguments = { .model = handle, .stop_layer = KPU_RUN_ALL_LAYERS };
	uint8_t packet[500];
	struct runtime_run *run;
	uint64_t now = 0;

	memset(packet, board->fill, sizeof(packet));
	if (runtime_run_begin(runtime, &arguments, input_bytes, 0, board, &run) != KPU_STATUS_OK)
		return;
	for (uint32_t offset = 0; offset < input_bytes; offset += sizeof(packet)) {
		uint32_t part = input_bytes - offset < sizeof(packet) ? input_bytes - offset
								      : sizeof(packet);

		runtime_run_input(runtime, run, offset, packet, part);
	}
	runtime_run_start(runtime, run);
	for (unsigned step = 0; step < STEPS_MAX && !board->finished; step++)
		runtime_step(runtime, now += 100);
	if (!board->finished) {
		runtime_run_cancel(run);
		runtime_step(runtime, now);
		require(board->finished);
	}
}

/* The reader alone, as the library uses it. */
static void read_file(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size);
	struct kmodel_problem problem;
	struct kmodel_plan plan;
	struct kmodel model;

	require(copy != NULL);
	memcpy(copy, data, size);
	if (!kmodel_open(&model, copy, size, &problem) || !kmodel_validate(&model, &plan, &problem))
		require(problem.status != KPU_STATUS_OK && problem.text[0]);
	free(copy);
}

/* Only the file, the work buffer and the profile of @model may be touched from now on. */
static void fence(const struct board *board, const struct runtime_model *model)
{
	/* the output DMA may write whole words */
	uint32_t work_bytes = ((model->kmodel.work_bytes + 7) & ~7u) + 8;

	ASAN_POISON_MEMORY_REGION(board->memory, MEMORY_BYTES);
	ASAN_UNPOISON_MEMORY_REGION(model->file, model->size);
	ASAN_UNPOISON_MEMORY_REGION(model->work, work_bytes);
	ASAN_UNPOISON_MEMORY_REGION(model->profile, model->kmodel.layer_count * 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t *memory, *ai_sram;
	struct board board = { 0 };
	struct runtime_hardware hardware = { .context = &board,
					     .memory_size = MEMORY_BYTES,
					     .memory_bus_address = BUS_ADDRESS,
					     .start_layer = start_layer,
					     .layer_done = layer_done,
					     .reset_engine = reset_engine,
					     .cycles = cycles };
	struct runtime_events events = { .context = &board,
					 .output_ready = output_ready,
					 .output_taken = output_taken,
					 .finished = finished,
					 .input_room = input_room };
	struct kpu_load_result result;
	static struct runtime runtime;
	struct runtime_model *model;

	if (!memory) {
		memory = aligned_alloc(256, MEMORY_BYTES);
		ai_sram = aligned_alloc(256, K210_AI_SRAM_SIZE);
		require(memory && ai_sram);
		memset(ai_sram, 0x33, K210_AI_SRAM_SIZE);
	}
	hardware.memory = board.memory = memory;
	hardware.ai_sram = board.ai_sram = ai_sram;
	ASAN_UNPOISON_MEMORY_REGION(memory, MEMORY_BYTES);
	memset(memory, 0x77, MEMORY_BYTES);
	if (size > 1) {
		read_file(data + 1, size - 1);
		board.fill = data[0];
		runtime_init(&runtime, &hardware, &events);
		if (runtime_load_begin(&runtime, (uint32_t)size - 1,
				       kpu_crc32(KPU_CRC32_START, data + 1, size - 1),
				       &model) == KPU_STATUS_OK) {
			runtime_load_data(model, data + 1, size - 1);
			if (runtime_load_end(&runtime, model, &result) == KPU_STATUS_OK) {
				fence(&board, model);
				run_model(&runtime, &board, result.model, result.input_bytes);
				ASAN_UNPOISON_MEMORY_REGION(memory, MEMORY_BYTES);
			} else {
				require(result.problem[0] != '\0');
			}
			runtime_release_all(&runtime, false);
			require(heap_free_bytes(&runtime.heap) + runtime.staging_size >=
				MEMORY_BYTES - 512);
		}
	}
	return 0;
}
