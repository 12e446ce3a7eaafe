/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/runner.h"

#include <time.h>

/* Cycles between looks at the host: short enough for its answers, long enough to cost nothing. */
#define SLICE_CYCLES 50000
/*
 * While the harts wait for a device (a character on the line, a layer), the host is looked at no
 * more often than this: 50 us at 400 MHz.
 */
#define WORK_CYCLES 20000
/* After the host has gone the board may finish what it is doing, but not for ever. */
#define FAREWELL_CYCLES      100000000
#define FAREWELL_ROUNDS      100
#define FAREWELL_NANOSECONDS 10000000

/* How much longer than its delay a timer waits for a host that is behind. */
#define HOST_BEHIND_NANOSECONDS 20000000

#define NANOSECONDS 1000000000ull

struct runner {
	struct board *board;
	struct face *face; /* NULL: nothing is connected */
	const struct runner_options *options;
	uint64_t closed_at; /* cycle at which the host went away */
	/* The timer that the idle board waits for, and until when it waits for the host first. */
	uint64_t timer_cycle, deadline;
	bool extended;
	uint64_t looked_at; /* cycle of the last look at the host */
};

static uint64_t host_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

/* Hands over what the board has sent and takes what comes; @wait: ns, UINT64_MAX for ever. */
static void wait_for_host(struct runner *runner, uint64_t wait)
{
	struct control *control = runner->options->control;
	struct face *face = runner->face;
	struct face *spi = runner->options->spi;
	struct pollfd fds[2 * FACE_POLL_MAX + CONTROL_POLL_MAX];
	struct timespec limit = { .tv_sec = (time_t)(wait / NANOSECONDS),
				  .tv_nsec = (long)(wait % NANOSECONDS) };
	size_t face_count = 0, spi_count = 0, control_count = 0;

	if (!face && !spi && !control)
		return;
	runner->looked_at = board_now(runner->board);
	if (face) {
		face->ops->flush(face);
		face_count = face->ops->prepare(face, fds);
	}
	if (spi) {
		spi->ops->flush(spi);
		spi_count = spi->ops->prepare(spi, fds + face_count);
	}
	if (control)
		control_count = control_prepare(control, fds + face_count + spi_count);
	if (ppoll(fds, face_count + spi_count + control_count, wait == UINT64_MAX ? NULL : &limit,
		  NULL) <= 0)
		return;
	if (control)
		control_handle(control, fds + face_count + spi_count, control_count);
	if (spi)
		spi->ops->handle(spi, fds + face_count, spi_count);
	if (face)
		face->ops->handle(face, fds, face_count);
}

static bool can_input(const struct runner *runner)
{
	return (runner->face && runner->face->can_input) ||
	       (runner->options->spi && runner->options->spi->can_input) ||
	       (runner->options->control && control_is_open(runner->options->control));
}

static bool is_behind(struct face *face)
{
	return face && face->ops->host_is_behind(face);
}

/* Whoever was connected has gone for good. */
static bool is_closed(const struct runner *runner)
{
	const struct face *face = runner->face, *spi = runner->options->spi;

	return (face || spi) && (!face || face->closed) && (!spi || spi->closed);
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
	runner->extended = false;
	runner->deadline = host_nanoseconds() + wait;
	return runner->deadline;
}

/* False: the host had its time. */
static bool wait_before_timer(struct runner *runner, const struct event *event)
{
	uint64_t deadline = timer_deadline(runner, event);
	uint64_t now = host_nanoseconds();

	if (now >= deadline && runner->options->pace && !runner->extended &&
	    (is_behind(runner->face) || is_behind(runner->options->spi))) {
		runner->extended = true;
		runner->deadline = deadline = now + HOST_BEHIND_NANOSECONDS;
	}
	if (now >= deadline)
		return false;
	wait_for_host(runner, deadline - now);
	return true;
}

/* False: nothing can happen any more. */
static bool pass_idle_time(struct runner *runner)
{
	const struct event *event = board_next_event(runner->board);
	bool waits = can_input(runner);

	if (event && event->kind == EVENT_WORK) {
		if (event->when - runner->looked_at >= WORK_CYCLES)
			wait_for_host(runner, 0);
		board_jump_to_next_event(runner->board);
		return true;
	}
	if (is_closed(runner))
		return false;
	if ((runner->face || waits) && runner->looked_at != board_now(runner->board)) {
		/* Nothing is going on any more: a look before deciding that it is silence. */
		wait_for_host(runner, 0);
		return true;
	}
	if (!event) {
		if (waits)
			wait_for_host(runner, UINT64_MAX);
		return waits;
	}
	if (event->when > runner->options->stop_after)
		return false;
	if (waits && wait_before_timer(runner, event))
		return true;
	runner->deadline = 0;
	board_jump_to_next_event(runner->board);
	return true;
}

static bool host_is_gone(struct runner *runner)
{
	uint64_t now = board_now(runner->board);

	if (!is_closed(runner))
		return false;
	if (!runner->closed_at)
		runner->closed_at = now + 1;
	return now - (runner->closed_at - 1) > FAREWELL_CYCLES;
}

static void run(struct runner *runner)
{
	struct board *board = runner->board;
	struct face *face = runner->face, *spi = runner->options->spi;
	uint64_t stop_after = runner->options->stop_after, until;

	while (!host_is_gone(runner) && !report_is_lost(&board->report)) {
		if (face && (!face->powered || face->must_wait)) {
			if (!face->powered && !face->can_input)
				return;
			wait_for_host(runner, UINT64_MAX);
			continue;
		}
		if (spi && spi->must_wait) {
			wait_for_host(runner, UINT64_MAX);
			continue;
		}
		if (board_now(board) >= stop_after)
			return;
		until = stop_after - board_now(board) < SLICE_CYCLES
				? stop_after
				: board_now(board) + SLICE_CYCLES;
		if (board_run(board, until) == BOARD_RUNNING)
			wait_for_host(runner, 0);
		else if (!pass_idle_time(runner))
			return;
	}
}

void runner_run(struct board *board, struct face *face, const struct runner_options *options)
{
	struct runner runner = { .board = board, .face = face, .options = options };

	run(&runner);
	/* The last words, if somebody still listens. */
	for (unsigned i = 0; face && i < FAREWELL_ROUNDS; i++) {
		face->ops->flush(face);
		if (!face->ops->host_is_behind(face))
			break;
		wait_for_host(&runner, FAREWELL_NANOSECONDS);
	}
}
