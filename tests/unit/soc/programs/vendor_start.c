/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What every program of the vendor's SDK does before and at the start of main(), in its order:
 * machine registers, console on UART3, DMA controller, reset cause, interrupt controller, PLLs,
 * registers read back, delays on the cycle counter.
 */
#include "vendor.h"

static u32 reset_cause(void)
{
	u32 status = SYSCTL(K210_SYSCTL_RESET_STATUS);

	SYSCTL(K210_SYSCTL_RESET_STATUS) |= K210_RESET_STATUS_CLEAR;
	return status;
}

static void check_storage(void)
{
	static const u32 offsets[] = { K210_SYSCTL_CLK_TH0, K210_SYSCTL_CLK_TH1,
				       K210_SYSCTL_CLK_TH3, K210_SYSCTL_POWER_SEL,
				       K210_SYSCTL_MISC };
	u32 wrong = 0;

	for (u32 i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		u32 old = SYSCTL(offsets[i]);

		SYSCTL(offsets[i]) = old | 0xc0;
		wrong += SYSCTL(offsets[i]) != (old | 0xc0);
		SYSCTL(offsets[i]) = old;
	}
	/* Tie registers: one bit for each function. */
	for (u32 offset = K210_FPIOA_TIE_EN; offset < K210_FPIOA_END; offset += 4) {
		REG32(K210_FPIOA_BASE + offset) = 0x1234 + offset;
		wrong += REG32(K210_FPIOA_BASE + offset) != 0x1234 + offset;
	}
	PLIC(K210_PLIC_PRIORITY(24)) = 5;
	PLIC(K210_PLIC_THRESHOLD(0)) = 6;
	PLIC(K210_PLIC_ENABLE(0) + 8) = 2;
	wrong += PLIC(K210_PLIC_PRIORITY(24)) != 5;
	wrong += PLIC(K210_PLIC_THRESHOLD(0)) != 6;
	wrong += PLIC(K210_PLIC_ENABLE(0) + 8) != 2;
	vendor_plic_init(0);
	wrong += PLIC(K210_PLIC_PRIORITY(24)) || PLIC(K210_PLIC_THRESHOLD(0)) ||
		 PLIC(K210_PLIC_ENABLE(0) + 8);
	put_value("storage wrong", wrong);
}

static void check_pins(void)
{
	fpioa_set_function(20, K210_FUNCTION_GPIOHS0 + 9, K210_FPIOA_OE);
	fpioa_set_function(21, K210_FUNCTION_GPIOHS0 + 9, K210_FPIOA_OE);
	put_value("moved from", FPIOA_IO(20));
	put_value("moved to", FPIOA_IO(21) & K210_FPIOA_FUNCTION_MASK);
}

/* A delay on the cycle counter against mtime, which counts 50 CPU clocks. */
static void check_delay(void)
{
	volatile u64 *mtime = &REG64(K210_CLINT_BASE + K210_CLINT_MTIME);
	u64 start = *mtime, ticks;

	delay_us(1000);
	ticks = (*mtime - start) * 50 * 1000000 / cpu_hz();
	put_value("delay", ticks >= 999 && ticks <= 1010);
}

void main(void)
{
	u32 cause, claims;

	asm volatile("csrw mideleg, zero; csrw medeleg, zero; csrw mie, zero; csrw mip, zero");
	console_start(115200);
	put_text("console\n");
	vendor_dmac_init();
	put_value("dma enabled", DMAC(K210_DMAC_CFG));
	cause = reset_cause();
	put_value("reset", cause);
	put_value("cleared", SYSCTL(K210_SYSCTL_RESET_STATUS) & ~1u);
	claims = vendor_plic_init(0);
	put_value("claims", claims);
	check_storage();
	check_pins();

	console_flush();
	set_pll(K210_SYSCTL_PLL0, pll_factors(62, 2), K210_PLL_LOCK_PLL0,
		K210_PLL_LOCK_PLL0_SLIP_CLEAR);
	console_set_rate(115200);
	set_pll(K210_SYSCTL_PLL1, pll_factors(60, 4), K210_PLL_LOCK_PLL1,
		K210_PLL_LOCK_PLL1_SLIP_CLEAR);
	put_value("cpu", cpu_hz());
	put_value("pll1", pll_hz(K210_SYSCTL_PLL1));
	check_delay();
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
