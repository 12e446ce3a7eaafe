/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A display at SPI0 the way the SDK's driver writes it: a command and bytes on eight wires, then
 * pixels as 32-bit frames, from a buffer and by repeating one word, all by DMA. What the wires
 * carried is for test_vendor.c to see.
 */
#include "vendor.h"

static u32 words[200] __attribute__((aligned(64)));

void main(void)
{
	volatile u32 *buffer = (volatile u32 *)UNCACHED(words);

	console_start(115200);
	vendor_dmac_init();
	display_start();
	buffer[0] = 0x2a;
	display_send(words, 1, 8, 0);
	for (u32 i = 0; i < 4; i++)
		buffer[i] = 0x10 + i;
	display_send(words, 4, 8, 0);
	buffer[0] = 0xabcd;
	display_send(words, 1, 16, 0);
	for (u32 i = 0; i < 200; i++)
		buffer[i] = 0x01020300 + i;
	display_send(words, 200, 32, 0);
	buffer[0] = 0xf800f800;
	display_send(words, 100, 32, 1);
	put_text("end\n");
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
