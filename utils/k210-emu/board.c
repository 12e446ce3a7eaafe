/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Construction, reset and image of the board. */
#include "utils/k210-emu/board.h"

#include <stdlib.h>
#include <string.h>

#include "utils/k210-emu/bridge.h"
#include "utils/k210-emu/devices/all.h"
#include "utils/k210-emu/devices/sysctl.h"

bool board_add_device(struct board *board, struct device *device)
{
	if (board->device_count == BOARD_DEVICES_MAX)
		return false;
	board->devices[board->device_count++] = device;
	return true;
}

static bool allocate_memory(struct board *board)
{
	board->sram_uncached = calloc(1, K210_SRAM_SIZE);
	board->ai_sram = calloc(1, K210_AI_SRAM_SIZE);
	board->sram_cached = board->sram_uncached;
	if (board->options.check_coherency) {
		board->sram_cached = calloc(1, K210_SRAM_SIZE);
		board->sram_loaded = calloc(1, K210_SRAM_SIZE);
		if (!board->sram_cached || !board->sram_loaded)
			return false;
	}
	return board->sram_uncached && board->ai_sram;
}

static bool create_harts(struct board *board)
{
	board->regions[0] = (struct hart_memory_region){ .base = K210_SRAM_CACHED_BASE,
							 .size = K210_SRAM_SIZE,
							 .host = board->sram_cached };
	board->regions[1] = (struct hart_memory_region){ .base = K210_SRAM_UNCACHED_BASE,
							 .size = K210_SRAM_SIZE,
							 .host = board->sram_uncached,
							 .uncached = true };
	bus_init_callbacks(board);
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		struct hart_config config = {
			.id = i, .bus = &board->bus, .regions = board->regions, .region_count = 2
		};

		board->harts[i] = hart_new(&config);
		if (!board->harts[i])
			return false;
	}
	hart_set_peer(board->harts[0], board->harts[1]);
	hart_set_peer(board->harts[1], board->harts[0]);
	return true;
}

struct board *board_new(const struct board_options *options, const struct report *report)
{
	struct board *board = calloc(1, sizeof(*board));

	if (!board)
		return NULL;
	board->options = *options;
	board->report = *report;
	board->running_hart = -1;
	board->jitter_state = options->jitter_seed;
	if (!allocate_memory(board) || !create_harts(board) || !devices_create(board) ||
	    !(board->bridge = bridge_new(board))) {
		board_free(board);
		return NULL;
	}
	return board;
}

void board_free(struct board *board)
{
	if (!board)
		return;
	for (size_t i = 0; i < board->device_count; i++) {
		if (board->devices[i]->ops->free)
			board->devices[i]->ops->free(board->devices[i]);
		free(board->devices[i]);
	}
	bridge_free(board->bridge);
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		if (board->harts[i])
			hart_free(board->harts[i]);
	}
	if (board->sram_cached != board->sram_uncached)
		free(board->sram_cached);
	free(board->sram_uncached);
	free(board->sram_loaded);
	free(board->ai_sram);
	free(board->image);
	report_finish(&board->report);
	free(board);
}

const char *board_set_image(struct board *board, const uint8_t *bytes, size_t size)
{
	uint8_t *copy;

	if (size == 0)
		return "the image is empty";
	if (size > BOARD_IMAGE_MAX)
		return "the image is larger than the 6 MiB of SRAM";
	copy = malloc(size);
	if (!copy)
		return "out of memory";
	memcpy(copy, bytes, size);
	free(board->image);
	board->image = copy;
	board->image_size = size;
	return NULL;
}

static void load_image(struct board *board)
{
	if (board->image) {
		memcpy(board->sram_uncached, board->image, board->image_size);
		memcpy(board->sram_cached, board->sram_uncached, K210_SRAM_SIZE);
	}
	if (board->sram_loaded)
		memcpy(board->sram_loaded, board->sram_cached, K210_SRAM_SIZE);
}

void board_reset(struct board *board, enum reset_cause cause)
{
	board->reset_requested = RESET_NONE;
	board->last_reset = cause;
	board->reset_count++;
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		if (board->hart_time[i] > board->now)
			board->now = board->hart_time[i];
	}
	if (cause == RESET_POWER_ON) {
		memset(board->sram_uncached, 0, K210_SRAM_SIZE);
		memset(board->ai_sram, 0, K210_AI_SRAM_SIZE);
	}
	/* Clocks first: the other devices compute their durations from them. */
	sysctl_reset_with_cause(board->sysctl, cause);
	for (size_t i = 0; i < board->device_count; i++)
		board->devices[i]->ops->reset(board->devices[i]);
	load_image(board);
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		hart_memory_written(board->harts[i], board->sram_uncached, K210_SRAM_SIZE);
		if (board->sram_cached != board->sram_uncached)
			hart_memory_written(board->harts[i], board->sram_cached, K210_SRAM_SIZE);
		hart_reset(board->harts[i], K210_SRAM_CACHED_BASE);
		board->hart_waiting[i] = false;
		board->hart_spinning[i] = false;
		board->hart_time[i] = board->now;
	}
	bridge_reset(board->bridge, cause == RESET_POWER_ON);
}
