/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Platform-level interrupt controller: 65 sources, 7 priorities. The vendor code uses the machine
 * contexts only: 0 for hart 0, 2 for hart 1. Sources: K210 standalone SDK
 * lib/drivers/include/plic.h; Linux k210.dtsi (order of contexts).
 */
#ifndef K210_PLIC_H
#define K210_PLIC_H

#define K210_PLIC_CONTEXT_COUNT         4
#define K210_PLIC_MACHINE_CONTEXT(hart) (2 * (hart))

#define K210_PLIC_PRIORITY(source)   (4 * (source))
#define K210_PLIC_PENDING            0x1000                      /* 3 words */
#define K210_PLIC_ENABLE(context)    (0x2000 + 0x80 * (context)) /* 3 words */
#define K210_PLIC_THRESHOLD(context) (0x200000 + 0x1000 * (context))
#define K210_PLIC_CLAIM(context)     (0x200004 + 0x1000 * (context)) /* write: complete */

#define K210_PLIC_PRIORITY_MAX 7

#endif
