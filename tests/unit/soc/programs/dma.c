/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* DMA from memory to memory: widths, fixed addresses, interrupts, refusal of unmapped addresses. */
#include "program.h"

#define DMAC(offset)       REG64(K210_DMAC_BASE + (offset))
#define CHANNEL(n, offset) DMAC(K210_DMAC_CHANNEL(n) + (offset))
#define UNCACHED(pointer)  ((u64)(pointer)-K210_CACHED_OFFSET)

static u8 source[256] __attribute__((aligned(64)));
static u8 target[256] __attribute__((aligned(64)));
static volatile u32 interrupts;

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	u32 irq;

	if (cause != INTERRUPT(11))
		no_trap_expected(cause, pc, value);
	irq = plic_claim(0);
	interrupts++;
	put_value("irq", irq);
	put_value("status", CHANNEL(irq - K210_IRQ_DMA0, K210_DMAC_CH_INTSTATUS));
	CHANNEL(irq - K210_IRQ_DMA0, K210_DMAC_CH_INTCLEAR) = ~0ul;
	plic_complete(0, irq);
	return pc;
}

static void start(unsigned channel, u64 from, u64 to, u64 items, u64 control, u64 enable)
{
	CHANNEL(channel, K210_DMAC_CH_INTCLEAR) = ~0ul;
	CHANNEL(channel, K210_DMAC_CH_INTSTATUS_EN) = enable;
	CHANNEL(channel, K210_DMAC_CH_CFG) = 0;
	CHANNEL(channel, K210_DMAC_SAR) = from;
	CHANNEL(channel, K210_DMAC_DAR) = to;
	CHANNEL(channel, K210_DMAC_CTL) = control;
	CHANNEL(channel, K210_DMAC_BLOCK_TS) = items - 1;
	DMAC(K210_DMAC_CFG) = K210_DMAC_CFG_ENABLE | K210_DMAC_CFG_INT_ENABLE;
	DMAC(K210_DMAC_CHEN) = 0x101ul << channel;
}

static void wait(unsigned channel)
{
	while (DMAC(K210_DMAC_CHEN) & 1u << channel)
		;
}

static u64 widths(unsigned from, unsigned to)
{
	return (u64)from << K210_DMAC_CTL_SRC_WIDTH | (u64)to << K210_DMAC_CTL_DST_WIDTH;
}

static u8 at(const u8 *bytes, unsigned index)
{
	return *(volatile u8 *)(UNCACHED(bytes) + index);
}

static void fill(void)
{
	for (unsigned i = 0; i < 256; i++) {
		*(volatile u8 *)(UNCACHED(source) + i) = (u8)(i * 7 + 1);
		*(volatile u8 *)(UNCACHED(target) + i) = 0xee;
	}
}

static void report(const char *name, unsigned size)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < size; i++)
		wrong += at(target, i) != (u8)(i * 7 + 1);
	put_value(name, wrong);
	put_value("behind", at(target, size));
}

void main(void)
{
	DMAC(K210_DMAC_RESET) = K210_DMAC_RESET_BIT;
	while (DMAC(K210_DMAC_RESET) & K210_DMAC_RESET_BIT)
		;
	fill();
	start(0, UNCACHED(source), UNCACHED(target), 16, widths(3, 3), 0);
	wait(0);
	report("64 bit wrong", 128);

	fill();
	start(1, UNCACHED(source), UNCACHED(target), 32, widths(0, 2), 0);
	wait(1);
	report("8 to 32 bit wrong", 32);

	fill();
	start(2, UNCACHED(source), UNCACHED(target), 4,
	      widths(2, 2) | 1ul << K210_DMAC_CTL_SRC_FIXED, 0);
	wait(2);
	put_value("fixed", at(target, 0) == at(target, 4) && at(target, 12) == at(source, 0) &&
				   at(target, 16) == 0xee);

	plic_enable(0, K210_IRQ_DMA0 + 5, 1);
	interrupts_on(MIE_MEIE);
	fill();
	start(5, UNCACHED(source), UNCACHED(target), 8, widths(3, 3), K210_DMAC_INT_TRANSFER_DONE);
	while (interrupts != 1)
		;
	report("interrupt wrong", 64);
	start(5, 0x10000000, UNCACHED(target), 8, widths(3, 3),
	      K210_DMAC_INT_TRANSFER_DONE | K210_DMAC_INT_SRC_DECODE_ERROR);
	while (interrupts != 2)
		;
	put_text("end\n");
}

void main_hart1(void)
{
}
