/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Device registers, and machine control registers of the hart. */
#ifndef FIRMWARE_HAL_MMIO_H
#define FIRMWARE_HAL_MMIO_H

#include <stdbool.h>
#include <stdint.h>

static inline uint32_t mmio_read32(uintptr_t address)
{
	return *(volatile uint32_t *)address;
}

static inline void mmio_write32(uintptr_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

static inline uint64_t mmio_read64(uintptr_t address)
{
	return *(volatile uint64_t *)address;
}

static inline void mmio_write64(uintptr_t address, uint64_t value)
{
	*(volatile uint64_t *)address = value;
}

/* Read, replace the bits of @mask by those of @value, write. */
static inline void mmio_update32(uintptr_t address, uint32_t mask, uint32_t value)
{
	mmio_write32(address, (mmio_read32(address) & ~mask) | (value & mask));
}

/* All stores before are visible to the devices before any access after. */
static inline void mmio_barrier(void)
{
	__asm__ volatile("fence iorw, iorw" ::: "memory");
}

#define MSTATUS_MIE (1ul << 3)
#define MIE_MTIE    (1ul << 7)
#define MIE_MEIE    (1ul << 11)

static inline uint64_t hart_cycles(void)
{
	uint64_t cycles;

	__asm__ volatile("csrr %0, mcycle" : "=r"(cycles));
	return cycles;
}

/* Masks interrupts and returns what interrupts_restore() needs. */
static inline unsigned long interrupts_disable(void)
{
	unsigned long before;

	__asm__ volatile("csrrci %0, mstatus, 8" : "=r"(before)::"memory");
	return before & MSTATUS_MIE;
}

static inline void interrupts_restore(unsigned long before)
{
	__asm__ volatile("csrs mstatus, %0" ::"r"(before) : "memory");
}

static inline void interrupts_enable(void)
{
	__asm__ volatile("csrsi mstatus, 8" ::: "memory");
}

#endif
