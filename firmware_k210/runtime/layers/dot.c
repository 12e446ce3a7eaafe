/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Sum of products in the order of the operands, each product rounded before it is added. */
#include "firmware_k210/runtime/layers/layer.h"

/* Both operands without gaps: 64 bits at a time through cached memory. */
static float dense_dot(float sum, const uint8_t *a, const uint8_t *b, uint32_t count)
{
	LAYER_BUFFER float values[LAYER_CHUNK];
	LAYER_BUFFER float factors[LAYER_CHUNK];

	for (uint32_t done = 0; done < count; done += LAYER_CHUNK) {
		uint32_t length = layer_chunk_length(count, done / LAYER_CHUNK);

		memory_read(values, a + done * 4, length * 4);
		memory_read(factors, b + done * 4, length * 4);
		for (uint32_t i = 0; i < length; i++)
			sum += values[i] * factors[i];
	}
	return sum;
}

float layer_dot(float sum, const uint8_t *a, uint32_t a_step, const uint8_t *b, uint32_t b_step,
		uint32_t count)
{
	if (a_step == 1 && b_step == 1 && count > 4)
		return dense_dot(sum, a, b, count);
	for (uint32_t i = 0; i < count; i++)
		sum += memory_load_float(a + (size_t)i * a_step * 4) *
		       memory_load_float(b + (size_t)i * b_step * 4);
	return sum;
}
