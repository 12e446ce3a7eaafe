/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/rom/isp_client.h"

#include <check.h>
#include <string.h>
#include <zlib.h>

size_t isp_frame(uint8_t *frame, const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	frame[at++] = 0xc0;
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == 0xc0 || bytes[i] == 0xdb) {
			frame[at++] = 0xdb;
			frame[at++] = bytes[i] == 0xc0 ? 0xdc : 0xdd;
		} else {
			frame[at++] = bytes[i];
		}
	}
	frame[at++] = 0xc0;
	ck_assert_uint_le(at, ISP_CLIENT_FRAME_MAX);
	return at;
}

static void put_word(uint8_t *bytes, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

size_t isp_request(uint8_t *frame, uint8_t operation, uint32_t address, const void *data,
		   uint32_t size)
{
	uint8_t request[16 + 2000] = { operation };

	ck_assert_uint_le(size, 2000);
	put_word(request + 8, address);
	put_word(request + 12, size);
	if (size)
		memcpy(request + 16, data, size);
	put_word(request + 4, (uint32_t)crc32(crc32(0, NULL, 0), request + 8, 8 + size));
	return isp_frame(frame, request, 16 + size);
}

void isp_expect(struct machine *machine, const uint8_t *frame, size_t size, uint8_t operation,
		uint8_t status)
{
	const uint8_t answer[] = { 0xc0, operation, status, 0xc0 };

	rom_clear_output(machine);
	rom_exchange(machine, frame, size, status ? sizeof(answer) : 1);
	if (!status) {
		ck_assert_uint_eq(machine->output_size, 0);
		return;
	}
	ck_assert_uint_eq(machine->output_size, sizeof(answer));
	ck_assert_mem_eq(machine->output, answer, sizeof(answer));
}

void isp_greet(struct machine *machine)
{
	const uint8_t greeting[15] = { 0xc0, 0xc2, [14] = 0xc0 };

	isp_expect(machine, greeting, sizeof(greeting), 0xc2, 0xe0);
}

void isp_load(struct machine *machine, uint32_t address, const uint8_t *bytes, size_t size)
{
	uint8_t frame[ISP_CLIENT_FRAME_MAX];

	for (size_t done = 0; done < size; done += ISP_CLIENT_CHUNK) {
		size_t part = size - done < ISP_CLIENT_CHUNK ? size - done : ISP_CLIENT_CHUNK;

		isp_expect(machine, frame,
			   isp_request(frame, 0xc3, address + (uint32_t)done, bytes + done,
				       (uint32_t)part),
			   0xc3, 0xe0);
	}
}

void isp_jump_to(struct machine *machine, uint32_t address)
{
	uint8_t frame[ISP_CLIENT_FRAME_MAX];

	rom_clear_output(machine);
	bridge_from_host(machine->board->bridge, frame, isp_request(frame, 0xc5, address, NULL, 0));
}
