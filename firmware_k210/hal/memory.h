/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The two windows of the K210's memory.
 *
 * KPU and DMA see memory behind the caches and there is no instruction that writes a cache line
 * back (K210 standalone SDK issues 118, 129). So everything they share with the CPU, which is all
 * memory outside the firmware, is touched through the uncached window only, and never through both:
 * a dirty line would overwrite newer data when it is evicted.
 *
 * Floating-point loads from the uncached window do not work (riscv-rt issue 25): the runtime reads
 * it through the accessors of runtime/memory.h.
 */
#ifndef FIRMWARE_HAL_MEMORY_H
#define FIRMWARE_HAL_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "k210/memory_map.h"

/* The hart ignores the upper half of addresses, so one bit selects the window. */
static inline void *memory_uncached_address(uintptr_t cached)
{
	return (void *)((cached & 0xffffffffu) - K210_CACHED_OFFSET);
}

static inline void *memory_uncached(void *cached)
{
	return memory_uncached_address((uintptr_t)cached);
}

/* Free memory behind the firmware up to the end of SRAM, uncached. */
uint8_t *memory_models(size_t *size);
/* Bytes of SRAM that code, data, stack and buffers take. */
uint32_t memory_firmware_bytes(void);
/*
 * Throws out of the data cache whatever the mask ROM, a loader or a previous program left dirty in
 * the model memory; before its first use through the uncached window.
 */
void memory_evict_cache(void);

#endif
