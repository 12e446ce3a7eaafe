/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * High-speed GPIO (SiFive, 32 pins, one PLIC source per pin) and the 8-pin DesignWare GPIO.
 * Sources: K210 standalone SDK lib/drivers/include/gpiohs.h, gpio.h; laanwj/k210-sdk-stuff doc.
 */
#ifndef K210_GPIOHS_H
#define K210_GPIOHS_H

#define K210_GPIOHS_INPUT_VAL  0x00
#define K210_GPIOHS_INPUT_EN   0x04
#define K210_GPIOHS_OUTPUT_EN  0x08
#define K210_GPIOHS_OUTPUT_VAL 0x0c
#define K210_GPIOHS_PULLUP_EN  0x10
#define K210_GPIOHS_DRIVE      0x14
#define K210_GPIOHS_RISE_IE    0x18
#define K210_GPIOHS_RISE_IP    0x1c /* the ip registers are write-1-to-clear */
#define K210_GPIOHS_FALL_IE    0x20
#define K210_GPIOHS_FALL_IP    0x24
#define K210_GPIOHS_HIGH_IE    0x28
#define K210_GPIOHS_HIGH_IP    0x2c
#define K210_GPIOHS_LOW_IE     0x30
#define K210_GPIOHS_LOW_IP     0x34
#define K210_GPIOHS_IOF_EN     0x38
#define K210_GPIOHS_IOF_SEL    0x3c
#define K210_GPIOHS_OUTPUT_XOR 0x40

#define K210_GPIO_DATA_OUTPUT 0x00
#define K210_GPIO_DIRECTION   0x04
#define K210_GPIO_SOURCE      0x08
#define K210_GPIO_INT_ENABLE  0x30
#define K210_GPIO_INT_MASK    0x34
#define K210_GPIO_INT_LEVEL   0x38 /* 1 = edge, 0 = level */
#define K210_GPIO_POLARITY    0x3c
#define K210_GPIO_INT_STATUS  0x40
#define K210_GPIO_INT_RAW     0x44
#define K210_GPIO_DEBOUNCE    0x48
#define K210_GPIO_INT_CLEAR   0x4c
#define K210_GPIO_DATA_INPUT  0x50
#define K210_GPIO_SYNC        0x60
#define K210_GPIO_ID          0x64
#define K210_GPIO_BOTH_EDGE   0x68

#endif
