/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A soft reset restarts the chip, keeps SRAM above the image and gives the cause. */
#include "program.h"

#define MARK REG64(0x80500000)

void main(void)
{
	u32 status = REG32(K210_SYSCTL_BASE + K210_SYSCTL_RESET_STATUS);

	put_value("reset status", status);
	put_value("marked", MARK == 0x1234);
	if (status & K210_RESET_STATUS_SOFT)
		return;
	MARK = 0x1234;
	flush_text();
	REG32(K210_SYSCTL_BASE + K210_SYSCTL_SOFT_RESET) = K210_SOFT_RESET_CHIP;
	for (;;)
		;
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
