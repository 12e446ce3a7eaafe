/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The handlers of the commands, by subject; not for others than the server's own files. */
#ifndef FIRMWARE_SERVER_COMMANDS_H
#define FIRMWARE_SERVER_COMMANDS_H

#include "firmware_k210/server/server.h"

/* What a command does at each stage of its transaction; NULL where there is nothing to do. */
struct server_command {
	uint16_t opcode;
	uint16_t least_arguments, most_arguments; /* bytes */
	/* Arguments are there. A command without bulk data may do all of its work here. */
	void (*begin)(struct server *server, struct kpu_board_request *request);
	/* Bulk data to the board. */
	bool (*bulk)(struct server *server, struct kpu_board_request *request, uint32_t offset,
		     const uint8_t *data, size_t length);
	/* All bulk data is there. */
	void (*complete)(struct server *server, struct kpu_board_request *request);
	/* Bulk results to the host. */
	size_t (*produce)(struct server *server, struct kpu_board_request *request, uint32_t offset,
			  uint8_t *out, size_t room);
	/* No answer is wanted any more. */
	void (*aborted)(struct server *server, struct kpu_board_request *request);
};

extern const struct server_command server_info, server_echo, server_sink, server_source;
extern const struct server_command server_set_rate, server_counters, server_reboot;
extern const struct server_command server_release_all, server_model_load, server_model_free;
extern const struct server_command server_memory, server_run, server_cancel;
extern const struct server_command server_flash_info, server_flash_read, server_flash_write;
extern const struct server_command server_flash_erase, server_flash_check, server_load_flash;

/* NULL: there is no such command. */
const struct server_command *server_find_command(uint16_t opcode);

/* Replies without results. */
static inline void server_reply_status(struct server *server, struct kpu_board_request *request,
				       uint16_t status)
{
	kpu_board_reply(&server->board, request, status, NULL, 0);
}

/* model.c: the answer to a load; one that is refused before anything is known of the model, with
 * @first and @second in the sentence. */
void server_reply_load(struct server *server, struct kpu_board_request *request, uint16_t status,
		       const struct kpu_load_result *result);
void server_refuse_load(struct server *server, struct kpu_board_request *request, uint16_t status,
			const char *text, uint32_t first, uint32_t second);
void server_refuse_memory(struct server *server, struct kpu_board_request *request, uint16_t status,
			  uint32_t size);

/* The runtime's view of runs, run.c. */
extern const struct runtime_events server_run_events;

/* line.c: rate changes and reboot, called from server_step(). */
void server_line_step(struct server *server);
uint64_t server_line_deadline(const struct server *server);

/* flash.c */
/* The chip works for at most so long. */
#define SERVER_FLASH_LIMIT_US (1000u * KPU_FLASH_PATIENCE_MS)
/* Models that run from the flash leave it to somebody else so long. */
#define SERVER_FLASH_CLAIM_US 5000u

/* BUSY: the chip is at work and has never been asked. */
uint16_t server_flash_identify(struct server *server);
/* Whether a command may begin on that range: BUSY, NO_DEVICE, PARAM or OK. */
uint16_t server_flash_range(struct server *server, uint32_t address, uint32_t length);
/* Called from server_step(); true: there is more to do at once. */
bool server_flash_step(struct server *server);
/* load_flash.c, for the step above. */
bool server_load_flash_step(struct server *server);
uint64_t server_flash_deadline(const struct server *server);

#endif
