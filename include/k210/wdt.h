/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * DesignWare watchdog. Counts down from 2^(16 + TOP) in clocks of 26 MHz / ((clk_th6 + 1) * 2), so
 * 13 MHz by default: about 5 ms (TOP 0) to 165 s (TOP 15). Source: K210 standalone SDK
 * lib/drivers/include/wdt.h, wdt.c.
 */
#ifndef K210_WDT_H
#define K210_WDT_H

#define K210_WDT_CR   0x00
#define K210_WDT_TORR 0x04
#define K210_WDT_CCVR 0x08 /* current count */
#define K210_WDT_CRR  0x0c /* write K210_WDT_CRR_FEED */
#define K210_WDT_STAT 0x10 /* bit 0: interrupt active */
#define K210_WDT_EOI  0x14 /* read clears the interrupt */

#define K210_WDT_CR_ENABLE           (1 << 0)
#define K210_WDT_CR_INTERRUPT_MODE   (1 << 1) /* first time-out interrupts, the second resets */
#define K210_WDT_TORR_TOP_SHIFT      0        /* 4 bits */
#define K210_WDT_TORR_TOP_INIT_SHIFT 4        /* 4 bits, used for the first period */
#define K210_WDT_CRR_FEED            0x76

#endif
