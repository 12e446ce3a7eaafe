/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* SSE4.1 (and SSSE3): two 16-bit products a lane. */
#include <smmintrin.h>

#include "kernels.h"
#include "interleave_x86.h"

typedef __m128i lanes;

#define LANES           4u
#define VECTORS_AT_ONCE 2u
#define WORDS_PER_ROW   2u

static inline lanes lanes_load(const void *from)
{
	return _mm_loadu_si128(from);
}

static inline void lanes_store(void *to, lanes value)
{
	_mm_storeu_si128(to, value);
}

#define lanes_set(value)                  _mm_set1_epi32(value)
#define lanes_set64(value)                _mm_set1_epi64x(value)
#define lanes_add(a, b)                   _mm_add_epi32(a, b)
#define lanes_add64(a, b)                 _mm_add_epi64(a, b)
#define lanes_subtract(a, b)              _mm_sub_epi32(a, b)
#define lanes_minimum(a, b)               _mm_min_epi32(a, b)
#define lanes_and(a, b)                   _mm_and_si128(a, b)
#define lanes_xor(a, b)                   _mm_xor_si128(a, b)
#define lanes_multiply(a, b)              _mm_mullo_epi32(a, b)
#define lanes_multiply_even(a, b)         _mm_mul_epi32(a, b)
#define lanes_odd(a)                      _mm_srli_epi64(a, 32)
#define lanes_shift_right64(value, count) _mm_srl_epi64(value, _mm_cvtsi32_si128((int)(count)))
#define lanes_dot(sum, x, w)              _mm_add_epi32(sum, _mm_madd_epi16(x, w))
#define lanes_choose_above(value, limit, yes, no) \
	_mm_blendv_epi8(no, yes, _mm_cmpgt_epi32(value, limit))

static inline lanes lanes_join(lanes even, lanes odd)
{
	return _mm_blend_epi16(even, _mm_slli_epi64(odd, 32), 0xcc);
}

/* The 16-bit step saturates too, but only above what the second step saturates anyway. */
static inline void lanes_store_bytes(uint8_t *to, lanes value)
{
	__m128i halves = _mm_packs_epi32(value, value);

	_mm_storeu_si32(to, _mm_packus_epi16(halves, halves));
}

static inline void lanes_taps(const uint8_t *from, lanes *taps)
{
	const lanes first_two =
		_mm_setr_epi8(0, -1, 1, -1, 1, -1, 2, -1, 2, -1, 3, -1, 3, -1, 4, -1);
	const lanes third =
		_mm_setr_epi8(2, -1, -1, -1, 3, -1, -1, -1, 4, -1, -1, -1, 5, -1, -1, -1);
	lanes row = _mm_loadl_epi64((const __m128i *)from);

	taps[0] = _mm_shuffle_epi8(row, first_two);
	taps[1] = _mm_shuffle_epi8(row, third);
}

#include "choose_by_compare.h"
#define choose_segments choose_by_compare
#include "kernels_template.h"

const struct kpu_kernels kpu_kernels_sse41 = {
	.interleave = 2,
	.weight_offset = 0,
	.words_per_row = WORDS_PER_ROW,
	.interleave_samples = interleave_pairs,
	.dot = dot,
	.depthwise = depthwise,
	.pixel_terms = pixel_terms,
	.finish = finish,
};
