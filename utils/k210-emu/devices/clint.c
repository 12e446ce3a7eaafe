/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Core-local interruptor: software and timer interrupts of both harts. mtime is CPU cycles / 50
 * (K210 standalone SDK clint.c), so it needs no event of its own; mtimecmp has one per hart.
 */
#include "utils/k210-emu/devices/clint.h"

#include <stdlib.h>

#include "k210/clint.h"
#include "utils/k210-emu/board.h"

struct clint_hart {
	struct clint *owner;
	unsigned index;
	uint32_t msip;
	uint64_t mtimecmp;
	struct event timer;
};

struct clint {
	struct device device;
	uint64_t offset; /* mtime = cycles / 50 + offset */
	struct clint_hart harts[K210_HART_COUNT];
};

static uint64_t mtime(const struct clint *clint)
{
	return board_now(clint->device.board) / K210_CLINT_CLOCK_DIVISOR + clint->offset;
}

static void update_timer(struct clint_hart *hart)
{
	struct clint *clint = hart->owner;
	struct board *board = clint->device.board;
	uint64_t now = mtime(clint);
	uint64_t ticks = hart->mtimecmp - now;
	uint64_t into_tick = board_now(board) % K210_CLINT_CLOCK_DIVISOR;

	board_set_hart_line(board, hart->index, HART_LINE_TIMER, now >= hart->mtimecmp);
	if (now >= hart->mtimecmp || ticks > EVENT_NEVER / K210_CLINT_CLOCK_DIVISOR - 1)
		board_cancel(board, &hart->timer);
	else
		board_schedule(board, &hart->timer, ticks * K210_CLINT_CLOCK_DIVISOR - into_tick);
}

static void fire_timer(void *context)
{
	update_timer(context);
}

static bool clint_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct clint *clint = (struct clint *)device;
	uint64_t word;

	*value = 0;
	if (offset < K210_CLINT_MSIP(K210_HART_COUNT)) {
		*value = clint->harts[offset / 4].msip;
		return true;
	}
	if (offset >= K210_CLINT_MTIMECMP(0) && offset < K210_CLINT_MTIMECMP(K210_HART_COUNT)) {
		word = clint->harts[(offset - K210_CLINT_MTIMECMP(0)) / 8].mtimecmp;
	} else if ((offset & ~7u) == K210_CLINT_MTIME) {
		word = mtime(clint);
	} else {
		board_guest_error(device->board, device->name, "load of unknown register +0x%x",
				  offset);
		return true;
	}
	*value = (uint32_t)(word >> (offset & 4 ? 32 : 0));
	return true;
}

static uint64_t replace_half(uint64_t word, uint32_t offset, uint32_t half)
{
	return offset & 4 ? (word & UINT32_MAX) | (uint64_t)half << 32
			  : (word & ~(uint64_t)UINT32_MAX) | half;
}

static bool clint_store(struct device *device, uint32_t offset, uint64_t value64)
{
	struct clint *clint = (struct clint *)device;
	uint32_t value = (uint32_t)value64;

	if (offset < K210_CLINT_MSIP(K210_HART_COUNT)) {
		clint->harts[offset / 4].msip = value & 1;
		board_set_hart_line(device->board, offset / 4, HART_LINE_SOFTWARE, value & 1);
	} else if (offset >= K210_CLINT_MTIMECMP(0) &&
		   offset < K210_CLINT_MTIMECMP(K210_HART_COUNT)) {
		struct clint_hart *hart = &clint->harts[(offset - K210_CLINT_MTIMECMP(0)) / 8];

		hart->mtimecmp = replace_half(hart->mtimecmp, offset, value);
		update_timer(hart);
	} else if ((offset & ~7u) == K210_CLINT_MTIME) {
		uint64_t now = mtime(clint);

		clint->offset += replace_half(now, offset, value) - now;
		for (unsigned i = 0; i < K210_HART_COUNT; i++)
			update_timer(&clint->harts[i]);
	} else {
		board_guest_error(device->board, device->name, "store to unknown register +0x%x",
				  offset);
	}
	return true;
}

static void clint_reset(struct device *device)
{
	struct clint *clint = (struct clint *)device;

	clint->offset = -(board_now(device->board) / K210_CLINT_CLOCK_DIVISOR);
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		clint->harts[i].msip = 0;
		clint->harts[i].mtimecmp = UINT64_MAX;
		board_set_hart_line(device->board, i, HART_LINE_SOFTWARE, false);
		update_timer(&clint->harts[i]);
	}
}

static const struct device_ops clint_ops = {
	.load = clint_load,
	.store = clint_store,
	.reset = clint_reset,
};

bool clint_create(struct board *board)
{
	struct clint *clint = calloc(1, sizeof(*clint));

	if (!clint)
		return false;
	clint->device = (struct device){ .ops = &clint_ops,
					 .board = board,
					 .name = "clint",
					 .base = K210_CLINT_BASE,
					 .size = K210_CLINT_SIZE,
					 .width = 4,
					 .clock_gate = -1 };
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		clint->harts[i].owner = clint;
		clint->harts[i].index = i;
		event_init(&clint->harts[i].timer, EVENT_TIMER, fire_timer, &clint->harts[i]);
	}
	board->clint = clint;
	return board_add_device(board, &clint->device);
}
