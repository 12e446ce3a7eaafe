/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Decodes the batch norm and activation tables. Bit positions: kendryte-standalone-sdk
 * lib/drivers/include/kpu.h (kpu_batchnorm_argument_t, kpu_activate_table_t).
 */
#include "job.h"

static uint64_t load_le64(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | bytes[i];
	return value;
}

struct kpu_batch_norm kpu_decode_batch_norm(const uint8_t bytes[8])
{
	uint64_t word = load_le64(bytes);

	return (struct kpu_batch_norm){
		.multiplier = (int32_t)k210_signed_bits(word, 23, 0),
		.addend = (int32_t)k210_signed_bits(word, 55, 24),
		.shift = (unsigned)k210_bits(word, 59, 56),
	};
}

void kpu_decode_activation(const uint8_t bytes[K210_ACTIVATION_BYTES],
			   struct kpu_activation *activation)
{
	for (unsigned i = 0; i < K210_ACTIVATION_SEGMENTS; i++) {
		uint64_t word = load_le64(bytes + 8 * i);
		struct kpu_segment *segment = &activation->segment[i];

		segment->shift = (uint8_t)k210_bits(word, 7, 0);
		segment->slope = (int32_t)k210_signed_bits(word, 23, 8);
		segment->start = k210_signed_bits(word, 59, 24);
		segment->bias = bytes[8 * K210_ACTIVATION_SEGMENTS + i];
	}
}
