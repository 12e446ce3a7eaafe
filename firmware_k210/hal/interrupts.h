/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Interrupt controller and the dispatch of the sources that the firmware uses. */
#ifndef FIRMWARE_HAL_INTERRUPTS_H
#define FIRMWARE_HAL_INTERRUPTS_H

#include <stdint.h>

/* All sources off, pending ones dropped, ours on; the hart's interrupts are enabled last. */
void interrupts_init(void);
/* Counts the interrupts taken; one more than before means there may be something to do. */
uint32_t interrupts_count(void);
/* Sleeps until an interrupt is pending. Call with interrupts disabled, so that one that arrives
 * after the caller's last check still ends the sleep; enables them on return. */
void interrupts_wait(void);
/* From the trap vector. Must not use floating point: start.S saves integer registers only. */
void trap_interrupt(uint64_t cause);

#endif
