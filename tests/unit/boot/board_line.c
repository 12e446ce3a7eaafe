/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/boot/board_line.h"

#include <check.h>
#include <string.h>

#include "tests/unit/rom/rom_machine.h"

static struct machine machine;
static size_t taken; /* of machine.output */

static enum bridge_style style_of(const char *name)
{
	if (!strcmp(name, "dan"))
		return BRIDGE_STYLE_DAN;
	if (!strcmp(name, "kd233"))
		return BRIDGE_STYLE_KD233;
	if (!strcmp(name, "god"))
		return BRIDGE_STYLE_GOD;
	return BRIDGE_STYLE_NONE;
}

void board_line_start(const struct board_line_options *options)
{
	struct board_options board = {
		.clock = BOARD_CLOCK_REAL,
		.boot = BOARD_BOOT_ROM,
		.hart1 = options->hart1_parked ? HART1_PARKED : HART1_RELEASED,
		.kpu = { .implementation = kpu_implementation_best() },
		.check_coherency = options->check_coherency,
		.access_cycles = options->access_cycles,
	};
	struct report report = { .errors = options->check_coherency ? stderr : NULL };

	memset(&machine, 0, sizeof(machine));
	taken = 0;
	machine.board = board_new(&board, &report);
	ck_assert_ptr_nonnull(machine.board);
	if (options->program) {
		static struct program program;

		program_read(&program, options->program);
		rom_write_image(&machine, 0, &program);
	}
	bridge_set_style(machine.board->bridge, style_of(options->style));
	board_reset(machine.board, RESET_POWER_ON);
}

void board_line_stop(void)
{
	machine_stop(&machine);
}

void board_line_run(uint64_t microseconds)
{
	/* The machine's buffer begins anew when all of it has been read. */
	if (taken == machine.output_size) {
		rom_clear_output(&machine);
		taken = 0;
	}
	rom_run(&machine, (double)microseconds * 1e-6);
}

uint64_t board_line_now_us(void)
{
	return board_picoseconds(machine.board) / 1000000;
}

bool board_line_put(uint8_t byte)
{
	if (!bridge_space(machine.board->bridge))
		return false;
	bridge_from_host(machine.board->bridge, &byte, 1);
	return true;
}

size_t board_line_unsent(void)
{
	return bridge_input_size(machine.board->bridge);
}

size_t board_line_waiting(void)
{
	return machine.output_size - taken;
}

size_t board_line_take(uint8_t *bytes, size_t size)
{
	size_t count = machine.output_size - taken;

	if (count > size)
		count = size;
	memcpy(bytes, machine.output + taken, count);
	taken += count;
	return count;
}

void board_line_set_rate(uint32_t baud)
{
	bridge_set_rate(machine.board->bridge, baud);
}

void board_line_set_lines(bool dtr, bool rts)
{
	bridge_set_lines(machine.board->bridge, dtr, rts);
}

void board_line_press_reset(void)
{
	board_request_reset(machine.board, RESET_PIN);
}

void board_line_press_boot(bool pressed)
{
	bridge_press_boot(machine.board->bridge, pressed);
}

uint64_t board_line_pc(unsigned hart)
{
	return hart_pc(machine.board->harts[hart]);
}

const uint8_t *board_line_sram(void)
{
	return machine.board->sram_cached;
}
