/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A model file as the host and the board get it: the reader on memory of just its size, then the
 * loader and executor of the firmware's runtime with a KPU that only writes into its output map.
 * The first byte fills the model's input and the KPU's results; the rest is the file.
 */
#include <stdlib.h>
#include <string.h>

#include "link/crc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/runtime_board.h"

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

static void load_and_run(const uint8_t *data, size_t size)
{
	struct runtime *runtime = &runtime_board.runtime;
	struct kpu_load_result result;
	struct runtime_model *model;

	if (runtime_load_begin(runtime, (uint32_t)size, kpu_crc32(KPU_CRC32_START, data, size),
			       &model) != KPU_STATUS_OK)
		return;
	runtime_load_data(model, data, size);
	if (runtime_load_end(runtime, model, &result) != KPU_STATUS_OK) {
		require(result.problem[0] != '\0');
		return;
	}
	runtime_board_fence();
	runtime_board_open(model->file, model->size);
	runtime_board_open_work(model);
	runtime_board_run(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size <= 1)
		return 0;
	read_file(data + 1, size - 1);
	runtime_board_start(data[0], NULL);
	load_and_run(data + 1, size - 1);
	runtime_board_end();
	return 0;
}
