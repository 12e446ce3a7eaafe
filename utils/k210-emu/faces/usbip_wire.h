/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * USB/IP messages after import (Linux Documentation/usb/usbip_protocol.rst). All fields are
 * big-endian; each message starts with 48 bytes.
 */
#ifndef K210_EMU_FACES_USBIP_WIRE_H
#define K210_EMU_FACES_USBIP_WIRE_H

#include <stdint.h>

#define USBIP_HEADER_SIZE 48u
#define USBIP_ISO_SIZE    16u /* one isochronous packet descriptor */

#define USBIP_CMD_SUBMIT 1u
#define USBIP_CMD_UNLINK 2u
#define USBIP_RET_SUBMIT 3u
#define USBIP_RET_UNLINK 4u

#define USBIP_DIRECTION_IN 1u

/* Byte offsets in the header. */
enum usbip_field {
	USBIP_COMMAND = 0,
	USBIP_SEQNUM = 4,
	USBIP_DEVID = 8,
	USBIP_DIRECTION = 12,
	USBIP_ENDPOINT = 16,
	USBIP_SUBMIT_LENGTH = 24,
	USBIP_SUBMIT_PACKETS = 32,
	USBIP_SUBMIT_SETUP = 40,
	USBIP_UNLINK_SEQNUM = 20,
	USBIP_RETURN_STATUS = 20,
	USBIP_RETURN_LENGTH = 24,
	USBIP_RETURN_PACKETS = 32,
	USBIP_RETURN_ERRORS = 36,
	USBIP_ISO_STATUS = 12, /* in a packet descriptor */
};

/* Status values are negative Linux error numbers whatever the host is. */
#define USBIP_OK        0
#define USBIP_STALL     (-32)  /* EPIPE */
#define USBIP_UNLINKED  (-104) /* ECONNRESET */
#define USBIP_NO_MEMORY (-12)  /* ENOMEM */

static inline uint32_t usbip_get(const uint8_t *header, enum usbip_field field)
{
	const uint8_t *at = header + field;

	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void usbip_put(uint8_t *header, enum usbip_field field, uint32_t value)
{
	header[field] = (uint8_t)(value >> 24);
	header[field + 1] = (uint8_t)(value >> 16);
	header[field + 2] = (uint8_t)(value >> 8);
	header[field + 3] = (uint8_t)value;
}

#endif
