/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Frames of the mask ROM (k210/isp.h) and of the first stage (link/first_stage.h). */
#ifndef KPU_LIB_BOOT_FRAME_H
#define KPU_LIB_BOOT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "k210/isp.h"

#define KPU_FRAME_BYTES_MAX (K210_ISP_HEADER_BYTES + K210_ISP_DATA_MAX)
/* On the line, all bytes escaped. */
#define KPU_FRAME_LINE_BYTES_MAX (2 * KPU_FRAME_BYTES_MAX + 4)

/* Which bytes the CRC covers. */
enum kpu_frame_kind {
	KPU_FRAME_ROM,   /* from 8 on */
	KPU_FRAME_STAGE, /* 0..3 too */
};

/* A frame that is being received. Zeroed: none has begun. */
struct kpu_frame_decoder {
	uint8_t bytes[KPU_FRAME_BYTES_MAX];
	size_t size; /* so far; more than fit means too long */
	bool inside, escaped;
};

/*
 * Writes a request with delimiters and escapes to @line, which has room for
 * KPU_FRAME_LINE_BYTES_MAX; returns its length. @size is at most K210_ISP_DATA_MAX.
 */
size_t kpu_frame_request(enum kpu_frame_kind kind, uint8_t operation, uint32_t value,
			 const uint8_t *data, size_t size, uint8_t *line);
size_t kpu_frame_greeting(uint8_t *line);

/*
 * Takes one byte from the line. Returns the length of the frame that it ends, which is in
 * decoder->bytes until the next call; 0: no frame, or one that is too long.
 */
size_t kpu_frame_take(struct kpu_frame_decoder *decoder, uint8_t byte);
/* A whole answer of the first stage with the right CRC. */
bool kpu_frame_is_intact(const uint8_t *bytes, size_t size);

#endif
