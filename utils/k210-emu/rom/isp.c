/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/rom/isp.h"

enum {
	SLIP_END = K210_SLIP_END,
	SLIP_ESCAPE = K210_SLIP_ESCAPE,
	SLIP_ESCAPED_END = K210_SLIP_ESCAPED_END,
	SLIP_ESCAPED_ESCAPE = K210_SLIP_ESCAPED_ESCAPE,

	OFFSET_CHECKSUM = K210_ISP_OFFSET_CHECKSUM,
	OFFSET_ADDRESS = K210_ISP_OFFSET_ADDRESS,
	OFFSET_LENGTH = K210_ISP_OFFSET_LENGTH,
};

void isp_reset(struct isp *isp)
{
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

static enum isp_status check_frame(const struct isp *isp)
{
	if (isp->size < ISP_HEADER_SIZE || isp->size > sizeof(isp->frame) ||
	    little_endian(isp->frame + OFFSET_LENGTH) != isp->size - ISP_HEADER_SIZE)
		return ISP_BAD_LENGTH;
	if (little_endian(isp->frame + OFFSET_CHECKSUM) !=
	    checksum(isp->frame + OFFSET_ADDRESS, isp->size - OFFSET_ADDRESS))
		return ISP_BAD_CHECKSUM;
	return ISP_OK;
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

/* A frame whose length and CRC are right. True: it is to be answered with OK. */
static bool execute(struct isp *isp)
{
	const struct isp_actions *actions = &isp->actions;
	uint32_t address = little_endian(isp->frame + OFFSET_ADDRESS);
	const uint8_t *data = isp->frame + ISP_HEADER_SIZE;

	switch (isp->frame[0]) {
	case ISP_WRITE_MEMORY:
		return actions->write_memory(actions->context, address, data,
					     isp->size - ISP_HEADER_SIZE);
	case ISP_JUMP:
		actions->jump(actions->context, address);
		return false;
	default:
		actions->set_rate(actions->context, little_endian(data));
		return false;
	}
}

static size_t end_of_frame(struct isp *isp, uint8_t *reply)
{
	uint8_t operation = isp->frame[0];
	enum isp_status status;

	switch (operation) {
	case ISP_GREETING:
		return answer(reply, operation, ISP_OK);
	case ISP_WRITE_MEMORY:
	case ISP_JUMP:
	case ISP_SET_RATE:
		status = check_frame(isp);
		if (status == ISP_OK && operation == ISP_SET_RATE &&
		    isp->size != ISP_HEADER_SIZE + 4)
			status = ISP_BAD_LENGTH;
		if (status == ISP_OK && !execute(isp))
			return 0;
		return answer(reply, operation, status);
	default:
		return answer(reply, operation, ISP_UNKNOWN_OPERATION);
	}
}

static void append(struct isp *isp, uint8_t byte)
{
	if (isp->escaped) {
		isp->escaped = false;
		/* An escape of anything else is a line error; the CRC will find it. */
		if (byte == SLIP_ESCAPED_END)
			byte = SLIP_END;
		else if (byte == SLIP_ESCAPED_ESCAPE)
			byte = SLIP_ESCAPE;
	} else if (byte == SLIP_ESCAPE) {
		isp->escaped = true;
		return;
	}
	if (isp->size < sizeof(isp->frame))
		isp->frame[isp->size] = byte;
	if (isp->size <= sizeof(isp->frame))
		isp->size++;
}

size_t isp_receive(struct isp *isp, uint8_t byte, uint8_t reply[ISP_REPLY_MAX])
{
	size_t size = 0;

	if (byte != SLIP_END) {
		if (isp->inside)
			append(isp, byte);
		return 0;
	}
	/* Two delimiters in a row begin a frame twice; they do not make an empty one. */
	if (isp->inside && isp->size) {
		size = end_of_frame(isp, reply);
		isp->inside = false;
	} else {
		isp->inside = true;
	}
	isp->size = 0;
	isp->escaped = false;
	return size;
}
