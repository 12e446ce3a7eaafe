/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What the flash does after a selection has ended, and how long it is busy with it. */
#include <string.h>

#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/nor_flash_internal.h"

/*
 * Typical times of the W25Q128FW and GD25LQ128 data sheets, in microseconds. Both give 0.4..0.7 ms
 * for a page, 45..60 ms for a sector, 120 ms for 32 KiB, 150..200 ms for 64 KiB, 40..60 s for the
 * chip of 16 MiB, 5..10 ms for a status register and 30 us for a reset. Leaving power-down takes
 * 3..30 us, in which the chip takes no command.
 */
enum {
	PAGE_MICROSECONDS = 500,
	SECTOR_MICROSECONDS = 50000,
	BLOCK_32K_MICROSECONDS = 120000,
	BLOCK_64K_MICROSECONDS = 150000,
	CHIP_MICROSECONDS_PER_64K = 156250, /* 40 s for 16 MiB */
	STATUS_MICROSECONDS = 5000,
	RESET_MICROSECONDS = 30,
	RELEASE_MICROSECONDS = 30,
};

/* When durations collapse: long enough that "busy" is seen. */
#define FAST_CYCLES 2000

static uint64_t microseconds(const struct nor_flash *flash)
{
	const struct nor_operation *operation = &flash->operation;

	switch (operation->action) {
	case NOR_PROGRAM:
		return PAGE_MICROSECONDS;
	case NOR_ERASE:
		if (operation->size <= NOR_FLASH_SECTOR)
			return SECTOR_MICROSECONDS;
		return operation->size <= 32768 ? BLOCK_32K_MICROSECONDS : BLOCK_64K_MICROSECONDS;
	case NOR_ERASE_CHIP:
		return (uint64_t)operation->size / 65536 * CHIP_MICROSECONDS_PER_64K;
	case NOR_WRITE_STATUS:
		return STATUS_MICROSECONDS;
	case NOR_RELEASE:
		return RELEASE_MICROSECONDS;
	default:
		return RESET_MICROSECONDS;
	}
}

static void report_write(struct nor_flash *flash, bool ok)
{
	if (!ok)
		board_guest_error(flash->board, "flash", "the file cannot be written");
}

/* Programs the touched bytes of the page buffer in [begin, end). */
static void program(struct nor_flash *flash, uint32_t begin, uint32_t end)
{
	uint32_t at = begin;

	while (at < end) {
		uint32_t start = at;

		while (at < end && flash->page_touched[at])
			at++;
		if (at > start)
			report_write(flash, flash_array_program(&flash->cells,
								flash->operation.address + start,
								flash->page + start, at - start));
		else
			at++;
	}
}

/* One half of the work. */
static void step(struct nor_flash *flash, bool second)
{
	const struct nor_operation *operation = &flash->operation;
	uint32_t half = operation->size / 2;
	uint32_t begin = second ? half : 0, end = second ? operation->size : half;

	switch (operation->action) {
	case NOR_PROGRAM:
		program(flash, begin, end);
		break;
	case NOR_ERASE:
	case NOR_ERASE_CHIP:
		report_write(flash, flash_array_erase(&flash->cells, operation->address + begin,
						      end - begin));
		break;
	case NOR_WRITE_STATUS:
		if (second)
			memcpy(flash->status, operation->status, sizeof(flash->status));
		break;
	case NOR_RELEASE:
		flash->powered_down = !second;
		break;
	default:
		break;
	}
}

static void fire(void *context)
{
	struct nor_flash *flash = context;

	step(flash, true);
	flash->status[0] &= (uint8_t) ~(NOR_STATUS1_BUSY | NOR_STATUS1_WRITE_ENABLED);
}

void operation_init(struct nor_flash *flash)
{
	event_init(&flash->event, EVENT_WORK, fire, flash);
}

void operation_cut(struct nor_flash *flash)
{
	board_cancel(flash->board, &flash->event);
	flash->status[0] &= (uint8_t)~NOR_STATUS1_BUSY;
}

static void start(struct nor_flash *flash, enum nor_action action, uint32_t address, uint32_t size)
{
	uint64_t cycles;

	flash->operation.action = action;
	flash->operation.address = address;
	flash->operation.size = size;
	flash->status[0] |= NOR_STATUS1_BUSY;
	cycles = board_is_real(flash->board)
			 ? board_cycles(flash->board, microseconds(flash), 1000000)
			 : FAST_CYCLES;
	board_schedule_completion(flash->board, &flash->event, cycles);
	step(flash, false);
}

void operation_take_page_byte(struct nor_flash *flash, uint8_t byte)
{
	uint32_t at = (flash->address + flash->data_bytes) % NOR_FLASH_PAGE;

	flash->page[at] = byte;
	flash->page_touched[at] = true;
}

static void start_write_status(struct nor_flash *flash)
{
	uint32_t first = flash->command->argument;

	memcpy(flash->operation.status, flash->status, sizeof(flash->status));
	/* Only 01 takes two, for registers 1 and 2. */
	for (uint32_t i = 0; i < flash->data_bytes && i < (first ? 1u : 2u); i++)
		flash->operation.status[first + i] = flash->new_status[i];
	flash->operation.status[0] &= (uint8_t) ~(NOR_STATUS1_BUSY | NOR_STATUS1_WRITE_ENABLED);
	if (flash->operation.status[0] & NOR_STATUS1_PROTECTION)
		board_guest_error(flash->board, "flash",
				  "block protection %02x is stored but not modelled",
				  flash->operation.status[0]);
	start(flash, NOR_WRITE_STATUS, 0, 0);
}

static void reset_chip(struct nor_flash *flash)
{
	nor_flash_power_on(flash);
	start(flash, NOR_RESET, 0, 0);
}

/* Commands that need the write enable latch. */
static void execute_change(struct nor_flash *flash)
{
	const struct nor_command *command = flash->command;
	uint32_t size = command->argument;

	if (!(flash->status[0] & NOR_STATUS1_WRITE_ENABLED)) {
		board_guest_error(flash->board, "flash",
				  "command %02x without write enable: ignored", command->code);
		return;
	}
	switch (command->action) {
	case NOR_PROGRAM:
		start(flash, NOR_PROGRAM, flash->address & ~(NOR_FLASH_PAGE - 1), NOR_FLASH_PAGE);
		break;
	case NOR_ERASE:
		start(flash, NOR_ERASE, flash->address & ~(size - 1), size);
		break;
	case NOR_ERASE_CHIP:
		start(flash, NOR_ERASE_CHIP, 0, flash->cells.size);
		break;
	default:
		start_write_status(flash);
		break;
	}
}

/* Too short or too long: the chip does nothing. */
static bool is_complete(const struct nor_flash *flash)
{
	const struct nor_command *command = flash->command;

	if (command->action == NOR_RELEASE)
		return true;
	if (flash->phase != PHASE_DATA)
		return false;
	return command->data_lanes ? flash->data_bytes > 0 : flash->data_bytes == 0;
}

void operation_execute(struct nor_flash *flash)
{
	enum nor_action action = flash->command->action;

	if (!is_complete(flash)) {
		/* FF behind FF says no more. */
		if (action != NOR_READ && action != NOR_LEAVE_QPI)
			board_guest_error(flash->board, "flash",
					  "command %02x with the wrong length: ignored",
					  flash->command->code);
		return;
	}
	switch (action) {
	case NOR_PROGRAM:
	case NOR_ERASE:
	case NOR_ERASE_CHIP:
	case NOR_WRITE_STATUS:
		execute_change(flash);
		break;
	case NOR_WRITE_ENABLE:
		flash->status[0] |= NOR_STATUS1_WRITE_ENABLED;
		break;
	case NOR_WRITE_DISABLE:
		flash->status[0] &= (uint8_t)~NOR_STATUS1_WRITE_ENABLED;
		break;
	case NOR_POWER_DOWN:
		flash->powered_down = true;
		break;
	case NOR_RELEASE:
		if (flash->powered_down)
			start(flash, NOR_RELEASE, 0, 0);
		break;
	case NOR_ENTER_QPI:
		flash->qpi = true;
		break;
	case NOR_LEAVE_QPI:
		flash->qpi = false;
		break;
	case NOR_RESET_ENABLE:
		flash->reset_enabled = true;
		break;
	case NOR_RESET:
		reset_chip(flash);
		break;
	default:
		break;
	}
}
