/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* PLL0 to 806 MHz the way the K210 standalone SDK does it; the CPU then runs at 403 MHz. */
#include "program.h"

#define SYSCTL(offset) REG32(K210_SYSCTL_BASE + (offset))
#define FACTORS        (30 << K210_PLL_CLKF_SHIFT | 30 << K210_PLL_BWADJ_SHIFT)

void main(void)
{
	put_value("lock at start", SYSCTL(K210_SYSCTL_PLL_LOCK));
	flush_text();
	SYSCTL(K210_SYSCTL_CLK_SEL0) &= ~(u32)K210_CLK_SEL0_ACLK_PLL0;
	SYSCTL(K210_SYSCTL_PLL0) &= ~(u32)K210_PLL_OUT_EN;
	SYSCTL(K210_SYSCTL_PLL0) &= ~(u32)K210_PLL_POWER;
	put_value("lock while off", SYSCTL(K210_SYSCTL_PLL_LOCK));
	SYSCTL(K210_SYSCTL_PLL0) = FACTORS;
	SYSCTL(K210_SYSCTL_PLL0) = FACTORS | K210_PLL_POWER;
	SYSCTL(K210_SYSCTL_PLL0) = FACTORS | K210_PLL_POWER | K210_PLL_RESET;
	put_value("lock in reset", SYSCTL(K210_SYSCTL_PLL_LOCK));
	SYSCTL(K210_SYSCTL_PLL0) = FACTORS | K210_PLL_POWER;
	while ((SYSCTL(K210_SYSCTL_PLL_LOCK) & K210_PLL_LOCK_PLL0) != K210_PLL_LOCK_PLL0)
		SYSCTL(K210_SYSCTL_PLL_LOCK) |= K210_PLL_LOCK_PLL0_SLIP_CLEAR;
	SYSCTL(K210_SYSCTL_PLL0) = FACTORS | K210_PLL_POWER | K210_PLL_OUT_EN;
	SYSCTL(K210_SYSCTL_CLK_SEL0) |= K210_CLK_SEL0_ACLK_PLL0;
	put_value("lock at end", SYSCTL(K210_SYSCTL_PLL_LOCK));
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
