/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The firmware's own clocks_route_dma(), from a program and from its timer interrupt at once: five
 * channels share a register, and what the interrupt writes there must stay.
 */
#include "program.h"

#undef MSTATUS_MIE
#undef MIE_MTIE
#undef MIE_MEIE
#include "firmware_k210/hal/clocks.c"

#define MTIME         REG64(K210_CLINT_BASE + K210_CLINT_MTIME)
#define MTIMECMP      REG64(K210_CLINT_BASE + K210_CLINT_MTIMECMP(0))
#define OWN_CHANNEL   1
#define OTHER_CHANNEL 4
#define ROUNDS        20000
#define LEAST_TIMES   500

static volatile u32 times, wrong, request = K210_DMA_REQ_SPI2_RX;

static u32 routed(u32 channel)
{
	return REG32(SYSCTL(K210_SYSCTL_DMA_SEL0)) >> channel * K210_DMA_SEL_BITS & 63;
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	if (cause != INTERRUPT(7))
		no_trap_expected(cause, pc, value);
	times++;
	wrong += routed(OTHER_CHANNEL) != request;
	request = request == K210_DMA_REQ_SPI2_RX ? K210_DMA_REQ_SPI2_TX : K210_DMA_REQ_SPI2_RX;
	clocks_route_dma(OTHER_CHANNEL, request);
	MTIMECMP = MTIME + 2 + times % 5;
	return pc;
}

void main(void)
{
	clocks_route_dma(OTHER_CHANNEL, request);
	MTIMECMP = MTIME + 1;
	interrupts_on(MIE_MTIE);
	for (u32 round = 0; round < ROUNDS; round++)
		clocks_route_dma(OWN_CHANNEL, K210_DMA_REQ_SPI3_RX + round % 2);
	csr_clear(mie, ~0ul);
	put_value("enough", times > LEAST_TIMES);
	put_value("wrong", wrong + (routed(OTHER_CHANNEL) != request));
	put_value("flash", routed(OWN_CHANNEL));
}

void main_hart1(void)
{
}
