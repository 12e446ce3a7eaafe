/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Writes kmodel V4 files node by node. Bodies are put together field by field in the order of the
 * format (kmodel/v4_format.h, nncase v0.2.0-beta4 runtime_ops), so that tests can write wrong ones,
 * too.
 *
 * Not thread safe; a writer that ran out of memory or got a wrong argument stays failed and
 * kmodel_v4_finish() reports it, so calls need no check one by one.
 */
#ifndef TOOLS_KMODEL_WRITER_V4_H
#define TOOLS_KMODEL_WRITER_V4_H

#include "kmodel/v4_format.h"
#include "tools/kmodel/writer.h"

struct kmodel_v4_writer;

struct kmodel_v4_range {
	uint32_t memory; /* enum kmodel_v4_memory */
	uint32_t type;   /* enum kmodel_v4_data_type */
	uint32_t start, bytes;
};

struct kmodel_v4_writer *kmodel_v4_writer_new(void);
void kmodel_v4_writer_free(struct kmodel_v4_writer *writer);

/* New ranges, each at a multiple of 8; constants are copied. @line: first one in the AI SRAM. */
struct kmodel_v4_range kmodel_v4_constant(struct kmodel_v4_writer *writer,
					  enum kmodel_v4_data_type type, const void *values,
					  uint32_t bytes);
struct kmodel_v4_range kmodel_v4_main(struct kmodel_v4_writer *writer,
				      enum kmodel_v4_data_type type, uint32_t bytes);
struct kmodel_v4_range kmodel_v4_kpu(uint32_t line, uint32_t lines);

void kmodel_v4_input(struct kmodel_v4_writer *writer, struct kmodel_v4_range range,
		     const int32_t shape[4]);
void kmodel_v4_output(struct kmodel_v4_writer *writer, struct kmodel_v4_range range);

/* A node: begin, its fields, end (pads the body to a multiple of 8 bytes of the file). */
void kmodel_v4_begin(struct kmodel_v4_writer *writer, uint32_t type);
void kmodel_v4_put_range(struct kmodel_v4_writer *writer, struct kmodel_v4_range range);
void kmodel_v4_put_int(struct kmodel_v4_writer *writer, int32_t value);
void kmodel_v4_put_ints(struct kmodel_v4_writer *writer, const int32_t *values, unsigned count);
void kmodel_v4_put_float(struct kmodel_v4_writer *writer, float value);
void kmodel_v4_put_floats(struct kmodel_v4_writer *writer, const float *values, unsigned count);
void kmodel_v4_put_bytes(struct kmodel_v4_writer *writer, const void *bytes, uint32_t count);
void kmodel_v4_end(struct kmodel_v4_writer *writer);

/* kpu_conv2d: @output in the main memory, or NULL. conv->to_work_buffer is not looked at. */
void kmodel_v4_convolution(struct kmodel_v4_writer *writer, const struct kmodel_convolution *conv,
			   uint32_t batches, const struct kmodel_v4_range *output);

/* The file, to be freed with free(); NULL: *reason says why. */
uint8_t *kmodel_v4_finish(struct kmodel_v4_writer *writer, size_t *size, const char **reason);

#endif
