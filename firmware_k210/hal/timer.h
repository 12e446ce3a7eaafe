/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Time of the board: a monotonic clock in microseconds and one alarm, from the CLINT. */
#ifndef FIRMWARE_HAL_TIMER_H
#define FIRMWARE_HAL_TIMER_H

#include <stdint.h>

/* Microseconds since mtime was zero; clocks_init() must have set the CPU clock. */
uint64_t timer_now(void);
/* The timer interrupt wakes the hart at @when (microseconds of timer_now()), once. */
void timer_set_alarm(uint64_t when);
/* Called with the timer interrupt: it stays off until the next alarm is set. */
void timer_interrupt(void);

#endif
