/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Echoes what arrives at UART3 from its interrupt: receive level 8 and character time-out. The main
 * program sleeps. 195 MHz / 97.5 = 2 Mbit/s.
 */
#include "program.h"

static void drain(void)
{
	while (UART3(K210_UART_LSR) & K210_UART_LSR_DATA_READY) {
		u8 c = (u8)UART3(K210_UART_RBR);

		while (!(UART3(K210_UART_LSR) & K210_UART_LSR_THRE))
			;
		UART3(K210_UART_THR) = c;
	}
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	u32 source, id;

	if (cause != INTERRUPT(11))
		no_trap_expected(cause, pc, value);
	source = plic_claim(0);
	if (source == K210_IRQ_UART3) {
		id = UART3(K210_UART_IIR) & K210_UART_IIR_ID_MASK;
		if (id != K210_UART_IIR_RX_DATA && id != K210_UART_IIR_CHAR_TIMEOUT)
			UART3(K210_UART_THR) = '!';
		drain();
	}
	plic_complete(0, source);
	return pc;
}

void main(void)
{
	uart3_start(97, 2 << K210_UART_FCR_RX_LEVEL_SHIFT);
	uart3_connect();
	UART3(K210_UART_IER) = K210_UART_IER_RX_DATA;
	plic_enable(0, K210_IRQ_UART3, 1);
	interrupts_on(MIE_MEIE);
	for (;;)
		asm volatile("wfi");
}

void main_hart1(void)
{
}
