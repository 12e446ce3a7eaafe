/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tools/kmodel/nodes_v4.h"

#include <float.h>

const struct kmodel_v4_bounds kmodel_v4_unbounded = { -FLT_MAX, FLT_MAX };

static void put_bounds(struct kmodel_v4_writer *writer, struct kmodel_v4_bounds bounds)
{
	kmodel_v4_put_float(writer, bounds.least);
	kmodel_v4_put_float(writer, bounds.greatest);
}

static void put_window(struct kmodel_v4_writer *writer,
		       const struct kmodel_v4_window_parameters *window)
{
	kmodel_v4_put_ints(writer, window->padding, 4);
	kmodel_v4_put_ints(writer, window->filter, 2);
	kmodel_v4_put_ints(writer, window->stride, 2);
	kmodel_v4_put_ints(writer, window->dilation, 2);
}

static void put_numbers(struct kmodel_v4_writer *writer,
			const struct kmodel_v4_quantization *numbers)
{
	kmodel_v4_put_int(writer, numbers->a_offset);
	kmodel_v4_put_int(writer, numbers->b_offset);
	kmodel_v4_put_int(writer, numbers->factor);
	kmodel_v4_put_int(writer, numbers->shift);
	kmodel_v4_put_int(writer, numbers->output);
}

void kmodel_v4_binary(struct kmodel_v4_writer *writer, int32_t operation,
		      const struct kmodel_v4_tensor *a, const struct kmodel_v4_tensor *b,
		      const struct kmodel_v4_tensor *out, struct kmodel_v4_bounds bounds)
{
	kmodel_v4_begin(writer, KMODEL_V4_BINARY);
	kmodel_v4_put_range(writer, a->range);
	kmodel_v4_put_range(writer, b->range);
	kmodel_v4_put_range(writer, out->range);
	kmodel_v4_put_int(writer, operation);
	kmodel_v4_put_ints(writer, a->shape, 4);
	kmodel_v4_put_ints(writer, b->shape, 4);
	kmodel_v4_put_ints(writer, out->shape, 4);
	put_bounds(writer, bounds);
	kmodel_v4_end(writer);
}

void kmodel_v4_quantized_binary(struct kmodel_v4_writer *writer, int32_t operation,
				const struct kmodel_v4_tensor *a, const struct kmodel_v4_tensor *b,
				const struct kmodel_v4_tensor *out, const int32_t numbers[9])
{
	kmodel_v4_begin(writer, KMODEL_V4_QUANTIZED_BINARY);
	kmodel_v4_put_range(writer, a->range);
	kmodel_v4_put_range(writer, b->range);
	kmodel_v4_put_range(writer, out->range);
	kmodel_v4_put_int(writer, operation);
	kmodel_v4_put_ints(writer, a->shape, 4);
	kmodel_v4_put_ints(writer, b->shape, 4);
	kmodel_v4_put_ints(writer, out->shape, 4);
	kmodel_v4_put_ints(writer, numbers, 9);
	kmodel_v4_end(writer);
}

void kmodel_v4_concat(struct kmodel_v4_writer *writer, const struct kmodel_v4_range *inputs,
		      const int32_t *sizes, int32_t count, int32_t unit, int32_t outer,
		      struct kmodel_v4_range out)
{
	kmodel_v4_begin(writer, KMODEL_V4_CONCAT);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_int(writer, unit);
	kmodel_v4_put_int(writer, outer);
	kmodel_v4_put_int(writer, count);
	for (int32_t i = 0; i < count; i++)
		kmodel_v4_put_range(writer, inputs[i]);
	kmodel_v4_put_ints(writer, sizes, (unsigned)count);
	kmodel_v4_end(writer);
}

void kmodel_v4_quantize(struct kmodel_v4_writer *writer, uint32_t type, struct kmodel_v4_range in,
			struct kmodel_v4_range out, int32_t zero_point, float scale)
{
	kmodel_v4_begin(writer, type);
	kmodel_v4_put_range(writer, in);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_int(writer, zero_point);
	kmodel_v4_put_float(writer, scale);
	kmodel_v4_end(writer);
}

/* What all convolutions begin with. */
static void begin_convolution(struct kmodel_v4_writer *writer, uint32_t type,
			      const struct kmodel_v4_tensor *in, struct kmodel_v4_range out,
			      int32_t groups, int32_t outputs,
			      const struct kmodel_v4_window_parameters *window)
{
	kmodel_v4_begin(writer, type);
	kmodel_v4_put_range(writer, in->range);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_ints(writer, in->shape, 4);
	if (type < KMODEL_V4_CPU_CONV2D)
		kmodel_v4_put_int(writer, groups);
	if (type != KMODEL_V4_CPU_DEPTHWISE_CONV2D &&
	    type != KMODEL_V4_CPU_QUANTIZED_DEPTHWISE_CONV2D)
		kmodel_v4_put_int(writer, outputs);
	put_window(writer, window);
}

void kmodel_v4_conv2d(struct kmodel_v4_writer *writer, uint32_t type,
		      const struct kmodel_v4_tensor *in, struct kmodel_v4_range out, int32_t groups,
		      int32_t outputs, const struct kmodel_v4_window_parameters *window,
		      struct kmodel_v4_bounds bounds, const float *weights, unsigned weight_count,
		      const float *bias, unsigned bias_count)
{
	begin_convolution(writer, type, in, out, groups, outputs, window);
	put_bounds(writer, bounds);
	kmodel_v4_put_floats(writer, weights, weight_count);
	kmodel_v4_put_floats(writer, bias, bias_count);
	kmodel_v4_end(writer);
}

void kmodel_v4_quantized_conv2d(struct kmodel_v4_writer *writer, uint32_t type,
				const struct kmodel_v4_tensor *in, struct kmodel_v4_range out,
				int32_t groups, int32_t outputs,
				const struct kmodel_v4_window_parameters *window,
				const struct kmodel_v4_quantization *numbers,
				const uint8_t *weights, unsigned weight_count, const int32_t *bias,
				unsigned bias_count)
{
	begin_convolution(writer, type, in, out, groups, outputs, window);
	put_numbers(writer, numbers);
	/* The variants for the CPU target have the two tables the other way round. */
	if (type == KMODEL_V4_QUANTIZED_CONV2D)
		kmodel_v4_put_ints(writer, bias, bias_count);
	kmodel_v4_put_bytes(writer, weights, weight_count);
	if (type != KMODEL_V4_QUANTIZED_CONV2D)
		kmodel_v4_put_ints(writer, bias, bias_count);
	kmodel_v4_end(writer);
}

void kmodel_v4_conv2d_transpose(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
				const struct kmodel_v4_tensor *out, int32_t groups,
				const struct kmodel_v4_window_parameters *window,
				struct kmodel_v4_bounds bounds, const float *weights,
				unsigned weight_count, const float *bias, unsigned bias_count)
{
	kmodel_v4_begin(writer, KMODEL_V4_CONV2D_TRANSPOSE);
	kmodel_v4_put_range(writer, in->range);
	kmodel_v4_put_range(writer, out->range);
	kmodel_v4_put_ints(writer, in->shape, 4);
	kmodel_v4_put_ints(writer, out->shape, 4);
	kmodel_v4_put_int(writer, groups);
	put_window(writer, window);
	put_bounds(writer, bounds);
	kmodel_v4_put_floats(writer, weights, weight_count);
	kmodel_v4_put_floats(writer, bias, bias_count);
	kmodel_v4_end(writer);
}

void kmodel_v4_matmul(struct kmodel_v4_writer *writer, struct kmodel_v4_range a,
		      struct kmodel_v4_range b, struct kmodel_v4_range out, const int32_t sizes[3],
		      struct kmodel_v4_bounds bounds, const float *bias)
{
	kmodel_v4_begin(writer, KMODEL_V4_MATMUL);
	kmodel_v4_put_range(writer, a);
	kmodel_v4_put_range(writer, b);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_ints(writer, sizes, 3);
	put_bounds(writer, bounds);
	kmodel_v4_put_floats(writer, bias, (unsigned)sizes[2]);
	kmodel_v4_end(writer);
}

void kmodel_v4_quantized_matmul(struct kmodel_v4_writer *writer, struct kmodel_v4_range a,
				struct kmodel_v4_range b, struct kmodel_v4_range out,
				const int32_t sizes[3],
				const struct kmodel_v4_quantization *numbers, const int32_t *bias)
{
	kmodel_v4_begin(writer, KMODEL_V4_QUANTIZED_MATMUL);
	kmodel_v4_put_range(writer, a);
	kmodel_v4_put_range(writer, b);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_ints(writer, sizes, 3);
	put_numbers(writer, numbers);
	kmodel_v4_put_ints(writer, bias, (unsigned)sizes[2]);
	kmodel_v4_end(writer);
}

void kmodel_v4_pad(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
		   struct kmodel_v4_range out, const int32_t pads[8], uint32_t value)
{
	kmodel_v4_begin(writer, KMODEL_V4_PAD);
	kmodel_v4_put_range(writer, in->range);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_ints(writer, in->shape, 4);
	kmodel_v4_put_ints(writer, pads, 8);
	kmodel_v4_put_int(writer, (int32_t)in->range.type);
	kmodel_v4_put_int(writer, (int32_t)value);
	kmodel_v4_end(writer);
}

void kmodel_v4_transpose(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
			 struct kmodel_v4_range out, const int32_t order[4])
{
	kmodel_v4_begin(writer, KMODEL_V4_TRANSPOSE);
	kmodel_v4_put_range(writer, in->range);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_ints(writer, in->shape, 4);
	kmodel_v4_put_ints(writer, order, 4);
	kmodel_v4_end(writer);
}

void kmodel_v4_strided_slice(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
			     struct kmodel_v4_range out, const int32_t begin[4],
			     const int32_t end[4], const int32_t strides[4])
{
	static const int32_t masks[5];

	kmodel_v4_begin(writer, KMODEL_V4_STRIDED_SLICE);
	kmodel_v4_put_range(writer, in->range);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_ints(writer, in->shape, 4);
	kmodel_v4_put_ints(writer, begin, 4);
	kmodel_v4_put_ints(writer, end, 4);
	kmodel_v4_put_ints(writer, strides, 4);
	kmodel_v4_put_ints(writer, masks, 5);
	kmodel_v4_end(writer);
}

void kmodel_v4_reduce(struct kmodel_v4_writer *writer, int32_t operation,
		      const struct kmodel_v4_tensor *in, const struct kmodel_v4_tensor *out,
		      float start)
{
	kmodel_v4_begin(writer, KMODEL_V4_REDUCE);
	kmodel_v4_put_range(writer, in->range);
	kmodel_v4_put_range(writer, out->range);
	kmodel_v4_put_int(writer, operation);
	kmodel_v4_put_ints(writer, in->shape, 4);
	kmodel_v4_put_ints(writer, out->shape, 4);
	kmodel_v4_put_float(writer, start);
	kmodel_v4_end(writer);
}

void kmodel_v4_reduce_window(struct kmodel_v4_writer *writer, uint32_t type, int32_t operation,
			     const struct kmodel_v4_tensor *in, struct kmodel_v4_range out,
			     const struct kmodel_v4_window_parameters *window, float start,
			     struct kmodel_v4_bounds bounds)
{
	kmodel_v4_begin(writer, type);
	kmodel_v4_put_range(writer, in->range);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_int(writer, operation);
	kmodel_v4_put_ints(writer, in->shape, 4);
	put_window(writer, window);
	kmodel_v4_put_float(writer, start);
	put_bounds(writer, bounds);
	kmodel_v4_end(writer);
}

void kmodel_v4_resize(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
		      struct kmodel_v4_range out, int32_t height, int32_t width, bool nearest,
		      bool align_corners)
{
	kmodel_v4_begin(writer, KMODEL_V4_RESIZE_IMAGE);
	kmodel_v4_put_range(writer, in->range);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_ints(writer, in->shape, 4);
	kmodel_v4_put_int(writer, height);
	kmodel_v4_put_int(writer, width);
	kmodel_v4_put_int(writer, nearest);
	kmodel_v4_put_int(writer, align_corners);
	kmodel_v4_end(writer);
}

void kmodel_v4_softmax(struct kmodel_v4_writer *writer, struct kmodel_v4_range in,
		       struct kmodel_v4_range out, int32_t inner, int32_t outer, float beta)
{
	kmodel_v4_begin(writer, KMODEL_V4_SOFTMAX);
	kmodel_v4_put_range(writer, in);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_int(writer, inner);
	kmodel_v4_put_int(writer, outer);
	kmodel_v4_put_float(writer, beta);
	kmodel_v4_end(writer);
}

void kmodel_v4_unary(struct kmodel_v4_writer *writer, int32_t operation, struct kmodel_v4_range in,
		     struct kmodel_v4_range out)
{
	kmodel_v4_begin(writer, KMODEL_V4_UNARY);
	kmodel_v4_put_range(writer, in);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_int(writer, operation);
	kmodel_v4_end(writer);
}

void kmodel_v4_nnil(struct kmodel_v4_writer *writer, struct kmodel_v4_range in,
		    struct kmodel_v4_range out, const uint8_t *code, uint32_t bytes)
{
	kmodel_v4_begin(writer, KMODEL_V4_NNIL_UNARY_METHOD);
	kmodel_v4_put_range(writer, in);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_bytes(writer, code, bytes);
	kmodel_v4_end(writer);
}

void kmodel_v4_memory_copy(struct kmodel_v4_writer *writer, struct kmodel_v4_range in,
			   struct kmodel_v4_range out)
{
	kmodel_v4_begin(writer, KMODEL_V4_MEMORY_COPY);
	kmodel_v4_put_range(writer, in);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_end(writer);
}

void kmodel_v4_table_lookup(struct kmodel_v4_writer *writer, struct kmodel_v4_range in,
			    struct kmodel_v4_range table, struct kmodel_v4_range out)
{
	kmodel_v4_begin(writer, KMODEL_V4_TABLE_LOOKUP1D);
	kmodel_v4_put_range(writer, in);
	kmodel_v4_put_range(writer, table);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_end(writer);
}

void kmodel_v4_upload(struct kmodel_v4_writer *writer, const struct kmodel_v4_tensor *in,
		      struct kmodel_v4_range out)
{
	kmodel_v4_begin(writer, KMODEL_V4_KPU_UPLOAD);
	kmodel_v4_put_range(writer, in->range);
	kmodel_v4_put_range(writer, out);
	kmodel_v4_put_ints(writer, in->shape, 4);
	kmodel_v4_end(writer);
}
