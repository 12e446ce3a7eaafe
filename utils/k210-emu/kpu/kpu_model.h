/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Arithmetic of one KPU layer: convolution, batch norm, activation, pooling, on the AI SRAM.
 *
 * Two implementations of the same rule (nncase v0.2 simulator: strict comparison of the activation
 * start, ties to even): a plain reference that is written to be read, and a fast one with SIMD
 * chosen at run time. A test holds them against each other byte by byte. This is a library without
 * dependencies on the board: it sees the AI SRAM as bytes and asks for weights through a callback.
 */
#ifndef K210_EMU_KPU_MODEL_H
#define K210_EMU_KPU_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "k210/kpu_layer.h"

/* Where the engine fetches weights and tables from. */
struct kpu_memory {
	void *context;
	/*
	 * Pointer to @size readable bytes at bus address @address, or NULL (bus error). Any
	 * alignment; it must stay valid until kpu_run_layer() returns.
	 */
	const uint8_t *(*map)(void *context, uint32_t address, size_t size);
};

enum kpu_implementation {
	KPU_IMPLEMENTATION_REFERENCE,
	KPU_IMPLEMENTATION_PORTABLE,
	KPU_IMPLEMENTATION_SSE41,
	KPU_IMPLEMENTATION_AVX2,
	KPU_IMPLEMENTATION_AVX512VNNI,
	KPU_IMPLEMENTATION_BEST, /* fastest that this processor can run */
};

/* How a tie of the activation shift is rounded; nncase v0.2 and later use even. */
enum kpu_rounding {
	KPU_ROUND_HALF_EVEN,
	KPU_ROUND_HALF_UP,
};

struct kpu_model_options {
	enum kpu_implementation implementation;
	enum kpu_rounding rounding;
};

/* False if this processor or build lacks it. The first three always exist on x86-64 with SSE4.1. */
bool kpu_implementation_available(enum kpu_implementation implementation);
const char *kpu_implementation_name(enum kpu_implementation implementation);
/* What KPU_IMPLEMENTATION_BEST stands for here. */
enum kpu_implementation kpu_implementation_best(void);

/*
 * Runs one layer given as its twelve words. @eight_bit_weights is register eight_bit_mode.
 *
 * Reads the input from @ai_sram (K210_AI_SRAM_SIZE bytes) and writes the output map to it in the
 * 64-byte line layout; pad bytes between rows keep their content. When @output is not NULL the
 * output is also written there, planar without padding, output width x height x channels bytes
 * (what the output FIFO carries); the caller sizes it with kpu_layer_output_bytes().
 *
 * Where input and output overlap in the AI SRAM the result is as if the whole input had been read
 * first. No known model does that, and what silicon does is not public. Fields that repeat what the
 * shape says (lines, groups, weight loads, byte counts of a streamed layer) must agree with it.
 *
 * Keeps no state: threads may run layers at the same time on different AI SRAMs.
 *
 * Returns NULL on success or a constant sentence saying what is wrong with the layer (range outside
 * the AI SRAM, unmapped weights, unknown pool code, ...); then nothing has been written.
 */
const char *kpu_run_layer(const struct kpu_model_options *options,
			  const uint64_t words[K210_KPU_LAYER_WORDS], bool eight_bit_weights,
			  uint8_t *ai_sram, const struct kpu_memory *memory, uint8_t *output);

size_t kpu_layer_output_bytes(const uint64_t words[K210_KPU_LAYER_WORDS]);

/* Multiply-accumulate operations of the layer, for benchmarks and the cycle model. */
uint64_t kpu_layer_mac_count(const uint64_t words[K210_KPU_LAYER_WORDS]);

/* Duration on silicon in KPU clock cycles, fitted to published per-layer times (see the source). */
uint64_t kpu_layer_cycles(const uint64_t words[K210_KPU_LAYER_WORDS], bool eight_bit_weights);

#endif
