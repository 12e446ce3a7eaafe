/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * AVX-512 with VNNI: four products a lane. The instruction multiplies unsigned by signed bytes, so
 * weights are taken minus 128.
 */
#include <immintrin.h>

#include "kernels.h"
#include "interleave_x86.h"

typedef __m512i lanes;

#define LANES           16u
#define VECTORS_AT_ONCE 4u
#define WORDS_PER_ROW   1u

static inline lanes lanes_load(const void *from)
{
	return _mm512_loadu_si512(from);
}

static inline void lanes_store(void *to, lanes value)
{
	_mm512_storeu_si512(to, value);
}

#define lanes_set(value)                  _mm512_set1_epi32(value)
#define lanes_set64(value)                _mm512_set1_epi64(value)
#define lanes_add(a, b)                   _mm512_add_epi32(a, b)
#define lanes_add64(a, b)                 _mm512_add_epi64(a, b)
#define lanes_subtract(a, b)              _mm512_sub_epi32(a, b)
#define lanes_minimum(a, b)               _mm512_min_epi32(a, b)
#define lanes_and(a, b)                   _mm512_and_si512(a, b)
#define lanes_xor(a, b)                   _mm512_xor_si512(a, b)
#define lanes_multiply(a, b)              _mm512_mullo_epi32(a, b)
#define lanes_multiply_even(a, b)         _mm512_mul_epi32(a, b)
#define lanes_odd(a)                      _mm512_srli_epi64(a, 32)
#define lanes_shift_right64(value, count) _mm512_srl_epi64(value, _mm_cvtsi32_si128((int)(count)))
#define lanes_dot(sum, x, w)              _mm512_dpbusd_epi32(sum, x, w)
#define lanes_choose_above(value, limit, yes, no) \
	_mm512_mask_mov_epi32(no, _mm512_cmpgt_epi32_mask(value, limit), yes)

static inline lanes lanes_join(lanes even, lanes odd)
{
	return _mm512_mask_shuffle_epi32(even, 0xaaaa, odd, _MM_PERM_CCAA);
}

static inline void lanes_store_bytes(uint8_t *to, lanes value)
{
	lanes positive = _mm512_max_epi32(value, _mm512_setzero_si512());

	_mm_storeu_si128((__m128i *)to, _mm512_cvtusepi32_epi8(positive));
}

/* Each 128-bit part gets the bytes of its four pixels and two more, then spreads them. */
static inline void lanes_taps(const uint8_t *from, lanes *taps)
{
	const lanes words = _mm512_setr_epi32(0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4);
	const lanes bytes = _mm512_broadcast_i32x4(
		_mm_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6));
	__m256i row = _mm256_loadu_si256((const __m256i *)from);

	taps[0] = _mm512_shuffle_epi8(_mm512_permutexvar_epi32(words, _mm512_castsi256_si512(row)),
				      bytes);
}

#include "choose_by_compare.h"

/* Many segments: count the thresholds below the value, then look the parameters up. */
static inline void choose_segments(const struct kpu_finish_plan *plan, const lanes *value,
				   lanes *offset, lanes *slope, lanes *bias)
{
	const lanes one = _mm512_set1_epi32(1);
	lanes index[VECTORS_AT_ONCE];

	if (plan->segments <= 4) {
		choose_by_compare(plan, value, offset, slope, bias);
		return;
	}
	for (unsigned v = 0; v < VECTORS_AT_ONCE; v++)
		index[v] = _mm512_setzero_si512();
	for (unsigned i = 1; i < plan->segments; i++) {
		lanes above = lanes_set(plan->above[i]);

		for (unsigned v = 0; v < VECTORS_AT_ONCE; v++)
			index[v] = _mm512_mask_add_epi32(
				index[v], _mm512_cmpgt_epi32_mask(value[v], above), index[v], one);
	}
	for (unsigned v = 0; v < VECTORS_AT_ONCE; v++) {
		offset[v] = _mm512_permutexvar_epi32(index[v], lanes_load(plan->offset));
		slope[v] = _mm512_permutexvar_epi32(index[v], lanes_load(plan->slope));
		bias[v] = _mm512_permutexvar_epi32(index[v], lanes_load(plan->bias));
	}
}

#include "kernels_template.h"

const struct kpu_kernels kpu_kernels_avx512vnni = {
	.interleave = 4,
	.weight_offset = 128,
	.words_per_row = WORDS_PER_ROW,
	.interleave_samples = interleave_quads,
	.dot = dot,
	.depthwise = depthwise,
	.pixel_terms = pixel_terms,
	.finish = finish,
};
