/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/link/line.h"

#include <assert.h>

const struct line_config line_2mbaud = {
	.bytes_per_second = 200000,
	.payload = 2048,
	.host_window = 8,
	.board_window = 8,
	.host_queue = 4096,
};

uint32_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)(*state * 2685821657736338717u >> 32);
}

static void init_end(struct kpu_session *session, enum kpu_session_role role,
		     const struct line_config *config, const struct kpu_session_ops *ops,
		     void *context, uint8_t *memory, size_t memory_size)
{
	struct kpu_session_config session_config = {
		.role = role,
		.max_payload = config->payload,
		.window = role == KPU_SESSION_HOST ? config->host_window : config->board_window,
		.bytes_per_second = config->bytes_per_second,
		.identity = role == KPU_SESSION_HOST ? 0x1111222233334444u : 0x5555666677778888u,
		.firmware_version = 0x010203,
	};
	bool good = kpu_session_init(session, &session_config, ops, context, memory, memory_size);

	assert(good);
}

void line_init_sessions(struct line *line, const struct line_config *config,
			const struct kpu_session_ops *host_ops, void *host_context,
			const struct kpu_session_ops *board_ops, void *board_context)
{
	memset(line, 0, offsetof(struct line, host_memory));
	line->byte_ns = 1000000000u / config->bytes_per_second;
	line->step = config->step ? config->step : 16;
	line->to_board.limit = config->host_queue ? config->host_queue : line->step;
	line->to_host.limit = config->board_queue ? config->board_queue : line->step;
	line->now_ns = 1000000000u;
	init_end(&line->host_session, KPU_SESSION_HOST, config, host_ops, host_context,
		 line->host_memory, sizeof(line->host_memory));
	init_end(&line->board_session, KPU_SESSION_BOARD, config, board_ops, board_context,
		 line->board_memory, sizeof(line->board_memory));
}

void line_init(struct line *line, const struct line_config *config, struct kpu_host *host,
	       struct kpu_board *board, const struct kpu_board_ops *board_ops, void *board_context)
{
	line_init_sessions(line, config, &kpu_host_session_ops, host, &kpu_board_session_ops,
			   board);
	kpu_host_init(host, &line->host_session);
	kpu_board_init(board, &line->board_session, board_ops, board_context);
	line->host = host;
}

uint64_t line_now(const struct line *line)
{
	return line->now_ns / 1000;
}

void line_start(struct line *line)
{
	kpu_session_start(&line->board_session, line_now(line));
	kpu_session_start(&line->host_session, line_now(line));
}

static void refill(struct direction *direction, struct kpu_session *session, uint64_t now)
{
	while (direction->count < direction->limit) {
		size_t end = (direction->head + direction->count) % LINE_QUEUE_MAX;
		size_t room = direction->limit - direction->count, n;

		if (room > LINE_QUEUE_MAX - end)
			room = LINE_QUEUE_MAX - end;
		n = kpu_session_output(session, direction->queue + end, room, now);
		direction->count += n;
		if (n < room)
			return;
	}
}

/* Takes up to @step bytes over the wire. */
static size_t carry(struct direction *direction, size_t step, uint8_t *out)
{
	size_t length = 0;

	for (size_t i = 0; i < step && direction->count; i++) {
		uint8_t byte = direction->queue[direction->head];

		direction->head = (direction->head + 1) % LINE_QUEUE_MAX;
		direction->count--;
		direction->bytes_carried++;
		if (direction->damage)
			length += direction->damage(direction->damage_context, byte, out + length);
		else
			out[length++] = byte;
	}
	return length;
}

static uint64_t next_timer(const struct line *line)
{
	uint64_t host = line->host ? kpu_host_deadline(line->host)
				   : kpu_session_deadline(&line->host_session);
	uint64_t board = kpu_session_deadline(&line->board_session);

	return host < board ? host : board;
}

void line_step(struct line *line, uint64_t limit_us)
{
	uint64_t now = line_now(line), timer;
	uint8_t arrived[2][512];
	size_t length[2];

	if (line->tick)
		line->tick(line);
	refill(&line->to_board, &line->host_session, now);
	refill(&line->to_host, &line->board_session, now);
	if (!line->to_board.count && !line->to_host.count) {
		timer = next_timer(line);
		if (timer > limit_us)
			timer = limit_us;
		line->now_ns = timer > now ? timer * 1000 : line->now_ns + line->byte_ns;
	} else {
		line->now_ns += (uint64_t)line->byte_ns * line->step;
	}
	now = line_now(line);
	length[0] = carry(&line->to_board, line->step, arrived[0]);
	length[1] = carry(&line->to_host, line->step, arrived[1]);
	if (!line->cut) {
		kpu_session_input(&line->board_session, arrived[0], length[0], now);
		kpu_session_input(&line->host_session, arrived[1], length[1], now);
	}
	if (line->host)
		kpu_host_poll(line->host, now);
	else
		kpu_session_poll(&line->host_session, now);
	kpu_session_poll(&line->board_session, now);
}

bool line_run(struct line *line, bool (*done)(void *), void *context, uint64_t timeout_us)
{
	uint64_t end = line_now(line) + timeout_us;

	while (!done(context) && line_now(line) < end)
		line_step(line, end);
	return done(context);
}

static bool never(void *context)
{
	(void)context;
	return false;
}

void line_run_for(struct line *line, uint64_t duration_us)
{
	line_run(line, never, NULL, duration_us);
}
