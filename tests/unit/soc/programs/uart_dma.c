/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Takes 20 characters from UART3 by DMA and sends them back by DMA, one 32-bit word each as the
 * K210 standalone SDK does. Bursts of 4 with the receive level at 4.
 */
#include "program.h"

#define DMAC(offset)       REG64(K210_DMAC_BASE + (offset))
#define CHANNEL(n, offset) DMAC(K210_DMAC_CHANNEL(n) + (offset))
#define COUNT              20

static u32 words[COUNT] __attribute__((aligned(64)));

static void transfer(unsigned channel, u64 from, u64 to, u64 flow, u64 control)
{
	CHANNEL(channel, K210_DMAC_CH_INTCLEAR) = ~0ul;
	CHANNEL(channel, K210_DMAC_CH_CFG) = flow << K210_DMAC_CH_CFG_TT_FC |
					     (u64)channel << K210_DMAC_CH_CFG_SRC_PER |
					     (u64)channel << K210_DMAC_CH_CFG_DST_PER;
	CHANNEL(channel, K210_DMAC_SAR) = from;
	CHANNEL(channel, K210_DMAC_DAR) = to;
	CHANNEL(channel, K210_DMAC_CTL) =
		control | 2 << K210_DMAC_CTL_SRC_WIDTH | 2 << K210_DMAC_CTL_DST_WIDTH |
		1 << K210_DMAC_CTL_SRC_MSIZE | 1 << K210_DMAC_CTL_DST_MSIZE;
	CHANNEL(channel, K210_DMAC_BLOCK_TS) = COUNT - 1;
	DMAC(K210_DMAC_CFG) = K210_DMAC_CFG_ENABLE;
	DMAC(K210_DMAC_CHEN) = 0x101ul << channel;
	while (DMAC(K210_DMAC_CHEN) & 1u << channel)
		;
}

void main(void)
{
	u64 uncached = (u64)words - K210_CACHED_OFFSET;
	u64 data = K210_UART3_BASE + K210_UART_RBR;

	clock_enable(K210_PERI_DMA);
	uart3_start(97, K210_UART_FCR_DMA_MODE | 1 << K210_UART_FCR_RX_LEVEL_SHIFT |
				2 << K210_UART_FCR_TX_EMPTY_SHIFT);
	UART3(K210_UART_IER) = K210_UART_IER_PTHRE; /* bursts are asked for at the level only */
	uart3_connect();
	REG32(K210_SYSCTL_BASE + K210_SYSCTL_DMA_SEL0) =
		K210_DMA_REQ_UART3_RX << K210_DMA_SEL_BITS | K210_DMA_REQ_UART3_TX
								     << 2 * K210_DMA_SEL_BITS;
	transfer(1, data, uncached, K210_DMAC_TT_FC_PERIPH_MEM, 1 << K210_DMAC_CTL_SRC_FIXED);
	transfer(2, uncached, data, K210_DMAC_TT_FC_MEM_PERIPH, 1 << K210_DMAC_CTL_DST_FIXED);
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
