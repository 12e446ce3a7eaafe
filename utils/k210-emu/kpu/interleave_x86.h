/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Samples of two or four rows side by side in 32-bit lanes; SSE2, which every x86-64 has. */
#ifndef K210_EMU_KPU_INTERLEAVE_X86_H
#define K210_EMU_KPU_INTERLEAVE_X86_H

#include <emmintrin.h>

#include "kernels.h"

static inline __m128i load_samples(const uint8_t *from)
{
	return _mm_loadu_si128((const __m128i *)from);
}

static inline void store_lanes(uint32_t *to, __m128i value)
{
	_mm_storeu_si128((__m128i *)to, value);
}

static inline void interleave_quads(const uint8_t *const rows[], unsigned count, uint32_t *lanes)
{
	for (unsigned i = 0; i < count; i += KPU_INTERLEAVE_STEP, lanes += KPU_INTERLEAVE_STEP) {
		__m128i a = load_samples(rows[0] + i), b = load_samples(rows[1] + i);
		__m128i c = load_samples(rows[2] + i), d = load_samples(rows[3] + i);
		__m128i ab = _mm_unpacklo_epi8(a, b), cd = _mm_unpacklo_epi8(c, d);

		store_lanes(lanes, _mm_unpacklo_epi16(ab, cd));
		store_lanes(lanes + 4, _mm_unpackhi_epi16(ab, cd));
		ab = _mm_unpackhi_epi8(a, b);
		cd = _mm_unpackhi_epi8(c, d);
		store_lanes(lanes + 8, _mm_unpacklo_epi16(ab, cd));
		store_lanes(lanes + 12, _mm_unpackhi_epi16(ab, cd));
	}
}

static inline void interleave_pairs(const uint8_t *const rows[], unsigned count, uint32_t *lanes)
{
	const __m128i zero = _mm_setzero_si128();

	for (unsigned i = 0; i < count; i += KPU_INTERLEAVE_STEP, lanes += KPU_INTERLEAVE_STEP) {
		__m128i a = load_samples(rows[0] + i), b = load_samples(rows[1] + i);
		__m128i ab = _mm_unpacklo_epi8(a, b);

		store_lanes(lanes, _mm_unpacklo_epi8(ab, zero));
		store_lanes(lanes + 4, _mm_unpackhi_epi8(ab, zero));
		ab = _mm_unpackhi_epi8(a, b);
		store_lanes(lanes + 8, _mm_unpacklo_epi8(ab, zero));
		store_lanes(lanes + 12, _mm_unpackhi_epi8(ab, zero));
	}
}

#endif
