/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* matmul and quantized_matmul: one piece is one element of the product. */
#include "firmware_k210/runtime/v4/node.h"

#define OUTPUT 32u
/* a_rows, a_cols, b_cols */
#define A_COLUMNS 52u
#define B_COLUMNS 56u

void v4_matmul_plan(const struct layer_job *job, struct layer_plan *plan)
{
	v4_plan_elements(job, plan, layer_field(job, A_COLUMNS));
}

void v4_matmul_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *a = v4_address(job, 0), *b = v4_address(job, 16);
	uint8_t *out = v4_address(job, OUTPUT);
	uint32_t inner = layer_field(job, A_COLUMNS), columns = layer_field(job, B_COLUMNS);
	struct v4_bounds bounds = v4_read_bounds(job, 60);

	for (uint32_t i = first; i < first + count; i++) {
		uint32_t row = i / columns, column = i % columns;
		float sum = layer_dot(layer_float(job, 68 + column * 4), a + row * inner * 4, 1,
				      b + column * 4, columns, inner);

		memory_store_float(out + i * 4, v4_clamp(sum, bounds));
	}
}

void v4_quantized_matmul_run(struct layer_job *job, uint32_t first, uint32_t count)
{
	const uint8_t *a = v4_address(job, 0), *b = v4_address(job, 16);
	uint8_t *out = v4_address(job, OUTPUT);
	uint32_t inner = layer_field(job, A_COLUMNS), columns = layer_field(job, B_COLUMNS);
	struct {
		int32_t a_offset, b_offset, factor, shift, offset;
	} numbers;

	v4_read_words(job, 60, &numbers, sizeof(numbers) / 4);
	for (uint32_t i = first; i < first + count; i++) {
		uint32_t row = i / columns, column = i % columns;
		uint32_t sum = v4_quantized_dot(layer_field(job, 80 + column * 4), a + row * inner,
						1, numbers.a_offset, b + column, columns,
						numbers.b_offset, inner);

		memory_store8(out + i, v4_byte((int64_t)v4_scale((int32_t)sum, numbers.factor,
								 numbers.shift) +
					       numbers.offset));
	}
}
