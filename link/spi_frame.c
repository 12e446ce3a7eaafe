/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "link/spi_frame.h"

#include "link/bytes.h"
#include "link/crc.h"
#include "link/packet.h"

#define CRC_AT 14u

void kpu_spi_put_header(uint8_t out[KPU_SPI_HEADER_BYTES], const struct kpu_spi_header *header)
{
	out[0] = header->magic;
	out[1] = (uint8_t)(KPU_SPI_VERSION << 4 | header->flags);
	kpu_put_u16(out + 2, header->sequence);
	kpu_put_u16(out + 4, header->length);
	kpu_put_u16(out + 6, header->read);
	kpu_put_u16(out + 8, header->limit);
	kpu_put_u16(out + 10, header->refused);
	kpu_put_u16(out + 12, 0);
	kpu_put_u16(out + CRC_AT, kpu_crc16(KPU_CRC16_START, out, CRC_AT));
}

bool kpu_spi_get_header(const uint8_t bytes[KPU_SPI_HEADER_BYTES], uint8_t magic,
			struct kpu_spi_header *header)
{
	if (kpu_crc16(KPU_CRC16_START, bytes, CRC_AT) != kpu_get_u16(bytes + CRC_AT) ||
	    bytes[0] != magic || bytes[1] >> 4 != KPU_SPI_VERSION)
		return false;
	header->magic = magic;
	header->flags = bytes[1] & 15;
	header->sequence = kpu_get_u16(bytes + 2);
	header->length = kpu_get_u16(bytes + 4);
	header->read = kpu_get_u16(bytes + 6);
	header->limit = kpu_get_u16(bytes + 8);
	header->refused = kpu_get_u16(bytes + 10);
	return header->length % 4 == 0;
}

uint16_t kpu_spi_payload_for_room(size_t room)
{
	size_t around = KPU_SPI_HEADER_BYTES + KPU_SPI_MARK_BYTES + KPU_SPI_PACKET_BYTES(0);
	size_t payload;

	if (room < around + KPU_WIRE_PAYLOAD_MIN)
		return 0;
	payload = (room - around) & ~(size_t)(KPU_PACKET_OFFSET_UNIT - 1);
	return (uint16_t)(payload < KPU_WIRE_PAYLOAD_MAX ? payload : KPU_WIRE_PAYLOAD_MAX);
}

uint32_t kpu_spi_mark(uint16_t sequence)
{
	return sequence | (uint32_t)(uint16_t)~sequence << 16;
}

void kpu_spi_reverse(uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i + 4 <= length; i += 4) {
		uint8_t first = bytes[i], second = bytes[i + 1];

		bytes[i] = bytes[i + 3];
		bytes[i + 1] = bytes[i + 2];
		bytes[i + 2] = second;
		bytes[i + 3] = first;
	}
}

size_t kpu_spi_put_packets(uint8_t *body, size_t room,
			   size_t (*next)(void *context, uint8_t *packet, size_t room),
			   void *context)
{
	size_t length = 0, packet;

	while ((packet = next(context, body + length, room - length)) != 0) {
		length += packet;
		for (; length % 4; length++)
			body[length] = 0;
	}
	return length;
}

/* Bytes of the packet that begins here, 0 if that is no header of one. */
static size_t packet_length(const uint8_t *bytes, size_t length)
{
	struct kpu_packet packet;
	size_t whole = KPU_WIRE_HEADER_BYTES;

	/* Only the header counts here: the length is wrong for any packet with payload. */
	if (length < KPU_WIRE_HEADER_BYTES ||
	    kpu_packet_parse(bytes, KPU_WIRE_HEADER_BYTES, &packet) == KPU_PACKET_BAD_HEADER)
		return 0;
	if (packet.length)
		whole += packet.length + KPU_WIRE_PAYLOAD_CRC_BYTES;
	return whole <= length ? whole : 0;
}

bool kpu_spi_take_packets(const uint8_t *body, size_t length,
			  void (*take)(void *context, const uint8_t *packet, size_t length),
			  void *context)
{
	while (length) {
		size_t packet = packet_length(body, length), step;

		if (packet == 0) {
			take(context, body, length);
			return false;
		}
		take(context, body, packet);
		step = (packet + 3) & ~(size_t)3;
		if (step > length)
			step = length;
		body += step;
		length -= step;
	}
	return true;
}
