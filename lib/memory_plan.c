/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Whether a network fits on a board, with the numbers. */
#include <stdio.h>
#include <string.h>

#include "lib/api.h"
#include "lib/object.h"

/* The board takes one piece for the file and one for the work buffer. */
static bool fits(const struct kpu_memory_plan *plan)
{
	return plan->needs <= plan->board.free && plan->file_bytes <= plan->board.largest_free;
}

static void write_text(struct kpu_memory_plan *plan)
{
	const struct kpu_memory *board = &plan->board;
	int used = snprintf(plan->text, sizeof(plan->text),
			    "the model needs %zu bytes (file %zu, work buffer %zu; largest layer "
			    "%u with %zu), ",
			    plan->needs, plan->file_bytes, plan->work_bytes, plan->largest_layer,
			    plan->largest_layer_bytes);

	if (plan->fits)
		snprintf(plan->text + used, sizeof(plan->text) - (size_t)used,
			 "the board has %u free", board->free);
	else if (plan->needs > board->total)
		snprintf(plan->text + used, sizeof(plan->text) - (size_t)used,
			 "the board has %u in all", board->total);
	else
		snprintf(plan->text + used, sizeof(plan->text) - (size_t)used,
			 "the board has %u free, %u in one piece, beside %u models", board->free,
			 board->largest_free, board->models);
}

KPU_API int kpu_memory_plan(struct kpu_device *device, const struct kpu_network *network,
			    struct kpu_memory_plan *plan)
{
	int rc;

	if (!device || !network || !plan)
		return kpu_device_null(device);
	memset(plan, 0, sizeof(*plan));
	rc = kpu_memory(device, &plan->board);
	if (rc < 0)
		return rc;
	plan->needs = network->info.board_bytes;
	plan->file_bytes = network->info.file_size;
	plan->work_bytes = network->info.work_bytes;
	plan->largest_layer = network->info.largest_layer;
	plan->largest_layer_bytes = network->info.largest_layer_bytes;
	plan->fits = fits(plan);
	write_text(plan);
	return 0;
}
