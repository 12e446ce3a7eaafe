/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A model that runs from a flash which changes: between the look at its header and its load, and
 * between and under its runs. Whatever it holds, the board stays in its memories, every run ends.
 * The first byte fills inputs and results and chooses how the model is streamed; the rest is the
 * file. What changes follows from the file's own checksum, so that each input is repeatable.
 */
#include <stdlib.h>
#include <string.h>

#include "kmodel/kmodel.h"
#include "link/bytes.h"
#include "link/crc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/runtime_board.h"
#include "tests/unit/runtime/flash_cells.h"

#define PLACE      4u
#define RUNS       3u
#define LOAD_STEPS 4000u

static uint32_t random_state;

static uint32_t next_random(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return random_state >> 8;
}

/* Half of the transfers find something changed where they read. */
static void change(uint32_t address, uint32_t length)
{
	static const uint32_t words[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000 };
	uint32_t changes = next_random() % 4, at;

	while (changes > 1) {
		at = address + next_random() % length;
		if (at >= flash_cells.size)
			at = address;
		if (next_random() % 2)
			flash_cells.bytes[at] ^= (uint8_t)(1u << next_random() % 8);
		else if ((at & ~3u) + 4 <= flash_cells.size)
			kpu_put_u32(flash_cells.bytes + (at & ~3u), words[next_random() % 6]);
		changes--;
	}
}

static void open_stream(const struct runtime_model *model)
{
	const struct runtime_stream *stream = model->stream;

	runtime_board_open(model->file,
			   (const uint8_t *)&stream->outputs[model->kmodel->layer_count] -
				   model->file);
	for (uint32_t i = 0; i < stream->count; i++)
		runtime_board_open(stream->buffers[i].memory, stream->room + KMODEL_FILE_ALIGN + 4);
}

static void load_and_run(const struct kpu_load_flash_arguments *arguments)
{
	struct runtime *runtime = &runtime_board.runtime;
	const struct runtime_model *model;
	struct kpu_load_result result;

	if (flash_cells_load(runtime, arguments, LOAD_STEPS, &result) != KPU_STATUS_OK)
		return;
	model = &runtime->models[result.model % RUNTIME_MODELS_MAX];
	runtime_board_fence();
	runtime_board_open_work(model);
	if (model->stream)
		open_stream(model);
	else
		runtime_board_open(model->file, model->size);
	for (unsigned run = 0; run < RUNS; run++) {
		runtime_board_run(&result);
		require(runtime_board.status == KPU_STATUS_OK ||
			runtime_board.status == KPU_STATUS_RUN_MODEL ||
			runtime_board.status == KPU_STATUS_CANCELLED);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kpu_load_flash_arguments arguments = { .address = PLACE };
	uint32_t padded = (uint32_t)(size + 2) & ~3u;

	if (size <= 1)
		return 0;
	random_state = kpu_crc32(KPU_CRC32_START, data, size);
	runtime_board_start(data[0], &flash_cells_operations);
	/* What lies behind the chip is memory of somebody else. */
	flash_cells = (struct flash_cells){ .bytes = malloc(PLACE + padded),
					    .size = PLACE + padded,
					    .runtime = &runtime_board.runtime,
					    .polls_per_read = 2,
					    .before_read = change };
	require(flash_cells.bytes != NULL);
	memset(flash_cells.bytes, 0xff, PLACE + padded);
	memcpy(flash_cells.bytes + PLACE, data + 1, size - 1);
	if (next_random() % 4 == 0)
		kmodel_reverse_words(flash_cells.bytes + PLACE, padded);
	arguments.flags = next_random() % 8 ? KPU_LOAD_FLASH_STREAM : 0;
	if (next_random() % 2)
		arguments.flags |= KPU_LOAD_FLASH_DUAL_BUFFER;
	arguments.batch_bytes = next_random() % 4 ? 0 : next_random() % 2000;
	load_and_run(&arguments);
	runtime_board_end();
	free(flash_cells.bytes);
	return 0;
}
