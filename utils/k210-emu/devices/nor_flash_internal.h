/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Inside of the flash chip: nor_flash.c follows the bus, nor_flash_operation.c changes cells. */
#ifndef K210_EMU_DEVICES_NOR_FLASH_INTERNAL_H
#define K210_EMU_DEVICES_NOR_FLASH_INTERNAL_H

#include "utils/k210-emu/devices/flash_array.h"
#include "utils/k210-emu/devices/nor_flash.h"
#include "utils/k210-emu/devices/nor_flash_commands.h"
#include "utils/k210-emu/event.h"

#define NOR_STATUS1_BUSY          0x01
#define NOR_STATUS1_WRITE_ENABLED 0x02
#define NOR_STATUS1_PROTECTION    0x7c
#define NOR_STATUS2_QUAD          0x02
#define NOR_STATUS_REGISTERS      3

enum nor_phase {
	PHASE_COMMAND,
	PHASE_ADDRESS,
	PHASE_MODE,
	PHASE_DUMMY,
	PHASE_DATA,
	PHASE_OTHER_WIRES, /* the address of a continuous read, not on the wires it needs */
	PHASE_IGNORE,      /* until the end of the selection */
};

/* What runs while the chip is busy. */
struct nor_operation {
	enum nor_action action;
	uint32_t address, size;
	uint8_t status[NOR_STATUS_REGISTERS]; /* to be written */
};

struct nor_flash {
	struct board *board;
	struct nor_flash_options options;
	struct flash_array cells;
	uint8_t status[NOR_STATUS_REGISTERS];
	bool powered_down, reset_enabled, qpi;
	enum nor_flash_trouble trouble;

	bool selected;
	uint64_t hz;
	enum nor_phase phase;
	const struct nor_command *command, *continuous;
	uint32_t address, address_bytes, data_bytes;
	unsigned dummy_left, clocks;
	uint8_t page[NOR_FLASH_PAGE];
	bool page_touched[NOR_FLASH_PAGE];
	uint8_t new_status[2];

	struct nor_operation operation;
	struct event event;
};

void operation_init(struct nor_flash *flash);
/* Or says so. */
static inline bool operation_is_running(const struct nor_flash *flash)
{
	return flash->status[0] & NOR_STATUS1_BUSY || flash->trouble == NOR_FLASH_BUSY;
}
/* Stops what runs and leaves the cells as they are. */
void operation_cut(struct nor_flash *flash);
/* A byte for the page buffer, which wraps. */
void operation_take_page_byte(struct nor_flash *flash, uint8_t byte);
/* The command of the selection that has just ended, if it is one that does something then. */
void operation_execute(struct nor_flash *flash);

#endif
