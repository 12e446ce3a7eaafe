/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Clock tree, clock gates and resets. Everything the firmware relies on is written, nothing is
 * taken from reset values or from what the program before left behind.
 */
#ifndef FIRMWARE_HAL_CLOCKS_H
#define FIRMWARE_HAL_CLOCKS_H

#include <stdint.h>

/*
 * 806 MHz and 398.67 MHz are the frequencies next to 800 and 400 MHz that the PLLs can make from
 * the 26 MHz crystal with a reference of at least 13.3 MHz (u-boot clk_k210.c); MaixPy v1 runs
 * every board at them. With APB0 at half the CPU clock the divisor error at 1.5, 2 and 3 Mbaud is
 * 0.25 % each, which no other PLL0 setting near 800 MHz betters for all three.
 */
#define CLOCK_CPU_HZ  403000000u
#define CLOCK_APB0_HZ 201500000u
#define CLOCK_KPU_HZ  398666666u
/* What the divider of SPI3 gets, and what may come out of it (Linux dts, K210 data sheet). */
#define CLOCK_SPI3_HZ     403000000u
#define CLOCK_SPI3_MAX_HZ 100000000u

/* PLLs, dividers, gates, and a reset pulse for every peripheral; those not used stay in reset. */
void clocks_init(void);
/* Pulse on the reset line of @peripheral (K210_PERI_*): ends whatever the block is busy with. */
void clocks_reset(unsigned peripheral);
/* Routes request line @request (K210_DMA_REQ_*) to @channel of the DMA controller. */
void clocks_route_dma(unsigned channel, unsigned request);

#endif
