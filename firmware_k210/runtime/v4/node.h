/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Operators of kmodel V4 that the CPU computes, as layer kinds (layers/layer.h). Their values come
 * from three memories: constants in the file, the work buffer and, for uploads only, the AI SRAM.
 *
 * Adding an operator: write plan and run, put them into table.c, and teach kmodel/v4_*.c to check
 * the body. Ranges and shapes need no checks here: only validated models are run. Numbers that are
 * no ranges (scales, offsets, factors) are used in ways that are defined for every value.
 *
 * Results as nncase v0.2.0-beta4 gives them (runtime/kernels/neutral and .../cpu): float32
 * operations one by one in its order, half away from zero in quantize, half up in shifts.
 */
#ifndef FIRMWARE_RUNTIME_V4_NODE_H
#define FIRMWARE_RUNTIME_V4_NODE_H

#include "firmware_k210/runtime/layers/layer.h"

/* Bytes of a piece of a copy. */
#define V4_COPY_BYTES 512u

/* First byte of the range at @offset of the body. */
uint8_t *v4_address(const struct layer_job *job, uint32_t offset);
/* Bytes of one of its elements. */
uint32_t v4_element_bytes(const struct layer_job *job, uint32_t offset);
void v4_read_words(const struct layer_job *job, uint32_t offset, void *words, uint32_t count);
uint32_t v4_output_elements(const struct layer_job *job);

/* A position in a tensor of four dimensions, the last one fastest. */
struct v4_index {
	uint32_t shape[4], at[4];
};

void v4_index_set(struct v4_index *index, uint32_t element);
void v4_index_next(struct v4_index *index);
/* Elements from one index of each dimension to the next. */
void v4_steps(const uint32_t shape[4], uint32_t steps[4]);

/* The bounds that most float operators end with, at @offset. A NaN passes. */
struct v4_bounds {
	float least, greatest;
};

static inline struct v4_bounds v4_read_bounds(const struct layer_job *job, uint32_t offset)
{
	return (struct v4_bounds){ layer_float(job, offset), layer_float(job, offset + 4) };
}

static inline float v4_clamp(float value, struct v4_bounds bounds)
{
	if (value < bounds.least)
		return bounds.least;
	return bounds.greatest < value ? bounds.greatest : value;
}

/* (value * factor) >> shift, rounded half up; the low 32 bits of it. @shift is at most 62; zero and
 * less do not shift. */
int32_t v4_scale(int32_t value, int32_t factor, int32_t shift);

static inline uint8_t v4_byte(int64_t value)
{
	return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

/* @sum plus a * b, element after element; each byte gets its offset, steps are in elements. The sum
 * wraps around. */
uint32_t v4_quantized_dot(uint32_t sum, const uint8_t *a, uint32_t a_step, int32_t a_offset,
			  const uint8_t *b, uint32_t b_step, int32_t b_offset, uint32_t count);

/* enum kmodel_v4_unary and enum kmodel_v4_binary. */
float v4_unary(uint32_t operation, float value);
float v4_binary(uint32_t operation, float a, float b);
/* Sine of @value plus @quarters right angles; |value| below 2^28, else NaN: beyond, the next float
 * is several turns away. */
float v4_sine(float value, uint32_t quarters);
float v4_logarithm(float value);

/* Plans: pieces of LAYER_CHUNK output elements, cheap ones and those with functions in them; pieces
 * of V4_COPY_BYTES of the output; one piece for each output element is left to the operator. */
void v4_plan_chunks(const struct layer_job *job, struct layer_plan *plan);
void v4_plan_functions(const struct layer_job *job, struct layer_plan *plan);
void v4_plan_copy(const struct layer_job *job, struct layer_plan *plan);
void v4_plan_elements(const struct layer_job *job, struct layer_plan *plan, uint64_t cost);

void v4_convolution_plan(const struct layer_job *job, struct layer_plan *plan);
void v4_matmul_plan(const struct layer_job *job, struct layer_plan *plan);
void v4_nnil_plan(const struct layer_job *job, struct layer_plan *plan);
void v4_reduce_plan(const struct layer_job *job, struct layer_plan *plan);
void v4_reduce_window_plan(const struct layer_job *job, struct layer_plan *plan);
void v4_softmax_plan(const struct layer_job *job, struct layer_plan *plan);
void v4_transposed_plan(const struct layer_job *job, struct layer_plan *plan);

void v4_binary_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_concat_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_convolution_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_copy_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_dequantize_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_fetch_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_matmul_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_nnil_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_quantize_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_quantized_binary_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_quantized_matmul_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_rearrange_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_reduce_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_reduce_window_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_resize_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_softmax_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_table_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_transposed_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_unary_run(struct layer_job *job, uint32_t first, uint32_t count);
void v4_upload_run(struct layer_job *job, uint32_t first, uint32_t count);

#endif
