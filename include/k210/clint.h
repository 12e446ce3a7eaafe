/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Core-local interruptor. mtime advances once per 50 CPU clocks, so it changes speed with the CPU
 * clock. Sources: K210 standalone SDK lib/drivers/include/clint.h, clint.c; u-boot clk_k210.c.
 */
#ifndef K210_CLINT_H
#define K210_CLINT_H

#define K210_CLINT_MSIP(hart)     (4 * (hart))
#define K210_CLINT_MTIMECMP(hart) (0x4000 + 8 * (hart))
#define K210_CLINT_MTIME          0xbff8

#define K210_CLINT_CLOCK_DIVISOR 50

#endif
