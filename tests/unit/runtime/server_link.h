/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The firmware's server on a board of memory (fixture.h), and a host that asks it over a real
 * session. Time passes when the test says so.
 */
#ifndef TESTS_RUNTIME_SERVER_LINK_H
#define TESTS_RUNTIME_SERVER_LINK_H

#include "firmware_k210/server/server.h"
#include "link/host.h"
#include "tests/unit/runtime/fixture.h"

#define SERVER_LINK_MEMORY  (512u * 1024)
#define SERVER_LINK_BOOT_ID 0x1122334455667788ull

struct server_link {
	struct fixture hardware; /* its runtime is not used: the server has its own */
	struct server server;
	struct kpu_session host_session;
	struct kpu_host host;
	uint64_t now;
	uint32_t line_baud;
	unsigned reboots;
	bool line_cut;
	bool line_busy; /* there is always something on its way out */
};

extern struct server_link server_link;

/* Checked fixtures. The board has the flash of flash_cells.h. */
void server_link_setup(void);
void server_link_teardown(void);
/* Another host, or the same one again. */
void server_link_start_host(uint64_t identity);
/* Lets both ends talk and time pass by 100 us, @count times. */
void server_link_turns(unsigned count);

struct server_call {
	struct kpu_transaction transaction;
	bool done;
};

void server_call_submit(struct server_call *call, uint16_t opcode, const void *arguments,
			size_t length, const uint8_t *bulk, uint32_t bulk_bytes, uint8_t *results,
			uint32_t limit);
/* Turns until it is answered; returns the status. */
uint16_t server_call_finish(struct server_call *call);
/* Both, for a command without bulk data. */
uint16_t server_call_ask(struct server_call *call, uint16_t opcode, const void *arguments,
			 size_t length);

#endif
