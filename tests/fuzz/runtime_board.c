/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/fuzz/runtime_board.h"

#include <stdlib.h>
#include <string.h>

#include "link/crc.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

#define BUS_ADDRESS     0x40020000u
#define STEPS_MAX       3000u
#define POLLS_PER_LAYER 3u

struct runtime_board runtime_board;

static struct runtime_board *const board = &runtime_board;

void require(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static const uint8_t *on_bus(uint32_t address, uint32_t bytes)
{
	require(address >= BUS_ADDRESS && address - BUS_ADDRESS < RUNTIME_BOARD_MEMORY &&
		bytes <= RUNTIME_BOARD_MEMORY - (address - BUS_ADDRESS));
	return board->memory + (address - BUS_ADDRESS);
}

static uint32_t weights_bytes(const struct k210_kpu_layer *layer, bool eight_bit)
{
	uint32_t kernel = layer->kernel_type ? 9 : 1;
	uint32_t inputs = layer->depthwise ? 1 : layer->input_channels;

	return kernel * inputs * layer->output_channels * (eight_bit ? 1 : 2);
}

/* Whatever the words say, the engine must stay in its memories. */
static void start_layer(void *context, const uint64_t words[K210_KPU_LAYER_WORDS],
			bool eight_bit_weights, uint32_t output_address)
{
	struct k210_kpu_layer layer;
	uint32_t lines;

	(void)context;
	k210_decode_layer(words, &layer);
	lines = k210_map_lines(layer.output_width, layer.output_height, layer.output_channels);
	require(layer.output_line + lines <= K210_AI_SRAM_LINES);
	require(layer.input_line + k210_map_lines(layer.input_width, layer.input_height,
						  layer.input_channels) <=
		K210_AI_SRAM_LINES);
	board->weights_bytes = weights_bytes(&layer, eight_bit_weights);
	board->weights = on_bus(layer.weights_address, board->weights_bytes);
	board->weights_crc = kpu_crc32(KPU_CRC32_START, board->weights, board->weights_bytes);
	board->polls_left = POLLS_PER_LAYER;
	on_bus(layer.activation_address, K210_ACTIVATION_BYTES);
	on_bus(layer.batch_norm_address, layer.output_channels * K210_BATCH_NORM_BYTES_PER_CHANNEL);
	memset(board->ai_sram + layer.output_line * K210_AI_SRAM_LINE, board->fill,
	       (size_t)lines * K210_AI_SRAM_LINE);
	if (output_address)
		memset(board->memory + (output_address - BUS_ADDRESS), board->fill,
		       (layer.total_bytes + 7) & ~7ull);
}

/* Nothing has been written over its weights meanwhile. */
static bool layer_done(void *context)
{
	(void)context;
	if (board->polls_left) {
		board->polls_left--;
		return false;
	}
	require(kpu_crc32(KPU_CRC32_START, board->weights, board->weights_bytes) ==
		board->weights_crc);
	return true;
}

static void reset_engine(void *context)
{
	(void)context;
}

static uint64_t cycles(void *context)
{
	(void)context;
	return board->cycles += 400;
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
	(void)context;
	(void)run;
	(void)result;
	board->finished = true;
	board->status = status;
}

static void input_room(void *context)
{
	(void)context;
}

void runtime_board_start(uint8_t fill, const struct runtime_flash *flash)
{
	struct runtime_hardware hardware = { .memory_size = RUNTIME_BOARD_MEMORY,
					     .memory_bus_address = BUS_ADDRESS,
					     .start_layer = start_layer,
					     .layer_done = layer_done,
					     .reset_engine = reset_engine,
					     .cycles = cycles,
					     .flash = flash };
	struct runtime_events events = { .output_ready = output_ready,
					 .output_taken = output_taken,
					 .finished = finished,
					 .input_room = input_room };

	if (!board->memory) {
		board->memory = aligned_alloc(256, RUNTIME_BOARD_MEMORY);
		board->ai_sram = aligned_alloc(256, K210_AI_SRAM_SIZE);
		require(board->memory && board->ai_sram);
		memset(board->ai_sram, 0x33, K210_AI_SRAM_SIZE);
	}
	runtime_board_open_all();
	memset(board->memory, 0x77, RUNTIME_BOARD_MEMORY);
	hardware.memory = board->memory;
	hardware.ai_sram = board->ai_sram;
	board->fill = fill;
	board->cycles = board->now = 0;
	runtime_init(&board->runtime, &hardware, &events);
}

void runtime_board_run(const struct kpu_load_result *model)
{
	struct kpu_run_arguments arguments = { .model = model->model,
					       .stop_layer = KPU_RUN_ALL_LAYERS };
	uint32_t input_bytes = model->input_bytes;
	struct runtime_run *run;
	uint8_t packet[500];

	board->finished = false;
	memset(packet, board->fill, sizeof(packet));
	if (runtime_run_begin(&board->runtime, &arguments, input_bytes, 0, board, &run) !=
	    KPU_STATUS_OK)
		return;
	for (uint32_t offset = 0; offset < input_bytes; offset += sizeof(packet)) {
		uint32_t part = input_bytes - offset < sizeof(packet) ? input_bytes - offset
								      : sizeof(packet);

		runtime_run_input(&board->runtime, run, offset, packet, part);
	}
	runtime_run_start(&board->runtime, run);
	for (unsigned step = 0; step < STEPS_MAX && !board->finished; step++)
		runtime_step(&board->runtime, board->now += 100);
	if (board->finished)
		return;
	runtime_run_cancel(run);
	for (unsigned step = 0; step < STEPS_MAX && !board->finished; step++)
		runtime_step(&board->runtime, board->now);
	require(board->finished);
}

void runtime_board_end(void)
{
	struct kpu_memory_info info;

	runtime_board_open_all();
	runtime_release_all(&board->runtime, false);
	runtime_memory_info(&board->runtime, &info);
	require(info.free == info.total);
}

void runtime_board_fence(void)
{
	ASAN_POISON_MEMORY_REGION(board->memory, RUNTIME_BOARD_MEMORY);
}

void runtime_board_open(const uint8_t *bytes, size_t size)
{
	ASAN_UNPOISON_MEMORY_REGION(bytes, size);
}

void runtime_board_open_all(void)
{
	ASAN_UNPOISON_MEMORY_REGION(board->memory, RUNTIME_BOARD_MEMORY);
}

void runtime_board_open_work(const struct runtime_model *model)
{
	runtime_board_open((const uint8_t *)model->kmodel, sizeof(*model->kmodel));
	/* the output DMA may write whole words */
	runtime_board_open(model->work, ((model->kmodel->work_bytes + 7) & ~7u) + 8);
	runtime_board_open((const uint8_t *)model->scratch,
			   sizeof(*model->scratch) + model->kmodel->layer_count * 4);
}
