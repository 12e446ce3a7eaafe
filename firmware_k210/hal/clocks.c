/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Clock tree and resets; see clocks.h. Sequence after K210 standalone SDK sysctl_pll_set_freq(). */
#include "firmware_k210/hal/clocks.h"

#include "firmware_k210/hal/mmio.h"
#include "k210/memory_map.h"
#include "k210/sysctl.h"

#define SYSCTL(offset) (K210_SYSCTL_BASE + (uintptr_t)(offset))

/* A PLL that has not locked after this many CPU cycles at 26 MHz (77 ms) never will. */
#define LOCK_LIMIT_CYCLES 2000000u

struct pll_setting {
	unsigned offset, multiplier, output_divider;
	uint32_t locked, slip_clear;
};

/* Of the ways to make these frequencies those that the SDK finds for 800 and 400 MHz. */
static const struct pll_setting pll0_806_mhz = {
	K210_SYSCTL_PLL0, 62, 2, K210_PLL_LOCK_PLL0, K210_PLL_LOCK_PLL0_SLIP_CLEAR,
};
static const struct pll_setting pll1_398_mhz = {
	K210_SYSCTL_PLL1, 46, 3, K210_PLL_LOCK_PLL1, K210_PLL_LOCK_PLL1_SLIP_CLEAR,
};

#define PERI_USED                                                              \
	(1u << K210_PERI_DMA | 1u << K210_PERI_AI | 1u << K210_PERI_UART3 |    \
	 1u << K210_PERI_FPIOA | 1u << K210_PERI_WDT0 | 1u << K210_PERI_SPI2 | \
	 1u << K210_PERI_SPI3)
/* Hart 1 may still be waiting inside the mask ROM, and the calendar belongs to nobody. */
#define PERI_NEVER_RESET (1u << K210_PERI_ROM | 1u << K210_PERI_RTC)

static void wait_cycles(uint64_t cycles)
{
	uint64_t start = hart_cycles();

	while (hart_cycles() - start < cycles)
		;
}

static void pll_start(const struct pll_setting *pll)
{
	uintptr_t address = SYSCTL(pll->offset);
	uint32_t factors = (pll->multiplier - 1) << K210_PLL_CLKF_SHIFT |
			   (pll->output_divider - 1) << K210_PLL_CLKOD_SHIFT |
			   (pll->multiplier - 1) << K210_PLL_BWADJ_SHIFT;
	uint64_t start;

	mmio_update32(address, K210_PLL_OUT_EN, 0);
	mmio_update32(address, K210_PLL_POWER, 0);
	mmio_write32(address, factors);
	mmio_write32(address, factors | K210_PLL_POWER);
	wait_cycles(100);
	mmio_write32(address, factors | K210_PLL_POWER | K210_PLL_RESET);
	wait_cycles(100);
	mmio_write32(address, factors | K210_PLL_POWER);
	start = hart_cycles();
	while ((mmio_read32(SYSCTL(K210_SYSCTL_PLL_LOCK)) & pll->locked) != pll->locked &&
	       hart_cycles() - start < LOCK_LIMIT_CYCLES)
		mmio_write32(SYSCTL(K210_SYSCTL_PLL_LOCK), pll->slip_clear);
	mmio_write32(address, factors | K210_PLL_POWER | K210_PLL_OUT_EN);
}

static void cpu_clock_init(void)
{
	uint32_t dividers = 0u << K210_CLK_SEL0_ACLK_DIVIDER_SHIFT |
			    1u << K210_CLK_SEL0_APB0_SHIFT | 3u << K210_CLK_SEL0_APB1_SHIFT |
			    3u << K210_CLK_SEL0_APB2_SHIFT;

	mmio_update32(SYSCTL(K210_SYSCTL_CLK_SEL0), K210_CLK_SEL0_ACLK_PLL0, 0);
	mmio_write32(SYSCTL(K210_SYSCTL_CLK_SEL0), dividers);
	mmio_write32(SYSCTL(K210_SYSCTL_CLK_EN_CENT), K210_CLK_EN_CPU | K210_CLK_EN_SRAM0 |
							      K210_CLK_EN_SRAM1 | K210_CLK_EN_APB0 |
							      K210_CLK_EN_APB1 | K210_CLK_EN_APB2);
	mmio_update32(SYSCTL(K210_SYSCTL_CLK_TH0),
		      15u << K210_CLK_TH0_SRAM0_SHIFT | 15u << K210_CLK_TH0_SRAM1_SHIFT |
			      15u << K210_CLK_TH0_AI_SHIFT,
		      0);
	mmio_update32(SYSCTL(K210_SYSCTL_CLK_TH6), 0xffu << K210_CLK_TH6_WDT0_SHIFT, 0);
	mmio_update32(SYSCTL(K210_SYSCTL_CLK_TH1),
		      0xffu << K210_CLK_TH1_SPI2_SHIFT | 0xffu << K210_CLK_TH1_SPI3_SHIFT, 0);
	pll_start(&pll0_806_mhz);
	mmio_write32(SYSCTL(K210_SYSCTL_CLK_SEL0),
		     dividers | K210_CLK_SEL0_ACLK_PLL0 | K210_CLK_SEL0_SPI3_PLL0);
}

/* A camera interface or DMA channel left running would write into what is now our memory. */
static void peripherals_reset(void)
{
	uint32_t reset = K210_PERI_RESETS & ~PERI_NEVER_RESET;

	mmio_write32(SYSCTL(K210_SYSCTL_CLK_EN_PERI), K210_PERI_GATES);
	mmio_write32(SYSCTL(K210_SYSCTL_PERI_RESET), reset);
	wait_cycles(1000);
	mmio_write32(SYSCTL(K210_SYSCTL_PERI_RESET), reset & ~PERI_USED);
	mmio_write32(SYSCTL(K210_SYSCTL_CLK_EN_PERI), PERI_USED | PERI_NEVER_RESET);
}

void clocks_init(void)
{
	cpu_clock_init();
	/* The KPU and its memory are dead without PLL1 (K210 standalone SDK issue 10). */
	pll_start(&pll1_398_mhz);
	peripherals_reset();
}

void clocks_reset(unsigned peripheral)
{
	mmio_update32(SYSCTL(K210_SYSCTL_PERI_RESET), 1u << peripheral, 1u << peripheral);
	wait_cycles(1000);
	mmio_update32(SYSCTL(K210_SYSCTL_PERI_RESET), 1u << peripheral, 0);
	wait_cycles(1000);
}

void clocks_route_dma(unsigned channel, unsigned request)
{
	unsigned shift = channel % 5 * K210_DMA_SEL_BITS;
	uintptr_t address = SYSCTL(channel < 5 ? K210_SYSCTL_DMA_SEL0 : K210_SYSCTL_DMA_SEL1);
	/* The interrupt of SPI's chip select routes its channel in the same register. */
	unsigned long state = interrupts_disable();

	mmio_update32(address, ((1u << K210_DMA_SEL_BITS) - 1) << shift, request << shift);
	interrupts_restore(state);
}
