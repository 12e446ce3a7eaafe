/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * In-system programming protocol of the mask ROM: SLIP frames with a small header, as kflash.py
 * speaks them (kendryte/kflash.py, sipeed/kflash.py).
 *
 *   0 operation, 1..3 zero, 4 CRC-32 of everything from 8 on, 8 address, 12 data length, 16 data
 *
 * Answers are two bytes, the operation and a status. The greeting (C2) is always answered with OK:
 * clients send it with thirteen bytes and no CRC. Jump (C5) and rate (C6) have no answer unless
 * something is wrong with them.
 *
 * Nobody knows what the ROM does with data of more than 1024 bytes; no client sends them, and here
 * they are refused as a bad length. Length is checked before CRC, which is an assumption too.
 */
#ifndef K210_EMU_ROM_ISP_H
#define K210_EMU_ROM_ISP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ISP_HEADER_SIZE 16
#define ISP_DATA_MAX    1024
/* Two delimiters and two bytes that may need an escape. */
#define ISP_REPLY_MAX 6

enum isp_operation {
	ISP_GREETING = 0xc2,
	ISP_WRITE_MEMORY = 0xc3,
	ISP_JUMP = 0xc5,
	ISP_SET_RATE = 0xc6,
};

enum isp_status {
	ISP_OK = 0xe0,
	ISP_BAD_LENGTH = 0xe1,
	ISP_BAD_CHECKSUM = 0xe2,
	ISP_UNKNOWN_OPERATION = 0xe3,
};

/* What a good frame does; called from isp_receive(). */
struct isp_actions {
	/* False: the ROM does not survive it, and there is no answer. */
	bool (*write_memory)(void *context, uint32_t address, const uint8_t *data, size_t size);
	void (*jump)(void *context, uint32_t address);
	void (*set_rate)(void *context, uint32_t rate);
	void *context;
};

struct isp {
	struct isp_actions actions;
	uint8_t frame[ISP_HEADER_SIZE + ISP_DATA_MAX];
	size_t size; /* bytes of the frame so far; more than fit means too long */
	bool inside, escaped;
};

/* Forgets a frame that has begun. */
void isp_reset(struct isp *isp);
/* Takes one byte from the line; returns how many bytes of answer there are in @reply. */
size_t isp_receive(struct isp *isp, uint8_t byte, uint8_t reply[ISP_REPLY_MAX]);

#endif
