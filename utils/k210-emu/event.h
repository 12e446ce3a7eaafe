/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Event queue in virtual time (CPU cycles). Events are embedded in the devices; the queue never
 * allocates. Events of the same cycle fire in the order in which they were scheduled.
 */
#ifndef K210_EMU_EVENT_H
#define K210_EMU_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#define EVENT_NEVER UINT64_MAX

/* What the board does when it has nothing else to do but to wait for the event. */
enum event_kind {
	EVENT_WORK,  /* a device is busy: jump there at once */
	EVENT_TIMER, /* time-outs and ticks: give the host its chance to speak first */
};

struct event {
	uint64_t when;
	enum event_kind kind;
	bool queued;
	void (*fire)(void *context);
	void *context;
	struct event *next;
};

struct event_queue {
	struct event *first;
};

void event_init(struct event *event, enum event_kind kind, void (*fire)(void *context),
		void *context);

/* Adds the event, or moves it when it is queued already. EVENT_NEVER takes it out. */
void event_queue_set(struct event_queue *queue, struct event *event, uint64_t when);
void event_queue_remove(struct event_queue *queue, struct event *event);

/* EVENT_NEVER when empty. */
uint64_t event_queue_next(const struct event_queue *queue);

/* Takes the first event out if it is due at @now, else NULL. */
struct event *event_queue_take_due(struct event_queue *queue, uint64_t now);

#endif
