/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Integers, shared by convolutions, matrices and quantized_binary. */
#include "firmware_k210/runtime/v4/node.h"

int32_t v4_scale(int32_t value, int32_t factor, int32_t shift)
{
	int64_t product = (int64_t)value * factor;

	/* At most 2^62 + 2^61: the rounding does not overflow. */
	if (shift > 0)
		product = (product + (1ll << (shift - 1))) >> shift;
	return (int32_t)(uint64_t)product;
}

uint32_t v4_quantized_dot(uint32_t sum, const uint8_t *a, uint32_t a_step, int32_t a_offset,
			  const uint8_t *b, uint32_t b_step, int32_t b_offset, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		sum += (memory_load8(a + (size_t)i * a_step) + (uint32_t)a_offset) *
		       (memory_load8(b + (size_t)i * b_step) + (uint32_t)b_offset);
	return sum;
}
