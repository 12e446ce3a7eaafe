/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The host's side of the ROM's serial protocol, with the CRC of zlib. */
#ifndef TESTS_UNIT_ROM_ISP_CLIENT_H
#define TESTS_UNIT_ROM_ISP_CLIENT_H

#include "tests/unit/rom/rom_machine.h"

#define ISP_CLIENT_FRAME_MAX 4096
#define ISP_CLIENT_CHUNK     1024

/* SLIP-encodes @size bytes; returns the length of the frame. */
size_t isp_frame(uint8_t *frame, const uint8_t *bytes, size_t size);
/* A complete request in a frame. */
size_t isp_request(uint8_t *frame, uint8_t operation, uint32_t address, const void *data,
		   uint32_t size);

/* Sends and expects an answer of operation and status; status 0: none within a second. */
void isp_expect(struct machine *machine, const uint8_t *frame, size_t size, uint8_t operation,
		uint8_t status);
void isp_greet(struct machine *machine);
void isp_load(struct machine *machine, uint32_t address, const uint8_t *bytes, size_t size);
/* Does not run the board. */
void isp_jump_to(struct machine *machine, uint32_t address);

#endif
