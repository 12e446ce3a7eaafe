/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Pin multiplexer. */
#ifndef FIRMWARE_HAL_PINS_H
#define FIRMWARE_HAL_PINS_H

#include <stdint.h>

/* Gives @pin the function and settings of an io word (k210/fpioa.h); any other pin with that
 * function loses it. */
void pins_route(unsigned pin, uint32_t word);
/* The pin has no function and is not driven. */
void pins_release(unsigned pin);

#endif
