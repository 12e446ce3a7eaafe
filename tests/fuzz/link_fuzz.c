/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Two ends with an established session between them, and an attacker who writes to both. The input
 * is a list of actions, each one byte and, where it needs them, a length byte and that many bytes:
 * raw bytes for the wire, packets with correct checksums but a header of the attacker's choice,
 * messages inside correct packets of the session, and time that passes.
 */
#include "link/board.h"
#include "link/bytes.h"
#include "link/commands.h"
#include "link/crc.h"
#include "link/host.h"
#include "link/packet.h"
#include "tests/fuzz/fuzz.h"

#define PAYLOAD 1024u
#define WINDOW  4u
#define JOBS    4u

struct world {
	struct kpu_session host_session, board_session;
	struct kpu_host host;
	struct kpu_board board;
	struct kpu_transaction jobs[JOBS];
	bool busy[JOBS];
	uint8_t host_memory[KPU_SESSION_MEMORY(PAYLOAD, WINDOW)];
	uint8_t board_memory[KPU_SESSION_MEMORY(PAYLOAD, WINDOW)];
	uint8_t out[3000], in[JOBS][3000];
	uint64_t now;
	bool full;
	uint16_t held;
};

static struct world world;

static void begin(void *context, struct kpu_board_request *request)
{
	(void)context;
	if (request->opcode == 3)
		kpu_board_reply(&world.board, request, KPU_STATUS_NO_MEM, NULL, 0);
}

static bool bulk(void *context, struct kpu_board_request *request, uint32_t offset,
		 const uint8_t *data, size_t length)
{
	volatile uint8_t sink = data[0];

	(void)context;
	sink = data[length - 1];
	(void)sink;
	if (offset != request->bulk_received || length > request->bulk_out_length - offset)
		__builtin_trap();
	return !world.full;
}

/* Decodes arguments as every command would. */
static void complete(void *context, struct kpu_board_request *request)
{
	static struct kpu_run_arguments run;
	struct kpu_load_arguments load;

	(void)context;
	kpu_decode_run_arguments(request->arguments, request->argument_length, &run);
	kpu_decode_load_arguments(request->arguments, request->argument_length, &load);
	if (request->opcode & 1)
		kpu_board_send_bulk(&world.board, request, 2500);
	if (request->opcode & 2)
		world.held = request->id;
	else
		kpu_board_reply(&world.board, request, KPU_STATUS_OK, request->arguments,
				request->argument_length);
}

static size_t produce(void *context, struct kpu_board_request *request, uint32_t offset,
		      uint8_t *out, size_t room)
{
	(void)context;
	if (offset > 2500 || room > 2500 - offset || room > request->bulk_in_limit - offset)
		__builtin_trap();
	memset(out, 0x33, room);
	return room;
}

static void aborted(void *context, struct kpu_board_request *request)
{
	(void)context;
	if (world.held == request->id)
		world.held = 0;
}

static void host_changed(void *context)
{
	(void)context;
}

static const struct kpu_board_ops board_ops = {
	.begin = begin,
	.bulk = bulk,
	.complete = complete,
	.produce = produce,
	.aborted = aborted,
	.host_changed = host_changed,
};

/* Decodes results as the library would. */
static void completed(struct kpu_transaction *job)
{
	static struct kpu_run_result run;
	struct kpu_load_result load;
	struct kpu_board_info info;
	struct kpu_memory_info memory;
	struct kpu_link_counters counters;

	if (job->result_length > KPU_WIRE_RESULTS_MAX || job->bulk_in_length > job->bulk_in_limit)
		__builtin_trap();
	kpu_decode_run_result(job->results, job->result_length, &run);
	kpu_decode_load_result(job->results, job->result_length, &load);
	kpu_decode_board_info(job->results, job->result_length, &info);
	kpu_decode_memory_info(job->results, job->result_length, &memory);
	kpu_decode_counters(job->results, job->result_length, &counters);
	world.busy[job - world.jobs] = false;
}

static void exchange(unsigned rounds)
{
	uint8_t bytes[700];

	while (rounds--) {
		size_t n = kpu_session_output(&world.host_session, bytes, sizeof(bytes), world.now);

		kpu_session_input(&world.board_session, bytes, n, world.now);
		n = kpu_session_output(&world.board_session, bytes, sizeof(bytes), world.now);
		kpu_session_input(&world.host_session, bytes, n, world.now);
		world.now += 500;
		kpu_host_poll(&world.host, world.now);
		kpu_session_poll(&world.board_session, world.now);
	}
}

static void set_up(void)
{
	struct kpu_session_config config = {
		.role = KPU_SESSION_HOST,
		.max_payload = PAYLOAD,
		.window = WINDOW,
		.bytes_per_second = 200000,
		.identity = 1,
	};

	memset(&world, 0, sizeof(world));
	kpu_session_init(&world.host_session, &config, &kpu_host_session_ops, &world.host,
			 world.host_memory, sizeof(world.host_memory));
	config.role = KPU_SESSION_BOARD;
	kpu_session_init(&world.board_session, &config, &kpu_board_session_ops, &world.board,
			 world.board_memory, sizeof(world.board_memory));
	kpu_host_init(&world.host, &world.host_session);
	kpu_board_init(&world.board, &world.board_session, &board_ops, NULL);
	world.now = 1000000;
	kpu_session_start(&world.board_session, world.now);
	kpu_session_start(&world.host_session, world.now);
	exchange(4);
}

static void submit(uint8_t choice)
{
	struct kpu_transaction *job = &world.jobs[choice % JOBS];

	if (world.busy[choice % JOBS]) {
		kpu_host_abandon(&world.host, job, KPU_STATUS_CANCELLED);
		return;
	}
	memset(job, 0, sizeof(*job));
	job->opcode = choice >> 2 & 7;
	job->argument_length = choice;
	job->bulk_out = world.out;
	job->bulk_out_length = choice & 0x80 ? sizeof(world.out) : 0;
	job->bulk_in = world.in[choice % JOBS];
	job->bulk_in_limit = choice & 0x40 ? sizeof(world.in[0]) : 100;
	job->timeout_us = choice & 0x20 ? 20000 : 0;
	job->complete = completed;
	world.busy[choice % JOBS] = true;
	kpu_host_submit(&world.host, job, world.now);
}

/* @fields: type, sequence, acknowledge, credit, flags (2), then the payload. */
static void send_packet(struct kpu_session *to, const uint8_t *fields, size_t length, bool in_order)
{
	uint8_t packet[KPU_WIRE_HEADER_BYTES + 260 + KPU_WIRE_PAYLOAD_CRC_BYTES];
	struct kpu_packet header = {
		.version = to->version,
		.type = fields[0] & 15,
		.sequence = fields[1],
		.acknowledge = fields[2],
		.credit = fields[3],
		.session = fields[0] & 0x80 ? 0 : to->number,
		.flags = kpu_get_u16(fields + 4),
		.length = (uint16_t)(length - 6),
	};
	size_t total = KPU_WIRE_HEADER_BYTES;

	if (in_order) {
		header.type = KPU_PACKET_DATA;
		header.sequence = (uint8_t)(to->receive.expected >> 8);
		header.acknowledge = (uint8_t)(to->send.next >> 8);
		header.flags = (uint16_t)((to->receive.expected & 0xff) << 8);
	}
	kpu_packet_put_header(packet, &header);
	if (header.length) {
		memcpy(packet + total, fields + 6, header.length);
		total += header.length;
		kpu_put_u32(packet + total, kpu_crc32(KPU_CRC32_START, fields + 6, header.length));
		total += KPU_WIRE_PAYLOAD_CRC_BYTES;
	}
	kpu_session_input_packet(to, packet, total, world.now);
}

static void act(uint8_t action, const uint8_t *bytes, size_t length)
{
	struct kpu_session *to = action & 0x80 ? &world.host_session : &world.board_session;
	struct kpu_board_request *request;

	switch (action & 7) {
	case 0:
		kpu_session_input(to, bytes, length, world.now);
		break;
	case 1:
	case 2:
		if (length >= 6)
			send_packet(to, bytes, length, (action & 7) == 2);
		break;
	case 3:
		exchange(action >> 3 & 15);
		break;
	case 4:
		submit((uint8_t)(length ? bytes[0] : action));
		break;
	case 5:
		world.full = !world.full;
		kpu_session_ready(&world.board_session);
		break;
	case 6:
		request = kpu_board_find(&world.board, world.held);
		if (request && world.held)
			kpu_board_reply(&world.board, request, KPU_STATUS_OK, world.out, 90);
		world.held = 0;
		break;
	default:
		world.now += (uint64_t)(action >> 3) << 15;
		if (action == 0xff)
			kpu_session_resync(&world.host_session, world.now);
		else if (action == 0x7f)
			kpu_host_fail_all(&world.host, KPU_STATUS_IO);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0;

	set_up();
	while (at < size) {
		uint8_t action = data[at++];
		size_t length = 0;

		if ((action & 7) <= 2 || (action & 7) == 4) {
			if (at == size)
				break;
			length = data[at++];
			if (length > size - at)
				length = size - at;
		}
		act(action, data + at, length);
		at += length;
	}
	exchange(20);
	return 0;
}
