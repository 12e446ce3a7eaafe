/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Address map and interrupt numbers of the K210. Plain numbers, so that assembler can use them.
 * Sources: K210 standalone SDK lib/bsp/include/platform.h and lib/drivers/include/plic.h; Linux
 * arch/riscv/boot/dts/canaan/k210.dtsi; Kendryte data sheet chapter 3.
 */
#ifndef K210_MEMORY_MAP_H
#define K210_MEMORY_MAP_H

#define K210_HART_COUNT 2
#define K210_CRYSTAL_HZ 26000000

/* The 0x4... window bypasses the L1 caches, the 0x8... window of the same bytes is cached. */
#define K210_SRAM_UNCACHED_BASE    0x40000000
#define K210_SRAM_CACHED_BASE      0x80000000
#define K210_SRAM_SIZE             0x00600000
#define K210_AI_SRAM_UNCACHED_BASE 0x40600000
#define K210_AI_SRAM_CACHED_BASE   0x80600000
#define K210_CACHED_OFFSET         0x40000000 /* cached minus uncached address */

#define K210_RESET_VECTOR_BASE 0x00001000
#define K210_MASK_ROM_BASE     0x88000000
#define K210_MASK_ROM_SIZE     0x00020000

#define K210_CLINT_BASE  0x02000000
#define K210_CLINT_SIZE  0x0000c000
#define K210_PLIC_BASE   0x0c000000
#define K210_PLIC_SIZE   0x04000000
#define K210_UARTHS_BASE 0x38000000
#define K210_GPIOHS_BASE 0x38001000
#define K210_KPU_BASE    0x40800000
#define K210_KPU_SIZE    0x00c00000
#define K210_FFT_BASE    0x42000000
#define K210_FFT_SIZE    0x00400000
#define K210_DMAC_BASE   0x50000000
#define K210_GPIO_BASE   0x50200000
#define K210_UART1_BASE  0x50210000
#define K210_UART2_BASE  0x50220000
#define K210_UART3_BASE  0x50230000
#define K210_SPI2_BASE   0x50240000 /* slave only */
#define K210_I2S0_BASE   0x50250000
#define K210_I2S1_BASE   0x50260000
#define K210_I2S2_BASE   0x50270000
#define K210_I2C0_BASE   0x50280000
#define K210_I2C1_BASE   0x50290000
#define K210_I2C2_BASE   0x502a0000
#define K210_FPIOA_BASE  0x502b0000
#define K210_SHA256_BASE 0x502c0000
#define K210_TIMER0_BASE 0x502d0000
#define K210_TIMER1_BASE 0x502e0000
#define K210_TIMER2_BASE 0x502f0000
#define K210_WDT0_BASE   0x50400000
#define K210_WDT1_BASE   0x50410000
#define K210_OTP_BASE    0x50420000
#define K210_DVP_BASE    0x50430000
#define K210_SYSCTL_BASE 0x50440000
#define K210_AES_BASE    0x50450000
#define K210_RTC_BASE    0x50460000
#define K210_SPI0_BASE   0x52000000
#define K210_SPI1_BASE   0x53000000
#define K210_SPI3_BASE   0x54000000

/* PLIC source numbers. */
#define K210_IRQ_SPI0     1
#define K210_IRQ_SPI1     2
#define K210_IRQ_SPI2     3
#define K210_IRQ_SPI3     4
#define K210_IRQ_I2S0     5
#define K210_IRQ_I2C0     8
#define K210_IRQ_UART1    11
#define K210_IRQ_UART2    12
#define K210_IRQ_UART3    13
#define K210_IRQ_TIMER0_A 14 /* channels 0 and 1; B, with channels 2 and 3, is one higher */
#define K210_IRQ_TIMER1_A 16
#define K210_IRQ_TIMER2_A 18
#define K210_IRQ_RTC      20
#define K210_IRQ_WDT0     21
#define K210_IRQ_WDT1     22
#define K210_IRQ_GPIO     23
#define K210_IRQ_DVP      24
#define K210_IRQ_KPU      25
#define K210_IRQ_FFT      26
#define K210_IRQ_DMA0     27 /* plus channel number 0..5 */
#define K210_IRQ_UARTHS   33
#define K210_IRQ_GPIOHS0  34 /* plus pin number 0..31 */
#define K210_IRQ_COUNT    66 /* source numbers 1..65 */

#endif
