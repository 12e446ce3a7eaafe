/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/runtime/server_link.h"

#include <check.h>

#include "tests/unit/runtime/flash_cells.h"

struct server_link server_link;

static uint8_t server_memory[SERVER_SESSION_MEMORY], host_memory[KPU_SESSION_MEMORY(2048, 8)];

static void describe(void *context, struct kpu_board_info *info)
{
	(void)context;
	info->cpu_hz = 403000000;
	info->last_crash_pc = 0x80001234;
}

static bool rate_possible(void *context, uint32_t baud)
{
	(void)context;
	return baud == 115200 || baud == 2000000;
}

static void set_rate(void *context, uint32_t baud)
{
	(void)context;
	server_link.line_baud = baud;
}

static bool line_idle(void *context)
{
	(void)context;
	return !server_link.line_busy;
}

static uint32_t overruns(void *context)
{
	(void)context;
	return 7;
}

static void reboot(void *context)
{
	(void)context;
	server_link.reboots++;
}

void server_link_start_host(uint64_t identity)
{
	struct kpu_session_config config = {
		.role = KPU_SESSION_HOST,
		.max_payload = 2048,
		.window = 8,
		.identity = identity,
	};

	ck_assert(kpu_session_init(&server_link.host_session, &config, &kpu_host_session_ops,
				   &server_link.host, host_memory, sizeof(host_memory)));
	memset(&server_link.host, 0, sizeof(server_link.host));
	kpu_host_init(&server_link.host, &server_link.host_session);
	kpu_session_start(&server_link.host_session, server_link.now);
}

void server_link_setup(void)
{
	struct server_config config = {
		.platform = { .describe = describe,
			      .rate_possible = rate_possible,
			      .set_rate = set_rate,
			      .line_idle = line_idle,
			      .overruns = overruns,
			      .reboot = reboot },
		.boot_id = SERVER_LINK_BOOT_ID,
		.baud = 115200,
		.session_memory = server_memory,
	};

	fixture_init(&server_link.hardware, SERVER_LINK_MEMORY);
	config.hardware = server_link.hardware.runtime.hardware;
	config.hardware.flash = &flash_cells_operations;
	flash_cells.runtime = &server_link.server.runtime;
	server_link.now = 1000;
	server_link.line_baud = 115200;
	server_link.reboots = 0;
	server_link.line_cut = false;
	server_link.line_busy = false;
	ck_assert(server_init(&server_link.server, &config, server_link.now));
	server_link_start_host(42);
}

void server_link_teardown(void)
{
	fixture_free(&server_link.hardware);
}

/* Lets both ends talk and time pass by 100 us. */
static void turn(void)
{
	uint8_t bytes[512];
	size_t count;

	while ((count = kpu_session_output(&server_link.host_session, bytes, sizeof(bytes),
					   server_link.now)) > 0)
		if (!server_link.line_cut)
			server_input(&server_link.server, bytes, count, server_link.now);
	server_step(&server_link.server, server_link.now);
	while ((count = server_output(&server_link.server, bytes, sizeof(bytes), server_link.now)) >
	       0)
		if (!server_link.line_cut)
			kpu_session_input(&server_link.host_session, bytes, count, server_link.now);
	kpu_host_poll(&server_link.host, server_link.now);
	server_link.now += 100;
}

void server_link_turns(unsigned count)
{
	while (count--)
		turn();
}

static void completed(struct kpu_transaction *transaction)
{
	*(bool *)transaction->owner = true;
}

void server_call_submit(struct server_call *call, uint16_t opcode, const void *arguments,
			size_t length, const uint8_t *bulk, uint32_t bulk_bytes, uint8_t *results,
			uint32_t limit)
{
	memset(call, 0, sizeof(*call));
	call->transaction.opcode = opcode;
	call->transaction.argument_length = (uint16_t)length;
	if (length)
		memcpy(call->transaction.arguments, arguments, length);
	call->transaction.bulk_out = bulk;
	call->transaction.bulk_out_length = bulk_bytes;
	call->transaction.bulk_in = results;
	call->transaction.bulk_in_limit = limit;
	call->transaction.complete = completed;
	call->transaction.owner = &call->done;
	kpu_host_submit(&server_link.host, &call->transaction, server_link.now);
}

uint16_t server_call_finish(struct server_call *call)
{
	for (unsigned i = 0; i < 200000 && !call->done; i++)
		turn();
	ck_assert(call->done);
	return call->transaction.status;
}

/* A command without bulk data. */
uint16_t server_call_ask(struct server_call *call, uint16_t opcode, const void *arguments,
			 size_t length)
{
	server_call_submit(call, opcode, arguments, length, NULL, 0, NULL, 0);
	return server_call_finish(call);
}
