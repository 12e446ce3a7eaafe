/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A packet as bytes: header, payload, checksums. Knows nothing of framing or sessions. */
#ifndef KPU_LINK_PACKET_H
#define KPU_LINK_PACKET_H

#include "link/types.h"
#include "link/wire.h"

struct kpu_packet {
	uint8_t version, type, sequence, acknowledge, credit;
	uint16_t session, length, flags;
	const uint8_t *payload; /* @length bytes; not owned */
};

enum kpu_packet_fault {
	KPU_PACKET_GOOD,
	KPU_PACKET_BAD_HEADER,  /* too short, or header CRC wrong: no field is valid */
	KPU_PACKET_BAD_LENGTH,  /* header valid, but not followed by what it says */
	KPU_PACKET_BAD_PAYLOAD, /* header valid, payload CRC wrong */
};

/* Writes the 12 bytes of the header; the payload pointer is not used. */
void kpu_packet_put_header(uint8_t *out, const struct kpu_packet *packet);
/* Takes a received packet apart; with KPU_PACKET_GOOD the payload pointer points into @bytes. */
enum kpu_packet_fault kpu_packet_parse(const uint8_t *bytes, size_t length,
				       struct kpu_packet *packet);

#endif
