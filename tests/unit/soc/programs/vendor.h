/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What programs built with the vendor's SDK do, register for register as its drivers are described
 * in public: start-up, console, clocks, flash and display transfers, DMA. None of it is their code.
 */
#ifndef SOC_PROGRAM_VENDOR_H
#define SOC_PROGRAM_VENDOR_H

#define CONSOLE_UART3
#include "k210/spi.h"
#include "program.h"

#define SYSCTL(offset)     REG32(K210_SYSCTL_BASE + (offset))
#define FPIOA_IO(pin)      REG32(K210_FPIOA_BASE + K210_FPIOA_IO(pin))
#define PLIC(offset)       REG32(K210_PLIC_BASE + (offset))
#define DMAC(offset)       REG64(K210_DMAC_BASE + (offset))
#define CHANNEL(n, offset) DMAC(K210_DMAC_CHANNEL(n) + (offset))
#define UNCACHED(pointer)  ((u64)(pointer)-K210_CACHED_OFFSET)

/* ---- pins ---- */

/* Any other pin that has the function loses it: 47 reads. */
static inline void fpioa_set_function(u32 pin, u32 function, u32 bits)
{
	for (u32 other = 0; other < K210_FPIOA_PIN_COUNT; other++) {
		if (other != pin && (FPIOA_IO(other) & K210_FPIOA_FUNCTION_MASK) == function)
			FPIOA_IO(other) = K210_FUNCTION_RESERVED0;
	}
	FPIOA_IO(pin) = function | bits;
}

/* ---- clocks ---- */

static inline u64 pll_hz(u32 offset)
{
	u32 word = SYSCTL(offset);

	return 26000000ul * ((word >> K210_PLL_CLKF_SHIFT & 63) + 1) /
	       (((word >> K210_PLL_CLKR_SHIFT & 15) + 1) *
		((word >> K210_PLL_CLKOD_SHIFT & 15) + 1));
}

/* From the registers, each time. */
static inline u64 cpu_hz(void)
{
	u32 select = SYSCTL(K210_SYSCTL_CLK_SEL0);

	if (!(select & K210_CLK_SEL0_ACLK_PLL0))
		return 26000000;
	return pll_hz(K210_SYSCTL_PLL0) / (2u << (select >> K210_CLK_SEL0_ACLK_DIVIDER_SHIFT & 3));
}

static inline u64 apb0_hz(void)
{
	return cpu_hz() / ((SYSCTL(K210_SYSCTL_CLK_SEL0) >> K210_CLK_SEL0_APB0_SHIFT & 7) + 1);
}

static inline void delay_us(u64 microseconds)
{
	u64 start = csr_read(mcycle), cycles = cpu_hz() * microseconds / 1000000;

	while (csr_read(mcycle) - start < cycles)
		;
}

/* @lock: the bits to wait for; @slip: what is written meanwhile. */
static inline void set_pll(u32 offset, u32 factors, u32 lock, u32 slip)
{
	volatile u32 *pll = &SYSCTL(offset);

	if (offset == K210_SYSCTL_PLL0)
		SYSCTL(K210_SYSCTL_CLK_SEL0) &= ~(u32)K210_CLK_SEL0_ACLK_PLL0;
	*pll &= ~(u32)K210_PLL_OUT_EN;
	*pll &= ~(u32)K210_PLL_POWER;
	*pll = factors;
	*pll |= K210_PLL_POWER;
	delay_us(1);
	*pll &= ~(u32)K210_PLL_RESET;
	*pll |= K210_PLL_RESET;
	delay_us(1);
	*pll &= ~(u32)K210_PLL_RESET;
	while ((SYSCTL(K210_SYSCTL_PLL_LOCK) & lock) != lock)
		SYSCTL(K210_SYSCTL_PLL_LOCK) |= slip;
	*pll |= K210_PLL_OUT_EN;
	if (offset == K210_SYSCTL_PLL0)
		SYSCTL(K210_SYSCTL_CLK_SEL0) |= K210_CLK_SEL0_ACLK_PLL0;
}

static inline u32 pll_factors(u32 clkf, u32 clkod)
{
	return (clkf - 1) << K210_PLL_CLKF_SHIFT | (clkod - 1) << K210_PLL_CLKOD_SHIFT |
	       (clkf - 1) << K210_PLL_BWADJ_SHIFT;
}

/* ---- console ---- */

static inline void console_set_rate(u32 rate)
{
	u32 divisor = (u32)(apb0_hz() / rate);

	UART3(K210_UART_LCR) |= K210_UART_LCR_DLAB;
	UART3(K210_UART_DLH) = divisor >> 12;
	UART3(K210_UART_DLL) = divisor >> 4 & 255;
	UART3(K210_UART_DLF) = divisor & 15;
	UART3(K210_UART_LCR) = 0;
	UART3(K210_UART_LCR) = K210_UART_LCR_8N1;
	UART3(K210_UART_LCR) &= ~(u32)K210_UART_LCR_DLAB;
	UART3(K210_UART_IER) |= K210_UART_IER_PTHRE;
	UART3(K210_UART_FCR) = K210_UART_FCR_ENABLE | 1 << 3 | 2 << K210_UART_FCR_RX_LEVEL_SHIFT |
			       3 << K210_UART_FCR_TX_EMPTY_SHIFT;
	UART3(K210_UART_SRT) = 0;
}

static inline void console_start(u32 rate)
{
	fpioa_set_function(4, K210_FUNCTION_UART3_RX, K210_FPIOA_IE | K210_FPIOA_SCHMITT);
	fpioa_set_function(5, K210_FUNCTION_UART3_TX,
			   0xf << K210_FPIOA_DRIVE_SHIFT | K210_FPIOA_OE | K210_FPIOA_SCHMITT);
	SYSCTL(K210_SYSCTL_CLK_EN_CENT) |= K210_CLK_EN_APB0;
	SYSCTL(K210_SYSCTL_CLK_EN_PERI) |= 1u << K210_PERI_UART3;
	SYSCTL(K210_SYSCTL_PERI_RESET) |= 1u << K210_PERI_UART3;
	SYSCTL(K210_SYSCTL_PERI_RESET) &= ~(1u << K210_PERI_UART3);
	console_set_rate(rate);
}

/* Until the last character has left, before the clock changes. */
static inline void console_flush(void)
{
	while (!(UART3(K210_UART_LSR) & K210_UART_LSR_TX_IDLE))
		;
}

/* ---- interrupts ---- */

/* Returns how many claims it took until nothing was pending. */
static inline u32 vendor_plic_init(unsigned hart)
{
	u32 claims = 0;

	for (u32 i = 0; i < 3; i++)
		PLIC(K210_PLIC_ENABLE(2 * hart) + 4 * i) = 0;
	for (u32 source = 0; source < 65; source++)
		PLIC(K210_PLIC_PRIORITY(source)) = 0;
	PLIC(K210_PLIC_THRESHOLD(2 * hart)) = 0;
	for (u32 source; claims < 100 && (source = plic_claim(hart)) != 0; claims++)
		plic_complete(hart, source);
	return claims;
}

/* ---- DMA ---- */

static inline void vendor_dmac_init(void)
{
	SYSCTL(K210_SYSCTL_CLK_EN_PERI) |= 1u << K210_PERI_DMA;
	DMAC(K210_DMAC_RESET) = K210_DMAC_RESET_BIT;
	while (DMAC(K210_DMAC_RESET) & K210_DMAC_RESET_BIT)
		;
	DMAC(K210_DMAC_COM_INTCLEAR) = 0x10f;
	DMAC(K210_DMAC_CFG) = 0;
	while (DMAC(K210_DMAC_CFG))
		;
	DMAC(K210_DMAC_CHEN) = 0x3f00;
	for (u32 i = 0; i < K210_DMAC_CHANNEL_COUNT; i++)
		CHANNEL(i, K210_DMAC_CH_INTCLEAR) = ~0ul;
	DMAC(K210_DMAC_CFG) |= K210_DMAC_CFG_ENABLE | K210_DMAC_CFG_INT_ENABLE;
}

static inline void dma_select(u32 channel, u32 request)
{
	volatile u32 *select = &SYSCTL(channel < 5 ? K210_SYSCTL_DMA_SEL0 : K210_SYSCTL_DMA_SEL1);
	u32 shift = channel < 5 ? channel * K210_DMA_SEL_BITS : 0;

	*select = (*select & ~(63u << shift)) | request << shift;
}

/* Memory to device unless @from_device; @control as the SDK's driver was seen to use it. */
static inline void dma_start(u32 channel, u64 from, u64 to, u32 items, int from_device, u64 control)
{
	CHANNEL(channel, K210_DMAC_CH_INTCLEAR) = ~0ul;
	DMAC(K210_DMAC_CHEN) = 0x100ul << channel;
	while (DMAC(K210_DMAC_CHEN) & 1ul << channel)
		;
	CHANNEL(channel, K210_DMAC_CH_CFG) =
		(u64)(from_device ? K210_DMAC_TT_FC_PERIPH_MEM : K210_DMAC_TT_FC_MEM_PERIPH)
			<< K210_DMAC_CH_CFG_TT_FC |
		(u64)channel << K210_DMAC_CH_CFG_SRC_PER | (u64)channel << K210_DMAC_CH_CFG_DST_PER;
	CHANNEL(channel, K210_DMAC_SAR) = from;
	CHANNEL(channel, K210_DMAC_DAR) = to;
	CHANNEL(channel, K210_DMAC_CTL) = control;
	CHANNEL(channel, K210_DMAC_BLOCK_TS) = items - 1;
	DMAC(K210_DMAC_CFG) |= K210_DMAC_CFG_ENABLE;
	DMAC(K210_DMAC_CHEN) = 0x101ul << channel;
}

static inline void dma_wait(u32 channel)
{
	while (DMAC(K210_DMAC_CHEN) & 1ul << channel)
		;
	CHANNEL(channel, K210_DMAC_CH_INTCLEAR) = ~0ul;
}

#define DMA_TO_DEVICE   0x45244ul
#define DMA_FROM_DEVICE 0x1214ul
#define DMA_FIXED       (1ul << K210_DMAC_CTL_SRC_FIXED)

/* ---- display at SPI0, eight wires ---- */

#define SPI0(offset) REG32(K210_SPI0_BASE + (offset))

static inline void display_start(void)
{
	SYSCTL(K210_SYSCTL_CLK_EN_PERI) |= 1u << K210_PERI_SPI0;
	SYSCTL(K210_SYSCTL_MISC) |= 1 << 10; /* the dedicated pins are data lines */
	fpioa_set_function(36, K210_FUNCTION_SPI0_SS0 + 3,
			   0xf << K210_FPIOA_DRIVE_SHIFT | K210_FPIOA_OE);
	fpioa_set_function(39, K210_FUNCTION_SPI0_SCLK,
			   0xf << K210_FPIOA_DRIVE_SHIFT | K210_FPIOA_OE);
	SPI0(K210_SPI_BAUDR) = 20;
}

/*
 * @count words from @words, of which the lowest @bits go out; the first is the "instruction" (8 or
 * 16 bits) or the "address" (32 bits) of the frame format. @repeat sends the same word again.
 */
static inline void display_send(const volatile u32 *words, u32 count, u32 bits, int repeat)
{
	u32 header = bits == 32   ? 32 / 4 << K210_SPI_ADDRESS_LENGTH_SHIFT
		     : bits == 16 ? 3 << K210_SPI_INSTRUCTION_LENGTH_SHIFT
				  : 2 << K210_SPI_INSTRUCTION_LENGTH_SHIFT;

	SPI0(K210_SPI_IMR) = 0;
	SPI0(K210_SPI_DMACR) = 0;
	SPI0(K210_SPI_DMATDLR) = 0x10;
	SPI0(K210_SPI_DMARDLR) = 0;
	SPI0(K210_SPI_SER) = 0;
	SPI0(K210_SPI_SSIENR) = 0;
	SPI0(K210_SPI_CTRLR0) = 3 << K210_SPI_CTRLR0_FRF_SHIFT |
				(bits - 1) << K210_SPI_CTRLR0_DFS_SHIFT |
				K210_SPI_TMOD_TX << K210_SPI_CTRLR0_TMOD_SHIFT;
	SPI0(K210_SPI_SPI_CTRLR0) = header | K210_SPI_TRANS_BOTH_WIDE;
	SPI0(K210_SPI_DMACR) = 2;
	SPI0(K210_SPI_SSIENR) = 1;
	dma_select(0, K210_DMA_REQ_SPI0_TX);
	dma_start(0, UNCACHED(words), K210_SPI0_BASE + K210_SPI_DR, count, 0,
		  DMA_TO_DEVICE | (repeat ? DMA_FIXED : 0));
	SPI0(K210_SPI_SER) = 1 << 3;
	dma_wait(0);
	while ((SPI0(K210_SPI_SR) & 5) != 4)
		;
	SPI0(K210_SPI_SER) = 0;
	SPI0(K210_SPI_SSIENR) = 0;
}

#endif
