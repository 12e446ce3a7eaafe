/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "link/packet.h"

#include "link/bytes.h"
#include "link/crc.h"

#define HEADER_CRC_AT 10u

void kpu_packet_put_header(uint8_t *out, const struct kpu_packet *packet)
{
	out[0] = (uint8_t)(packet->version << 4 | packet->type);
	out[1] = packet->sequence;
	out[2] = packet->acknowledge;
	out[3] = packet->credit;
	kpu_put_u16(out + 4, packet->session);
	kpu_put_u16(out + 6, packet->length);
	kpu_put_u16(out + 8, packet->flags);
	kpu_put_u16(out + HEADER_CRC_AT, kpu_crc16(KPU_CRC16_START, out, HEADER_CRC_AT));
}

enum kpu_packet_fault kpu_packet_parse(const uint8_t *bytes, size_t length,
				       struct kpu_packet *packet)
{
	size_t expected = KPU_WIRE_HEADER_BYTES;

	if (length < KPU_WIRE_HEADER_BYTES ||
	    kpu_crc16(KPU_CRC16_START, bytes, HEADER_CRC_AT) != kpu_get_u16(bytes + HEADER_CRC_AT))
		return KPU_PACKET_BAD_HEADER;
	packet->version = bytes[0] >> 4;
	packet->type = bytes[0] & 15;
	packet->sequence = bytes[1];
	packet->acknowledge = bytes[2];
	packet->credit = bytes[3];
	packet->session = kpu_get_u16(bytes + 4);
	packet->length = kpu_get_u16(bytes + 6);
	packet->flags = kpu_get_u16(bytes + 8);
	packet->payload = bytes + KPU_WIRE_HEADER_BYTES;
	if (packet->length)
		expected += packet->length + KPU_WIRE_PAYLOAD_CRC_BYTES;
	if (length != expected)
		return KPU_PACKET_BAD_LENGTH;
	if (packet->length && kpu_crc32(KPU_CRC32_START, packet->payload, packet->length) !=
				      kpu_get_u32(packet->payload + packet->length))
		return KPU_PACKET_BAD_PAYLOAD;
	return KPU_PACKET_GOOD;
}
