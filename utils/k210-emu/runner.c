/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/runner.h"

#include <time.h>

/* Cycles between looks at the host: short enough for its answers, long enough to cost nothing. */
#define SLICE_CYCLES 50000
/* After the host has gone the board may finish what it is doing, but not for ever. */
#define FAREWELL_CYCLES 100000000

#define NANOSECONDS 1000000000ull

struct runner {
	struct board *board;
	struct face *face; /* NULL: nothing is connected */
	const struct runner_options *options;
	uint64_t closed_at; /* cycle at which the host went away */
	/* The timer that the idle board waits for, and until when it waits for the host first. */
	uint64_t timer_cycle, deadline;
};

static uint64_t host_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

/* @wait in nanoseconds, UINT64_MAX for ever. */
static void wait_for_host(struct runner *runner, uint64_t wait)
{
	struct pollfd fds[FACE_POLL_MAX];
	struct timespec limit = { .tv_sec = (time_t)(wait / NANOSECONDS),
				  .tv_nsec = (long)(wait % NANOSECONDS) };
	size_t count;

	if (!runner->face)
		return;
	count = runner->face->ops->prepare(runner->face, fds);
	if (ppoll(fds, count, wait == UINT64_MAX ? NULL : &limit, NULL) > 0)
		runner->face->ops->handle(runner->face, fds, count);
}

static uint64_t timer_deadline(struct runner *runner, const struct event *event)
{
	struct board *board = runner->board;
	uint64_t wait = runner->options->grace_nanoseconds;
	unsigned __int128 pace;

	if (runner->deadline && runner->timer_cycle == event->when)
		return runner->deadline;
	if (runner->options->pace && board->cpu_hz) {
		pace = (unsigned __int128)(event->when - board_now(board)) * NANOSECONDS /
		       board->cpu_hz;
		if (pace > wait)
			wait = pace > UINT64_MAX / 4 ? UINT64_MAX / 4 : (uint64_t)pace;
	}
	runner->timer_cycle = event->when;
	runner->deadline = host_nanoseconds() + wait;
	return runner->deadline;
}

/* False: nothing can happen any more. */
static bool pass_idle_time(struct runner *runner)
{
	const struct event *event = board_next_event(runner->board);
	bool can_input = runner->face && runner->face->can_input;
	uint64_t now, deadline;

	if (event && event->kind == EVENT_WORK) {
		wait_for_host(runner, 0);
		board_jump_to_next_event(runner->board);
		return true;
	}
	if (runner->face && runner->face->closed)
		return false;
	if (!event) {
		if (can_input)
			wait_for_host(runner, UINT64_MAX);
		return can_input;
	}
	if (event->when > runner->options->stop_after)
		return false;
	if (can_input) {
		deadline = timer_deadline(runner, event);
		now = host_nanoseconds();
		if (now < deadline) {
			wait_for_host(runner, deadline - now);
			return true;
		}
	}
	runner->deadline = 0;
	board_jump_to_next_event(runner->board);
	return true;
}

static bool host_is_gone(struct runner *runner)
{
	uint64_t now = board_now(runner->board);

	if (!runner->face || !runner->face->closed)
		return false;
	if (!runner->closed_at)
		runner->closed_at = now + 1;
	return now - (runner->closed_at - 1) > FAREWELL_CYCLES;
}

void runner_run(struct board *board, struct face *face, const struct runner_options *options)
{
	struct runner runner = { .board = board, .face = face, .options = options };
	uint64_t until;

	while (!host_is_gone(&runner)) {
		if (face && (!face->powered || face->must_wait)) {
			if (!face->powered && !face->can_input)
				return;
			wait_for_host(&runner, UINT64_MAX);
			continue;
		}
		if (board_now(board) >= options->stop_after)
			return;
		until = options->stop_after - board_now(board) < SLICE_CYCLES
				? options->stop_after
				: board_now(board) + SLICE_CYCLES;
		if (board_run(board, until) == BOARD_RUNNING) {
			if (face) {
				face->ops->flush(face);
				wait_for_host(&runner, 0);
			}
		} else {
			if (face)
				face->ops->flush(face);
			if (!pass_idle_time(&runner))
				return;
		}
	}
}
