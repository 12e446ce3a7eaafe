/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Which implementations this processor can run. __builtin_cpu_supports() also asks whether the
 * operating system saves the wider registers.
 */
#include "fast.h"

bool kpu_implementation_available(enum kpu_implementation implementation)
{
	switch (implementation) {
	case KPU_IMPLEMENTATION_REFERENCE:
	case KPU_IMPLEMENTATION_PORTABLE:
	case KPU_IMPLEMENTATION_BEST:
		return true;
#ifdef __x86_64__
	case KPU_IMPLEMENTATION_SSE41:
		return __builtin_cpu_supports("sse4.1");
	case KPU_IMPLEMENTATION_AVX2:
		return __builtin_cpu_supports("avx2");
	case KPU_IMPLEMENTATION_AVX512VNNI:
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
#endif
	default:
		return false;
	}
}

enum kpu_implementation kpu_implementation_best(void)
{
	enum kpu_implementation best = KPU_IMPLEMENTATION_AVX512VNNI;

	while (!kpu_implementation_available(best))
		best--;
	return best;
}

const char *kpu_implementation_name(enum kpu_implementation implementation)
{
	switch (implementation) {
	case KPU_IMPLEMENTATION_REFERENCE:
		return "reference";
	case KPU_IMPLEMENTATION_PORTABLE:
		return "portable";
	case KPU_IMPLEMENTATION_SSE41:
		return "sse4.1";
	case KPU_IMPLEMENTATION_AVX2:
		return "avx2";
	case KPU_IMPLEMENTATION_AVX512VNNI:
		return "avx512-vnni";
	case KPU_IMPLEMENTATION_BEST:
		return "best";
	}
	return "unknown";
}

const struct kpu_kernels *kpu_find_kernels(enum kpu_implementation implementation)
{
	if (implementation == KPU_IMPLEMENTATION_BEST)
		implementation = kpu_implementation_best();
	if (!kpu_implementation_available(implementation))
		return NULL;
	switch (implementation) {
	case KPU_IMPLEMENTATION_PORTABLE:
		return &kpu_kernels_portable;
#ifdef __x86_64__
	case KPU_IMPLEMENTATION_SSE41:
		return &kpu_kernels_sse41;
	case KPU_IMPLEMENTATION_AVX2:
		return &kpu_kernels_avx2;
	case KPU_IMPLEMENTATION_AVX512VNNI:
		return &kpu_kernels_avx512vnni;
#endif
	default:
		return NULL;
	}
}
