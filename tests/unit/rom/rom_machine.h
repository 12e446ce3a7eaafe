/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A board that starts in the mask ROM, and programs for it. */
#ifndef TESTS_UNIT_ROM_ROM_MACHINE_H
#define TESTS_UNIT_ROM_ROM_MACHINE_H

#include "tests/unit/soc/machine.h"
#include "utils/k210-emu/devices/nor_flash.h"

#define PROGRAM_MAX 65536

struct program {
	uint8_t bytes[PROGRAM_MAX];
	size_t size;
};

/* A test program; fails the test if it was not built. */
void program_read(struct program *program, const char *name);

/*
 * Powers the board up with @flash (NULL: blank); it has not run yet. @hart1 only matters for jumps
 * over the serial line.
 */
void rom_start(struct machine *machine, enum board_clock clock, enum hart1_policy hart1,
	       const struct nor_flash_options *flash);
/* Runs for some time, jumping over idle time; what the board sends is added to the output. */
void rom_run(struct machine *machine, double seconds);
/* Gives bytes to the bridge and runs until the output has grown by @size bytes, or a second. */
void rom_exchange(struct machine *machine, const void *bytes, size_t count, size_t size);
void rom_clear_output(struct machine *machine);
/* Powers the board up with the boot button pressed and nothing in flash, until the ROM listens. */
void rom_start_isp(struct machine *machine, enum board_clock clock, enum hart1_policy hart1);

/* Puts an image with header and hash into the cells. */
void rom_write_image(struct machine *machine, uint8_t flags, const struct program *program);

#endif
