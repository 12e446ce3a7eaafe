/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The commands of the flash: what follows the operation code on which wires. */
#ifndef K210_EMU_DEVICES_NOR_FLASH_COMMANDS_H
#define K210_EMU_DEVICES_NOR_FLASH_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

enum nor_action {
	NOR_READ,
	NOR_PROGRAM,
	NOR_ERASE,
	NOR_ERASE_CHIP,
	NOR_WRITE_ENABLE,
	NOR_WRITE_DISABLE,
	NOR_READ_STATUS,
	NOR_WRITE_STATUS,
	NOR_JEDEC_ID,
	NOR_DEVICE_ID, /* manufacturer and device */
	NOR_UNIQUE_ID,
	NOR_POWER_DOWN,
	NOR_RELEASE, /* from power-down, and device number */
	NOR_ENTER_QPI,
	NOR_LEAVE_QPI,
	NOR_RESET_ENABLE,
	NOR_RESET,
};

struct nor_command {
	uint8_t code;
	enum nor_action action;
	uint8_t address_lanes; /* 0: no address */
	bool mode_byte;        /* after the address, on its lanes */
	uint8_t dummy_clocks;
	uint8_t data_lanes; /* 0: nothing may follow */
	uint32_t argument;  /* bytes to erase, number of the status register */
};

/* NULL: unknown. */
const struct nor_command *nor_command_find(uint8_t code);
/* The four data wires are needed, so the quad enable bit is. */
bool nor_command_is_quad(const struct nor_command *command);

#endif
