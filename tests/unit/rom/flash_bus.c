/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/rom/flash_bus.h"

#include <check.h>

#define CLOCK_HZ 25000000

static struct nor_flash *chip(struct machine *machine)
{
	return machine->board->flash;
}

void flash_end(struct machine *machine)
{
	nor_flash_deselect(chip(machine));
}

void flash_command(struct machine *machine, const void *out, size_t out_size, void *in,
		   size_t in_size)
{
	const uint8_t *from = out;
	uint8_t *to = in;

	nor_flash_select(chip(machine), CLOCK_HZ);
	while (out_size--)
		nor_flash_transfer(chip(machine), *from++, 1, true);
	while (in_size--)
		*to++ = nor_flash_transfer(chip(machine), 0xff, 1, false);
	flash_end(machine);
}

void flash_begin(struct machine *machine, uint8_t code, uint32_t address, unsigned address_wires)
{
	nor_flash_select(chip(machine), CLOCK_HZ);
	nor_flash_transfer(chip(machine), code, 1, true);
	for (int shift = 16; shift >= 0; shift -= 8)
		nor_flash_transfer(chip(machine), (uint8_t)(address >> shift), address_wires, true);
}

uint8_t flash_status(struct machine *machine, uint8_t code)
{
	uint8_t value;

	flash_command(machine, &code, 1, &value, 1);
	return value;
}

void flash_write_enable(struct machine *machine)
{
	flash_command(machine, "\x06", 1, NULL, 0);
}

double flash_wait(struct machine *machine)
{
	uint64_t before = board_picoseconds(machine->board);

	for (unsigned i = 0; flash_status(machine, 0x05) & 1; i++) {
		ck_assert_uint_lt(i, 10000000);
		rom_run(machine, 5e-5);
	}
	return (double)(board_picoseconds(machine->board) - before) * 1e-12;
}

void flash_program(struct machine *machine, uint32_t address, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;

	flash_write_enable(machine);
	flash_begin(machine, 0x02, address, 1);
	while (size--)
		nor_flash_transfer(chip(machine), *from++, 1, true);
	flash_end(machine);
	flash_wait(machine);
}

void flash_erase(struct machine *machine, uint8_t code, uint32_t address)
{
	flash_write_enable(machine);
	flash_begin(machine, code, address, 1);
	flash_end(machine);
	flash_wait(machine);
}

void flash_set_quad(struct machine *machine)
{
	flash_write_enable(machine);
	flash_command(machine, "\x01\x00\x02", 3, NULL, 0);
	flash_wait(machine);
}

void flash_read_back(struct machine *machine, uint32_t address, void *bytes, size_t size)
{
	const uint8_t command[] = { 0x03, address >> 16 & 255, address >> 8 & 255, address & 255 };

	flash_command(machine, command, sizeof(command), bytes, size);
}
