/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A sorted list: the board has some forty events, most of them not queued. */
#include "utils/k210-emu/event.h"

#include <stddef.h>

void event_init(struct event *event, enum event_kind kind, void (*fire)(void *context),
		void *context)
{
	*event = (struct event){ .kind = kind, .fire = fire, .context = context };
}

void event_queue_remove(struct event_queue *queue, struct event *event)
{
	struct event **link = &queue->first;

	if (!event->queued)
		return;
	while (*link != event)
		link = &(*link)->next;
	*link = event->next;
	event->queued = false;
	event->next = NULL;
}

void event_queue_set(struct event_queue *queue, struct event *event, uint64_t when)
{
	struct event **link = &queue->first;

	event_queue_remove(queue, event);
	if (when == EVENT_NEVER)
		return;
	while (*link && (*link)->when <= when)
		link = &(*link)->next;
	event->when = when;
	event->next = *link;
	event->queued = true;
	*link = event;
}

uint64_t event_queue_next(const struct event_queue *queue)
{
	return queue->first ? queue->first->when : EVENT_NEVER;
}

struct event *event_queue_take_due(struct event_queue *queue, uint64_t now)
{
	struct event *event = queue->first;

	if (!event || event->when > now)
		return NULL;
	event_queue_remove(queue, event);
	return event;
}
