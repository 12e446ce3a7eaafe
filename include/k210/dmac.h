/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Synopsys AXI DMA controller with 6 channels and 64-bit registers. Source: K210 standalone SDK
 * lib/drivers/include/dmac.h, dmac.c. Control and configuration words are 64 bits, so their fields
 * are given as shifts.
 *
 * One transfer: intclear = all ones; channel disabled; cfg; sar; dar; ctl; block_ts = items - 1;
 * DMAC cfg = enable | interrupts; chen bit with its write enable. The chen bit clears itself and
 * intstatus shows TRANSFER_DONE at the end. The request line of a hardware handshake is chosen in
 * SYSCTL dma_sel; src_per and dst_per are the channel's own number.
 */
#ifndef K210_DMAC_H
#define K210_DMAC_H

#define K210_DMAC_CHANNEL_COUNT 6

#define K210_DMAC_ID            0x000
#define K210_DMAC_COMPVER       0x008
#define K210_DMAC_CFG           0x010
#define K210_DMAC_CHEN          0x018
#define K210_DMAC_INTSTATUS     0x030
#define K210_DMAC_COM_INTCLEAR  0x038
#define K210_DMAC_COM_STATUS_EN 0x040
#define K210_DMAC_COM_SIGNAL_EN 0x048
#define K210_DMAC_COM_INTSTATUS 0x050
#define K210_DMAC_RESET         0x058

#define K210_DMAC_CHANNEL(channel) (0x100 + 0x100 * (channel))
/* Offsets inside a channel's block. */
#define K210_DMAC_SAR             0x00
#define K210_DMAC_DAR             0x08
#define K210_DMAC_BLOCK_TS        0x10 /* items - 1, 22 bits */
#define K210_DMAC_CTL             0x18
#define K210_DMAC_CH_CFG          0x20
#define K210_DMAC_LLP             0x28
#define K210_DMAC_CH_STATUS       0x30
#define K210_DMAC_SWHSSRC         0x38
#define K210_DMAC_SWHSDST         0x40
#define K210_DMAC_BLK_TFR_RESUME  0x48
#define K210_DMAC_AXI_ID          0x50
#define K210_DMAC_AXI_QOS         0x58
#define K210_DMAC_CH_INTSTATUS_EN 0x80
#define K210_DMAC_CH_INTSTATUS    0x88
#define K210_DMAC_CH_INTSIGNAL_EN 0x90
#define K210_DMAC_CH_INTCLEAR     0x98

/* cfg */
#define K210_DMAC_CFG_ENABLE     (1 << 0)
#define K210_DMAC_CFG_INT_ENABLE (1 << 1)

/* chen: an enable, suspend or abort bit is written only together with its write enable. */
#define K210_DMAC_CHEN_ENABLE_SHIFT  0
#define K210_DMAC_CHEN_ENABLE_WE     8
#define K210_DMAC_CHEN_SUSPEND_SHIFT 16
#define K210_DMAC_CHEN_SUSPEND_WE    24
#define K210_DMAC_CHEN_ABORT_SHIFT   32
#define K210_DMAC_CHEN_ABORT_WE      40

/* reset */
#define K210_DMAC_RESET_BIT (1 << 0)

/* ctl (bit positions) */
#define K210_DMAC_CTL_SMS        0 /* source master: 0 or 1 */
#define K210_DMAC_CTL_DMS        2
#define K210_DMAC_CTL_SRC_FIXED  4 /* 0 = address increments */
#define K210_DMAC_CTL_DST_FIXED  6
#define K210_DMAC_CTL_SRC_WIDTH  8 /* 3 bits: log2 of the item's bytes */
#define K210_DMAC_CTL_DST_WIDTH  11
#define K210_DMAC_CTL_SRC_MSIZE  14 /* 4 bits: burst of 1, 4, 8, 16, ... items */
#define K210_DMAC_CTL_DST_MSIZE  18
#define K210_DMAC_CTL_IOC_BLKTFR 58
#define K210_DMAC_CTL_LLI_LAST   62
#define K210_DMAC_CTL_LLI_VALID  63

/* channel cfg (bit positions) */
#define K210_DMAC_CH_CFG_SRC_MULTBLK 0 /* 2 bits: 0 contiguous, 1 reload, 2 shadow, 3 linked list */
#define K210_DMAC_CH_CFG_DST_MULTBLK 2
#define K210_DMAC_CH_CFG_TT_FC       32 /* 3 bits, below */
#define K210_DMAC_CH_CFG_HS_SEL_SRC  35 /* 0 hardware, 1 software handshake */
#define K210_DMAC_CH_CFG_HS_SEL_DST  36
#define K210_DMAC_CH_CFG_SRC_PER     39 /* 4 bits */
#define K210_DMAC_CH_CFG_DST_PER     44
#define K210_DMAC_CH_CFG_PRIORITY    49 /* 3 bits */

#define K210_DMAC_TT_FC_MEM_MEM       0
#define K210_DMAC_TT_FC_MEM_PERIPH    1
#define K210_DMAC_TT_FC_PERIPH_MEM    2
#define K210_DMAC_TT_FC_PERIPH_PERIPH 3

/* channel interrupt bits */
#define K210_DMAC_INT_BLOCK_DONE       0x1
#define K210_DMAC_INT_TRANSFER_DONE    0x2
#define K210_DMAC_INT_SRC_DECODE_ERROR 0x20
#define K210_DMAC_INT_DST_DECODE_ERROR 0x40

#endif
