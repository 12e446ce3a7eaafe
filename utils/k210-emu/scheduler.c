/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Interleaves the harts and fires events in virtual time.
 *
 * Each hart has its own time. The one that is behind runs, until the next event or until it is a
 * quantum ahead of the other. A hart that waits (WFI) or provably spins takes no part; its time is
 * moved along when something wakes it.
 */
#include "utils/k210-emu/board.h"

#include "utils/k210-emu/devices/sysctl.h"

/* Larger is faster, smaller interleaves the harts finer; 1000 costs nothing measurable. */
#define QUANTUM 1000

static bool is_active(const struct board *board, unsigned hart)
{
	return !board->hart_waiting[hart] && !board->hart_spinning[hart];
}

/* The active hart that is furthest behind, or -1. */
static int choose_hart(const struct board *board)
{
	int chosen = -1;

	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		if (is_active(board, i) &&
		    (chosen < 0 || board->hart_time[i] < board->hart_time[chosen]))
			chosen = (int)i;
	}
	return chosen;
}

static uint64_t slice_limit(const struct board *board, unsigned hart, uint64_t until)
{
	uint64_t limit = event_queue_next(&board->events);

	if (limit > until)
		limit = until;
	for (unsigned i = 0; i < K210_HART_COUNT; i++) {
		uint64_t ahead = board->hart_time[i] + QUANTUM;

		if (i != hart && is_active(board, i) && ahead < limit)
			limit = ahead;
	}
	return limit;
}

static void release_spinning(struct board *board, int except)
{
	for (int i = 0; i < K210_HART_COUNT; i++) {
		if (i == except || !board->hart_spinning[i])
			continue;
		board->hart_spinning[i] = false;
		if (board->hart_time[i] < board->now)
			board->hart_time[i] = board->now;
	}
}

bool board_poke(struct board *board, uint32_t address, uint32_t word)
{
	bool done = bus_store(board, address, sizeof(word), word);

	release_spinning(board, -1);
	return done;
}

static void fire_due_events(struct board *board)
{
	struct event *event;

	while ((event = event_queue_take_due(&board->events, board->now)) != NULL) {
		event->fire(event->context);
		release_spinning(board, -1);
	}
}

static void run_slice(struct board *board, unsigned hart, uint64_t limit)
{
	enum hart_stop stop = HART_STOP_BUDGET;
	uint64_t executed;

	board->slice_end = limit;
	board->running_hart = (int)hart;
	hart_set_cycles(board->harts[hart], board->hart_time[hart]);
	executed = hart_run(board->harts[hart], limit - board->hart_time[hart], &stop);
	board->running_hart = -1;
	board->hart_time[hart] += executed + board->stall;
	board->stall = 0;
	if (executed)
		release_spinning(board, (int)hart);
	if (stop == HART_STOP_WFI) {
		board->hart_waiting[hart] = true;
	} else if (stop == HART_STOP_SPIN) {
		/* Its time stays: what ends the loop may come before the limit, from the host. */
		board->hart_spinning[hart] = true;
	}
}

enum board_state board_run(struct board *board, uint64_t until)
{
	for (;;) {
		int hart;

		if (board->reset_requested != RESET_NONE)
			board_reset(board, board->reset_requested);
		if (board->pause_requested) {
			board->pause_requested = false;
			return BOARD_RUNNING;
		}
		hart = choose_hart(board);
		if (hart < 0)
			return BOARD_IDLE;
		if (board->hart_time[hart] > board->now)
			board->now = board->hart_time[hart];
		if (event_queue_next(&board->events) <= board->now) {
			fire_due_events(board);
			continue;
		}
		if (board->now >= until)
			return BOARD_RUNNING;
		run_slice(board, (unsigned)hart, slice_limit(board, (unsigned)hart, until));
	}
}

const struct event *board_next_event(const struct board *board)
{
	return board->events.first;
}

void board_jump_to_next_event(struct board *board)
{
	uint64_t next = event_queue_next(&board->events);

	if (next == EVENT_NEVER)
		return;
	if (next > board->now)
		board->now = next;
	fire_due_events(board);
}

uint64_t board_now(const struct board *board)
{
	if (board->running_hart >= 0)
		return hart_cycles(board->harts[board->running_hart]);
	return board->now;
}

struct report_origin board_origin(const struct board *board)
{
	struct report_origin origin = { .cycle = board_now(board), .hart = board->running_hart };

	if (board->running_hart >= 0)
		origin.pc = hart_pc(board->harts[board->running_hart]);
	return origin;
}

/* The time at which the running slice must end has come nearer. */
static void shorten_slice(struct board *board, uint64_t when)
{
	if (board->running_hart >= 0 && when < board->slice_end)
		hart_request_stop(board->harts[board->running_hart]);
}

void board_schedule(struct board *board, struct event *event, uint64_t delay)
{
	uint64_t now = board_now(board);

	if (delay == EVENT_NEVER || delay > EVENT_NEVER - 1 - now) {
		event_queue_remove(&board->events, event);
		return;
	}
	if (delay == 0)
		delay = 1;
	event_queue_set(&board->events, event, now + delay);
	shorten_slice(board, now + delay);
}

/* xorshift64*: repeatable from the seed, which is all that is asked of it. */
static uint64_t next_random(struct board *board)
{
	uint64_t x = board->jitter_state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	board->jitter_state = x;
	return x * 0x2545f4914f6cdd1dull;
}

void board_schedule_completion(struct board *board, struct event *event, uint64_t delay)
{
	if (board->options.jitter_seed && delay < UINT64_MAX / 8)
		delay += next_random(board) % (4 * delay + 1);
	board_schedule(board, event, delay);
}

bool board_jitter_flip(struct board *board)
{
	return board->options.jitter_seed && (next_random(board) >> 63);
}

void board_cancel(struct board *board, struct event *event)
{
	event_queue_remove(&board->events, event);
}

void board_set_hart_line(struct board *board, unsigned hart, enum hart_interrupt_line line,
			 bool level)
{
	hart_set_line(board->harts[hart], line, level);
	if (!level)
		return;
	if (hart == 1 && line == HART_LINE_SOFTWARE)
		mask_rom_wake_hart1(board->rom);
	if (board->hart_waiting[hart] || board->hart_spinning[hart]) {
		uint64_t now = board_now(board);

		board->hart_waiting[hart] = false;
		board->hart_spinning[hart] = false;
		if (board->hart_time[hart] < now)
			board->hart_time[hart] = now;
		shorten_slice(board, now);
	}
}

void board_pause(struct board *board)
{
	board->pause_requested = true;
	shorten_slice(board, 0);
}

void board_request_reset(struct board *board, enum reset_cause cause)
{
	if (board->reset_requested == RESET_NONE || cause == RESET_POWER_ON)
		board->reset_requested = cause;
	shorten_slice(board, 0);
}

void board_hold_reset(struct board *board, bool held)
{
	board->reset_held = held;
	board_request_reset(board, RESET_PIN);
}

uint64_t board_cycles(const struct board *board, uint64_t count, uint64_t hz)
{
	unsigned __int128 cycles;

	if (hz == 0 || board->cpu_hz == 0)
		return EVENT_NEVER;
	cycles = ((unsigned __int128)count * board->cpu_hz + hz / 2) / hz;
	if (cycles >= EVENT_NEVER)
		return EVENT_NEVER;
	return cycles ? (uint64_t)cycles : 1;
}

uint64_t board_picoseconds(const struct board *board)
{
	uint64_t cycles = board_now(board) - board->clock_epoch;

	if (board->cpu_hz == 0)
		return board->clock_epoch_ps;
	return board->clock_epoch_ps +
	       (uint64_t)((unsigned __int128)cycles * 1000000000000ull / board->cpu_hz);
}
