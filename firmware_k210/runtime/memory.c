/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Block moves; see memory.h. */
#include "firmware_k210/runtime/memory.h"

/* Cached buffer of memory_move(). */
#define MOVE_BYTES 256

static size_t bytes_to_alignment(const uint8_t *p)
{
	return -(uintptr_t)p & 7;
}

void memory_read(void *to, const uint8_t *from, size_t length)
{
	uint8_t *out = to;
	size_t head = bytes_to_alignment(from);

	if (head > length)
		head = length;
	length -= head;
	while (head--)
		*out++ = memory_load8(from++);
	for (; length >= 8; length -= 8, from += 8, out += 8) {
		uint64_t word = memory_load64(from);

		memcpy(out, &word, sizeof(word));
	}
	while (length--)
		*out++ = memory_load8(from++);
}

void memory_write(uint8_t *to, const void *from, size_t length)
{
	const uint8_t *in = from;
	size_t head = bytes_to_alignment(to);

	if (head > length)
		head = length;
	length -= head;
	while (head--)
		memory_store8(to++, *in++);
	for (; length >= 8; length -= 8, to += 8, in += 8) {
		uint64_t word;

		memcpy(&word, in, sizeof(word));
		memory_store64(to, word);
	}
	while (length--)
		memory_store8(to++, *in++);
}

void memory_move(uint8_t *to, const uint8_t *from, size_t length)
{
	uint64_t buffer[MOVE_BYTES / sizeof(uint64_t)];

	while (length) {
		size_t part = length < MOVE_BYTES ? length : MOVE_BYTES;

		memory_read(buffer, from, part);
		memory_write(to, buffer, part);
		to += part;
		from += part;
		length -= part;
	}
}
