/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* How a program finds the chip when the mask ROM has started it, and when hart 1 comes. */
#include "program.h"

#define PATIENCE 20000

static volatile u32 arrived;

static int hart1_arrives(void)
{
	for (u64 start = csr_read(mcycle); csr_read(mcycle) - start < PATIENCE;) {
		if (arrived)
			return 1;
	}
	return 0;
}

void main(void)
{
	put_value("divisor", REG32(K210_UARTHS_BASE + K210_UARTHS_DIV));
	put_value("io4", REG32(K210_FPIOA_BASE + K210_FPIOA_IO(4)) & K210_FPIOA_FUNCTION_MASK);
	put_value("io5", REG32(K210_FPIOA_BASE + K210_FPIOA_IO(5)) & K210_FPIOA_FUNCTION_MASK);
	put_value("hart 1 comes by itself", (u64)hart1_arrives());
	REG32(K210_CLINT_BASE + K210_CLINT_MSIP(1)) = 1;
	put_value("hart 1 comes when called", (u64)hart1_arrives());
}

void main_hart1(void)
{
	arrived = 1;
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
