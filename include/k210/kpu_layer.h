/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The twelve 64-bit words that describe one layer to the K210's KPU, and the AI SRAM layout.
 * Source: kendryte-standalone-sdk lib/drivers/include/kpu.h (field positions), nncase v0.1/v0.2
 * (meaning). "minus one" fields are returned plus one by the decoder.
 */
#ifndef K210_KPU_LAYER_H
#define K210_KPU_LAYER_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
#endif

#define K210_KPU_LAYER_WORDS 12u
#define K210_AI_SRAM_LINE    64u
#define K210_AI_SRAM_LINES   32768u
#define K210_AI_SRAM_SIZE    (K210_AI_SRAM_LINES * K210_AI_SRAM_LINE)

enum k210_pool {
	K210_POOL_BYPASS = 0,
	K210_POOL_MAX_2_STRIDE_2 = 1,
	K210_POOL_MEAN_2_STRIDE_2 = 2,
	K210_POOL_MAX_4_STRIDE_4 = 3,
	K210_POOL_MEAN_4_STRIDE_4 = 4,
	K210_POOL_LEFT_TOP_2_STRIDE_2 = 5,
	K210_POOL_RIGHT_TOP_2_STRIDE_2 = 6,
	K210_POOL_LEFT_TOP_4_STRIDE_4 = 7,
	K210_POOL_MEAN_2_STRIDE_1 = 8,
	K210_POOL_MAX_2_STRIDE_1 = 9,
	K210_POOL_COUNT = 10,
};

/* Bytes of the parameter tables in memory. */
#define K210_BATCH_NORM_BYTES_PER_CHANNEL 8u
#define K210_ACTIVATION_BYTES             144u
#define K210_ACTIVATION_SEGMENTS          16u
/* The engine's buffer for one weight load (vendor's first model compiler: two of 36,864). It holds
 * kernels of nine; eight weights of a 1x1 kernel take the place of nine there. */
#define K210_WEIGHT_BUFFER_BYTES 73728u
#define K210_WEIGHT_LOAD_BYTES(kernel_type) \
	((kernel_type) ? K210_WEIGHT_BUFFER_BYTES : K210_WEIGHT_BUFFER_BYTES / 9 * 8)

struct k210_kpu_layer {
	bool interrupt_enable;         /* word 0 bit 0 */
	bool ram_flag;                 /* word 0 bit 1, 0 in every known model */
	bool full_add;                 /* word 0 bit 2, 0 in every known model */
	bool depthwise;                /* word 0 bit 3 */
	uint16_t input_line;           /* word 1 14:0, AI SRAM address in 64-byte lines */
	uint16_t output_line;          /* word 1 46:32 */
	uint16_t input_channels;       /* word 2 9:0 plus one */
	uint16_t output_channels;      /* word 2 41:32 plus one */
	uint16_t channels_per_load;    /* word 2 57:48 plus one */
	uint16_t input_width;          /* word 3 9:0 plus one */
	uint16_t input_height;         /* word 3 18:10 plus one */
	uint16_t output_width;         /* word 3 41:32 plus one, after pooling */
	uint16_t output_height;        /* word 3 50:42 plus one */
	uint8_t kernel_type;           /* word 4 2:0: 0 = 1x1, 1 = 3x3 */
	uint8_t pad_type;              /* word 4 bit 3 */
	uint8_t pool_type;             /* word 4 7:4, enum k210_pool */
	bool first_stride;             /* word 4 bit 8 */
	bool bypass_conv;              /* word 4 bit 9 */
	bool load_batch_norm;          /* word 4 bit 10 */
	uint8_t dma_burst;             /* word 4 23:16 */
	uint8_t pad_value;             /* word 4 31:24 */
	uint32_t batch_norm_address;   /* word 4 63:32 */
	bool load_weights;             /* word 5 bit 0 */
	uint8_t load_count;            /* word 5 6:1 plus one */
	uint32_t load_bytes;           /* word 5 31:15, bytes of one weight load */
	uint32_t weights_address;      /* word 5 63:32 */
	uint16_t coefficient_offsets;  /* word 6 15:0, 0 in every known model */
	uint8_t coefficient_size;      /* word 7 27:20, 0 in every known model */
	uint16_t input_channel_lines;  /* word 7 14:0 */
	uint8_t input_row_lines;       /* word 7 19:16 */
	uint8_t input_groups;          /* word 7 30:28 */
	bool load_activation;          /* word 7 bit 31 */
	uint32_t activation_address;   /* word 7 63:32 */
	uint16_t output_channel_lines; /* word 8 14:0 */
	uint8_t output_row_lines;      /* word 8 19:16 */
	uint8_t output_groups;         /* word 8 22:20 */
	uint8_t shift_w, shift_x;      /* word 9 3:0, 7:4 */
	int32_t arg_w, arg_x;          /* word 9 31:8, 55:32, signed 24 bit */
	int64_t arg_add;               /* word 10 39:0, signed */
	bool send_data_out;            /* word 11 bit 0 */
	uint32_t channel_bytes;        /* word 11 31:16 plus one */
	uint64_t total_bytes;          /* word 11 63:32 plus one */
};

/* 1 for a width above 32, 2 for 17..32, 4 for 1..16: channels side by side in a line. */
static inline unsigned k210_map_groups(unsigned width)
{
	return width <= 16 ? 4 : width <= 32 ? 2 : 1;
}

/* Bytes from one grouped channel to the next inside a line. */
static inline unsigned k210_map_pitch(unsigned width)
{
	return K210_AI_SRAM_LINE / k210_map_groups(width);
}

static inline unsigned k210_map_row_lines(unsigned width)
{
	return (width + K210_AI_SRAM_LINE - 1) / K210_AI_SRAM_LINE;
}

/* Lines that a map occupies; fits 32 bits for every encodable shape. */
static inline uint32_t k210_map_lines(unsigned width, unsigned height, unsigned channels)
{
	unsigned groups = k210_map_groups(width);

	return k210_map_row_lines(width) * height * ((channels + groups - 1) / groups);
}

/* Byte offset of (channel, row, 0) from the start of a map. */
static inline uint32_t k210_map_row_offset(unsigned width, unsigned height, unsigned channel,
					   unsigned row)
{
	unsigned groups = k210_map_groups(width);
	uint32_t row_lines = k210_map_row_lines(width);

	return ((channel / groups) * row_lines * height + row * row_lines) * K210_AI_SRAM_LINE +
	       (channel % groups) * k210_map_pitch(width);
}

/* Side length of the pooling step: output = input / stride, rounded down. */
static inline unsigned k210_pool_stride(unsigned pool)
{
	switch (pool) {
	case K210_POOL_MAX_2_STRIDE_2:
	case K210_POOL_MEAN_2_STRIDE_2:
	case K210_POOL_LEFT_TOP_2_STRIDE_2:
	case K210_POOL_RIGHT_TOP_2_STRIDE_2:
		return 2;
	case K210_POOL_MAX_4_STRIDE_4:
	case K210_POOL_MEAN_4_STRIDE_4:
	case K210_POOL_LEFT_TOP_4_STRIDE_4:
		return 4;
	default:
		return 1;
	}
}

static inline uint64_t k210_bits(uint64_t word, unsigned high, unsigned low)
{
	return (word >> low) & ((2ull << (high - low)) - 1);
}

static inline int64_t k210_signed_bits(uint64_t word, unsigned high, unsigned low)
{
	return (int64_t)(word << (63 - high)) >> (63 - high + low);
}

static inline void k210_decode_layer(const uint64_t words[K210_KPU_LAYER_WORDS],
				     struct k210_kpu_layer *layer)
{
	layer->interrupt_enable = k210_bits(words[0], 0, 0);
	layer->ram_flag = k210_bits(words[0], 1, 1);
	layer->full_add = k210_bits(words[0], 2, 2);
	layer->depthwise = k210_bits(words[0], 3, 3);
	layer->input_line = k210_bits(words[1], 14, 0);
	layer->output_line = k210_bits(words[1], 46, 32);
	layer->input_channels = k210_bits(words[2], 9, 0) + 1;
	layer->output_channels = k210_bits(words[2], 41, 32) + 1;
	layer->channels_per_load = k210_bits(words[2], 57, 48) + 1;
	layer->input_width = k210_bits(words[3], 9, 0) + 1;
	layer->input_height = k210_bits(words[3], 18, 10) + 1;
	layer->output_width = k210_bits(words[3], 41, 32) + 1;
	layer->output_height = k210_bits(words[3], 50, 42) + 1;
	layer->kernel_type = k210_bits(words[4], 2, 0);
	layer->pad_type = k210_bits(words[4], 3, 3);
	layer->pool_type = k210_bits(words[4], 7, 4);
	layer->first_stride = k210_bits(words[4], 8, 8);
	layer->bypass_conv = k210_bits(words[4], 9, 9);
	layer->load_batch_norm = k210_bits(words[4], 10, 10);
	layer->dma_burst = k210_bits(words[4], 23, 16);
	layer->pad_value = k210_bits(words[4], 31, 24);
	layer->batch_norm_address = k210_bits(words[4], 63, 32);
	layer->load_weights = k210_bits(words[5], 0, 0);
	layer->load_count = k210_bits(words[5], 6, 1) + 1;
	layer->load_bytes = k210_bits(words[5], 31, 15);
	layer->weights_address = k210_bits(words[5], 63, 32);
	layer->coefficient_offsets = k210_bits(words[6], 15, 0);
	layer->coefficient_size = k210_bits(words[7], 27, 20);
	layer->input_channel_lines = k210_bits(words[7], 14, 0);
	layer->input_row_lines = k210_bits(words[7], 19, 16);
	layer->input_groups = k210_bits(words[7], 30, 28);
	layer->load_activation = k210_bits(words[7], 31, 31);
	layer->activation_address = k210_bits(words[7], 63, 32);
	layer->output_channel_lines = k210_bits(words[8], 14, 0);
	layer->output_row_lines = k210_bits(words[8], 19, 16);
	layer->output_groups = k210_bits(words[8], 22, 20);
	layer->shift_w = k210_bits(words[9], 3, 0);
	layer->shift_x = k210_bits(words[9], 7, 4);
	layer->arg_w = k210_signed_bits(words[9], 31, 8);
	layer->arg_x = k210_signed_bits(words[9], 55, 32);
	layer->arg_add = k210_signed_bits(words[10], 39, 0);
	layer->send_data_out = k210_bits(words[11], 0, 0);
	layer->channel_bytes = k210_bits(words[11], 31, 16) + 1;
	layer->total_bytes = k210_bits(words[11], 63, 32) + 1;
}

#endif
