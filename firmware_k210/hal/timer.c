/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* mtime counts CPU clocks / 50 (K210 standalone SDK clint.c): 8.06 MHz here. */
#include "firmware_k210/hal/timer.h"

#include "firmware_k210/hal/clocks.h"
#include "firmware_k210/hal/mmio.h"
#include "k210/clint.h"
#include "k210/memory_map.h"

/* ticks per 50 microseconds = CPU MHz */
#define TICKS_PER_50_US (CLOCK_CPU_HZ / 1000000u)
/* Later alarms than this (a day) are as good as none and would overflow the conversion. */
#define FARTHEST_US 86400000000ull

uint64_t timer_now(void)
{
	return mmio_read64(K210_CLINT_BASE + K210_CLINT_MTIME) * K210_CLINT_CLOCK_DIVISOR /
	       TICKS_PER_50_US;
}

void timer_set_alarm(uint64_t when)
{
	uint64_t now = timer_now();

	if (when > now + FARTHEST_US)
		when = now + FARTHEST_US;
	/* Rounded up, or the hart would wake a tick early and find nothing due. */
	mmio_write64(K210_CLINT_BASE + K210_CLINT_MTIMECMP(0),
		     (when * TICKS_PER_50_US + K210_CLINT_CLOCK_DIVISOR - 1) /
			     K210_CLINT_CLOCK_DIVISOR);
	__asm__ volatile("csrs mie, %0" ::"r"(MIE_MTIE));
}

void timer_interrupt(void)
{
	__asm__ volatile("csrc mie, %0" ::"r"(MIE_MTIE));
}
