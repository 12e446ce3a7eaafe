/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Layout of the SRAM; the symbols come from firmware.ld. */
#include "firmware_k210/hal/memory.h"

extern uint8_t __firmware_end[], __sram_end[];

#define CACHE_LINE_BYTES 64
/*
 * The cache replaces lines at random, so one pass over its own 32 KiB would leave many in place.
 * After this much (256 replacements in each of its 64 sets of 8) one survives with probability
 * (7/8)^256, about 1e-15.
 */
#define EVICTION_BYTES (1024u * 1024u)

uint8_t *memory_models(size_t *size)
{
	*size = (uintptr_t)__sram_end - (uintptr_t)__firmware_end;
	return memory_uncached(__firmware_end);
}

uint32_t memory_firmware_bytes(void)
{
	return (uint32_t)(uintptr_t)__firmware_end - K210_SRAM_CACHED_BASE;
}

void memory_evict_cache(void)
{
	const volatile uint32_t *line = (const volatile uint32_t *)__firmware_end;

	for (size_t offset = 0; offset < EVICTION_BYTES; offset += CACHE_LINE_BYTES)
		(void)line[offset / sizeof(*line)];
}
