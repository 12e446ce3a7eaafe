/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Construction, reset and image of the board. */
#include "utils/k210-emu/board.h"

#include <stdlib.h>
#include <string.h>

#include "k210/clint.h"
#include "utils/k210-emu/bridge.h"
#include "utils/k210-emu/devices/all.h"
#include "utils/k210-emu/devices/nor_flash.h"
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
	board->rom_window = calloc(1, K210_MASK_ROM_SIZE);
	return board->sram_uncached && board->ai_sram && board->rom_window;
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
	board->regions[2] = (struct hart_memory_region){ .base = K210_MASK_ROM_BASE,
							 .size = K210_MASK_ROM_SIZE,
							 .host = board->rom_window };
	bus_init_callbacks(board);
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		struct hart_config config = {
			.id = i, .bus = &board->bus, .regions = board->regions, .region_count = 3
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
	    !(board->bridge = bridge_new(board)) || !(board->rom = mask_rom_new(board))) {
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
	mask_rom_free(board->rom);
	nor_flash_free(board->flash);
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		if (board->harts[i])
			hart_free(board->harts[i]);
	}
	if (board->sram_cached != board->sram_uncached)
		free(board->sram_cached);
	free(board->sram_uncached);
	free(board->sram_loaded);
	free(board->ai_sram);
	free(board->rom_window);
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
	if (board->image && board->options.boot == BOARD_BOOT_IMAGE) {
		memcpy(board->sram_uncached, board->image, board->image_size);
		memcpy(board->sram_cached, board->sram_uncached, K210_SRAM_SIZE);
	}
	if (board->sram_loaded)
		memcpy(board->sram_loaded, board->sram_cached, K210_SRAM_SIZE);
}

bool board_load_memory(struct board *board, uint32_t address, const uint8_t *bytes, size_t size)
{
	uint32_t offset = address & ~(uint32_t)(K210_SRAM_CACHED_BASE | K210_SRAM_UNCACHED_BASE);
	uint8_t *memory = bus_memory_to_write(board, address, size, "rom");

	if (!memory)
		return false;
	memcpy(memory, bytes, size);
	bus_memory_written(board, address, size);
	if (board->options.check_coherency && offset < K210_SRAM_SIZE) {
		memcpy(board->sram_cached + offset, bytes, size);
		memcpy(board->sram_loaded + offset, bytes, size);
		for (unsigned i = 0; i < K210_HART_COUNT; i++)
			hart_memory_written(board->harts[i], board->sram_cached + offset, size);
	}
	return true;
}

void board_start_hart(struct board *board, unsigned hart, uint64_t pc, uint64_t enabled_interrupts)
{
	uint64_t now = board_now(board);

	hart_reset(board->harts[hart], pc);
	hart_leave_boot_program(board->harts[hart], MASK_ROM_TRAP_VECTOR, enabled_interrupts);
	board->hart_waiting[hart] = false;
	board->hart_spinning[hart] = false;
	if (board->hart_time[hart] < now)
		board->hart_time[hart] = now;
}

static void reset_harts(struct board *board)
{
	bool direct = board->options.boot == BOARD_BOOT_IMAGE && !board->reset_held;

	mask_rom_fill(board->rom_window, K210_MASK_ROM_SIZE);
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		uint64_t enabled = direct && i == 1 ? MASK_ROM_HART1_MIE : 0;

		hart_memory_written(board->harts[i], board->sram_uncached, K210_SRAM_SIZE);
		if (board->sram_cached != board->sram_uncached)
			hart_memory_written(board->harts[i], board->sram_cached, K210_SRAM_SIZE);
		board_start_hart(board, i, direct ? K210_SRAM_CACHED_BASE : K210_MASK_ROM_BASE,
				 enabled);
		board->hart_time[i] = board->now;
	}
	if (direct) {
		mask_rom_bypass(board->rom);
		/* The call that has woken hart 1 in the ROM. */
		bus_store(board, K210_CLINT_BASE + K210_CLINT_MSIP(1), 4, 1);
	} else {
		mask_rom_reset(board->rom, !board->reset_held);
	}
}

/* Memory holds anything after power-on; nothing, unless random behaviour is asked for. */
static void power_up_memory(uint8_t *memory, size_t size, uint64_t seed)
{
	memset(memory, 0, size);
	for (size_t at = 0; seed && at < size; at += sizeof(seed)) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		memcpy(memory + at, &seed, sizeof(seed));
	}
}

void board_reset(struct board *board, enum reset_cause cause)
{
	board->reset_requested = RESET_NONE;
	board->last_reset = cause;
	if (!board->reset_held)
		board->reset_count++;
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		if (board->hart_time[i] > board->now)
			board->now = board->hart_time[i];
	}
	if (cause == RESET_POWER_ON) {
		power_up_memory(board->sram_uncached, K210_SRAM_SIZE, board->options.jitter_seed);
		power_up_memory(board->ai_sram, K210_AI_SRAM_SIZE, board->options.jitter_seed);
		if (board->options.check_coherency)
			memcpy(board->sram_cached, board->sram_uncached, K210_SRAM_SIZE);
	}
	/* Clocks first: the other devices compute their durations from them. */
	sysctl_reset_with_cause(board->sysctl, cause);
	for (size_t i = 0; i < board->device_count; i++)
		board->devices[i]->ops->reset(board->devices[i]);
	load_image(board);
	if (cause == RESET_POWER_ON)
		nor_flash_power_on(board->flash);
	reset_harts(board);
	bridge_reset(board->bridge, cause);
}
