/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_GPIOHS_H
#define K210_EMU_DEVICES_GPIOHS_H

#include <stdbool.h>

struct board;

struct gpiohs;

bool gpiohs_create(struct board *board);

/* Level that the outside gives to a pin; all are high unless something pulls them down. */
void gpiohs_set_pin(struct gpiohs *gpiohs, unsigned pin, bool level);
/* That level, whatever the registers say. */
bool gpiohs_outside(const struct gpiohs *gpiohs, unsigned pin);

/* Level that the program drives a pin to; false if it does not drive it. */
bool gpiohs_output(const struct gpiohs *gpiohs, unsigned pin);

#endif
