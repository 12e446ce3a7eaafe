/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The console moves while the program runs: UART3 first, as the SDK starts it, then UARTHS on the
 * same pins, as MaixPy does, then back. Each half answers one character that it was sent.
 */
#include "vendor.h"

#define UARTHS(offset) REG32(K210_UARTHS_BASE + (offset))

static void uarths_put(const char *text)
{
	while (*text) {
		while (UARTHS(K210_UARTHS_TXDATA) & K210_UARTHS_TXDATA_FULL)
			;
		UARTHS(K210_UARTHS_TXDATA) = (u8)*text++;
	}
}

static u8 uart3_get(void)
{
	while (!(UART3(K210_UART_LSR) & K210_UART_LSR_DATA_READY))
		;
	return (u8)UART3(K210_UART_RBR);
}

static u8 uarths_get(void)
{
	u32 word;

	do
		word = UARTHS(K210_UARTHS_RXDATA);
	while (word & K210_UARTHS_RXDATA_EMPTY);
	return (u8)word;
}

static void move_to_uarths(void)
{
	UARTHS(K210_UARTHS_DIV) = (u32)(cpu_hz() / 115200) - 1;
	UARTHS(K210_UARTHS_TXCTRL) = K210_UARTHS_CTRL_ENABLE;
	UARTHS(K210_UARTHS_RXCTRL) = K210_UARTHS_CTRL_ENABLE;
	fpioa_set_function(4, K210_FUNCTION_UARTHS_RX, K210_FPIOA_IE | K210_FPIOA_SCHMITT);
	fpioa_set_function(5, K210_FUNCTION_UARTHS_TX,
			   0xf << K210_FPIOA_DRIVE_SHIFT | K210_FPIOA_OE | K210_FPIOA_SCHMITT);
}

static void uarths_flush(void)
{
	UARTHS(K210_UARTHS_TXCTRL) = K210_UARTHS_CTRL_ENABLE | 1 << K210_UARTHS_LEVEL_SHIFT;
	while (!(UARTHS(K210_UARTHS_IP) & K210_UARTHS_TX_WATERMARK))
		;
	delay_us(500);
}

void main(void)
{
	char echo[] = "?\n";

	console_start(115200);
	put_text("uart3 ");
	echo[0] = (char)uart3_get();
	put_text(echo);
	console_flush();
	move_to_uarths();
	/* Not heard: the pins belong to the other one. */
	put_text("lost");
	console_flush();
	uarths_put("uarths ");
	echo[0] = (char)uarths_get();
	uarths_put(echo);
	uarths_flush();
	console_start(115200);
	put_text("uart3 ");
	echo[0] = (char)uart3_get();
	put_text(echo);
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
