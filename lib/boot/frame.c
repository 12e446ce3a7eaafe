/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "lib/boot/frame.h"

#include <string.h>

#include "link/bytes.h"
#include "link/crc.h"

static size_t put_escaped(uint8_t *line, const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < size; i++) {
		uint8_t byte = bytes[i];

		if (byte == K210_SLIP_END || byte == K210_SLIP_ESCAPE) {
			line[at++] = K210_SLIP_ESCAPE;
			byte = byte == K210_SLIP_END ? K210_SLIP_ESCAPED_END
						     : K210_SLIP_ESCAPED_ESCAPE;
		}
		line[at++] = byte;
	}
	return at;
}

static uint32_t checksum(enum kpu_frame_kind kind, const uint8_t *bytes, size_t size)
{
	uint32_t crc = KPU_CRC32_START;

	if (kind == KPU_FRAME_STAGE)
		crc = kpu_crc32(crc, bytes, K210_ISP_OFFSET_CHECKSUM);
	return kpu_crc32(crc, bytes + K210_ISP_OFFSET_ADDRESS, size - K210_ISP_OFFSET_ADDRESS);
}

static size_t put_frame(uint8_t *line, const uint8_t *frame, size_t size)
{
	size_t at = 0;

	line[at++] = K210_SLIP_END;
	at += put_escaped(line + at, frame, size);
	line[at++] = K210_SLIP_END;
	return at;
}

size_t kpu_frame_request(enum kpu_frame_kind kind, uint8_t operation, uint32_t value,
			 const uint8_t *data, size_t size, uint8_t *line)
{
	uint8_t frame[KPU_FRAME_BYTES_MAX] = { operation };

	kpu_put_u32(frame + K210_ISP_OFFSET_ADDRESS, value);
	kpu_put_u32(frame + K210_ISP_OFFSET_LENGTH, (uint32_t)size);
	if (size)
		memcpy(frame + K210_ISP_HEADER_BYTES, data, size);
	size += K210_ISP_HEADER_BYTES;
	kpu_put_u32(frame + K210_ISP_OFFSET_CHECKSUM, checksum(kind, frame, size));
	return put_frame(line, frame, size);
}

size_t kpu_frame_greeting(uint8_t *line)
{
	static const uint8_t greeting[K210_ISP_GREETING_BYTES] = { K210_ISP_GREETING };

	return put_frame(line, greeting, sizeof(greeting));
}

static void append(struct kpu_frame_decoder *decoder, uint8_t byte)
{
	if (decoder->escaped) {
		decoder->escaped = false;
		byte = byte == K210_SLIP_ESCAPED_END ? K210_SLIP_END : K210_SLIP_ESCAPE;
	} else if (byte == K210_SLIP_ESCAPE) {
		decoder->escaped = true;
		return;
	}
	if (decoder->size < sizeof(decoder->bytes))
		decoder->bytes[decoder->size] = byte;
	if (decoder->size <= sizeof(decoder->bytes))
		decoder->size++;
}

/* Each delimiter ends a frame and begins the next: a damaged one costs no more than one frame. */
size_t kpu_frame_take(struct kpu_frame_decoder *decoder, uint8_t byte)
{
	size_t size = 0;

	if (byte != K210_SLIP_END) {
		if (decoder->inside)
			append(decoder, byte);
		return 0;
	}
	if (decoder->inside && decoder->size <= sizeof(decoder->bytes))
		size = decoder->size;
	decoder->inside = true;
	decoder->escaped = false;
	decoder->size = 0;
	return size;
}

bool kpu_frame_is_intact(const uint8_t *bytes, size_t size)
{
	return size >= K210_ISP_HEADER_BYTES &&
	       kpu_get_u32(bytes + K210_ISP_OFFSET_LENGTH) == size - K210_ISP_HEADER_BYTES &&
	       kpu_get_u32(bytes + K210_ISP_OFFSET_CHECKSUM) ==
		       checksum(KPU_FRAME_STAGE, bytes, size);
}
