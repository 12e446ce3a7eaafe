/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Platform-level interrupt controller (SiFive), 65 sources, four contexts of which 0 and 2 drive
 * the machine external interrupts of the harts.
 *
 * A gateway forwards a high level once and then nothing until completion; a forwarded interrupt
 * stays pending although the level may fall, as in the Rocket PLIC. Completion of a source that the
 * context has not enabled is ignored, as there.
 *
 * Not modelled: the supervisor contexts' lines (registers only).
 */
#include "utils/k210-emu/devices/plic.h"

#include <stdlib.h>
#include <string.h>

#include "k210/plic.h"
#include "utils/k210-emu/board.h"

#define WORDS 3

struct plic {
	struct device device;
	uint32_t priority[K210_IRQ_COUNT];
	uint32_t level[WORDS], pending[WORDS], in_service[WORDS];
	struct {
		uint32_t enable[WORDS];
		uint32_t threshold;
	} contexts[K210_PLIC_CONTEXT_COUNT];
};

static bool get_bit(const uint32_t *words, unsigned n)
{
	return words[n / 32] >> (n % 32) & 1;
}

static void put_bit(uint32_t *words, unsigned n, bool value)
{
	uint32_t bit = 1u << (n % 32);

	words[n / 32] = value ? words[n / 32] | bit : words[n / 32] & ~bit;
}

/* Source that a claim would return; the lowest number wins among equals. */
static unsigned best_source(const struct plic *plic, unsigned context, uint32_t above)
{
	unsigned best = 0;

	for (unsigned i = 0; i < WORDS; i++) {
		uint32_t candidates = plic->pending[i] & plic->contexts[context].enable[i];

		while (candidates) {
			unsigned source = 32 * i + (unsigned)__builtin_ctz(candidates);

			candidates &= candidates - 1;
			if (plic->priority[source] > above) {
				above = plic->priority[source];
				best = source;
			}
		}
	}
	return best;
}

static void update_lines(struct plic *plic)
{
	for (unsigned hart = 0; hart < K210_HART_COUNT; hart++) {
		unsigned context = K210_PLIC_MACHINE_CONTEXT(hart);

		board_set_hart_line(plic->device.board, hart, HART_LINE_EXTERNAL,
				    best_source(plic, context, plic->contexts[context].threshold) !=
					    0);
	}
}

void plic_set_level(struct plic *plic, unsigned source, bool level)
{
	if (get_bit(plic->level, source) == level)
		return;
	put_bit(plic->level, source, level);
	if (level && !get_bit(plic->in_service, source) && !get_bit(plic->pending, source)) {
		put_bit(plic->pending, source, true);
		update_lines(plic);
	}
}

/* A claim ignores the threshold, which only masks the line to the hart. */
static unsigned claim(struct plic *plic, unsigned context)
{
	unsigned source = best_source(plic, context, 0);

	if (source) {
		put_bit(plic->pending, source, false);
		put_bit(plic->in_service, source, true);
		update_lines(plic);
	}
	return source;
}

static void complete(struct plic *plic, unsigned context, uint32_t source)
{
	if (source == 0 || source >= K210_IRQ_COUNT ||
	    !get_bit(plic->contexts[context].enable, source)) {
		board_guest_error(plic->device.board, plic->device.name,
				  "completion of source %u which context %u has not enabled",
				  source, context);
		return;
	}
	/* Programs do this for every source at start, to end what an earlier one left claimed. */
	if (!get_bit(plic->in_service, source))
		return;
	put_bit(plic->in_service, source, false);
	put_bit(plic->pending, source, get_bit(plic->level, source));
	update_lines(plic);
}

static bool unknown(struct plic *plic, uint32_t offset)
{
	board_guest_error(plic->device.board, plic->device.name, "access to unknown register +0x%x",
			  offset);
	return true;
}

static uint32_t *enable_word(struct plic *plic, uint32_t offset)
{
	uint32_t context = (offset - K210_PLIC_ENABLE(0)) / 0x80;
	uint32_t index = (offset - K210_PLIC_ENABLE(0)) % 0x80 / 4;

	return context < K210_PLIC_CONTEXT_COUNT && index < WORDS
		       ? &plic->contexts[context].enable[index]
		       : NULL;
}

static bool plic_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct plic *plic = (struct plic *)device;
	uint32_t context;

	*value = 0;
	if (offset < 4 * K210_IRQ_COUNT) {
		*value = plic->priority[offset / 4];
		return true;
	}
	if (offset >= K210_PLIC_PENDING && offset < K210_PLIC_PENDING + 4 * WORDS) {
		*value = plic->pending[(offset - K210_PLIC_PENDING) / 4];
		return true;
	}
	if (offset >= K210_PLIC_ENABLE(0) && offset < K210_PLIC_THRESHOLD(0)) {
		const uint32_t *enable = enable_word(plic, offset);

		if (!enable)
			return unknown(plic, offset);
		*value = *enable;
		return true;
	}
	context = (offset - K210_PLIC_THRESHOLD(0)) / 0x1000;
	if (offset < K210_PLIC_THRESHOLD(0) || context >= K210_PLIC_CONTEXT_COUNT)
		return unknown(plic, offset);
	if (offset == K210_PLIC_THRESHOLD(context))
		*value = plic->contexts[context].threshold;
	else if (offset == K210_PLIC_CLAIM(context))
		*value = claim(plic, context);
	else
		return unknown(plic, offset);
	return true;
}

static bool plic_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct plic *plic = (struct plic *)device;
	uint32_t context = (offset - K210_PLIC_THRESHOLD(0)) / 0x1000;
	uint32_t *enable;

	if (offset >= 4 && offset < 4 * K210_IRQ_COUNT) {
		plic->priority[offset / 4] = value & K210_PLIC_PRIORITY_MAX;
	} else if (offset >= K210_PLIC_ENABLE(0) && offset < K210_PLIC_THRESHOLD(0)) {
		enable = enable_word(plic, offset);
		if (!enable)
			return unknown(plic, offset);
		*enable = (uint32_t)value;
		/* Source 0 does not exist; the last word has sources 64 and 65 only. */
		plic->contexts[(offset - K210_PLIC_ENABLE(0)) / 0x80].enable[0] &= ~1u;
		plic->contexts[(offset - K210_PLIC_ENABLE(0)) / 0x80].enable[2] &= 3u;
	} else if (offset >= K210_PLIC_THRESHOLD(0) && context < K210_PLIC_CONTEXT_COUNT) {
		if (offset == K210_PLIC_THRESHOLD(context))
			plic->contexts[context].threshold = value & K210_PLIC_PRIORITY_MAX;
		else if (offset == K210_PLIC_CLAIM(context))
			complete(plic, context, (uint32_t)value);
		else
			return unknown(plic, offset);
	} else if (offset != 0) { /* the SDK clears "priority 0" too */
		return unknown(plic, offset);
	}
	update_lines(plic);
	return true;
}

static void plic_reset(struct device *device)
{
	struct plic *plic = (struct plic *)device;

	memset(plic->priority, 0, sizeof(plic->priority));
	memset(plic->pending, 0, sizeof(plic->pending));
	memset(plic->in_service, 0, sizeof(plic->in_service));
	memset(plic->level, 0, sizeof(plic->level));
	memset(plic->contexts, 0, sizeof(plic->contexts));
	update_lines(plic);
}

static const struct device_ops plic_ops = {
	.load = plic_load,
	.store = plic_store,
	.reset = plic_reset,
};

bool plic_create(struct board *board)
{
	struct plic *plic = calloc(1, sizeof(*plic));

	if (!plic)
		return false;
	plic->device = (struct device){ .ops = &plic_ops,
					.board = board,
					.name = "plic",
					.base = K210_PLIC_BASE,
					.size = K210_PLIC_SIZE,
					.width = 4,
					.clock_gate = -1 };
	board->plic = plic;
	return board_add_device(board, &plic->device);
}

void board_set_irq(struct board *board, unsigned source, bool level)
{
	plic_set_level(board->plic, source, level);
}
