/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The well-known flashing client as it is on the wire: its frames, time-outs, pauses, retries and
 * its faults. It talks over any line; the faults are kept because a ROM or a stub that trips over
 * them does not work with the real one:
 *
 * - its reader of frames appends the raw byte behind an escape as well as the decoded one;
 * - any answer of two bytes or more is a greeting;
 * - when a piece of an upload is refused, the address has been advanced already.
 */
#ifndef TESTS_UNIT_ROM_FLASH_CLIENT_H
#define TESTS_UNIT_ROM_FLASH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client_line {
	void *context;
	void (*send)(void *context, const uint8_t *bytes, size_t size);
	/* Waits at most so long; false: nothing came. */
	bool (*receive)(void *context, uint8_t *byte, double seconds);
	void (*set_rate)(void *context, uint32_t rate);
	void (*set_lines)(void *context, bool dtr, bool rts);
	void (*pause)(void *context, double seconds);
};

struct flash_client {
	const struct client_line *line;
	bool dtr, rts;
	unsigned retries; /* of all operations so far */
	unsigned debug_texts;
};

/* The reset sequences of the dan class: RTS is reset, DTR the boot pin. */
void client_reset_to_isp(struct flash_client *client);
void client_reset_to_boot(struct flash_client *client);

/* All return false when the client would give up. Greeting the ROM includes the resets. */
bool client_greet_rom(struct flash_client *client);
bool client_load(struct flash_client *client, uint32_t address, const uint8_t *bytes, size_t size);
void client_jump(struct flash_client *client, uint32_t address);
bool client_greet_stub(struct flash_client *client);
bool client_set_stub_rate(struct flash_client *client, uint32_t rate);
bool client_init_flash(struct flash_client *client, uint32_t chip);
bool client_erase(struct flash_client *client, uint32_t address, uint32_t size);
/* Pieces of @chunk bytes, the last one filled up with zeros. */
bool client_program(struct flash_client *client, uint32_t address, const uint8_t *bytes,
		    size_t size, size_t chunk);

#endif
