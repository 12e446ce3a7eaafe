/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Camera interface. Source: K210 standalone SDK lib/drivers/include/dvp.h, dvp.c.
 *
 * A camera sends frames all the time. DVP_EN, set when a frame starts or before, takes one frame
 * into memory: three planes of bytes for the KPU, RGB565 for the display. With AUTO it stays set.
 * Every flag of sts has a write-enable bit above it; writing a flag of a frame clears it.
 */
#ifndef K210_DVP_H
#define K210_DVP_H

#define K210_DVP_CFG      0x00
#define K210_DVP_R_ADDR   0x04
#define K210_DVP_G_ADDR   0x08
#define K210_DVP_B_ADDR   0x0c
#define K210_DVP_CMOS_CFG 0x10
#define K210_DVP_SCCB_CFG 0x14
#define K210_DVP_SCCB_CTL 0x18
#define K210_DVP_AXI      0x1c
#define K210_DVP_STS      0x20
#define K210_DVP_REVERSE  0x24
#define K210_DVP_RGB_ADDR 0x28
#define K210_DVP_END      0x2c

#define K210_DVP_CFG_START_INT        (1 << 0)
#define K210_DVP_CFG_FINISH_INT       (1 << 1)
#define K210_DVP_CFG_AI_OUT           (1 << 2)
#define K210_DVP_CFG_DISPLAY_OUT      (1 << 3)
#define K210_DVP_CFG_AUTO             (1 << 4)
#define K210_DVP_CFG_BURST            (1 << 8) /* bursts of four beats of eight pixels, not one */
#define K210_DVP_CFG_FORMAT_SHIFT     9        /* 2 bits: what the camera sends */
#define K210_DVP_FORMAT_RGB           0
#define K210_DVP_FORMAT_YUV           1
#define K210_DVP_FORMAT_Y             3
#define K210_DVP_CFG_HREF_BURST_SHIFT 12 /* 8 bits: bursts in a line */
#define K210_DVP_CFG_LINES_SHIFT      20 /* 10 bits */

/* Clock to the camera: APB1 (K210 SDK) divided by 2 * (divider + 1). */
#define K210_DVP_CMOS_CLOCK_DIV_SHIFT 0 /* 8 bits */
#define K210_DVP_CMOS_CLOCK_ENABLE    (1 << 8)
#define K210_DVP_CMOS_RESET           (1 << 16) /* 1: not in reset */
#define K210_DVP_CMOS_POWER_DOWN      (1 << 24)

#define K210_DVP_SCCB_BYTES_SHIFT 0 /* 2 bits: bytes sent - 1 */
#define K210_DVP_SCCB_LCNT_SHIFT  8
#define K210_DVP_SCCB_HCNT_SHIFT  16
#define K210_DVP_SCCB_RDATA_SHIFT 24
/* sccb_ctl: device address with the read bit 0, then what is sent, lowest byte first. */
#define K210_DVP_SCCB_CTL_BYTE(n) (8 * (n))

#define K210_DVP_STS_FRAME_START     (1 << 0)
#define K210_DVP_STS_FRAME_START_WE  (1 << 1)
#define K210_DVP_STS_FRAME_FINISH    (1 << 8)
#define K210_DVP_STS_FRAME_FINISH_WE (1 << 9)
#define K210_DVP_STS_DVP_EN          (1 << 16)
#define K210_DVP_STS_DVP_EN_WE       (1 << 17)
#define K210_DVP_STS_SCCB_EN         (1 << 24) /* clears itself when the transfer ends */
#define K210_DVP_STS_SCCB_EN_WE      (1 << 25)

#define K210_DVP_WIDTH_MAX  640
#define K210_DVP_HEIGHT_MAX 480

#endif
