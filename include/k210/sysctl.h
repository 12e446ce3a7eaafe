/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * System controller: PLLs, clock tree, clock gates, resets, DMA request routing.
 * Sources: K210 standalone SDK lib/drivers/include/sysctl.h and sysctl.c; Linux k210-sysctl.h and
 * drivers/clk/clk-k210.c; u-boot drivers/clk/clk_k210.c (PLL limits).
 *
 * PLLn = 26 MHz * (clkf + 1) / ((clkr + 1) * (clkod + 1)); VCO 340..1750 MHz, reference at least
 * 13.3 MHz.
 * ACLK = aclk_sel ? PLL0 / (2 << aclk_divider) : 26 MHz; CPU = ACLK; APBn = ACLK / (sel + 1);
 * KPU and AI SRAM = PLL1 / (threshold + 1). UART1..3 run from APB0, UARTHS from the CPU clock.
 *
 * Setting PLL0: ACLK to the crystal; out_en 0; pwrd 0; write factors; pwrd 1; pulse reset; poll
 * both lock bits (PLL1, PLL2: the lower of the pair), writing slip_clear each round; out_en 1;
 * ACLK back to PLL0.
 * After the mask ROM: PLL0 at 780 MHz, CPU 390 MHz, PLL1 and PLL2 not to be relied on.
 */
#ifndef K210_SYSCTL_H
#define K210_SYSCTL_H

#define K210_SYSCTL_GIT_ID       0x00
#define K210_SYSCTL_CLK_FREQ     0x04
#define K210_SYSCTL_PLL0         0x08
#define K210_SYSCTL_PLL1         0x0c
#define K210_SYSCTL_PLL2         0x10
#define K210_SYSCTL_PLL_LOCK     0x18
#define K210_SYSCTL_ROM_ERROR    0x1c
#define K210_SYSCTL_CLK_SEL0     0x20
#define K210_SYSCTL_CLK_SEL1     0x24
#define K210_SYSCTL_CLK_EN_CENT  0x28
#define K210_SYSCTL_CLK_EN_PERI  0x2c
#define K210_SYSCTL_SOFT_RESET   0x30
#define K210_SYSCTL_PERI_RESET   0x34
#define K210_SYSCTL_CLK_TH0      0x38
#define K210_SYSCTL_CLK_TH1      0x3c
#define K210_SYSCTL_CLK_TH2      0x40
#define K210_SYSCTL_CLK_TH3      0x44
#define K210_SYSCTL_CLK_TH4      0x48
#define K210_SYSCTL_CLK_TH5      0x4c
#define K210_SYSCTL_CLK_TH6      0x50
#define K210_SYSCTL_MISC         0x54
#define K210_SYSCTL_PERI         0x58
#define K210_SYSCTL_SPI_SLEEP    0x5c
#define K210_SYSCTL_SPI3_XIP     (1 << 15) /* in K210_SYSCTL_PERI */
#define K210_SYSCTL_RESET_STATUS 0x60
#define K210_SYSCTL_DMA_SEL0     0x64
#define K210_SYSCTL_DMA_SEL1     0x68
#define K210_SYSCTL_POWER_SEL    0x6c
#define K210_SYSCTL_END          0x70

/* pll0, pll1, pll2. The factor fields hold the factor minus one. */
#define K210_PLL_CLKR_SHIFT      0  /* 4 bits */
#define K210_PLL_CLKF_SHIFT      4  /* 6 bits */
#define K210_PLL_CLKOD_SHIFT     10 /* 4 bits */
#define K210_PLL_BWADJ_SHIFT     14 /* 6 bits; the SDK writes the same value as clkf */
#define K210_PLL_RESET           (1 << 20)
#define K210_PLL_POWER           (1 << 21)
#define K210_PLL_INTFB           (1 << 22)
#define K210_PLL_BYPASS          (1 << 23)
#define K210_PLL_TEST            (1 << 24)
#define K210_PLL_OUT_EN          (1 << 25)
#define K210_PLL2_CKIN_SEL_SHIFT 26 /* 2 bits: 0 crystal, 1 PLL0, 2 PLL1 */

/* pll_lock */
#define K210_PLL_LOCK_PLL0            (3 << 0)
#define K210_PLL_LOCK_PLL0_SLIP_CLEAR (1 << 2)
#define K210_PLL_LOCK_PLL1            (1 << 8)
#define K210_PLL_LOCK_PLL1_SLIP_CLEAR (1 << 10)
#define K210_PLL_LOCK_PLL2            (1 << 16)
#define K210_PLL_LOCK_PLL2_SLIP_CLEAR (1 << 18)

/* clk_sel0 */
#define K210_CLK_SEL0_ACLK_PLL0          (1 << 0)
#define K210_CLK_SEL0_ACLK_DIVIDER_SHIFT 1 /* 2 bits: PLL0 / (2 << value) */
#define K210_CLK_SEL0_APB0_SHIFT         3 /* 3 bits: ACLK / (value + 1) */
#define K210_CLK_SEL0_APB1_SHIFT         6
#define K210_CLK_SEL0_APB2_SHIFT         9
#define K210_CLK_SEL0_SPI3_PLL0          (1 << 12)
#define K210_CLK_TH1_SPI2_SHIFT          16 /* 8 bits: source / (2 * (value + 1)) */
#define K210_CLK_TH1_SPI3_SHIFT          24
#define K210_CLK_SEL0_TIMER0_PLL0        (1 << 13)
#define K210_CLK_SEL0_TIMER1_PLL0        (1 << 14)
#define K210_CLK_SEL0_TIMER2_PLL0        (1 << 15)

/* clk_en_cent */
#define K210_CLK_EN_CPU   (1 << 0)
#define K210_CLK_EN_SRAM0 (1 << 1)
#define K210_CLK_EN_SRAM1 (1 << 2)
#define K210_CLK_EN_APB0  (1 << 3)
#define K210_CLK_EN_APB1  (1 << 4)
#define K210_CLK_EN_APB2  (1 << 5)

/* Bit numbers in clk_en_peri and, except OTP, in peri_reset. The others are reserved. */
#define K210_PERI_GATES  0x2fffffff
#define K210_PERI_RESETS 0x27ffffff
#define K210_PERI_ROM    0
#define K210_PERI_DMA    1
#define K210_PERI_AI     2
#define K210_PERI_DVP    3
#define K210_PERI_FFT    4
#define K210_PERI_GPIO   5
#define K210_PERI_SPI0   6
#define K210_PERI_SPI1   7
#define K210_PERI_SPI2   8
#define K210_PERI_SPI3   9
#define K210_PERI_I2S0   10
#define K210_PERI_I2C0   13
#define K210_PERI_UART1  16
#define K210_PERI_UART2  17
#define K210_PERI_UART3  18
#define K210_PERI_AES    19
#define K210_PERI_FPIOA  20
#define K210_PERI_TIMER0 21
#define K210_PERI_TIMER1 22
#define K210_PERI_TIMER2 23
#define K210_PERI_WDT0   24
#define K210_PERI_WDT1   25
#define K210_PERI_SHA    26
#define K210_PERI_OTP    27
#define K210_PERI_RTC    29

/* soft_reset */
#define K210_SOFT_RESET_CHIP (1 << 0)

/* clk_th0: divisors minus one */
#define K210_CLK_TH0_SRAM0_SHIFT 0
#define K210_CLK_TH0_SRAM1_SHIFT 4
#define K210_CLK_TH0_AI_SHIFT    8 /* 4 bits */
#define K210_CLK_TH0_DVP_SHIFT   12
#define K210_CLK_TH0_ROM_SHIFT   16

/* clk_th6: crystal / ((value + 1) * 2) */
#define K210_CLK_TH6_WDT0_SHIFT 0
#define K210_CLK_TH6_WDT1_SHIFT 8

/* reset_status: read priority wdt0, wdt1, soft, else pin or power; write CLEAR afterwards */
#define K210_RESET_STATUS_CLEAR (1 << 0)
#define K210_RESET_STATUS_PIN   (1 << 1)
#define K210_RESET_STATUS_WDT0  (1 << 2)
#define K210_RESET_STATUS_WDT1  (1 << 3)
#define K210_RESET_STATUS_SOFT  (1 << 4)

/* dma_sel0 holds channels 0..4, dma_sel1 channel 5, six bits each: one of these request numbers. */
#define K210_DMA_SEL_BITS     6
#define K210_DMA_REQ_SPI0_RX  0
#define K210_DMA_REQ_SPI0_TX  1
#define K210_DMA_REQ_SPI1_RX  2
#define K210_DMA_REQ_SPI1_TX  3
#define K210_DMA_REQ_SPI2_RX  4
#define K210_DMA_REQ_SPI2_TX  5
#define K210_DMA_REQ_SPI3_RX  6
#define K210_DMA_REQ_SPI3_TX  7
#define K210_DMA_REQ_UART1_RX 14
#define K210_DMA_REQ_UART1_TX 15
#define K210_DMA_REQ_UART2_RX 16
#define K210_DMA_REQ_UART2_TX 17
#define K210_DMA_REQ_UART3_RX 18
#define K210_DMA_REQ_UART3_TX 19
#define K210_DMA_REQ_AES      20
#define K210_DMA_REQ_SHA_RX   21
#define K210_DMA_REQ_KPU_RX   22
#define K210_DMA_REQ_COUNT    33

#endif
