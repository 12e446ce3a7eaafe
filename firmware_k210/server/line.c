/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Commands about the line itself: SET_RATE, COUNTERS, ECHO, SINK, SOURCE, and REBOOT. */
#include "firmware_k210/server/commands.h"

#include "link/bytes.h"
#include "link/crc.h"

/* A change of the line waits this long for its own reply to be acknowledged. */
#define REPLY_LIMIT_US 20000u
/* A REBOOT waits so much longer for a line that a host keeps busy, or leaves. */
#define REBOOT_LIMIT_US 1000000u
/* While the line changes state the server looks at it this often. */
#define LINE_POLL_US 500u

static void echo_begin(struct server *server, struct kpu_board_request *request)
{
	kpu_board_reply(&server->board, request, KPU_STATUS_OK, request->arguments,
			request->argument_length);
}

static void sink_begin(struct server *server, struct kpu_board_request *request)
{
	(void)server;
	kpu_put_u32(request->arguments, KPU_CRC32_START);
}

/* The running checksum lives where the (empty) arguments were. */
static bool sink_bulk(struct server *server, struct kpu_board_request *request, uint32_t offset,
		      const uint8_t *data, size_t length)
{
	uint32_t crc = kpu_get_u32(request->arguments);

	(void)server;
	(void)offset;
	kpu_put_u32(request->arguments, kpu_crc32(crc, data, length));
	return true;
}

static void sink_complete(struct server *server, struct kpu_board_request *request)
{
	kpu_board_reply(&server->board, request, KPU_STATUS_OK, request->arguments, 4);
}

static void source_begin(struct server *server, struct kpu_board_request *request)
{
	uint32_t length = kpu_get_u32(request->arguments);

	if (length > request->bulk_in_limit) {
		server_reply_status(server, request, KPU_STATUS_SIZE_NOTMATCH);
		return;
	}
	kpu_board_send_bulk(&server->board, request, length);
	server_reply_status(server, request, KPU_STATUS_OK);
}

static size_t source_produce(struct server *server, struct kpu_board_request *request,
			     uint32_t offset, uint8_t *out, size_t room)
{
	(void)server;
	(void)request;
	for (size_t i = 0; i < room; i++)
		out[i] = (uint8_t)((offset + (uint32_t)i) * 167u >> 3);
	return room;
}

static void counters_begin(struct server *server, struct kpu_board_request *request)
{
	struct kpu_link_counters counters = server->session.counters;

	counters.overruns = server->platform.overruns(server->platform.context);
	kpu_board_reply(&server->board, request, KPU_STATUS_OK, request->arguments,
			kpu_encode_counters(request->arguments, &counters));
}

/* @request has just been answered; the change waits until the answer is out. */
static void change_line(struct server *server, const struct kpu_board_request *request,
			enum server_line_state state)
{
	server->line_state = state;
	server->line_request = request->id;
	server->line_deadline = server->now + REPLY_LIMIT_US;
}

static void set_rate_begin(struct server *server, struct kpu_board_request *request)
{
	uint32_t baud = kpu_get_u32(request->arguments);
	uint8_t result[4];

	if (server->line_state != SERVER_LINE_STEADY) {
		server_reply_status(server, request, KPU_STATUS_BUSY);
		return;
	}
	if (!server->platform.rate_possible(server->platform.context, baud)) {
		server_reply_status(server, request, KPU_STATUS_PARAM);
		return;
	}
	kpu_put_u32(result, baud);
	kpu_board_reply(&server->board, request, KPU_STATUS_OK, result, sizeof(result));
	server->new_baud = baud;
	change_line(server, request, SERVER_LINE_REPLYING);
}

static void reboot_begin(struct server *server, struct kpu_board_request *request)
{
	server_reply_status(server, request, KPU_STATUS_OK);
	change_line(server, request, SERVER_LINE_REBOOTING);
}

/* The reply has arrived, or has had its time. */
static bool reply_is_out(struct server *server)
{
	return (!kpu_board_find(&server->board, server->line_request) &&
		kpu_session_idle(&server->session)) ||
	       server->now >= server->line_deadline;
}

static void switch_rate(struct server *server, uint32_t baud)
{
	server->platform.set_rate(server->platform.context, baud);
	kpu_session_set_rate(&server->session, baud / 10);
}

void server_line_step(struct server *server)
{
	const struct server_platform *platform = &server->platform;

	switch (server->line_state) {
	case SERVER_LINE_REPLYING:
		if (!reply_is_out(server) || !platform->line_idle(platform->context))
			break;
		switch_rate(server, server->new_baud);
		server->packets_at_switch = server->session.counters.packets_received;
		server->line_state = SERVER_LINE_TRYING;
		server->line_deadline = server->now + KPU_SET_RATE_FALLBACK_MS * 1000u;
		break;
	case SERVER_LINE_TRYING:
		if (server->session.counters.packets_received != server->packets_at_switch) {
			server->baud = server->new_baud;
			server->line_state = SERVER_LINE_STEADY;
		} else if (server->now >= server->line_deadline) {
			switch_rate(server, server->baud);
			server->line_state = SERVER_LINE_STEADY;
		}
		break;
	case SERVER_LINE_REBOOTING:
		if ((reply_is_out(server) && platform->line_idle(platform->context)) ||
		    server->now >= server->line_deadline + REBOOT_LIMIT_US)
			platform->reboot(platform->context);
		break;
	default:
		break;
	}
}

uint64_t server_line_deadline(const struct server *server)
{
	return server->line_state == SERVER_LINE_STEADY ? UINT64_MAX : server->now + LINE_POLL_US;
}

const struct server_command server_echo = {
	.opcode = KPU_OP_ECHO,
	.most_arguments = KPU_WIRE_RESULTS_MAX,
	.begin = echo_begin,
};
const struct server_command server_sink = {
	.opcode = KPU_OP_SINK,
	.begin = sink_begin,
	.bulk = sink_bulk,
	.complete = sink_complete,
};
const struct server_command server_source = {
	.opcode = KPU_OP_SOURCE,
	.least_arguments = 4,
	.most_arguments = 4,
	.begin = source_begin,
	.produce = source_produce,
};
const struct server_command server_counters = {
	.opcode = KPU_OP_COUNTERS,
	.begin = counters_begin,
};
const struct server_command server_set_rate = {
	.opcode = KPU_OP_SET_RATE,
	.least_arguments = 4,
	.most_arguments = 4,
	.begin = set_rate_begin,
};
const struct server_command server_reboot = {
	.opcode = KPU_OP_REBOOT,
	.begin = reboot_begin,
};
