/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What every implementation gets: one layer that has been checked, with its parameters mapped.
 */
#ifndef K210_EMU_KPU_JOB_H
#define K210_EMU_KPU_JOB_H

#include "arithmetic.h"

struct kpu_job {
	struct k210_kpu_layer layer;
	enum kpu_rounding rounding;
	bool eight_bit_weights;
	const uint8_t *input;      /* first line of the input map in the AI SRAM */
	const uint8_t *weights;    /* any alignment, little endian if 16 bit */
	const uint8_t *batch_norm; /* 8 bytes per output channel */
	struct kpu_activation activation;
	uint8_t *output; /* planar, after pooling; apart from the input */
};

/* 3 or 1: columns and rows of the kernel. */
static inline unsigned kpu_kernel_size(const struct k210_kpu_layer *layer)
{
	return layer->kernel_type ? 3 : 1;
}

/* Input channels that one output value sums over. */
static inline unsigned kpu_summed_channels(const struct k210_kpu_layer *layer)
{
	return layer->depthwise ? 1 : layer->input_channels;
}

/* Weights of one output channel. */
static inline unsigned kpu_weights_per_channel(const struct k210_kpu_layer *layer)
{
	return kpu_kernel_size(layer) * kpu_kernel_size(layer) * kpu_summed_channels(layer);
}

static inline uint32_t kpu_weight_at(const struct kpu_job *job, size_t index)
{
	if (job->eight_bit_weights)
		return job->weights[index];
	return job->weights[2 * index] | (uint32_t)job->weights[2 * index + 1] << 8;
}

/* NULL if the layer can run, else what is wrong with it. */
const char *kpu_check_layer(const uint64_t words[K210_KPU_LAYER_WORDS],
			    const struct k210_kpu_layer *layer, bool eight_bit_weights);

/* Bytes of all weights of the layer in memory. */
size_t kpu_layer_weight_bytes(const struct k210_kpu_layer *layer, bool eight_bit_weights);

struct kpu_batch_norm kpu_decode_batch_norm(const uint8_t bytes[8]);
void kpu_decode_activation(const uint8_t bytes[K210_ACTIVATION_BYTES],
			   struct kpu_activation *activation);

/* Copies a planar map without padding into the line layout; other bytes of the lines stay. */
void kpu_store_map(uint8_t *lines, unsigned width, unsigned height, unsigned channels,
		   const uint8_t *planar);
/* Copies one channel of a map out of the line layout, rows @row_stride bytes apart. */
void kpu_load_channel(const uint8_t *lines, unsigned width, unsigned height, unsigned channel,
		      uint8_t *planar, size_t row_stride);

/* Implementations: fill job->output. False if memory is short; nothing useful written then. */
bool kpu_run_reference(const struct kpu_job *job);

#endif
