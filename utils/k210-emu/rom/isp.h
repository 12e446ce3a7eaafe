/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The serial protocol of k210/isp.h, the chip's side, with the weaknesses it has there
 * (laanwj/k210-sdk-stuff rom/k210.rom.c: slip_unescape, isp_run, slip_handle_pkt):
 *
 * - A delimiter begins a frame when none is open and ends the open one otherwise. So a lost or
 *   invented one makes ROM and client disagree until the count is even again, and two in a row
 *   are a frame without bytes.
 * - Frames are read into two buffers in turn, which are never cleared: of a short frame, the
 *   missing bytes are those of the frame before the last one.
 * - Nothing compares the length field of a write with the length of the frame; the CRC is taken
 *   over as many bytes as the field says. Jump and rate are executed without a look at the CRC.
 * - An escape of anything else swallows what follows, up to an escaped byte or the delimiter.
 * - 1041 bytes in a frame are answered at once with "bad length" of C1; the rest of the frame
 *   counts from 0.
 */
#ifndef K210_EMU_ROM_ISP_H
#define K210_EMU_ROM_ISP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "k210/isp.h"

#define ISP_HEADER_SIZE K210_ISP_HEADER_BYTES
#define ISP_DATA_MAX    K210_ISP_DATA_MAX
#define ISP_BUFFER_SIZE 0x800
/* Two delimiters and two bytes that may need an escape. */
#define ISP_REPLY_MAX 6

enum isp_operation {
	ISP_TOO_LONG = 0xc1, /* in answers only */
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

/* What a frame does; called from isp_receive(). */
struct isp_actions {
	/* False: the ROM does not survive it, and there is no answer. */
	bool (*write_memory)(void *context, uint32_t address, const uint8_t *data, size_t size);
	void (*jump)(void *context, uint32_t address);
	void (*set_rate)(void *context, uint32_t rate);
	/* A CRC over more memory than there is. */
	void (*lost)(void *context, uint32_t length);
	void *context;
};

struct isp {
	struct isp_actions actions;
	uint8_t buffers[2][ISP_BUFFER_SIZE];
	unsigned current; /* the buffer that is being filled */
	size_t size;      /* bytes of the frame so far */
	bool inside, escaped;
};

/* The ROM begins to listen: no frame, empty buffers. */
void isp_reset(struct isp *isp);
/* Takes one byte from the line; returns how many bytes of answer there are in @reply. */
size_t isp_receive(struct isp *isp, uint8_t byte, uint8_t reply[ISP_REPLY_MAX]);

#endif
