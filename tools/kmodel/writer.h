/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Writes kmodel V3 files layer by layer, for tests, examples and small networks of the project.
 * It places what it is given; finding good parameters is the business of the caller.
 *
 * Not thread safe; a writer that ran out of memory or got a wrong argument stays failed and
 * kmodel_writer_finish() reports it, so calls need no check one by one.
 */
#ifndef TOOLS_KMODEL_WRITER_H
#define TOOLS_KMODEL_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "k210/kpu_layer.h"

struct kmodel_writer;

/* Batch norm of one output channel: T = ((V * mul) >> shift) + add. */
struct kmodel_batch_norm {
	int32_t mul;   /* 24 bit signed */
	uint8_t shift; /* 0..15 */
	int32_t add;
};

/* Sixteen segments: from T > start on, Y = round((T - start) * mul / 2^shift) + bias, clamped. */
struct kmodel_activation {
	int64_t start[K210_ACTIVATION_SEGMENTS]; /* 36 bit signed, ascending */
	int16_t mul[K210_ACTIVATION_SEGMENTS];
	uint8_t shift[K210_ACTIVATION_SEGMENTS];
	uint8_t bias[K210_ACTIVATION_SEGMENTS];
};

struct kmodel_convolution {
	unsigned width, height, input_channels, output_channels; /* of the input map */
	unsigned kernel;                                         /* 1 or 3 */
	bool depthwise;
	enum k210_pool pool;
	uint8_t pad_value;
	bool sixteen_bit; /* must be the same in all layers of a model */
	/* [output][input][row][column], depthwise [channel][row][column]; uint8_t or uint16_t */
	const void *weights;
	int32_t arg_x, arg_w; /* 24 bit signed */
	uint8_t shift_x, shift_w;
	int64_t arg_add;                            /* 40 bit signed */
	const struct kmodel_batch_norm *batch_norm; /* one for each output channel */
	const struct kmodel_activation *activation;
	unsigned input_line, output_line; /* AI SRAM, 64-byte lines */
	bool to_work_buffer;
	uint32_t work_offset; /* multiple of 8 */
};

struct kmodel_writer *kmodel_writer_new(void);
void kmodel_writer_free(struct kmodel_writer *writer);

/* All tables are copied. */
void kmodel_writer_convolution(struct kmodel_writer *writer, const struct kmodel_convolution *conv);
/* Any other layer: its type and body, flags word included. */
void kmodel_writer_layer(struct kmodel_writer *writer, uint32_t type, const void *body,
			 size_t bytes);
/* Frequent CPU layers. Offsets count from the start of the work buffer. */
void kmodel_writer_dequantize(struct kmodel_writer *writer, uint32_t input, uint32_t output,
			      uint32_t count, float scale, float bias);
void kmodel_writer_output(struct kmodel_writer *writer, uint32_t offset, uint32_t bytes);
void kmodel_writer_work_bytes(struct kmodel_writer *writer, uint32_t bytes);

/* The file, to be freed with free(); NULL: *reason says why. */
uint8_t *kmodel_writer_finish(struct kmodel_writer *writer, size_t *size, const char **reason);

/* y = T >> shift, clamped to 0..255, for values of T that fit 36 bits. */
void kmodel_activation_shift(struct kmodel_activation *activation, unsigned shift);

/* The inverse of k210_decode_layer(). */
void kmodel_encode_words(const struct k210_kpu_layer *layer, uint64_t words[K210_KPU_LAYER_WORDS]);

#endif
