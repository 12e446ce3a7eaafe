/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * DesignWare SSI masters (SPI0, SPI1, SPI3) and the slave SPI2. SPI3 has its ctrlr0 fields at other
 * positions. Source: K210 standalone SDK lib/drivers/include/spi.h, spi.c.
 */
#ifndef K210_SPI_H
#define K210_SPI_H

#define K210_SPI_CTRLR0          0x00
#define K210_SPI_CTRLR1          0x04 /* frames to receive - 1 */
#define K210_SPI_SSIENR          0x08
#define K210_SPI_SER             0x10
#define K210_SPI_BAUDR           0x14
#define K210_SPI_TXFTLR          0x18
#define K210_SPI_RXFTLR          0x1c
#define K210_SPI_TXFLR           0x20
#define K210_SPI_RXFLR           0x24
#define K210_SPI_SR              0x28
#define K210_SPI_IMR             0x2c
#define K210_SPI_ISR             0x30
#define K210_SPI_RISR            0x34
#define K210_SPI_TXOICR          0x38
#define K210_SPI_RXOICR          0x3c
#define K210_SPI_RXUICR          0x40
#define K210_SPI_MSTICR          0x44
#define K210_SPI_ICR             0x48
#define K210_SPI_DMACR           0x4c /* bit 0 receive, bit 1 transmit */
#define K210_SPI_DMATDLR         0x50
#define K210_SPI_DMARDLR         0x54
#define K210_SPI_IDR             0x58
#define K210_SPI_VERSION         0x5c
#define K210_SPI_DR              0x60 /* 36 words up to 0xec */
#define K210_SPI_RX_SAMPLE_DELAY 0xf0
#define K210_SPI_SPI_CTRLR0      0xf4
#define K210_SPI_XIP_MODE_BITS   0xfc
#define K210_SPI_ENDIAN          0x118

#define K210_SPI_SR_BUSY         (1 << 0)
#define K210_SPI_SR_TX_NOT_FULL  (1 << 1)
#define K210_SPI_SR_TX_EMPTY     (1 << 2)
#define K210_SPI_SR_RX_NOT_EMPTY (1 << 3)
#define K210_SPI_SR_RX_FULL      (1 << 4)

/* A receive FIFO filled to 32 raises an overrun: use 31 (Linux spi-dw-mmio.c). */
#define K210_SPI_FIFO_DEPTH        32
#define K210_SPI_FIFO_DEPTH_USABLE 31
/* SPI0..2: Linux k210.dtsi, spi-max-frequency. */
#define K210_SPI_SLAVE_HZ_MAX 25000000u
/* A slave needs a clock of its own so many times as fast as the master's (Synopsys DW_apb_ssi data
 * book; its versions say 8 or 12 for one that sends). */
#define K210_SPI_SLAVE_RECEIVE_RATIO 6u
#define K210_SPI_SLAVE_SEND_RATIO    12u

/* ctrlr0 field positions */
#define K210_SPI_CTRLR0_DFS_SHIFT   16 /* frame bits - 1 */
#define K210_SPI_CTRLR0_MODE_SHIFT  6
#define K210_SPI_CTRLR0_TMOD_SHIFT  8
#define K210_SPI_CTRLR0_FRF_SHIFT   21
#define K210_SPI_CTRLR0_SLV_OE      (1 << 10) /* 1 = slave output disabled */
#define K210_SPI3_CTRLR0_DFS_SHIFT  0
#define K210_SPI3_CTRLR0_MODE_SHIFT 8
#define K210_SPI3_CTRLR0_TMOD_SHIFT 10
#define K210_SPI3_CTRLR0_FRF_SHIFT  22
#define K210_SPI_TMOD_TX_RX         0
#define K210_SPI_TMOD_TX            1
#define K210_SPI_TMOD_RX            2
#define K210_SPI_TMOD_EEPROM        3 /* send the command, then receive */

/* spi_ctrlr0: instruction and address of the dual and quad formats. */
#define K210_SPI_TRANS_TYPE_SHIFT         0 /* 2 bits */
#define K210_SPI_TRANS_BOTH_STANDARD      0 /* instruction and address on one wire */
#define K210_SPI_TRANS_ADDRESS_WIDE       1 /* the address in the frame format */
#define K210_SPI_TRANS_BOTH_WIDE          2
#define K210_SPI_ADDRESS_LENGTH_SHIFT     2  /* 4 bits, units of 4 bits */
#define K210_SPI_INSTRUCTION_LENGTH_SHIFT 8  /* 2 bits: 0, 4, 8, 16 bits */
#define K210_SPI_WAIT_CYCLES_SHIFT        11 /* 5 bits */

#endif
