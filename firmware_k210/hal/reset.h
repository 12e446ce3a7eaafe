/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Why the board started, what it died of before, and how to start it again. */
#ifndef FIRMWARE_HAL_RESET_H
#define FIRMWARE_HAL_RESET_H

#include <stdint.h>

/* Reads and clears the causes, and the record that a crash left behind. Call once, early. */
void reset_init(void);
/* SYSCTL reset_status at boot: K210_RESET_STATUS_* bits. */
uint32_t reset_cause(void);
/* Program counter of the last exception since power-on, 0 if there was none. */
uint32_t reset_last_crash_pc(void);
/* Different for each boot, as far as a chip without random numbers and clock can tell. */
uint64_t reset_boot_id(void);

/* Resets the whole chip. */
void reset_board(void) __attribute__((noreturn));
/* Keeps @pc and @cause for the next boot and resets the chip. */
void crash_report(uint64_t cause, uint64_t pc, uint64_t address) __attribute__((noreturn));

/* Words at the low end of the stack; crashes if they have been overwritten. */
void stack_check(void);
/* Bytes above them that have not been used since the start. */
uint32_t stack_unused(void);

#endif
