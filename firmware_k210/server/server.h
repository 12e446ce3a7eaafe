/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What the host can ask for: the commands of link/wire.h, dispatched from one table. Sits between
 * the board end of the link (link/board.h) and the runtime; what it needs of the hardware comes
 * through struct server_platform, so that it is tested on a host.
 */
#ifndef FIRMWARE_SERVER_SERVER_H
#define FIRMWARE_SERVER_SERVER_H

#include "firmware_k210/runtime/runtime.h"
#include "link/board.h"

/*
 * Payload and windows of this end. 1024 bytes carry 97.3 % payload. Eleven of them to the board,
 * for which the frames of SPI need the memory anyway, cover 25 ms of a 4.5 Mbaud line: more than
 * any bridge's latency timer. Acknowledgements to the board meet no such timer, so four cover the
 * other direction.
 */
#define SERVER_PAYLOAD_BYTES  1024u
#define SERVER_RECEIVE_WINDOW 11u
#define SERVER_SEND_WINDOW    4u
#define SERVER_SESSION_MEMORY KPU_SESSION_MEMORY(SERVER_PAYLOAD_BYTES, SERVER_SEND_WINDOW)
/* Everything that the credit lets the host send, and packets without data in between. */
#define SERVER_RECEIVE_RING (SERVER_RECEIVE_WINDOW * KPU_FRAME_BYTES(SERVER_PAYLOAD_BYTES) + 256u)

#define SERVER_FIRMWARE_VERSION 0x000100u /* major << 16 | minor << 8 | patch */

struct server_platform {
	void *context;
	/* Fields of INFO that only the platform knows; the others are filled in already. */
	void (*describe)(void *context, struct kpu_board_info *info);
	bool (*rate_possible)(void *context, uint32_t baud);
	void (*set_rate)(void *context, uint32_t baud);
	/* Everything handed to the line has left it. */
	bool (*line_idle)(void *context);
	uint32_t (*overruns)(void *context);
	void (*reboot)(void *context);
};

enum server_line_state {
	SERVER_LINE_STEADY,
	SERVER_LINE_REPLYING, /* SET_RATE: until the reply is out */
	SERVER_LINE_TRYING,   /* new rate: until a session is up, or back */
	SERVER_LINE_REBOOTING,
};

/* The command that the flash works on. */
struct server_flash {
	struct kpu_flash_chip chip; /* size 0: not asked yet */
	struct kpu_board_request *request;
	uint32_t start, at, end; /* addresses: at has been reached */
	uint32_t crc;
	uint8_t *buffer;             /* what is to be written */
	struct runtime_model *model; /* that is being loaded; NULL: not begun */
	struct kpu_load_flash_arguments load;
	bool is_waiting; /* for the chip */
	bool is_wanted;  /* a READ waits for it, too */
	uint64_t deadline;
};

struct server {
	struct kpu_session session;
	struct kpu_board board;
	struct runtime runtime;
	struct server_platform platform;
	uint64_t now;
	uint64_t boot_id;

	uint8_t line_state;    /* enum server_line_state */
	uint16_t line_request; /* id of the request that changes the line */
	uint32_t baud, new_baud;
	uint64_t line_deadline;
	uint32_t packets_at_switch;

	struct server_flash flash;
};

struct server_config {
	struct runtime_hardware hardware;
	struct server_platform platform;
	uint64_t boot_id;
	uint32_t baud;
	uint8_t *session_memory; /* SERVER_SESSION_MEMORY bytes */
};

/* False: the session refuses its configuration. */
bool server_init(struct server *server, const struct server_config *config, uint64_t now);
/* Bytes from the line. */
void server_input(struct server *server, const uint8_t *bytes, size_t length, uint64_t now);
/* Bytes for the line: up to @room, 0 = nothing at present. */
size_t server_output(struct server *server, uint8_t *bytes, size_t room, uint64_t now);
/* The same for lines that keep packets apart by themselves: one at a time; and `context` a
 * server. */
void server_input_packet(void *server, const uint8_t *packet, size_t length);
size_t server_output_packet(void *server, uint8_t *packet, size_t room);
/* Timers, line changes and one step of the runtime. True: there is more to do at once. */
bool server_step(struct server *server, uint64_t now);
/* When server_step() is due though nothing happens. */
uint64_t server_deadline(const struct server *server);

#endif
