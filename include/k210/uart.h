/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * UART1..3 (Synopsys DesignWare 16550, version 4.0.1, 16-byte FIFOs) and UARTHS (SiFive UART,
 * 8-entry FIFOs). Sources: K210 standalone SDK lib/drivers/include/uart.h, uart.c, uarths.h;
 * laanwj/k210-sdk-stuff doc/memory_map (CTR value, FIFO depth, features); embeddedgo/kendryte
 * hal/uart/periph.go (what the CPR register says on silicon).
 *
 * The core has been built without FIFO status (CPR: FIFO_STAT no): there are no levels of the
 * FIFOs to read, and of USR only BUSY exists. It is set while a character is sent or received and
 * while a FIFO holds one; LCR, and with it the divisor, cannot be written then (Synopsys
 * DW_apb_uart data book; Linux 8250_dw.c): the write is ignored and raises K210_UART_IIR_BUSY,
 * which a read of USR ends.
 *
 * Bit rate of UART1..3: APB0 / (16 * (DLH:DLL + DLF / 16)), so with D = APB0 / rate
 * DLH = D >> 12, DLL = (D >> 4) & 255, DLF = D & 15. Bit rate of UARTHS: CPU / (div + 1).
 *
 * Trap: with IER bit 7 (programmable THRE mode) and the FIFOs on, LSR bit 5 means "transmit FIFO
 * full", the opposite of its plain 16550 meaning (K210 standalone SDK uart.c waits while it is 1).
 */
#ifndef K210_UART_H
#define K210_UART_H

#define K210_UART_FIFO_DEPTH 16

#define K210_UART_RBR       0x00 /* read, LCR.DLAB = 0 */
#define K210_UART_THR       0x00 /* write, LCR.DLAB = 0 */
#define K210_UART_DLL       0x00 /* LCR.DLAB = 1 */
#define K210_UART_IER       0x04
#define K210_UART_DLH       0x04 /* LCR.DLAB = 1 */
#define K210_UART_IIR       0x08 /* read */
#define K210_UART_FCR       0x08 /* write */
#define K210_UART_LCR       0x0c
#define K210_UART_MCR       0x10
#define K210_UART_LSR       0x14
#define K210_UART_MSR       0x18
#define K210_UART_SCR       0x1c
#define K210_UART_SRBR      0x30 /* 16 shadows of RBR and THR up to 0x6c */
#define K210_UART_FAR       0x70
#define K210_UART_USR       0x7c
#define K210_UART_TFL       0x80 /* levels of the FIFOs: read as 0 on this chip */
#define K210_UART_RFL       0x84
#define K210_UART_SRR       0x88
#define K210_UART_SRTS      0x8c
#define K210_UART_SDMAM     0x94
#define K210_UART_SFE       0x98
#define K210_UART_SRT       0x9c /* shadow of the receive trigger level */
#define K210_UART_STET      0xa0 /* shadow of the transmit-empty trigger level */
#define K210_UART_HTX       0xa4
#define K210_UART_DMASA     0xa8
#define K210_UART_TCR       0xac
#define K210_UART_DLF       0xc0 /* divisor fraction in sixteenths, 4 bits */
#define K210_UART_CPR       0xf4
#define K210_UART_UCV       0xf8
#define K210_UART_CTR       0xfc
#define K210_UART_CTR_VALUE 0x44570110
/* 16-byte FIFOs, DMA_EXTRA, encoded parameters, SHADOW, additional features, SIR, THRE mode, 32-bit
 * bus; no FIFO_STAT (bit 10), no FIFO_ACCESS (9), no flow control (4). */
#define K210_UART_CPR_VALUE 0x00013962

#define K210_UART_IER_RX_DATA  (1 << 0)
#define K210_UART_IER_TX_EMPTY (1 << 1)
#define K210_UART_IER_LINE     (1 << 2)
#define K210_UART_IER_MODEM    (1 << 3)
#define K210_UART_IER_PTHRE    (1 << 7)

#define K210_UART_IIR_ID_MASK       0x0f
#define K210_UART_IIR_MODEM         0x00
#define K210_UART_IIR_NONE          0x01
#define K210_UART_IIR_TX_EMPTY      0x02
#define K210_UART_IIR_RX_DATA       0x04
#define K210_UART_IIR_LINE          0x06
#define K210_UART_IIR_BUSY          0x07
#define K210_UART_IIR_CHAR_TIMEOUT  0x0c
#define K210_UART_IIR_FIFOS_ENABLED 0xc0

#define K210_UART_FCR_ENABLE         (1 << 0)
#define K210_UART_FCR_CLEAR_RX       (1 << 1)
#define K210_UART_FCR_CLEAR_TX       (1 << 2)
#define K210_UART_FCR_DMA_MODE       (1 << 3)
#define K210_UART_FCR_TX_EMPTY_SHIFT 4 /* 2 bits: 0 empty, 1 two bytes, 2 quarter, 3 half full */
#define K210_UART_FCR_RX_LEVEL_SHIFT \
	6 /* 2 bits: 0 one byte, 1 quarter, 2 half, 3 two less than full */

#define K210_UART_LCR_8N1  0x03
#define K210_UART_LCR_DLAB (1 << 7)

#define K210_UART_LSR_DATA_READY (1 << 0)
#define K210_UART_LSR_OVERRUN    (1 << 1)
#define K210_UART_LSR_PARITY     (1 << 2)
#define K210_UART_LSR_FRAMING    (1 << 3)
#define K210_UART_LSR_BREAK      (1 << 4)
#define K210_UART_LSR_THRE       (1 << 5) /* inverted meaning in PTHRE mode, see above */
#define K210_UART_LSR_TX_IDLE    (1 << 6) /* FIFO and shift register empty */
#define K210_UART_LSR_FIFO_ERROR (1 << 7)

#define K210_UART_USR_BUSY (1 << 0)

/* UARTHS */
#define K210_UARTHS_FIFO_DEPTH 8
#define K210_UARTHS_TXDATA     0x00
#define K210_UARTHS_RXDATA     0x04
#define K210_UARTHS_TXCTRL     0x08
#define K210_UARTHS_RXCTRL     0x0c
#define K210_UARTHS_IE         0x10
#define K210_UARTHS_IP         0x14
#define K210_UARTHS_DIV        0x18 /* 16 bits */

#define K210_UARTHS_TXDATA_FULL  0x80000000
#define K210_UARTHS_RXDATA_EMPTY 0x80000000
#define K210_UARTHS_CTRL_ENABLE  (1 << 0)
#define K210_UARTHS_TXCTRL_NSTOP (1 << 1)
#define K210_UARTHS_LEVEL_SHIFT  16 /* 3 bits: interrupt when fewer (tx) or more (rx) entries */
#define K210_UARTHS_TX_WATERMARK (1 << 0)
#define K210_UARTHS_RX_WATERMARK (1 << 1)

#endif
