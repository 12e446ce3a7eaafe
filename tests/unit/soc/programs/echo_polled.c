/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Echoes what arrives at UARTHS, by polling; ends after 'q'. */
#include "program.h"

void main(void)
{
	u32 word;

	do {
		do
			word = REG32(K210_UARTHS_BASE + K210_UARTHS_RXDATA);
		while (word & K210_UARTHS_RXDATA_EMPTY);
		put_character((u8)word);
	} while (word != 'q');
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
