/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A host end for tests of the real firmware image on the emulated board: starts the board as a
 * child process, speaks through a socket pair, makes one call at a time.
 */
#ifndef TESTS_EMU_FIRMWARE_LINK_H
#define TESTS_EMU_FIRMWARE_LINK_H

#include <sys/types.h>

#include "link/commands.h"
#include "link/host.h"

#define FIRMWARE_LINK_PAYLOAD 2048u
#define FIRMWARE_LINK_WINDOW  8u

struct firmware_link {
	pid_t board;
	int line;
	struct kpu_session session;
	struct kpu_host host;
	uint8_t memory[KPU_SESSION_MEMORY(FIRMWARE_LINK_PAYLOAD, FIRMWARE_LINK_WINDOW)];
	unsigned sessions, sessions_kept;
	char errors_path[64];
};

/* Starts build/bin/k210-emu with the firmware and @options (NULL-terminated, may be NULL). */
void firmware_link_open(struct firmware_link *link, const char *const *options);
/* Ends the board; the test fails if the firmware has done what a correct program does not do. */
void firmware_link_close(struct firmware_link *link);

struct firmware_call {
	struct kpu_transaction transaction;
	bool done;
};

/* Queues a command. @bulk and @results must stay until firmware_finish(). */
void firmware_submit(struct firmware_link *link, struct firmware_call *call, uint16_t opcode,
		     const void *arguments, size_t length, const uint8_t *bulk, uint32_t bulk_bytes,
		     uint8_t *results, uint32_t limit);
/* Waits for the answer and returns its status; the test fails after @seconds. */
uint16_t firmware_finish(struct firmware_link *link, struct firmware_call *call, unsigned seconds);
/* Both, for commands without bulk data. */
uint16_t firmware_ask(struct firmware_link *link, struct firmware_call *call, uint16_t opcode,
		      const void *arguments, size_t length);
/* Loads a model; returns the status. */
uint16_t firmware_load(struct firmware_link *link, const uint8_t *file, size_t size,
		       struct kpu_load_result *result);
/* Lets the line be served for @milliseconds. */
void firmware_idle(struct firmware_link *link, unsigned milliseconds);

uint64_t firmware_now(void);

#endif
