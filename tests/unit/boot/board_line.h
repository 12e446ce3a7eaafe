/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * An emulated board inside the test process, started in its mask ROM in the real clock. This header
 * knows nothing of the emulator's: those clash with kpu.h.
 */
#ifndef TESTS_UNIT_BOOT_BOARD_LINE_H
#define TESTS_UNIT_BOOT_BOARD_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board_line_options {
	const char *style;   /* "none", "dan", "kd233", "god" */
	bool hart1_parked;   /* hart 1 stays in the ROM after its jump */
	const char *program; /* in the flash: a test program of tests/unit/soc; NULL: blank */
	bool check_coherency;
	unsigned access_cycles; /* of a register */
};

void board_line_start(const struct board_line_options *options);
void board_line_stop(void);
void board_line_run(uint64_t microseconds);
uint64_t board_line_now_us(void);

/* False: the bridge has no room. */
bool board_line_put(uint8_t byte);
size_t board_line_unsent(void);
/* Bytes from the board. */
size_t board_line_waiting(void);
size_t board_line_take(uint8_t *bytes, size_t size);
void board_line_set_rate(uint32_t baud);
void board_line_set_lines(bool dtr, bool rts);
/* The reset and boot buttons. */
void board_line_press_reset(void);
void board_line_press_boot(bool pressed);

/* Where a hart is. */
uint64_t board_line_pc(unsigned hart);
const uint8_t *board_line_sram(void);

#endif
