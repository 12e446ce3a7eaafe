/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The serial protocol of k210/isp.h, the chip's side.
 *
 * Nobody knows what the ROM does with data of more than 1024 bytes; no client sends them, and here
 * they are refused as a bad length. Length is checked before CRC, which is an assumption too.
 */
#ifndef K210_EMU_ROM_ISP_H
#define K210_EMU_ROM_ISP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "k210/isp.h"

#define ISP_HEADER_SIZE K210_ISP_HEADER_BYTES
#define ISP_DATA_MAX    K210_ISP_DATA_MAX
/* Two delimiters and two bytes that may need an escape. */
#define ISP_REPLY_MAX 6

enum isp_operation {
	ISP_GREETING = K210_ISP_GREETING,
	ISP_WRITE_MEMORY = K210_ISP_WRITE_MEMORY,
	ISP_JUMP = K210_ISP_JUMP,
	ISP_SET_RATE = K210_ISP_SET_RATE,
};

enum isp_status {
	ISP_OK = K210_ISP_OK,
	ISP_BAD_LENGTH = K210_ISP_BAD_LENGTH,
	ISP_BAD_CHECKSUM = K210_ISP_BAD_CHECKSUM,
	ISP_UNKNOWN_OPERATION = K210_ISP_UNKNOWN_OPERATION,
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
