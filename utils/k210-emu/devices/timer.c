/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * DesignWare timer blocks of four down-counters (K210 standalone SDK timer.h). Channels 0 and 1
 * share one interrupt, 2 and 3 the next.
 *
 * Not modelled: PWM and load_count2, the pause bits of SYSCTL.
 */
#include "utils/k210-emu/devices/timer.h"

#include <stdlib.h>

#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/sysctl.h"

#define CHANNELS      4
#define PICOSECONDS   1000000000000ull
#define CHANNEL_BYTES 0x14

enum {
	LOAD = 0x00,
	CURRENT = 0x04,
	CONTROL = 0x08,
	CHANNEL_EOI = 0x0c,
	CHANNEL_STAT = 0x10,
	STAT = 0xa0,
	EOI = 0xa4,
	RAW = 0xa8,
	VERSION = 0xac,
	CONTROL_ENABLE = 1 << 0,
	CONTROL_USER_MODE = 1 << 1,
	CONTROL_MASK = 1 << 2,
};

struct timer;

struct timer_channel {
	struct timer *owner;
	uint32_t load, control;
	bool raw;
	uint64_t deadline_ps;
	struct event event;
};

struct timer {
	struct device device;
	unsigned index;
	struct timer_channel channels[CHANNELS];
};

static uint64_t hz(const struct timer *timer)
{
	return sysctl_timer_hz(timer->device.board->sysctl, timer->index);
}

static bool is_pending(const struct timer_channel *channel)
{
	return channel->raw && !(channel->control & CONTROL_MASK);
}

static void update_irq(struct timer *timer)
{
	const struct timer_channel *channels = timer->channels;
	unsigned irq = K210_IRQ_TIMER0_A + 2 * timer->index;

	board_set_irq(timer->device.board, irq, is_pending(channels) || is_pending(channels + 1));
	board_set_irq(timer->device.board, irq + 1,
		      is_pending(channels + 2) || is_pending(channels + 3));
}

static void arm(struct timer_channel *channel)
{
	struct board *board = channel->owner->device.board;
	uint64_t now = board_picoseconds(board);
	uint64_t left = channel->deadline_ps > now ? channel->deadline_ps - now : 0;

	if (channel->control & CONTROL_ENABLE)
		board_schedule(board, &channel->event, board_cycles(board, left, PICOSECONDS));
	else
		board_cancel(board, &channel->event);
}

/* Starts a period from @count. A stopped source clock leaves the deadline far away. */
static void restart(struct timer_channel *channel, uint32_t count)
{
	uint64_t rate = hz(channel->owner);

	channel->deadline_ps =
		board_picoseconds(channel->owner->device.board) +
		(rate ? (uint64_t)(((unsigned __int128)count + 1) * PICOSECONDS / rate)
		      : UINT64_MAX / 4);
	arm(channel);
}

static void fire(void *context)
{
	struct timer_channel *channel = context;

	channel->raw = true;
	restart(channel,
		channel->control & CONTROL_USER_MODE ? channel->load : (uint32_t)UINT32_MAX);
	update_irq(channel->owner);
}

static uint32_t current_count(const struct timer_channel *channel)
{
	uint64_t now = board_picoseconds(channel->owner->device.board);

	if (!(channel->control & CONTROL_ENABLE) || channel->deadline_ps <= now)
		return 0;
	return (uint32_t)((unsigned __int128)(channel->deadline_ps - now) * hz(channel->owner) /
			  PICOSECONDS);
}

static uint32_t acknowledge(struct timer_channel *channel)
{
	uint32_t was = channel->raw;

	channel->raw = false;
	update_irq(channel->owner);
	return was;
}

static uint32_t load_global(struct timer *timer, uint32_t offset)
{
	uint32_t value = 0;

	if (offset == VERSION)
		return 0x3230392a; /* "209*" */
	for (unsigned i = 0; i < CHANNELS; i++) {
		struct timer_channel *channel = &timer->channels[i];

		if (offset == STAT ? is_pending(channel) : channel->raw)
			value |= 1u << i;
		if (offset == EOI)
			acknowledge(channel);
	}
	return value;
}

static bool timer_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct timer *timer = (struct timer *)device;
	struct timer_channel *channel;

	*value = 0;
	if (offset >= CHANNELS * CHANNEL_BYTES) {
		if (offset >= STAT && offset <= VERSION)
			*value = load_global(timer, offset);
		return true;
	}
	channel = &timer->channels[offset / CHANNEL_BYTES];
	switch (offset % CHANNEL_BYTES) {
	case LOAD:
		*value = channel->load;
		break;
	case CURRENT:
		*value = current_count(channel);
		break;
	case CONTROL:
		*value = channel->control;
		break;
	case CHANNEL_EOI:
		*value = acknowledge(channel);
		break;
	case CHANNEL_STAT:
		*value = is_pending(channel);
		break;
	}
	return true;
}

static bool timer_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct timer *timer = (struct timer *)device;
	struct timer_channel *channel;
	uint32_t changed;

	if (offset >= CHANNELS * CHANNEL_BYTES)
		return true;
	channel = &timer->channels[offset / CHANNEL_BYTES];
	switch (offset % CHANNEL_BYTES) {
	case LOAD:
		channel->load = (uint32_t)value;
		if (channel->control & CONTROL_ENABLE)
			restart(channel, channel->load);
		break;
	case CONTROL:
		changed = channel->control ^ (uint32_t)value;
		channel->control = value & 0x1f;
		if (changed & CONTROL_ENABLE)
			restart(channel, channel->load);
		update_irq(timer);
		break;
	default:
		break;
	}
	return true;
}

static void timer_clocks_changed(struct device *device)
{
	struct timer *timer = (struct timer *)device;

	for (unsigned i = 0; i < CHANNELS; i++) {
		if (timer->channels[i].event.queued)
			arm(&timer->channels[i]);
	}
}

static void timer_reset(struct device *device)
{
	struct timer *timer = (struct timer *)device;

	for (unsigned i = 0; i < CHANNELS; i++) {
		timer->channels[i].load = timer->channels[i].control = 0;
		timer->channels[i].raw = false;
		board_cancel(device->board, &timer->channels[i].event);
	}
	update_irq(timer);
}

static const struct device_ops timer_ops = {
	.load = timer_load,
	.store = timer_store,
	.reset = timer_reset,
	.clocks_changed = timer_clocks_changed,
};

bool timer_block_create(struct board *board, unsigned index)
{
	static const char *const names[] = { "timer0", "timer1", "timer2" };
	struct timer *timer = calloc(1, sizeof(*timer));

	if (!timer)
		return false;
	timer->device = (struct device){ .ops = &timer_ops,
					 .board = board,
					 .name = names[index],
					 .base = K210_TIMER0_BASE + 0x10000 * index,
					 .size = 0x1000,
					 .width = 4,
					 .clock_gate = K210_PERI_TIMER0 + (int)index };
	timer->index = index;
	for (unsigned i = 0; i < CHANNELS; i++) {
		timer->channels[i].owner = timer;
		event_init(&timer->channels[i].event, EVENT_TIMER, fire, &timer->channels[i]);
	}
	return board_add_device(board, &timer->device);
}
