/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Reads and writes registers of all blocks at random for ever, on both harts. The seed is at
 * 0x80500000. Half of the values are addresses and small numbers, so that transfers do start.
 */
#include "program.h"

#define SEED REG64(0x80500000)

static const u32 blocks[] = {
	K210_CLINT_BASE,  K210_PLIC_BASE,   K210_PLIC_BASE + 0x2000, K210_PLIC_BASE + 0x200000,
	K210_UARTHS_BASE, K210_GPIOHS_BASE, K210_KPU_BASE,           K210_DMAC_BASE,
	K210_DMAC_BASE,   K210_DMAC_BASE,   K210_GPIO_BASE,          K210_UART1_BASE,
	K210_UART3_BASE,  K210_SPI2_BASE,   K210_I2C0_BASE,          K210_FPIOA_BASE,
	K210_SHA256_BASE, K210_TIMER0_BASE, K210_WDT0_BASE,          K210_OTP_BASE,
	K210_DVP_BASE,    K210_SYSCTL_BASE, K210_AES_BASE,           K210_RTC_BASE,
	K210_SPI0_BASE,   K210_SPI3_BASE,   K210_FFT_BASE,           K210_AI_SRAM_UNCACHED_BASE,
};

static u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static u64 random_value(u64 *state)
{
	u64 choice = next_random(state), value = next_random(state);

	switch (choice & 7) {
	case 0:
		return K210_AI_SRAM_UNCACHED_BASE + (value & 0x1fffc0);
	case 1:
		return 0x40510000 + (value & 0xff80);
	case 2:
		return blocks[value % (sizeof(blocks) / sizeof(blocks[0]))] + (value >> 32 & 0xf8);
	case 3:
		return value & 0xff;
	case 4:
		return 0x101ul << (value % 6); /* start a DMA channel */
	case 5:
		return 1ul << (value & 63);
	default:
		return value;
	}
}

static void poke(u64 *state)
{
	u64 choice = next_random(state);
	u64 address = blocks[choice % (sizeof(blocks) / sizeof(blocks[0]))];
	u64 value = random_value(state);

	/* Mostly the first registers, sometimes far away; not the reset bits all the time. */
	address += choice >> 8 & (choice >> 40 & 7 ? 0x1f8 : 0xfff8);
	if ((address & ~0xffful) == K210_SYSCTL_BASE && (choice >> 44 & 15))
		address = K210_SYSCTL_BASE +
			  (choice & 1 ? K210_SYSCTL_DMA_SEL0 : K210_SYSCTL_DMA_SEL1);
	switch (choice >> 48 & 7) {
	case 0:
		(void)*(volatile u64 *)address;
		break;
	case 1:
		(void)REG32(address + 4);
		break;
	case 2:
		*(volatile u8 *)(address + (choice >> 52 & 7)) = (u8)value;
		break;
	case 3:
	case 4:
		REG32(address) = (u32)value;
		break;
	default:
		*(volatile u64 *)address = value;
		break;
	}
}

static void run(u64 seed)
{
	u64 state = seed * 2654435761u + 1;

	ai_clock_start();
	for (;;)
		poke(&state);
}

/* Faults are skipped; an interrupt is left pending and turned off. */
u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	unsigned short first = *(volatile unsigned short *)pc;

	(void)value;
	if (cause >> 63) {
		csr_clear(mie, ~0ul);
		return pc;
	}
	return pc + ((first & 3) == 3 ? 4 : 2);
}

void main(void)
{
	run(SEED);
}

void main_hart1(void)
{
	run(SEED ^ 0x5555);
}
