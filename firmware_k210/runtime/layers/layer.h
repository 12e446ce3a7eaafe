/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Layers that the CPU computes. A layer is cut into pieces, so that the main loop can serve the
 * link between two slices of a long one.
 *
 * Adding a layer type: write plan and run, put them into the table of table.c, and teach
 * kmodel/v3_layers.c to check the body. Ranges need no checks here: only validated models are run.
 *
 * Results are exact to the last bit as the reference gives them (kendryte-standalone-sdk
 * lib/drivers/kpu.c): float32 operations in its order, a multiplication is rounded before the
 * addition that follows (the build turns contraction off).
 */
#ifndef FIRMWARE_RUNTIME_LAYERS_LAYER_H
#define FIRMWARE_RUNTIME_LAYERS_LAYER_H

#include <stdint.h>

#include "firmware_k210/runtime/memory.h"
#include "kmodel/kmodel.h"

/* Elements that pass through a buffer in cached memory at a time. */
#define LAYER_CHUNK 64u
/* ... which the block functions fill fastest when it is aligned. */
#define LAYER_BUFFER __attribute__((aligned(8)))

struct layer_job {
	const struct kmodel_layer *layer;
	const uint8_t *body; /* in model memory, 4-byte aligned */
	uint8_t *work;       /* work buffer of the model */
	uint8_t *ai_sram;
	const uint8_t *constants; /* V4: in model memory */
	float state[2];           /* of a reduction, kept from piece to piece */
};

struct layer_plan {
	uint32_t pieces;
	uint32_t piece_cost; /* elements that one piece touches, about */
};

struct layer_kind {
	uint32_t type; /* enum kmodel_v3_layer_type or enum kmodel_v4_layer_type */
	void (*plan)(const struct layer_job *job, struct layer_plan *plan);
	/* Pieces are run once each and in ascending order. */
	void (*run)(struct layer_job *job, uint32_t first, uint32_t count);
};

/* NULL: not computed by the CPU. */
const struct layer_kind *layer_find(uint32_t type);

static inline uint32_t layer_field(const struct layer_job *job, uint32_t offset)
{
	return memory_load32(job->body + offset);
}

static inline float layer_float(const struct layer_job *job, uint32_t offset)
{
	return memory_load_float(job->body + offset);
}

/* Address that the field at @offset names in the work buffer. */
static inline uint8_t *layer_work(const struct layer_job *job, uint32_t offset)
{
	return job->work + layer_field(job, offset);
}

/* The same among the operators of V4, v4/table.c. */
const struct layer_kind *v4_node_find(uint32_t type);

/* Clamp to a byte of a value that has been rounded, as the K210's float-to-integer conversion gives
 * it: it saturates, and a NaN becomes the largest integer. A fraction is cut off. */
uint8_t layer_float_to_byte(float value);
/* @sum plus a * b, element after element. Steps in elements. */
float layer_dot(float sum, const uint8_t *a, uint32_t a_step, const uint8_t *b, uint32_t b_step,
		uint32_t count);
/* Softmax on a piece of a row. Pass 0: maximum to state[0]. Pass 1: exponentials of @beta times the
 * distance from it, and their sum to state[1]. Pass 2: division by that. */
void layer_soften(struct layer_job *job, uint32_t pass, float beta, float *values, uint32_t length);
/* Chunks of @total bytes through a table of 256. */
void layer_look_up(const uint8_t *table_at, const uint8_t *in, uint8_t *out, uint32_t total,
		   uint32_t first, uint32_t count);

/* Plan of element-wise layers whose count is the field at 12: one piece is one chunk. */
void layer_plan_chunks(const struct layer_job *job, struct layer_plan *plan);
/* Number of elements of chunk @piece out of @total elements. */
static inline uint32_t layer_chunk_length(uint32_t total, uint32_t piece)
{
	uint32_t left = total - piece * LAYER_CHUNK;

	return left < LAYER_CHUNK ? left : LAYER_CHUNK;
}

extern const struct layer_kind layer_add, layer_quantized_add;
extern const struct layer_kind layer_quantize, layer_dequantize, layer_requantize;
extern const struct layer_kind layer_channelwise_dequantize;
extern const struct layer_kind layer_global_average_pool, layer_average_pool, layer_max_pool;
extern const struct layer_kind layer_l2_normalization, layer_softmax, layer_logistic;
extern const struct layer_kind layer_concat, layer_quantized_concat, layer_flatten;
extern const struct layer_kind layer_resize, layer_quantized_resize;
extern const struct layer_kind layer_fully_connected;
extern const struct layer_kind layer_add_padding, layer_remove_padding, layer_upload;

#endif
