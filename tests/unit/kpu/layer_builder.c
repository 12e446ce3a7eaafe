/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include "layer_builder.h"

/* Small enough for the weight buffer of the engine. */
#define BYTES_PER_LOAD 30720u

static const uint8_t *map_address(void *context, uint32_t address, size_t size)
{
	const uint8_t *bytes = context;

	if (address < TEST_MEMORY_BASE || size > TEST_MEMORY_SIZE ||
	    address - TEST_MEMORY_BASE > TEST_MEMORY_SIZE - size)
		return NULL;
	return bytes + (address - TEST_MEMORY_BASE);
}

void test_memory_open(struct test_memory *memory)
{
	memory->bytes = calloc(1, TEST_MEMORY_SIZE);
	if (!memory->bytes)
		abort();
	memory->interface = (struct kpu_memory){ memory->bytes, map_address };
}

void test_memory_close(struct test_memory *memory)
{
	free(memory->bytes);
}

uint8_t *test_memory_at(struct test_memory *memory, uint32_t address)
{
	return memory->bytes + (address - TEST_MEMORY_BASE);
}

unsigned test_weights_per_channel(const struct test_shape *shape)
{
	return (shape->three_by_three ? 9 : 1) * (shape->depthwise ? 1 : shape->input_channels);
}

static uint64_t field(uint64_t value, unsigned high, unsigned low)
{
	return (value & ((2ull << (high - low)) - 1)) << low;
}

static uint64_t line_fields(unsigned width, unsigned height, unsigned groups_low)
{
	return field(k210_map_row_lines(width) * height, 14, 0) |
	       field(k210_map_row_lines(width), 19, 16) |
	       field(k210_map_groups(width), groups_low + 2, groups_low);
}

static uint64_t load_fields(const struct test_shape *shape, unsigned *channels)
{
	unsigned channel_bytes = test_weights_per_channel(shape) * (shape->eight_bit ? 1 : 2);
	unsigned limit = shape->depthwise ? shape->output_channels : BYTES_PER_LOAD / channel_bytes;

	if (limit == 0)
		limit = 1;
	*channels = shape->output_channels < limit ? shape->output_channels : limit;
	return field((shape->output_channels + *channels - 1) / *channels - 1, 6, 1) |
	       field(*channels * channel_bytes, 31, 15);
}

void test_build_words(const struct test_shape *shape, uint64_t words[K210_KPU_LAYER_WORDS])
{
	unsigned stride = k210_pool_stride(shape->pool);
	unsigned out_width = shape->width / stride, out_height = shape->height / stride;
	unsigned pixels = out_width * out_height, per_load;

	words[5] = field(1, 0, 0) | load_fields(shape, &per_load) | field(TEST_WEIGHTS, 63, 32);
	words[0] = field(1, 0, 0) | field(shape->depthwise, 3, 3);
	words[1] = field(shape->input_line, 14, 0) | field(shape->output_line, 46, 32);
	words[2] = field(shape->input_channels - 1, 9, 0) |
		   field(shape->output_channels - 1, 41, 32) | field(per_load - 1, 57, 48);
	words[3] = field(shape->width - 1, 9, 0) | field(shape->height - 1, 18, 10) |
		   field(out_width - 1, 41, 32) | field(out_height - 1, 50, 42);
	words[4] = field(shape->three_by_three, 2, 0) | field(shape->pool, 7, 4) |
		   field(1, 10, 10) | field(15, 23, 16) | field(shape->pad_value, 31, 24) |
		   field(TEST_BATCH_NORM, 63, 32);
	words[6] = 0;
	words[7] = line_fields(shape->width, shape->height, 28) | field(1, 31, 31) |
		   field(TEST_ACTIVATION, 63, 32);
	words[8] = line_fields(out_width, out_height, 20);
	words[9] = field(shape->shift_w, 3, 0) | field(shape->shift_x, 7, 4) |
		   field((uint64_t)shape->arg_w, 31, 8) | field((uint64_t)shape->arg_x, 55, 32);
	words[10] = field((uint64_t)shape->arg_add, 39, 0);
	words[11] = field(shape->send_data_out, 0, 0) | field(pixels - 1, 31, 16) |
		    field((uint64_t)pixels * shape->output_channels - 1, 63, 32);
}

static void store_le64(uint8_t *to, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

void test_set_batch_norm(struct test_memory *memory, unsigned channel, int32_t multiplier,
			 int32_t addend, unsigned shift)
{
	store_le64(test_memory_at(memory, TEST_BATCH_NORM + 8 * channel),
		   field((uint64_t)multiplier, 23, 0) | field((uint64_t)addend, 55, 24) |
			   field(shift, 59, 56));
}

void test_set_segment(struct test_memory *memory, unsigned segment, int64_t start, int32_t slope,
		      unsigned shift, uint8_t bias)
{
	store_le64(test_memory_at(memory, TEST_ACTIVATION + 8 * segment),
		   field(shift, 7, 0) | field((uint64_t)slope, 23, 8) |
			   field((uint64_t)start, 59, 24));
	*test_memory_at(memory, TEST_ACTIVATION + 128 + segment) = bias;
}

void test_set_plain_activation(struct test_memory *memory, unsigned shift)
{
	test_set_segment(memory, 0, -(1ll << 35), 0, 0, 0);
	test_set_segment(memory, 1, 0, 1, shift, 0);
	for (unsigned i = 2; i < K210_ACTIVATION_SEGMENTS; i++)
		test_set_segment(memory, i, (1ll << 35) - 1, 0, 0, 0);
}

void test_set_weight(struct test_memory *memory, const struct test_shape *shape, unsigned index,
		     unsigned weight)
{
	uint8_t *weights = test_memory_at(memory, TEST_WEIGHTS);

	if (shape->eight_bit) {
		weights[index] = (uint8_t)weight;
	} else {
		weights[2 * index] = (uint8_t)weight;
		weights[2 * index + 1] = (uint8_t)(weight >> 8);
	}
}

uint64_t test_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dull >> 16;
}

int64_t test_random_between(uint64_t *state, int64_t low, int64_t high)
{
	return low + (int64_t)(test_random(state) % (uint64_t)(high - low + 1));
}
