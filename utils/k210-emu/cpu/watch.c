/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Watched pages: stores take the slow path where decoded code or a load reservation of either hart
 * may depend on the bytes. Everything here works on host addresses, since several guest pages may
 * show the same memory.
 */
#include "utils/k210-emu/cpu/core.h"

/* Part of a region that overlaps a host range, as guest addresses [begin, end). */
struct overlap {
	uint64_t begin;
	uint64_t end;
};

static bool find_overlap(const struct hart_memory_region *region, const uint8_t *host, size_t size,
			 struct overlap *out)
{
	uintptr_t low = (uintptr_t)region->host;
	uintptr_t begin = (uintptr_t)host;
	uintptr_t end = begin + size;

	if (begin < low)
		begin = low;
	if (end > low + region->size)
		end = low + region->size;
	if (begin >= end)
		return false;
	out->begin = region->base + (begin - low);
	out->end = region->base + (end - low);
	return true;
}

static bool overlaps_reservation(const struct hart *hart, const uint8_t *host, size_t size)
{
	uintptr_t line = (uintptr_t)hart->reserved_line;
	uintptr_t begin = (uintptr_t)host;

	return line && begin < line + LINE_BYTES && line < begin + size;
}

static void watch_one(struct hart *hart, const uint8_t *host, size_t size)
{
	struct overlap overlap;

	for (size_t i = 0; i < hart->config.region_count; i++) {
		if (!find_overlap(&hart->config.regions[i], host, size, &overlap))
			continue;
		for (uint64_t at = overlap.begin >> PAGE_SHIFT; at << PAGE_SHIFT < overlap.end;
		     at++)
			hart->store_page[at] = NULL;
	}
}

void watch_range(struct hart *hart, const uint8_t *host, size_t size)
{
	watch_one(hart, host, size);
	if (hart->peer)
		watch_one(hart->peer, host, size);
}

static bool has_code(const struct hart *hart, const uint8_t *host)
{
	struct overlap overlap;

	for (size_t i = 0; i < hart->config.region_count; i++) {
		if (!find_overlap(&hart->config.regions[i], host, PAGE_BYTES, &overlap))
			continue;
		for (uint64_t at = overlap.begin >> PAGE_SHIFT; at << PAGE_SHIFT < overlap.end;
		     at++)
			if (hart->code[at] && hart->code[at]->code_lines)
				return true;
	}
	return false;
}

void watch_relax(struct hart *hart, uint32_t page)
{
	const struct hart *peer = hart->peer;
	uint8_t *host = hart->load_page[page];

	if (has_code(hart, host))
		return;
	if (peer && (has_code(peer, host) || overlaps_reservation(peer, host, PAGE_BYTES)))
		return;
	hart->store_page[page] = host;
}

/* Undoes decoding in the bytes [begin, end) of a page, whole lines at a time. */
static void drop_lines(struct hart *hart, struct code_page *page, unsigned begin, unsigned end)
{
	for (unsigned line = begin >> LINE_SHIFT; line <= (end - 1) >> LINE_SHIFT; line++) {
		unsigned slot = line * LINE_BYTES / 2;
		struct code_page *before;

		if (!(page->code_lines & (uint64_t)1 << line))
			continue;
		page->code_lines &= ~((uint64_t)1 << line);
		for (unsigned i = 0; i < LINE_BYTES / 2; i++)
			page->slots[slot + i].run = op_decode;
		/* An instruction may begin in the halfword before. */
		if (slot > 0) {
			page->slots[slot - 1].run = op_decode;
			continue;
		}
		before = hart->code[(page->number - 1) & (PAGE_COUNT - 1)];
		if (before)
			before->slots[SLOTS_PER_PAGE - 1].run = op_decode;
	}
}

void watch_drop_code(struct hart *hart, const uint8_t *host, size_t size)
{
	struct overlap overlap;

	for (size_t i = 0; i < hart->config.region_count; i++) {
		if (!find_overlap(&hart->config.regions[i], host, size, &overlap))
			continue;
		for (uint64_t at = overlap.begin; at < overlap.end;) {
			uint64_t stop = (at | (PAGE_BYTES - 1)) + 1;
			struct code_page *page = hart->code[page_number(at)];

			if (stop > overlap.end)
				stop = overlap.end;
			if (page && page->code_lines)
				drop_lines(hart, page, page_offset(at), page_offset(stop - 1) + 1);
			at = stop;
		}
	}
}

void watch_stored(struct hart *hart, uint64_t address, const uint8_t *host, size_t size)
{
	struct hart *peer = hart->peer;

	watch_drop_code(hart, host, size);
	if (peer) {
		watch_drop_code(peer, host, size);
		if (overlaps_reservation(peer, host, size))
			peer->reserved_line = NULL;
	}
	watch_relax(hart, page_number(address));
}

void hart_memory_written(struct hart *hart, const uint8_t *host, size_t size)
{
	watch_drop_code(hart, host, size);
	if (overlaps_reservation(hart, host, size))
		hart->reserved_line = NULL;
	if (!hart->peer)
		return;
	watch_drop_code(hart->peer, host, size);
	if (overlaps_reservation(hart->peer, host, size))
		hart->peer->reserved_line = NULL;
}

void hart_set_peer(struct hart *hart, struct hart *peer)
{
	hart->peer = peer;
	if (!peer)
		return;
	peer->peer = hart;
	/* Neither knew what the other decoded: watch everything once, the slow path relaxes it. */
	for (size_t i = 0; i < hart->config.region_count; i++)
		watch_range(hart, hart->config.regions[i].host, hart->config.regions[i].size);
	for (size_t i = 0; i < peer->config.region_count; i++)
		watch_range(peer, peer->config.regions[i].host, peer->config.regions[i].size);
}
