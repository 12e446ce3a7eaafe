/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* LSR bit 5 in its two meanings; UART3 sends into the void. */
#include "program.h"

static u32 bit5(void)
{
	return UART3(K210_UART_LSR) >> 5 & 1;
}

void main(void)
{
	unsigned written = 0;

	uart3_start(16 * 100, 0);
	put_value("plain empty", bit5());
	for (int i = 0; i < 3; i++)
		UART3(K210_UART_THR) = 'x';
	put_value("plain filled", bit5());
	while (!(UART3(K210_UART_LSR) & K210_UART_LSR_TX_IDLE))
		;
	UART3(K210_UART_IER) = K210_UART_IER_PTHRE;
	put_value("threshold empty", bit5());
	while (!bit5()) {
		UART3(K210_UART_THR) = 'x';
		written++;
	}
	put_value("threshold full", bit5());
	/* The FIFO and the characters that left it meanwhile. */
	put_value("at least a fifo", written >= K210_UART_FIFO_DEPTH);
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
