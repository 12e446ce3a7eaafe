/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Commands to the flash chip, wire by wire, without a controller. */
#ifndef TESTS_UNIT_ROM_FLASH_BUS_H
#define TESTS_UNIT_ROM_FLASH_BUS_H

#include "tests/unit/rom/rom_machine.h"

/* One selection on one wire: bytes out, then bytes in. */
void flash_command(struct machine *machine, const void *out, size_t out_size, void *in,
		   size_t in_size);
/* A code with an address; returns with the chip selected. */
void flash_begin(struct machine *machine, uint8_t code, uint32_t address, unsigned address_wires);
void flash_end(struct machine *machine);

uint8_t flash_status(struct machine *machine, uint8_t code);
void flash_write_enable(struct machine *machine);
/* Runs the board until the chip is ready; returns the seconds that took. */
double flash_wait(struct machine *machine);

/* Enables writing, does it, waits. */
void flash_program(struct machine *machine, uint32_t address, const void *bytes, size_t size);
void flash_erase(struct machine *machine, uint8_t code, uint32_t address);
void flash_set_quad(struct machine *machine);
void flash_read_back(struct machine *machine, uint32_t address, void *bytes, size_t size);

#endif
