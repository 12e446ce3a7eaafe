/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Builds layers for the tests of the KPU arithmetic: consistent words and parameters in memory. */
#ifndef TESTS_UNIT_KPU_LAYER_BUILDER_H
#define TESTS_UNIT_KPU_LAYER_BUILDER_H

#include "utils/k210-emu/kpu/kpu_model.h"

#define TEST_MEMORY_BASE 0x80000000u
#define TEST_MEMORY_SIZE (24u * 1024 * 1024)
#define TEST_ACTIVATION  (TEST_MEMORY_BASE + 0x100)
#define TEST_BATCH_NORM  (TEST_MEMORY_BASE + 0x1000)
#define TEST_WEIGHTS     (TEST_MEMORY_BASE + 0x10000)

struct test_shape {
	unsigned width, height, input_channels, output_channels;
	bool depthwise, three_by_three, eight_bit;
	enum k210_pool pool;
	unsigned input_line, output_line;
	uint8_t pad_value;
	unsigned shift_w, shift_x;
	int32_t arg_w, arg_x;
	int64_t arg_add;
	bool send_data_out;
};

/* Parameter memory of TEST_MEMORY_SIZE bytes; tests write weights and tables into it. */
struct test_memory {
	uint8_t *bytes;
	struct kpu_memory interface;
};

void test_memory_open(struct test_memory *memory);
void test_memory_close(struct test_memory *memory);
uint8_t *test_memory_at(struct test_memory *memory, uint32_t address);

/* Words that pass the check when the shape is possible. */
void test_build_words(const struct test_shape *shape, uint64_t words[K210_KPU_LAYER_WORDS]);
unsigned test_weights_per_channel(const struct test_shape *shape);

void test_set_batch_norm(struct test_memory *memory, unsigned channel, int32_t multiplier,
			 int32_t addend, unsigned shift);
void test_set_segment(struct test_memory *memory, unsigned segment, int64_t start, int32_t slope,
		      unsigned shift, uint8_t bias);
/* Result = value rounded by @shift: slope 1 from 0 up, and 0 below. */
void test_set_plain_activation(struct test_memory *memory, unsigned shift);
void test_set_weight(struct test_memory *memory, const struct test_shape *shape, unsigned index,
		     unsigned weight);

/* Pseudo random numbers (xorshift), the same on every run. */
uint64_t test_random(uint64_t *state);
/* low..high, both included */
int64_t test_random_between(uint64_t *state, int64_t low, int64_t high);

#endif
