/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The bodies of V4 operators, one function for each kind of body; offsets as in nncase v0.2.0-beta4
 * runtime_ops. Tables are copied. Shapes are {batch, channels, height, width}, except for the
 * operators of the CPU target: {batch, height, width, channels}.
 */
#ifndef TOOLS_KMODEL_NODES_V4_H
#define TOOLS_KMODEL_NODES_V4_H

#include "tools/kmodel/writer_v4.h"

/* Least and greatest result of a float operator. */
struct kmodel_v4_bounds {
	float least, greatest;
};

extern const struct kmodel_v4_bounds kmodel_v4_unbounded;

struct kmodel_v4_tensor {
	struct kmodel_v4_range range;
	int32_t shape[4];
};

struct kmodel_v4_window_parameters {
	int32_t padding[4]; /* top, bottom, left, right */
	int32_t filter[2], stride[2], dilation[2];
};

/* What quantized operators add and scale by: out = ((sum * factor) >> shift) + output. */
struct kmodel_v4_quantization {
	int32_t a_offset, b_offset, factor, shift, output;
};

void kmodel_v4_binary(struct kmodel_v4_writer *writer, int32_t operation,
		      const struct kmodel_v4_tensor *a, const struct kmodel_v4_tensor *b,
		      const struct kmodel_v4_tensor *out, struct kmodel_v4_bounds bounds);
/* @numbers: offset, factor, shift of a, of b, of the output. */
void kmodel_v4_quantized_binary(struct kmodel_v4_writer *writer, int32_t operation,
				const struct kmodel_v4_tensor *a, const struct kmodel_v4_tensor *b,
				const struct kmodel_v4_tensor *out, const int32_t numbers[9]);
/* @unit: bytes for each step of @sizes. */
void kmodel_v4_concat(struct kmodel_v4_writer *writer, const struct kmodel_v4_range *inputs,
		      const int32_t *sizes, int32_t count, int32_t unit, int32_t outer,
		      struct kmodel_v4_range out);
/* QUANTIZE, DEQUANTIZE. */
void kmodel_v4_quantize(struct kmodel_v4_writer *writer, uint32_t type, struct kmodel_v4_range in,
			struct kmodel_v4_range out, int32_t zero_point, float scale);
/* CONV2D, CPU_CONV2D, CPU_DEPTHWISE_CONV2D; the latter two ignore @groups, the last @outputs. */
void kmodel_v4_conv2d(struct kmodel_v4_writer *writer, uint32_t type,
		      const struct kmodel_v4_tensor *in, struct kmodel_v4_range out, int32_t groups,
		      int32_t outputs, const struct kmodel_v4_window_parameters *window,
		      struct kmodel_v4_bounds bounds, const float *weights, unsigned weight_count,
		      const float *bias, unsigned bias_count);
void kmodel_v4_quantized_conv2d(struct kmodel_v4_writer *writer, uint32_t type,
				const struct kmodel_v4_tensor *in, struct kmodel_v4_range out,
				int32_t groups, int32_t outputs,
				const struct kmodel_v4_window_parameters *window,
				const struct kmodel_v4_quantization *numbers,
				const uint8_t *weights, unsigned weight_count, const int32_t *bias,
				unsigned bias_count);
void kmodel_v4_conv2d_transpose(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
				const struct kmodel_v4_tensor *out, int32_t groups,
				const struct kmodel_v4_window_parameters *window,
				struct kmodel_v4_bounds bounds, const float *weights,
				unsigned weight_count, const float *bias, unsigned bias_count);
/* @sizes: rows of a, columns of a, columns of b. */
void kmodel_v4_matmul(struct kmodel_v4_writer *writer, struct kmodel_v4_range a,
		      struct kmodel_v4_range b, struct kmodel_v4_range out, const int32_t sizes[3],
		      struct kmodel_v4_bounds bounds, const float *bias);
void kmodel_v4_quantized_matmul(struct kmodel_v4_writer *writer, struct kmodel_v4_range a,
				struct kmodel_v4_range b, struct kmodel_v4_range out,
				const int32_t sizes[3],
				const struct kmodel_v4_quantization *numbers, const int32_t *bias);
/* @pads: before and after of each dimension; @value: the bits of a float, or a byte. */
void kmodel_v4_pad(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
		   struct kmodel_v4_range out, const int32_t pads[8], uint32_t value);
void kmodel_v4_transpose(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
			 struct kmodel_v4_range out, const int32_t order[4]);
void kmodel_v4_strided_slice(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
			     struct kmodel_v4_range out, const int32_t begin[4],
			     const int32_t end[4], const int32_t strides[4]);
void kmodel_v4_reduce(struct kmodel_v4_writer *writer, int32_t operation,
		      const struct kmodel_v4_tensor *in, const struct kmodel_v4_tensor *out,
		      float start);
/* REDUCE_WINDOW2D, CPU_REDUCE_WINDOW2D. */
void kmodel_v4_reduce_window(struct kmodel_v4_writer *writer, uint32_t type, int32_t operation,
			     const struct kmodel_v4_tensor *in, struct kmodel_v4_range out,
			     const struct kmodel_v4_window_parameters *window, float start,
			     struct kmodel_v4_bounds bounds);
void kmodel_v4_resize(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
		      struct kmodel_v4_range out, int32_t height, int32_t width, bool nearest,
		      bool align_corners);
void kmodel_v4_softmax(struct kmodel_v4_writer *writer, struct kmodel_v4_range in,
		       struct kmodel_v4_range out, int32_t inner, int32_t outer, float beta);
void kmodel_v4_unary(struct kmodel_v4_writer *writer, int32_t operation, struct kmodel_v4_range in,
		     struct kmodel_v4_range out);
void kmodel_v4_nnil(struct kmodel_v4_writer *writer, struct kmodel_v4_range in,
		    struct kmodel_v4_range out, const uint8_t *code, uint32_t bytes);
void kmodel_v4_memory_copy(struct kmodel_v4_writer *writer, struct kmodel_v4_range in,
			   struct kmodel_v4_range out);
void kmodel_v4_table_lookup(struct kmodel_v4_writer *writer, struct kmodel_v4_range in,
			    struct kmodel_v4_range table, struct kmodel_v4_range out);
void kmodel_v4_upload(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
		      struct kmodel_v4_range out);

#endif
