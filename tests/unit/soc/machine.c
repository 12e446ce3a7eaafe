/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/soc/machine.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Set by build.mk: where the programs are, empty without a cross compiler. */
#ifndef SOC_PROGRAM_DIR
#define SOC_PROGRAM_DIR ""
#endif

#define SLICE 20000

bool machine_programs_available(void)
{
	if (*SOC_PROGRAM_DIR)
		return true;
	puts("SKIPPED: programs for the emulated board (no riscv64-unknown-elf-gcc)");
	return false;
}

void machine_start_image(struct machine *machine, const uint8_t *image, size_t size,
			 const struct board_options *options)
{
	struct board_options defaults = { .clock = BOARD_CLOCK_FAST,
					  .kpu = { .implementation = kpu_implementation_best() } };
	struct report report = { .errors = NULL };

	memset(machine, 0, sizeof(*machine));
	machine->board = board_new(options ? options : &defaults, &report);
	ck_assert_ptr_nonnull(machine->board);
	ck_assert_ptr_null(board_set_image(machine->board, image, size));
	board_reset(machine->board, RESET_POWER_ON);
}

void machine_start(struct machine *machine, const char *program,
		   const struct board_options *options)
{
	static uint8_t image[65536];
	char path[256];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s.bin", SOC_PROGRAM_DIR, program);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s is missing", path);
	size = fread(image, 1, sizeof(image), file);
	fclose(file);
	machine_start_image(machine, image, size, options);
}

void machine_stop(struct machine *machine)
{
	board_free(machine->board);
}

static void collect_output(struct machine *machine)
{
	size_t size;
	const uint8_t *bytes = bridge_output(machine->board->bridge, &size);
	size_t room = MACHINE_OUTPUT_MAX - 1 - machine->output_size;

	memcpy(machine->output + machine->output_size, bytes, size < room ? size : room);
	machine->output_size += size < room ? size : room;
	machine->output[machine->output_size] = 0;
	bridge_consume(machine->board->bridge, size);
}

bool machine_run(struct machine *machine, const char *input, uint64_t cycles)
{
	struct board *board = machine->board;
	uint64_t end = board_now(board) + cycles;
	size_t left = input ? strlen(input) : 0;

	while (board_now(board) < end) {
		size_t space = bridge_space(board->bridge);
		enum board_state state;

		if (space > left)
			space = left;
		bridge_from_host(board->bridge, (const uint8_t *)input, space);
		input += space;
		left -= space;
		state = board_run(board, board_now(board) + SLICE);
		collect_output(machine);
		if (state == BOARD_RUNNING)
			continue;
		if (!board_next_event(board) && !left)
			return true;
		board_jump_to_next_event(board);
	}
	return false;
}
