/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What the mask ROM has left in the CSRs of both harts. Early programs of the vendor, the first
 * flash stub among them, never switch floating point on themselves, and their trap handler saves
 * its registers.
 */
#include "program.h"

static volatile u32 arrived;

void main(void)
{
	REG32(K210_CLINT_BASE + K210_CLINT_MSIP(1)) = 1;
	while (!arrived)
		;
	for (u32 hart = 0; hart < 2; hart++) {
		put_value("floating point", entry_state[hart].mstatus >> 13 & 3);
		put_value("interrupts", entry_state[hart].mstatus & MSTATUS_MIE);
		put_value("mie", entry_state[hart].mie);
		put_value("mip", entry_state[hart].mip);
	}
	put_value("receive interrupt", REG32(K210_UARTHS_BASE + K210_UARTHS_IE));
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
