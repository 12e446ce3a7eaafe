/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Registers of the KPU, 64 bits each (the layer words are in kpu_layer.h). Source: K210 standalone
 * SDK lib/drivers/include/kpu.h, kpu.c. The AI clock gate (SYSCTL clk_en_peri) must be on and PLL1
 * running before the first access, or the bus hangs.
 */
#ifndef K210_KPU_REGISTERS_H
#define K210_KPU_REGISTERS_H

#define K210_KPU_LAYER_ARGUMENT_FIFO 0x00 /* twelve 64-bit writes start a layer */
#define K210_KPU_INTERRUPT_STATUS    0x08
#define K210_KPU_INTERRUPT_RAW       0x10
#define K210_KPU_INTERRUPT_MASK      0x18 /* 1 = disabled */
#define K210_KPU_INTERRUPT_CLEAR     0x20
#define K210_KPU_FIFO_THRESHOLD      0x28
#define K210_KPU_FIFO_DATA_OUT       0x30 /* output FIFO, DMA source, 64 bits a time */
#define K210_KPU_FIFO_CTRL           0x38
#define K210_KPU_EIGHT_BIT_MODE      0x40 /* 1 = 8-bit weights, 0 = 16-bit weights */
#define K210_KPU_END                 0x48

/* interrupt_status, _raw, _mask, _clear */
#define K210_KPU_INT_CALC_DONE        (1 << 0)
#define K210_KPU_INT_CFG_ALMOST_EMPTY (1 << 1)
#define K210_KPU_INT_CFG_ALMOST_FULL  (1 << 2)
#define K210_KPU_INT_ALL              7

/* fifo_threshold */
#define K210_KPU_THRESHOLD_FULL_SHIFT  0 /* 4 bits; SDK: 10 */
#define K210_KPU_THRESHOLD_EMPTY_SHIFT 4 /* 4 bits; SDK: 1 */

/* fifo_ctrl: flush, active low */
#define K210_KPU_FIFO_CTRL_DMA  (1 << 0)
#define K210_KPU_FIFO_CTRL_GS   (1 << 1)
#define K210_KPU_FIFO_CTRL_CFG  (1 << 2)
#define K210_KPU_FIFO_CTRL_CMD  (1 << 3)
#define K210_KPU_FIFO_CTRL_RESP (1 << 4)
#define K210_KPU_FIFO_CTRL_ALL  31

#endif
