/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/rom/flash_client.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define END    0xc0
#define ESCAPE 0xdb

#define STEP_SECONDS        0.1
#define GREETING_SECONDS    0.5
#define REPLY_SECONDS       3.0
#define ERASE_SECONDS       90.0
#define RATE_SECONDS        0.05
#define GREETING_ROUNDS     15
#define GREETINGS_PER_RESET 3
#define STUB_RETRIES        10
#define ROM_CHUNK           1024
#define REPLY_MAX           256

#define ROM_GREETING  0xc2
#define ROM_WRITE     0xc3
#define ROM_JUMP      0xc5
#define STUB_GREETING 0xd2
#define STUB_ERASE    0xd3
#define STUB_PROGRAM  0xd4
#define STUB_SET_RATE 0xd6
#define STUB_INIT     0xd7
#define DEBUG_TEXT    0xd1
#define STATUS_OK     0xe0

/* ---- frames ---- */

static void send_frame(struct flash_client *client, const uint8_t *bytes, size_t size)
{
	uint8_t *frame = malloc(2 * size + 2);
	size_t at = 0;

	frame[at++] = END;
	for (size_t i = 0; i < size; i++) {
		bool special = bytes[i] == END || bytes[i] == ESCAPE;

		if (special)
			frame[at++] = ESCAPE;
		frame[at++] = !special ? bytes[i] : bytes[i] == END ? 0xdc : 0xdd;
	}
	frame[at++] = END;
	client->line->send(client->line->context, frame, at);
	free(frame);
}

static void put_word(uint8_t *bytes, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

/* @length is what the header says; @size bytes of data follow. */
static void send_request(struct flash_client *client, uint8_t operation, uint32_t address,
			 uint32_t length, const void *data, size_t size)
{
	uint8_t *request = calloc(1, 16 + size);

	request[0] = operation;
	put_word(request + 8, address);
	put_word(request + 12, length);
	if (size)
		memcpy(request + 16, data, size);
	put_word(request + 4,
		 (uint32_t)crc32(crc32(0, NULL, 0), request + 8, (unsigned)(8 + size)));
	send_frame(client, request, 16 + size);
	free(request);
}

/* Not a header: the operation and twelve zeros, without a CRC. */
static void send_greeting(struct flash_client *client, uint8_t operation)
{
	const uint8_t greeting[13] = { operation };

	send_frame(client, greeting, sizeof(greeting));
}

/* Returns the bytes of the next frame, 0 on a time-out; text outside of frames is skipped. */
static size_t read_frame(struct flash_client *client, uint8_t reply[REPLY_MAX], double seconds)
{
	const struct client_line *line = client->line;
	bool inside = false, escaped = false;
	size_t size = 0;
	uint8_t byte;

	while (line->receive(line->context, &byte, seconds)) {
		if (byte == END) {
			if (inside && size)
				return size;
			inside = true;
			continue;
		}
		if (!inside)
			continue;
		if (byte == ESCAPE) {
			escaped = true;
			continue;
		}
		if (escaped && size < REPLY_MAX)
			reply[size++] = byte == 0xdc ? END : ESCAPE;
		escaped = false;
		if (size < REPLY_MAX) /* the fault: the raw byte as well */
			reply[size++] = byte;
	}
	return 0;
}

static void forget_input(struct flash_client *client)
{
	uint8_t byte;

	while (client->line->receive(client->line->context, &byte, 0))
		;
}

/* ---- reset ---- */

/* Each step sets RTS, then DTR, and waits. */
static void step(struct flash_client *client, bool dtr, bool rts)
{
	client->rts = rts;
	client->line->set_lines(client->line->context, client->dtr, client->rts);
	client->dtr = dtr;
	client->line->set_lines(client->line->context, client->dtr, client->rts);
	client->line->pause(client->line->context, STEP_SECONDS);
}

void client_reset_to_isp(struct flash_client *client)
{
	step(client, false, false);
	step(client, false, true);
	step(client, true, false);
}

void client_reset_to_boot(struct flash_client *client)
{
	step(client, false, false);
	step(client, false, true);
	step(client, false, false);
}

/* ---- ROM ---- */

static bool greet(struct flash_client *client, uint8_t operation, double seconds)
{
	uint8_t reply[REPLY_MAX];

	send_greeting(client, operation);
	return read_frame(client, reply, seconds) >= 2;
}

bool client_greet_rom(struct flash_client *client)
{
	for (unsigned round = 0; round < GREETING_ROUNDS; round++) {
		client_reset_to_isp(client);
		for (unsigned i = 0; i < GREETINGS_PER_RESET; i++) {
			forget_input(client);
			if (greet(client, ROM_GREETING, GREETING_SECONDS))
				return true;
			client->retries++;
		}
	}
	return false;
}

bool client_load(struct flash_client *client, uint32_t address, const uint8_t *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		size_t part = size - done < ROM_CHUNK ? size - done : ROM_CHUNK;
		uint8_t reply[REPLY_MAX];

		for (;;) {
			size_t got;

			send_request(client, ROM_WRITE, address, (uint32_t)part, bytes + done,
				     part);
			address += (uint32_t)part;
			got = read_frame(client, reply, REPLY_SECONDS);
			if (got >= 2 && (reply[1] == STATUS_OK || reply[1] == 0))
				break;
			/* What was sent again went behind where it belongs. */
			if (++client->retries > STUB_RETRIES)
				return false;
		}
		done += part;
	}
	return true;
}

void client_jump(struct flash_client *client, uint32_t address)
{
	send_request(client, ROM_JUMP, address, 0, NULL, 0);
	client->line->pause(client->line->context, STEP_SECONDS);
}

/* ---- stub ---- */

static bool call_stub(struct flash_client *client, uint8_t operation, uint32_t address,
		      uint32_t length, const void *data, size_t size, double seconds)
{
	for (unsigned attempt = 0; attempt < STUB_RETRIES; attempt++) {
		uint8_t reply[REPLY_MAX];
		size_t got;

		if (attempt)
			client->retries++;
		send_request(client, operation, address, length, data, size);
		while ((got = read_frame(client, reply, seconds)) != 0 && reply[0] == DEBUG_TEXT)
			client->debug_texts++;
		if (got >= 2 && reply[0] == operation && reply[1] == STATUS_OK)
			return true;
	}
	return false;
}

bool client_greet_stub(struct flash_client *client)
{
	for (unsigned attempt = 0; attempt < STUB_RETRIES; attempt++) {
		uint8_t reply[REPLY_MAX];

		send_greeting(client, STUB_GREETING);
		if (read_frame(client, reply, REPLY_SECONDS) >= 2 && reply[0] == STUB_GREETING &&
		    reply[1] == STATUS_OK)
			return true;
		client->retries++;
	}
	return false;
}

bool client_set_stub_rate(struct flash_client *client, uint32_t rate)
{
	uint8_t bytes[4];

	put_word(bytes, rate);
	send_request(client, STUB_SET_RATE, 0, sizeof(bytes), bytes, sizeof(bytes));
	client->line->pause(client->line->context, RATE_SECONDS);
	client->line->set_rate(client->line->context, rate);
	forget_input(client);
	return client_greet_stub(client);
}

bool client_init_flash(struct flash_client *client, uint32_t chip)
{
	return call_stub(client, STUB_INIT, chip, 0, NULL, 0, REPLY_SECONDS);
}

bool client_erase(struct flash_client *client, uint32_t address, uint32_t size)
{
	return call_stub(client, STUB_ERASE, address, size, NULL, 0, ERASE_SECONDS);
}

bool client_program(struct flash_client *client, uint32_t address, const uint8_t *bytes,
		    size_t size, size_t chunk)
{
	uint8_t *piece = malloc(chunk);
	bool ok = true;

	for (size_t done = 0; ok && done < size; done += chunk) {
		size_t part = size - done < chunk ? size - done : chunk;

		memset(piece, 0, chunk);
		memcpy(piece, bytes + done, part);
		ok = call_stub(client, STUB_PROGRAM, address + (uint32_t)done, (uint32_t)chunk,
			       piece, chunk, REPLY_SECONDS);
	}
	free(piece);
	return ok;
}
