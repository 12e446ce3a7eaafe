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

/* The three ways to get eight bytes of ordinary memory: this processor does not load across its
 * natural alignment, and taking bytes one by one costs three times as much. */
enum alignment {
	ALIGNED_8,
	ALIGNED_4,
	UNALIGNED,
};

static enum alignment alignment_of(const uint8_t *p)
{
	return (uintptr_t)p % 8 == 0 ? ALIGNED_8 : (uintptr_t)p % 4 == 0 ? ALIGNED_4 : UNALIGNED;
}

static uint64_t get_word(const uint8_t *p, enum alignment alignment)
{
	uint64_t word;
	uint32_t half[2];

	switch (alignment) {
	case ALIGNED_8:
		memcpy(&word, __builtin_assume_aligned(p, 8), sizeof(word));
		return word;
	case ALIGNED_4:
		memcpy(half, __builtin_assume_aligned(p, 4), sizeof(half));
		return half[0] | (uint64_t)half[1] << 32;
	default:
		memcpy(&word, p, sizeof(word));
		return word;
	}
}

static void put_word(uint8_t *p, uint64_t word, enum alignment alignment)
{
	uint32_t half[2] = { (uint32_t)word, (uint32_t)(word >> 32) };

	switch (alignment) {
	case ALIGNED_8:
		memcpy(__builtin_assume_aligned(p, 8), &word, sizeof(word));
		break;
	case ALIGNED_4:
		memcpy(__builtin_assume_aligned(p, 4), half, sizeof(half));
		break;
	default:
		memcpy(p, &word, sizeof(word));
		break;
	}
}

void memory_read(void *to, const uint8_t *from, size_t length)
{
	uint8_t *out = to;
	size_t head = bytes_to_alignment(from);
	enum alignment alignment;

	if (head > length)
		head = length;
	length -= head;
	while (head--)
		*out++ = memory_load8(from++);
	alignment = alignment_of(out);
	for (; length >= 8; length -= 8, from += 8, out += 8)
		put_word(out, memory_load64(from), alignment);
	while (length--)
		*out++ = memory_load8(from++);
}

void memory_write(uint8_t *to, const void *from, size_t length)
{
	const uint8_t *in = from;
	size_t head = bytes_to_alignment(to);
	enum alignment alignment;

	if (head > length)
		head = length;
	length -= head;
	while (head--)
		memory_store8(to++, *in++);
	alignment = alignment_of(in);
	for (; length >= 8; length -= 8, to += 8, in += 8)
		memory_store64(to, get_word(in, alignment));
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
