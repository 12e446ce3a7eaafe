/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/rom/isp.h"

#include <string.h>

enum {
	SLIP_END = K210_SLIP_END,
	SLIP_ESCAPE = K210_SLIP_ESCAPE,
	SLIP_ESCAPED_END = K210_SLIP_ESCAPED_END,
	SLIP_ESCAPED_ESCAPE = K210_SLIP_ESCAPED_ESCAPE,

	OFFSET_CHECKSUM = K210_ISP_OFFSET_CHECKSUM,
	OFFSET_ADDRESS = K210_ISP_OFFSET_ADDRESS,
	OFFSET_LENGTH = K210_ISP_OFFSET_LENGTH,
};

/*
 * The buffers are on the ROM's stack below 0x80600000, where memory that can be read ends; a CRC
 * over less than about that much is merely wrong.
 */
#define READABLE_MAX 0x2000

void isp_reset(struct isp *isp)
{
	memset(isp->buffers, 0, sizeof(isp->buffers));
	isp->current = 0;
	isp->size = 0;
	isp->inside = isp->escaped = false;
}

static uint32_t little_endian(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* The CRC of zlib: reflected polynomial, all ones before and after. */
static uint32_t checksum(const uint8_t *bytes, size_t size)
{
	uint32_t crc = UINT32_MAX;

	while (size--) {
		crc ^= *bytes++;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static size_t put_escaped(uint8_t *reply, size_t at, uint8_t byte)
{
	if (byte == SLIP_END || byte == SLIP_ESCAPE) {
		reply[at++] = SLIP_ESCAPE;
		byte = byte == SLIP_END ? SLIP_ESCAPED_END : SLIP_ESCAPED_ESCAPE;
	}
	reply[at++] = byte;
	return at;
}

static size_t answer(uint8_t *reply, uint8_t operation, enum isp_status status)
{
	size_t size = 0;

	reply[size++] = SLIP_END;
	size = put_escaped(reply, size, operation);
	size = put_escaped(reply, size, (uint8_t)status);
	reply[size++] = SLIP_END;
	return size;
}

static size_t write_memory(struct isp *isp, uint8_t *frame, uint8_t *reply)
{
	const struct isp_actions *actions = &isp->actions;
	uint32_t length = little_endian(frame + OFFSET_LENGTH);
	uint32_t covered = length + (ISP_HEADER_SIZE - OFFSET_ADDRESS);

	if (covered > READABLE_MAX) {
		actions->lost(actions->context, length);
		return 0;
	}
	if (covered > ISP_BUFFER_SIZE - OFFSET_ADDRESS ||
	    little_endian(frame + OFFSET_CHECKSUM) != checksum(frame + OFFSET_ADDRESS, covered))
		return answer(reply, ISP_WRITE_MEMORY, ISP_BAD_CHECKSUM);
	/* It counts down to -1 in the frame, so that this one is not good a second time. */
	memset(frame + OFFSET_LENGTH, 0xff, 4);
	if (!actions->write_memory(actions->context, little_endian(frame + OFFSET_ADDRESS),
				   frame + ISP_HEADER_SIZE, length))
		return 0;
	return answer(reply, ISP_WRITE_MEMORY, ISP_OK);
}

static size_t handle(struct isp *isp, uint8_t *frame, uint8_t *reply)
{
	const struct isp_actions *actions = &isp->actions;
	uint32_t address = little_endian(frame + OFFSET_ADDRESS);

	switch (frame[0] | frame[1] << 8) {
	case ISP_GREETING:
		return answer(reply, frame[0], ISP_OK);
	case ISP_WRITE_MEMORY:
		return write_memory(isp, frame, reply);
	case ISP_JUMP:
		/* A program that returned would be answered with OK; none does. */
		actions->jump(actions->context, address & ~1u);
		return 0;
	case ISP_SET_RATE:
		if (little_endian(frame + OFFSET_LENGTH) != 4)
			return answer(reply, frame[0], ISP_BAD_LENGTH);
		actions->set_rate(actions->context, little_endian(frame + ISP_HEADER_SIZE));
		return answer(reply, frame[0], ISP_OK);
	default:
		return answer(reply, frame[0], ISP_UNKNOWN_OPERATION);
	}
}

static size_t delimiter(struct isp *isp, uint8_t *reply)
{
	uint8_t *frame = isp->buffers[isp->current];

	isp->escaped = false;
	isp->inside = !isp->inside;
	if (isp->inside)
		return 0;
	isp->current ^= 1;
	isp->size = 0;
	return handle(isp, frame, reply);
}

static size_t append(struct isp *isp, uint8_t byte, uint8_t *reply)
{
	isp->buffers[isp->current][isp->size++] = byte;
	if (isp->size <= ISP_HEADER_SIZE + ISP_DATA_MAX)
		return 0;
	isp->size = 0;
	return answer(reply, ISP_TOO_LONG, ISP_BAD_LENGTH);
}

size_t isp_receive(struct isp *isp, uint8_t byte, uint8_t reply[ISP_REPLY_MAX])
{
	if (byte == SLIP_END)
		return delimiter(isp, reply);
	if (!isp->inside)
		return 0;
	if (isp->escaped) {
		if (byte != SLIP_ESCAPED_END && byte != SLIP_ESCAPED_ESCAPE)
			return 0;
		isp->escaped = false;
		byte = byte == SLIP_ESCAPED_END ? SLIP_END : SLIP_ESCAPE;
	} else if (byte == SLIP_ESCAPE) {
		isp->escaped = true;
		return 0;
	}
	return append(isp, byte, reply);
}
