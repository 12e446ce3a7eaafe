/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* CLINT: a timer interrupt that ends a wfi, and a software interrupt to hart 1 and back. */
#include "program.h"

#define MSIP(hart)     REG32(K210_CLINT_BASE + K210_CLINT_MSIP(hart))
#define MTIMECMP(hart) REG64(K210_CLINT_BASE + K210_CLINT_MTIMECMP(hart))
#define MTIME          REG64(K210_CLINT_BASE + K210_CLINT_MTIME)

static volatile u64 fired_at;
static volatile u32 hart1_calls, hart0_calls;

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	u64 hart = csr_read(mhartid);

	if (cause == INTERRUPT(7) && hart == 0) {
		fired_at = MTIME;
		MTIMECMP(0) = ~0ul;
	} else if (cause == INTERRUPT(3)) {
		MSIP(hart) = 0;
		if (hart == 1) {
			hart1_calls++;
			MSIP(0) = 1;
		} else {
			hart0_calls++;
		}
	} else {
		no_trap_expected(cause, pc, value);
	}
	return pc;
}

void main(void)
{
	u64 start, target;

	interrupts_on(MIE_MTIE | MIE_MSIE);
	start = MTIME;
	target = start + 1000;
	MTIMECMP(0) = target;
	while (!fired_at)
		asm volatile("wfi");
	put_value("early", fired_at < target);
	put_value("late", fired_at > target + 10);
	put_value("cycles per tick", K210_CLINT_CLOCK_DIVISOR);
	MTIMECMP(0) = 0; /* in the past: at once */
	asm volatile("nop");
	put_value("past", fired_at > target);

	for (u32 round = 1; round <= 3; round++) {
		MSIP(1) = 1;
		while (hart0_calls != round)
			;
	}
	put_value("hart1", hart1_calls);
	put_value("hart0", hart0_calls);
}

void main_hart1(void)
{
	MSIP(1) = 0; /* the call that brought this hart out of the ROM */
	interrupts_on(MIE_MSIE);
}
