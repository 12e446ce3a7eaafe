/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * DesignWare watchdogs. They count in the board's time, also with collapsed durations. Registers
 * and periods: k210/wdt.h. Clearing the enable bit stops the counter, as the SDK expects.
 *
 * Not modelled: TOP_INIT (TOP gives the first period, too; the SDK writes the same to both), the
 * length of the reset pulse, the component's registers of its version.
 */
#include "utils/k210-emu/devices/wdt.h"

#include <stdlib.h>

#include "k210/sysctl.h"
#include "k210/wdt.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/sysctl.h"

#define PICOSECONDS 1000000000000ull

struct wdt {
	struct device device;
	unsigned index;
	uint32_t cr, torr;
	bool interrupt;
	uint64_t deadline_ps;
	struct event event;
};

static uint64_t hz(const struct wdt *wdt)
{
	return sysctl_wdt_hz(wdt->device.board->sysctl, wdt->index);
}

static void arm(struct wdt *wdt)
{
	struct board *board = wdt->device.board;
	uint64_t now = board_picoseconds(board);
	uint64_t left = wdt->deadline_ps > now ? wdt->deadline_ps - now : 0;

	if (wdt->cr & K210_WDT_CR_ENABLE)
		board_schedule(board, &wdt->event, board_cycles(board, left, PICOSECONDS));
	else
		board_cancel(board, &wdt->event);
}

static void restart(struct wdt *wdt)
{
	uint64_t counts = 1ull << (16 + (wdt->torr & 0xf));

	wdt->deadline_ps = board_picoseconds(wdt->device.board) +
			   (uint64_t)((unsigned __int128)counts * PICOSECONDS / hz(wdt));
	arm(wdt);
}

static void update_irq(struct wdt *wdt)
{
	board_set_irq(wdt->device.board, K210_IRQ_WDT0 + wdt->index, wdt->interrupt);
}

static void fire(void *context)
{
	struct wdt *wdt = context;

	if ((wdt->cr & K210_WDT_CR_INTERRUPT_MODE) && !wdt->interrupt) {
		wdt->interrupt = true;
		update_irq(wdt);
		restart(wdt);
		return;
	}
	board_guest_error(wdt->device.board, wdt->device.name, "time-out: resets the chip");
	board_request_reset(wdt->device.board, wdt->index ? RESET_WDT1 : RESET_WDT0);
}

static uint32_t current_count(const struct wdt *wdt)
{
	uint64_t now = board_picoseconds(wdt->device.board);

	if (!(wdt->cr & K210_WDT_CR_ENABLE) || wdt->deadline_ps <= now)
		return 0;
	return (uint32_t)((unsigned __int128)(wdt->deadline_ps - now) * hz(wdt) / PICOSECONDS);
}

static bool wdt_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct wdt *wdt = (struct wdt *)device;

	*value = 0;
	switch (offset) {
	case K210_WDT_CR:
		*value = wdt->cr;
		break;
	case K210_WDT_TORR:
		*value = wdt->torr;
		break;
	case K210_WDT_CCVR:
		*value = current_count(wdt);
		break;
	case K210_WDT_STAT:
		*value = wdt->interrupt;
		break;
	case K210_WDT_EOI:
		wdt->interrupt = false;
		update_irq(wdt);
		break;
	default:
		break;
	}
	return true;
}

static bool wdt_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct wdt *wdt = (struct wdt *)device;
	uint32_t changed;

	switch (offset) {
	case K210_WDT_CR:
		changed = wdt->cr ^ (uint32_t)value;
		wdt->cr = value & 0x1f;
		if (changed & K210_WDT_CR_ENABLE)
			restart(wdt);
		break;
	case K210_WDT_TORR:
		wdt->torr = value & 0xff;
		break;
	case K210_WDT_CRR:
		if ((value & 0xff) != K210_WDT_CRR_FEED)
			break;
		wdt->interrupt = false;
		update_irq(wdt);
		restart(wdt);
		break;
	default:
		break;
	}
	return true;
}

static void wdt_clocks_changed(struct device *device)
{
	struct wdt *wdt = (struct wdt *)device;

	if (wdt->event.queued)
		arm(wdt);
}

static void wdt_reset(struct device *device)
{
	struct wdt *wdt = (struct wdt *)device;

	wdt->cr = wdt->torr = 0;
	wdt->interrupt = false;
	board_cancel(device->board, &wdt->event);
	update_irq(wdt);
}

static const struct device_ops wdt_ops = {
	.load = wdt_load,
	.store = wdt_store,
	.reset = wdt_reset,
	.clocks_changed = wdt_clocks_changed,
};

bool wdt_create(struct board *board, unsigned index)
{
	struct wdt *wdt = calloc(1, sizeof(*wdt));

	if (!wdt)
		return false;
	wdt->device = (struct device){ .ops = &wdt_ops,
				       .board = board,
				       .name = index ? "wdt1" : "wdt0",
				       .base = K210_WDT0_BASE + 0x10000 * index,
				       .size = 0x1000,
				       .width = 4,
				       .clock_gate = K210_PERI_WDT0 + (int)index };
	wdt->index = index;
	event_init(&wdt->event, EVENT_TIMER, fire, wdt);
	return board_add_device(board, &wdt->device);
}
