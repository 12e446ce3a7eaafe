/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* AVX2: two 16-bit products a lane. */
#include <immintrin.h>

#include "kernels.h"
#include "interleave_x86.h"

typedef __m256i lanes;

#define LANES           8u
#define VECTORS_AT_ONCE 2u
#define WORDS_PER_ROW   2u

static inline lanes lanes_load(const void *from)
{
	return _mm256_loadu_si256(from);
}

static inline void lanes_store(void *to, lanes value)
{
	_mm256_storeu_si256(to, value);
}

#define lanes_set(value)                  _mm256_set1_epi32(value)
#define lanes_set64(value)                _mm256_set1_epi64x(value)
#define lanes_add(a, b)                   _mm256_add_epi32(a, b)
#define lanes_add64(a, b)                 _mm256_add_epi64(a, b)
#define lanes_subtract(a, b)              _mm256_sub_epi32(a, b)
#define lanes_minimum(a, b)               _mm256_min_epi32(a, b)
#define lanes_and(a, b)                   _mm256_and_si256(a, b)
#define lanes_xor(a, b)                   _mm256_xor_si256(a, b)
#define lanes_multiply(a, b)              _mm256_mullo_epi32(a, b)
#define lanes_multiply_even(a, b)         _mm256_mul_epi32(a, b)
#define lanes_odd(a)                      _mm256_srli_epi64(a, 32)
#define lanes_shift_right64(value, count) _mm256_srl_epi64(value, _mm_cvtsi32_si128((int)(count)))
#define lanes_dot(sum, x, w)              _mm256_add_epi32(sum, _mm256_madd_epi16(x, w))
#define lanes_choose_above(value, limit, yes, no) \
	_mm256_blendv_epi8(no, yes, _mm256_cmpgt_epi32(value, limit))

static inline lanes lanes_join(lanes even, lanes odd)
{
	return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}

/* The 16-bit step saturates too, but only above what the second step saturates anyway. */
static inline void lanes_store_bytes(uint8_t *to, lanes value)
{
	__m128i halves =
		_mm_packs_epi32(_mm256_castsi256_si128(value), _mm256_extracti128_si256(value, 1));

	_mm_storel_epi64((__m128i *)to, _mm_packus_epi16(halves, halves));
}

static inline void lanes_taps(const uint8_t *from, lanes *taps)
{
	const lanes first_two =
		_mm256_setr_epi8(0, -1, 1, -1, 1, -1, 2, -1, 2, -1, 3, -1, 3, -1, 4,
				 -1, /* pixels 0..3 */
				 4, -1, 5, -1, 5, -1, 6, -1, 6, -1, 7, -1, 7, -1, 8, -1);
	const lanes third =
		_mm256_setr_epi8(2, -1, -1, -1, 3, -1, -1, -1, 4, -1, -1, -1, 5, -1, -1,
				 -1, /* pixels 0..3 */
				 6, -1, -1, -1, 7, -1, -1, -1, 8, -1, -1, -1, 9, -1, -1, -1);
	lanes row = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)from));

	taps[0] = _mm256_shuffle_epi8(row, first_two);
	taps[1] = _mm256_shuffle_epi8(row, third);
}

#include "choose_by_compare.h"
#define choose_segments choose_by_compare
#include "kernels_template.h"

const struct kpu_kernels kpu_kernels_avx2 = {
	.interleave = 2,
	.weight_offset = 0,
	.words_per_row = WORDS_PER_ROW,
	.interleave_samples = interleave_pairs,
	.dot = dot,
	.depthwise = depthwise,
	.pixel_terms = pixel_terms,
	.finish = finish,
};
