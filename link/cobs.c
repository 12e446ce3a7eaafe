/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "link/cobs.h"

#define BLOCK_MAX 254u /* data bytes behind one code byte */

/*
 * The board's core traps on unaligned accesses and its libc copies byte by byte when source and
 * destination are aligned differently, which they are here. There, one loop looks for the zero and
 * copies, with aligned accesses only. Elsewhere the library's copy is as good as it gets.
 */
#ifndef KPU_COBS_ALIGNED_COPY
#if defined(__riscv) && !defined(__KERNEL__)
#define KPU_COBS_ALIGNED_COPY 1
#else
#define KPU_COBS_ALIGNED_COPY 0
#endif
#endif

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

static inline uint64_t load(const uint8_t *bytes)
{
	uint64_t word;

	__builtin_memcpy(&word, __builtin_assume_aligned(bytes, 8), 8);
	return word;
}

static inline bool has_zero(uint64_t word)
{
	return ((word - ONES) & ~word & HIGHS) != 0;
}

#if KPU_COBS_ALIGNED_COPY
static inline void store(uint8_t *bytes, uint64_t word)
{
	__builtin_memcpy(__builtin_assume_aligned(bytes, 8), &word, 8);
}

/*
 * Whole words up to one with a zero byte; @in is aligned. The bytes before @out in its aligned word
 * are part of the same buffer; they are read and written back unchanged. Little-endian.
 */
static size_t copy_words(uint8_t *out, const uint8_t *in, size_t length)
{
	unsigned before = (unsigned)((size_t)out & 7);
	const uint8_t *start = in, *end = in + (length & ~(size_t)7);
	uint8_t *aligned = out - before;
	uint64_t carry, word;

	if (before == 0) {
		for (; in != end && !has_zero(word = load(in)); in += 8, aligned += 8)
			store(aligned, word);
		return (size_t)(in - start);
	}
	carry = load(aligned) & (((uint64_t)1 << 8 * before) - 1);
	for (; in != end && !has_zero(word = load(in)); in += 8, aligned += 8) {
		store(aligned, carry | word << 8 * before);
		carry = word >> (64 - 8 * before);
	}
	for (unsigned i = 0; i < before; i++)
		aligned[i] = (uint8_t)(carry >> 8 * i);
	return (size_t)(in - start);
}

/* Copies up to the first zero byte or @length bytes; returns how many. */
static size_t copy_run(uint8_t *out, const uint8_t *in, size_t length)
{
	size_t n = 0;

	while (n < length && in[n] && ((size_t)(in + n) & 7)) {
		out[n] = in[n];
		n++;
	}
	if (length - n >= 8 && ((size_t)(in + n) & 7) == 0)
		n += copy_words(out + n, in + n, length - n);
	for (; n < length && in[n]; n++)
		out[n] = in[n];
	return n;
}
#endif

/* Index of the first zero byte, @length if there is none. */
static size_t find_zero(const uint8_t *in, size_t length)
{
	size_t n = 0;

	while (n < length && ((size_t)(in + n) & 7)) {
		if (!in[n])
			return n;
		n++;
	}
	while (length - n >= 8 && !has_zero(load(in + n)))
		n += 8;
	while (n < length && in[n])
		n++;
	return n;
}

#if !KPU_COBS_ALIGNED_COPY
static size_t copy_run(uint8_t *out, const uint8_t *in, size_t length)
{
	size_t n = find_zero(in, length);

	memcpy(out, in, n);
	return n;
}
#endif

static void open_block(struct kpu_cobs_encoder *encoder)
{
	encoder->code_at = encoder->length++;
	encoder->run = 0;
	encoder->open = true;
}

static void close_block(struct kpu_cobs_encoder *encoder)
{
	encoder->out[encoder->code_at] = (uint8_t)(encoder->run + 1);
	encoder->open = false;
}

void kpu_cobs_begin(struct kpu_cobs_encoder *encoder, uint8_t *out)
{
	encoder->out = out;
	encoder->length = 0;
	open_block(encoder);
}

void kpu_cobs_add(struct kpu_cobs_encoder *encoder, const uint8_t *bytes, size_t length)
{
	while (length) {
		size_t space, n;

		if (!encoder->open)
			open_block(encoder);
		space = BLOCK_MAX - encoder->run;
		n = copy_run(encoder->out + encoder->length, bytes,
			     length < space ? length : space);
		encoder->length += n;
		encoder->run = (uint8_t)(encoder->run + n);
		bytes += n;
		length -= n;
		if (encoder->run == BLOCK_MAX) {
			/* A full block implies no zero: the next one opens only for more data. */
			close_block(encoder);
		} else if (length) {
			close_block(encoder);
			open_block(encoder);
			bytes++;
			length--;
		}
	}
}

size_t kpu_cobs_end(struct kpu_cobs_encoder *encoder)
{
	if (encoder->open)
		close_block(encoder);
	encoder->out[encoder->length++] = 0;
	return encoder->length;
}

static void start_frame(struct kpu_cobs_decoder *decoder)
{
	decoder->length = 0;
	decoder->code = 0;
	decoder->left = 0;
	decoder->skipping = false;
	decoder->done = false;
}

void kpu_cobs_decoder_init(struct kpu_cobs_decoder *decoder, uint8_t *frame, size_t room)
{
	decoder->frame = frame;
	decoder->room = (uint32_t)room;
	start_frame(decoder);
}

/* Reads a code byte, which is not zero. The zero that ended the block before is written now, since
 * the last block of a frame implies none. */
static void start_block(struct kpu_cobs_decoder *decoder, uint8_t code)
{
	bool zero = decoder->code != 0 && decoder->code != BLOCK_MAX + 1;

	decoder->code = code;
	decoder->left = (uint8_t)(code - 1);
	if (decoder->length + zero + decoder->left > decoder->room)
		decoder->skipping = true;
	else if (zero)
		decoder->frame[decoder->length++] = 0;
}

/* The zero byte has been met. */
static enum kpu_cobs_event end_frame(struct kpu_cobs_decoder *decoder)
{
	if (decoder->code == 0)
		return KPU_COBS_MORE;
	if (decoder->skipping) {
		start_frame(decoder);
		return KPU_COBS_MORE;
	}
	decoder->done = true;
	return decoder->left ? KPU_COBS_BAD : KPU_COBS_FRAME;
}

size_t kpu_cobs_decode(struct kpu_cobs_decoder *decoder, const uint8_t *bytes, size_t length,
		       enum kpu_cobs_event *event)
{
	size_t at = 0;

	if (decoder->done)
		start_frame(decoder);
	*event = KPU_COBS_MORE;
	while (at < length) {
		size_t n;

		if (decoder->skipping) {
			at += find_zero(bytes + at, length - at);
		} else if (decoder->left) {
			n = length - at < decoder->left ? length - at : decoder->left;
			n = copy_run(decoder->frame + decoder->length, bytes + at, n);
			decoder->length += (uint32_t)n;
			decoder->left = (uint8_t)(decoder->left - n);
			at += n;
			if (decoder->left == 0)
				continue;
		} else if (bytes[at]) {
			start_block(decoder, bytes[at++]);
			if (!decoder->skipping)
				continue;
			/* Reported at once: its sender must not wait for the end of the next frame,
			 * with which this one may have been merged. */
			*event = KPU_COBS_BAD;
			break;
		}
		if (at == length)
			break;
		at++;
		*event = end_frame(decoder);
		if (*event != KPU_COBS_MORE)
			break;
	}
	return at;
}
