/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Pin multiplexer. Sources: K210 standalone SDK lib/drivers/include/fpioa.h, fpioa.c; Linux
 * drivers/pinctrl/pinctrl-k210.c.
 */
#ifndef K210_FPIOA_H
#define K210_FPIOA_H

#define K210_FPIOA_PIN_COUNT 48
#define K210_FPIOA_IO(pin)   (4 * (pin))
#define K210_FPIOA_TIE_EN    0xc0 /* 8 words, one bit per function: input tied to tie_val */
#define K210_FPIOA_TIE_VAL   0xe0 /* 8 words */
#define K210_FPIOA_END       0x100

/* Fields of an io word. */
#define K210_FPIOA_FUNCTION_MASK 0xff
#define K210_FPIOA_DRIVE_SHIFT   8 /* 4 bits */
#define K210_FPIOA_OE            (1 << 12)
#define K210_FPIOA_OE_INVERT     (1 << 13)
#define K210_FPIOA_DO_SEL        (1 << 14)
#define K210_FPIOA_DO_INVERT     (1 << 15)
#define K210_FPIOA_PULL_UP       (1 << 16)
#define K210_FPIOA_PULL_DOWN     (1 << 17)
#define K210_FPIOA_SLEW          (1 << 19)
#define K210_FPIOA_IE            (1 << 20)
#define K210_FPIOA_IE_INVERT     (1 << 21)
#define K210_FPIOA_DI_INVERT     (1 << 22)
#define K210_FPIOA_SCHMITT       (1 << 23)
#define K210_FPIOA_PAD_INPUT     0x80000000

/* Function numbers. */
#define K210_FUNCTION_JTAG_TCLK 0
#define K210_FUNCTION_SPI0_D0   4
#define K210_FUNCTION_SPI0_SS0  12
#define K210_FUNCTION_SPI0_SCLK 17
#define K210_FUNCTION_UARTHS_RX 18
#define K210_FUNCTION_UARTHS_TX 19
#define K210_FUNCTION_GPIOHS0   24 /* .. 55 */
#define K210_FUNCTION_GPIO0     56 /* .. 63 */
#define K210_FUNCTION_UART1_RX  64
#define K210_FUNCTION_UART1_TX  65
#define K210_FUNCTION_UART2_RX  66
#define K210_FUNCTION_UART2_TX  67
#define K210_FUNCTION_UART3_RX  68
#define K210_FUNCTION_UART3_TX  69
#define K210_FUNCTION_SPI1_D0   70
#define K210_FUNCTION_SPI2_D0   84
#define K210_FUNCTION_SPI2_SS   85
#define K210_FUNCTION_SPI2_SCLK 86
#define K210_FUNCTION_RESERVED0 120
#define K210_FUNCTION_I2C0_SCLK 126

/*
 * io words of the console pins as the SDK's function defaults give them: receiver with input
 * enable, Schmitt trigger; transmitter with full drive and output enable.
 */
#define K210_FPIOA_UART_RX(function) ((function) | K210_FPIOA_IE | K210_FPIOA_SCHMITT)
#define K210_FPIOA_UART_TX(function) \
	((function) | (0xf << K210_FPIOA_DRIVE_SHIFT) | K210_FPIOA_OE | K210_FPIOA_SCHMITT)

/*
 * A pin is an output while OE and (OE_INVERT xor the function's own signal), an input while IE and
 * (IE_INVERT xor the function's) (pinctrl-k210.c). Most functions give 1 for what they do. The data
 * functions of SPI0..2 give 0, so both SDK and Linux set both inversions for them. With this word
 * the block turns the pin round by itself.
 */
#define K210_FPIOA_SPI_DATA(function)                                                          \
	((function) | (0xf << K210_FPIOA_DRIVE_SHIFT) | K210_FPIOA_OE | K210_FPIOA_OE_INVERT | \
	 K210_FPIOA_IE | K210_FPIOA_IE_INVERT | K210_FPIOA_SCHMITT)

/* Pins with a fixed job on every known board. */
#define K210_PIN_CONSOLE_RX 4
#define K210_PIN_CONSOLE_TX 5
#define K210_PIN_BOOT       16 /* low at reset: mask ROM enters ISP */

#endif
