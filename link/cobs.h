/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Consistent Overhead Byte Stuffing (Cheshire and Baker, IEEE/ACM Transactions on Networking 7-2,
 * 1999): frames without zero bytes, each ended by one zero byte. Growth is one byte in 254.
 */
#ifndef KPU_LINK_COBS_H
#define KPU_LINK_COBS_H

#include "link/types.h"

/* Encodes a frame from several pieces into one buffer of at least n + n / 254 + 2 bytes. */
struct kpu_cobs_encoder {
	uint8_t *out;
	size_t length;  /* bytes written */
	size_t code_at; /* where the code byte of the open block goes */
	uint8_t run;    /* bytes in the open block */
	bool open;
};

void kpu_cobs_begin(struct kpu_cobs_encoder *encoder, uint8_t *out);
void kpu_cobs_add(struct kpu_cobs_encoder *encoder, const uint8_t *bytes, size_t length);
/* Adds the delimiter; returns the length of the whole frame. */
size_t kpu_cobs_end(struct kpu_cobs_encoder *encoder);

/* Decodes a stream that comes in arbitrary pieces. */
struct kpu_cobs_decoder {
	uint8_t *frame; /* bytes decoded so far */
	uint32_t length, room;
	uint8_t code, left; /* of the block being read; code 0 at the start of a frame */
	bool skipping;      /* the frame is too long and was reported: wait for its end */
	bool done;          /* the frame has been reported, the next byte starts another one */
};

enum kpu_cobs_event {
	KPU_COBS_MORE,  /* all bytes consumed, the frame goes on */
	KPU_COBS_FRAME, /* frame[0..length) is complete */
	KPU_COBS_BAD, /* a frame ended that is no COBS, or grew too long; frame[0..length) of it */
};

void kpu_cobs_decoder_init(struct kpu_cobs_decoder *decoder, uint8_t *frame, size_t room);
/* Consumes bytes up to the end of a frame at most, returns how many. The frame stays valid until
 * the next call. Empty frames are not reported. */
size_t kpu_cobs_decode(struct kpu_cobs_decoder *decoder, const uint8_t *bytes, size_t length,
		       enum kpu_cobs_event *event);

#endif
