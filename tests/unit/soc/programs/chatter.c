/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What somebody may have in the flash: a program that writes to the console without a pause, things
 * that look like frames of the mask ROM among them, and hears nothing.
 */
#include "program.h"

/* mtime's clocks, 390 MHz / 50, in which eight characters leave at 115200 baud. */
#define EIGHT_CHARACTERS 5500

static unsigned given;

/* Sleeps while the FIFO of eight empties: the line is never quiet, the emulator hardly busy. */
static void chatter(u8 c)
{
	if (++given % 8 == 0) {
		REG64(K210_CLINT_BASE + K210_CLINT_MTIMECMP(0)) =
			REG64(K210_CLINT_BASE + K210_CLINT_MTIME) + EIGHT_CHARACTERS;
		asm volatile("wfi");
	}
	put_character(c);
}

void main(void)
{
	static const u8 frames[] = "[MAIXPY] temperature=35\n\xc0\xc2\xe1\xc0\xc0\xc3\xe0\xdb\xc0";

	csr_set(mie, MIE_MTIE);
	for (unsigned i = 0;; i = (i + 1) % (sizeof(frames) - 1))
		chatter(frames[i]);
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
