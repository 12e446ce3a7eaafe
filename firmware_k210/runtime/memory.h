/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Access to model memory and AI SRAM. On the board both lie in the uncached window, where
 *   - floating-point loads do not work (riscv-rt issue 25): floats are loaded as integers here, and
 *     an empty asm between load and conversion keeps the compiler from merging the two;
 *   - each access costs a trip to the memory: the block functions move 64 bits at a time.
 * Everything the runtime does with such memory goes through this file; on the host it is plain
 * memory.
 */
#ifndef FIRMWARE_RUNTIME_MEMORY_H
#define FIRMWARE_RUNTIME_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* @p is aligned to the size of the access in all of these. */
static inline uint32_t memory_load32(const uint8_t *p)
{
	return *(const volatile uint32_t *)(const volatile void *)p;
}

static inline void memory_store32(uint8_t *p, uint32_t value)
{
	*(volatile uint32_t *)(volatile void *)p = value;
}

static inline uint64_t memory_load64(const uint8_t *p)
{
	return *(const volatile uint64_t *)(const volatile void *)p;
}

static inline void memory_store64(uint8_t *p, uint64_t value)
{
	*(volatile uint64_t *)(volatile void *)p = value;
}

static inline uint8_t memory_load8(const uint8_t *p)
{
	return *(const volatile uint8_t *)p;
}

static inline void memory_store8(uint8_t *p, uint8_t value)
{
	*(volatile uint8_t *)p = value;
}

static inline float memory_load_float(const uint8_t *p)
{
	uint32_t bits = memory_load32(p);
	float value;

	__asm__ volatile("" : "+r"(bits));
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline void memory_store_float(uint8_t *p, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	__asm__ volatile("" : "+r"(bits));
	memory_store32(p, bits);
}

/* Model memory or AI SRAM to ordinary memory, any alignment. */
void memory_read(void *to, const uint8_t *from, size_t length);
/* Ordinary memory to model memory or AI SRAM, any alignment. */
void memory_write(uint8_t *to, const void *from, size_t length);
/* Inside model memory and AI SRAM; the ranges do not overlap, or @to lies below @from. */
void memory_move(uint8_t *to, const uint8_t *from, size_t length);

#endif
