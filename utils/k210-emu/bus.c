/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Address decoder. General SRAM is mapped into the harts directly and only DMA comes here for it.
 * AI SRAM is always reached through the decoder, because its clock may be off and because nothing
 * but the KPU may touch it while a layer runs.
 */
#include <inttypes.h>
#include <string.h>

#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/kpu.h"
#include "utils/k210-emu/devices/sysctl.h"

/* Offset in general SRAM if [address, address+size) lies in one of its windows. */
static bool find_sram(uint64_t address, size_t size, uint32_t *offset, bool *cached)
{
	uint64_t base = address & ~(uint64_t)(K210_SRAM_CACHED_BASE | K210_SRAM_UNCACHED_BASE);

	*cached = (address & K210_SRAM_CACHED_BASE) != 0;
	if (address != base + K210_SRAM_UNCACHED_BASE && address != base + K210_SRAM_CACHED_BASE)
		return false;
	if (base >= K210_SRAM_SIZE || size > K210_SRAM_SIZE - base)
		return false;
	*offset = (uint32_t)base;
	return true;
}

static bool find_ai_sram(uint64_t address, size_t size, uint32_t *offset)
{
	uint64_t base = address - K210_AI_SRAM_UNCACHED_BASE;

	if (address >= K210_AI_SRAM_CACHED_BASE)
		base = address - K210_AI_SRAM_CACHED_BASE;
	if (address < K210_AI_SRAM_UNCACHED_BASE || base >= K210_AI_SRAM_SIZE ||
	    size > K210_AI_SRAM_SIZE - base)
		return false;
	*offset = (uint32_t)base;
	return true;
}

static bool ai_sram_usable(struct board *board, uint64_t address, const char *who)
{
	if (!sysctl_ai_running(board->sysctl)) {
		board_guest_error(
			board, "ai-sram",
			"%s access to %08" PRIx64
			" while the AI clock is off or PLL1 is not running: the bus hangs",
			who, address);
		return false;
	}
	if (kpu_is_computing(board->kpu))
		board_guest_error(board, "ai-sram",
				  "%s access to %08" PRIx64 " while the KPU computes", who,
				  address);
	return true;
}

static struct device *find_device(struct board *board, uint64_t address)
{
	struct device *device = board->last_device;

	if (device && address - device->base < device->size)
		return device;
	for (size_t i = 0; i < board->device_count; i++) {
		device = board->devices[i];
		if (address >= device->base && address - device->base < device->size) {
			board->last_device = device;
			return device;
		}
	}
	return NULL;
}

static uint64_t size_mask(unsigned size)
{
	return size >= 8 ? UINT64_MAX : (1ull << (8 * size)) - 1;
}

static void trace_access(struct board *board, const struct device *device, uint32_t offset,
			 bool is_store, unsigned size, uint64_t value)
{
	struct report_origin origin;

	if (!board->report.trace && !board->report.summary)
		return;
	origin = board_origin(board);
	report_access(&board->report, &origin, device->name, offset, is_store, size, value);
}

static bool device_load(struct device *device, uint32_t offset, unsigned size, uint64_t *value)
{
	uint32_t start = offset & ~(device->width - 1);
	uint64_t word, high = 0;

	if (!device->ops->load(device, start, &word))
		return false;
	if (size > device->width && !device->ops->load(device, start + 4, &high))
		return false;
	if (size > device->width)
		word = (word & UINT32_MAX) | high << 32;
	*value = (word >> (8 * (offset - start))) & size_mask(size);
	return true;
}

/*
 * A store narrower than the register. 64-bit blocks are known to take 32-bit halves; whether the
 * peripheral bus takes bytes is not documented anywhere, so it is done and reported.
 */
static bool narrow_store(struct device *device, uint32_t offset, unsigned size, uint64_t value)
{
	uint32_t start = offset & ~(device->width - 1);
	unsigned shift = 8 * (offset - start);
	uint64_t word = 0;

	if (device->width == 8 && !device->ops->load(device, start, &word))
		return false;
	if (device->width == 4 || size < 4)
		board_guest_error(device->board, device->name,
				  "%u-byte store to +0x%x: not known to work on silicon", size,
				  offset);
	word = (word & ~(size_mask(size) << shift)) | (value & size_mask(size)) << shift;
	return device->ops->store(device, start, word);
}

static bool device_store(struct device *device, uint32_t offset, unsigned size, uint64_t value)
{
	if (size < device->width)
		return narrow_store(device, offset, size, value);
	if (!device->ops->store(device, offset, value & size_mask(device->width)))
		return false;
	return size == device->width || device->ops->store(device, offset + 4, value >> 32);
}

/* Everything that is not SRAM. @who is for messages. */
static struct device *select_device(struct board *board, uint64_t address, unsigned size,
				    const char *what)
{
	struct device *device = find_device(board, address);

	if (!device || device->size - (address - device->base) < size) {
		board_guest_error(board, "bus", "%s of %u bytes at unmapped address %08" PRIx64,
				  what, size, address);
		return NULL;
	}
	if (device->clock_gate >= 0 && !sysctl_device_usable(board->sysctl, device, what))
		return NULL;
	return device;
}

bool bus_load(struct board *board, uint64_t address, unsigned size, uint64_t *value)
{
	struct device *device;
	uint32_t offset;
	bool cached;

	address &= UINT32_MAX; /* the upper 32 address bits are ignored */
	*value = 0;
	if (find_sram(address, size, &offset, &cached)) {
		memcpy(value, (cached ? board->sram_cached : board->sram_uncached) + offset, size);
		return true;
	}
	if (find_ai_sram(address, size, &offset)) {
		if (!ai_sram_usable(board, address, "load"))
			return false;
		memcpy(value, board->ai_sram + offset, size);
		return true;
	}
	device = select_device(board, address, size, "load");
	if (!device || !device_load(device, (uint32_t)address - device->base, size, value))
		return false;
	trace_access(board, device, (uint32_t)address - device->base, false, size, *value);
	return true;
}

bool bus_store(struct board *board, uint64_t address, unsigned size, uint64_t value)
{
	struct device *device;
	uint32_t offset;
	bool cached;

	address &= UINT32_MAX;
	if (find_sram(address, size, &offset, &cached)) {
		memcpy((cached ? board->sram_cached : board->sram_uncached) + offset, &value, size);
		bus_memory_written(board, (uint32_t)address, size);
		return true;
	}
	if (find_ai_sram(address, size, &offset)) {
		if (!ai_sram_usable(board, address, "store"))
			return false;
		memcpy(board->ai_sram + offset, &value, size);
		return true;
	}
	device = select_device(board, address, size, "store");
	if (!device)
		return false;
	trace_access(board, device, (uint32_t)address - device->base, true, size, value);
	return device_store(device, (uint32_t)address - device->base, size, value);
}

/* The instruction ends late; the scheduler adds it up. */
static void wait_for_bus(struct board *board, struct hart *hart)
{
	if (!board->options.access_cycles)
		return;
	board->stall += board->options.access_cycles;
	hart_request_stop(hart);
}

static bool callback_load(void *context, struct hart *hart, uint64_t address, unsigned size,
			  uint64_t *value)
{
	wait_for_bus(context, hart);
	return bus_load(context, address, size, value);
}

static bool callback_store(void *context, struct hart *hart, uint64_t address, unsigned size,
			   uint64_t value)
{
	wait_for_bus(context, hart);
	return bus_store(context, address, size, value);
}

static void callback_guest_error(void *context, struct hart *hart, const char *text)
{
	struct board *board = context;

	board_guest_error(board, hart_id(hart) ? "hart1" : "hart0", "%s", text);
}

void bus_init_callbacks(struct board *board)
{
	board->bus = (struct hart_bus){ .context = board,
					.load = callback_load,
					.store = callback_store,
					.guest_error = callback_guest_error };
}

/* Lines that the CPU wrote through the cached window and that a bus master reads behind it. */
static void check_coherency(struct board *board, uint32_t offset, size_t size, const char *master)
{
	uint32_t first = offset & ~63u;
	uint32_t end = (uint32_t)((offset + size + 63) & ~(size_t)63);

	for (uint32_t line = first; line < end; line += 64) {
		if (!memcmp(board->sram_cached + line, board->sram_loaded + line, 64) ||
		    !memcmp(board->sram_cached + line, board->sram_uncached + line, 64))
			continue;
		board_guest_error(board, master,
				  "reads line %08x which was written through the cached window",
				  K210_SRAM_CACHED_BASE + line);
	}
}

static uint8_t *find_memory(struct board *board, uint32_t address, size_t size, const char *master)
{
	uint32_t offset;
	bool cached;

	if (find_sram(address, size, &offset, &cached))
		return board->sram_uncached + offset;
	if (find_ai_sram(address, size, &offset) && ai_sram_usable(board, address, master))
		return board->ai_sram + offset;
	return NULL;
}

const uint8_t *bus_memory_to_read(struct board *board, uint32_t address, size_t size,
				  const char *master)
{
	uint32_t offset;
	bool cached;

	if (board->options.check_coherency && find_sram(address, size, &offset, &cached))
		check_coherency(board, offset, size, master);
	return find_memory(board, address, size, master);
}

uint8_t *bus_memory_to_write(struct board *board, uint32_t address, size_t size, const char *master)
{
	return find_memory(board, address, size, master);
}

void bus_memory_written(struct board *board, uint32_t address, size_t size)
{
	uint32_t offset;
	bool cached;

	if (!find_sram(address, size, &offset, &cached))
		return;
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		hart_memory_written(board->harts[i], board->sram_uncached + offset, size);
		board->hart_spinning[i] = false;
	}
}
