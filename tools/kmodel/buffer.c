/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tools/kmodel/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "link/bytes.h"

static bool make_room(struct byte_buffer *buffer, size_t count)
{
	size_t room = buffer->room ? buffer->room : 256;
	uint8_t *grown;

	if (buffer->failed)
		return false;
	while (room < buffer->length + count)
		room *= 2;
	if (room == buffer->room)
		return true;
	grown = realloc(buffer->bytes, room);
	if (!grown) {
		buffer->failed = true;
		return false;
	}
	buffer->bytes = grown;
	buffer->room = room;
	return true;
}

void buffer_append(struct byte_buffer *buffer, const void *bytes, size_t count)
{
	if (!count || !make_room(buffer, count))
		return;
	memcpy(buffer->bytes + buffer->length, bytes, count);
	buffer->length += count;
}

void buffer_u32(struct byte_buffer *buffer, uint32_t value)
{
	uint8_t bytes[4];

	kpu_put_u32(bytes, value);
	buffer_append(buffer, bytes, sizeof(bytes));
}

void buffer_u64(struct byte_buffer *buffer, uint64_t value)
{
	uint8_t bytes[8];

	kpu_put_u64(bytes, value);
	buffer_append(buffer, bytes, sizeof(bytes));
}

void buffer_f32(struct byte_buffer *buffer, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	buffer_u32(buffer, bits);
}

void buffer_align(struct byte_buffer *buffer, size_t align)
{
	static const uint8_t zeros[256];
	size_t over = buffer->length % align;

	if (over)
		buffer_append(buffer, zeros, align - over);
}
