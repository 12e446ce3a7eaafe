/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The state machine of a selection. nor_flash_operation.c programs and erases. */
#include "utils/k210-emu/devices/nor_flash.h"

#include <stdlib.h>
#include <string.h>

#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/nor_flash_internal.h"

#define ADDRESS_BYTES 3
/* Limits of both parts' data sheets: plain read, and everything else. */
#define PLAIN_READ_MAX_HZ 50000000
#define CLOCK_MAX_HZ      133000000
/* Mode bits M5-4 = 10: the next selection begins with the address. */
#define MODE_CONTINUOUS_MASK 0x30
#define MODE_CONTINUOUS      0x20

static const struct nor_flash_options default_options = {
	.size = NOR_FLASH_SIZE_DEFAULT,
	.unique_id = { 0xd1, 0x66, 0xb0, 0x46, 0x2b, 0x35, 0x5a, 0x2f },
};

static void complete_options(struct nor_flash_options *options)
{
	static const uint8_t nothing[8];

	if (options->size == 0)
		options->size = NOR_FLASH_SIZE_DEFAULT;
	if (!memcmp(options->id, nothing, sizeof(options->id))) {
		options->id[0] = 0xc8; /* GigaDevice, 1.8 V */
		options->id[1] = 0x60;
		options->id[2] = (uint8_t)__builtin_ctz(options->size);
	}
	if (!memcmp(options->unique_id, nothing, sizeof(options->unique_id)))
		memcpy(options->unique_id, default_options.unique_id, sizeof(options->unique_id));
}

struct nor_flash *nor_flash_new(struct board *board)
{
	struct nor_flash *flash = calloc(1, sizeof(*flash));

	if (!flash)
		return NULL;
	flash->board = board;
	flash->options = default_options;
	complete_options(&flash->options);
	if (!flash_array_init(&flash->cells, flash->options.size)) {
		free(flash);
		return NULL;
	}
	operation_init(flash);
	return flash;
}

void nor_flash_free(struct nor_flash *flash)
{
	if (!flash)
		return;
	flash_array_free(&flash->cells);
	free(flash);
}

const char *nor_flash_configure(struct nor_flash *flash, const struct nor_flash_options *options)
{
	struct nor_flash_options complete = *options;
	struct flash_array cells;
	const char *problem = NULL;

	complete_options(&complete);
	if (complete.size & (complete.size - 1) || complete.size < NOR_FLASH_SIZE_MIN ||
	    complete.size > NOR_FLASH_SIZE_MAX)
		return "the size must be a power of two from 64K to 16M";
	if (!flash_array_init(&cells, complete.size))
		return "out of memory";
	if (complete.path && *complete.path)
		problem = flash_array_open(&cells, complete.path);
	if (problem) {
		flash_array_free(&cells);
		return problem;
	}
	flash_array_free(&flash->cells);
	flash->cells = cells;
	flash->options = complete;
	return NULL;
}

void nor_flash_power_on(struct nor_flash *flash)
{
	operation_cut(flash);
	flash->selected = flash->powered_down = flash->reset_enabled = flash->qpi = false;
	flash->continuous = NULL;
	flash->status[0] &= (uint8_t)~NOR_STATUS1_WRITE_ENABLED;
}

/* ---- a selection ---- */

static void ignore(struct nor_flash *flash)
{
	flash->phase = PHASE_IGNORE;
}

static void enter_data(struct nor_flash *flash)
{
	flash->phase = flash->dummy_left ? PHASE_DUMMY : PHASE_DATA;
}

static bool acceptable(struct nor_flash *flash, const struct nor_command *command)
{
	struct board *board = flash->board;

	if (operation_is_running(flash) && command->action != NOR_READ_STATUS &&
	    command->action != NOR_RESET_ENABLE && command->action != NOR_RESET) {
		/* A chip at work is awake. */
		if (command->action != NOR_RELEASE)
			board_guest_error(board, "flash", "command %02x while busy: ignored",
					  command->code);
		return false;
	}
	if (flash->qpi && (command->action == NOR_READ || command->action == NOR_UNIQUE_ID)) {
		board_guest_error(board, "flash", "command %02x in QPI mode is not modelled",
				  command->code);
		return false;
	}
	if (flash->powered_down && command->action != NOR_RELEASE) {
		board_guest_error(board, "flash", "command %02x in power-down: ignored",
				  command->code);
		return false;
	}
	if (nor_command_is_quad(command) && !(flash->status[1] & NOR_STATUS2_QUAD)) {
		board_guest_error(board, "flash", "command %02x without quad enable: ignored",
				  command->code);
		return false;
	}
	if (flash->hz > CLOCK_MAX_HZ || (command->code == 0x03 && flash->hz > PLAIN_READ_MAX_HZ))
		board_guest_error(board, "flash", "command %02x at %llu Hz is too fast",
				  command->code, (unsigned long long)flash->hz);
	return true;
}

static void begin_command(struct nor_flash *flash, const struct nor_command *command)
{
	flash->command = command;
	flash->address = flash->address_bytes = flash->data_bytes = 0;
	flash->dummy_left = command->dummy_clocks / (flash->qpi ? 4 : 1);
	/* Other commands come while the page is still being programmed. */
	if (command->action == NOR_PROGRAM)
		memset(flash->page_touched, 0, sizeof(flash->page_touched));
	if (command->address_lanes)
		flash->phase = PHASE_ADDRESS;
	else
		enter_data(flash);
}

static void take_command(struct nor_flash *flash, uint8_t code)
{
	const struct nor_command *command = nor_command_find(code);
	bool reset_enabled = flash->reset_enabled;

	flash->reset_enabled = false;
	if (!command)
		board_guest_error(flash->board, "flash", "unknown command %02x", code);
	/* FF ends modes and is harmless outside of them. */
	if (!command || (code == 0xff && !flash->qpi)) {
		ignore(flash);
		return;
	}
	if (!acceptable(flash, command) || (command->action == NOR_RESET && !reset_enabled)) {
		ignore(flash);
		return;
	}
	begin_command(flash, command);
}

static void take_address(struct nor_flash *flash, uint8_t byte)
{
	flash->address = flash->address << 8 | byte;
	if (++flash->address_bytes < ADDRESS_BYTES)
		return;
	flash->address &= flash->cells.size - 1;
	if (flash->command->mode_byte)
		flash->phase = PHASE_MODE;
	else
		enter_data(flash);
}

static uint8_t next_output(struct nor_flash *flash)
{
	const struct nor_flash_options *options = &flash->options;
	uint32_t index = flash->data_bytes++;

	switch (flash->command->action) {
	case NOR_READ:
		return flash_array_byte(&flash->cells, flash->address + index);
	case NOR_READ_STATUS:
		return flash->status[flash->command->argument] |
		       (flash->command->argument == 0 && operation_is_running(flash)
				? NOR_STATUS1_BUSY
				: 0);
	case NOR_JEDEC_ID:
		return options->id[index % 3];
	case NOR_DEVICE_ID:
		/* An odd address turns the order around. */
		return (index + flash->address) & 1 ? options->id[2] - 1 : options->id[0];
	case NOR_UNIQUE_ID:
		return options->unique_id[index % sizeof(options->unique_id)];
	case NOR_RELEASE:
		return options->id[2] - 1;
	default:
		return 0xff;
	}
}

static uint8_t data(struct nor_flash *flash, uint8_t byte, bool driven)
{
	switch (flash->command->action) {
	case NOR_PROGRAM:
		operation_take_page_byte(flash, driven ? byte : 0xff);
		flash->data_bytes++;
		return 0xff;
	case NOR_WRITE_STATUS:
		if (flash->data_bytes < sizeof(flash->new_status))
			flash->new_status[flash->data_bytes] = byte;
		flash->data_bytes++;
		return 0xff;
	default:
		return next_output(flash);
	}
}

/* Wires and direction that the chip expects now; 0 lanes: any. */
static unsigned expected_lanes(const struct nor_flash *flash)
{
	switch (flash->phase) {
	case PHASE_COMMAND:
		return flash->qpi ? 4 : 1;
	case PHASE_ADDRESS:
	case PHASE_MODE:
		return flash->qpi ? 4 : flash->command->address_lanes;
	case PHASE_DATA:
		return flash->qpi && flash->command->data_lanes ? 4 : flash->command->data_lanes;
	default:
		return 0;
	}
}

/*
 * A program that does not know of the continuous read sends something else than an address. Of what
 * the chip takes for mode bits only that is known which comes on the first wire: M4, in the 7th of
 * 8 clocks on four wires, in the 14th of 16 on two. When it is 1 the mode ends. So FF on one wire
 * ends a quad read, FF FF a dual one (data sheets, continuous read mode reset).
 */
static void take_mode_on_other_wires(struct nor_flash *flash, uint8_t byte, unsigned lanes,
				     bool driven)
{
	unsigned m4 = flash->continuous && flash->continuous->address_lanes == 4 ? 7 : 14;

	for (unsigned left = 8; left; left -= lanes)
		if (++flash->clocks == m4 && driven && byte >> (left - lanes) & 1)
			flash->continuous = NULL;
}

static void on_wrong_wires(struct nor_flash *flash, uint8_t byte, unsigned lanes, bool driven)
{
	/* Ones are how a mode is left, whichever it is. */
	if (byte != 0xff || !driven)
		board_guest_error(flash->board, "flash",
				  "command %02x: %u wires where the chip has %u",
				  flash->command ? flash->command->code : 0, lanes,
				  expected_lanes(flash));
	if (!flash->continuous || flash->phase != PHASE_ADDRESS || flash->address_bytes) {
		ignore(flash);
		return;
	}
	flash->phase = PHASE_OTHER_WIRES;
	flash->clocks = 0;
	take_mode_on_other_wires(flash, byte, lanes, driven);
}

static bool lanes_fit(struct nor_flash *flash, uint8_t byte, unsigned lanes, bool driven)
{
	unsigned expected = expected_lanes(flash);

	if (flash->phase == PHASE_DATA && expected == 0) {
		/* More after a command that takes nothing: it will not be executed. */
		flash->data_bytes++;
		return true;
	}
	if (expected && (lanes != expected || (flash->phase < PHASE_DUMMY && !driven))) {
		on_wrong_wires(flash, byte, lanes, driven);
		return false;
	}
	return true;
}

void nor_flash_wait(struct nor_flash *flash, unsigned clocks)
{
	if (!flash->selected || clocks == 0 || flash->phase == PHASE_IGNORE)
		return;
	if (flash->phase != PHASE_DUMMY || clocks > flash->dummy_left) {
		board_guest_error(flash->board, "flash",
				  "command %02x: %u clocks of waiting where the chip has %u",
				  flash->command ? flash->command->code : 0, clocks,
				  flash->dummy_left);
		ignore(flash);
		return;
	}
	flash->dummy_left -= clocks;
	if (flash->dummy_left == 0)
		flash->phase = PHASE_DATA;
}

uint8_t nor_flash_transfer(struct nor_flash *flash, uint8_t byte, unsigned lanes, bool driven)
{
	if (!flash->selected || !lanes_fit(flash, byte, lanes, driven))
		return 0xff;
	switch (flash->phase) {
	case PHASE_COMMAND:
		take_command(flash, byte);
		return 0xff;
	case PHASE_ADDRESS:
		take_address(flash, byte);
		return 0xff;
	case PHASE_MODE:
		flash->continuous =
			(byte & MODE_CONTINUOUS_MASK) == MODE_CONTINUOUS ? flash->command : NULL;
		enter_data(flash);
		return 0xff;
	case PHASE_DUMMY:
		nor_flash_wait(flash, 8 / lanes);
		return 0xff;
	case PHASE_DATA:
		return flash->command->data_lanes ? data(flash, byte, driven) : 0xff;
	case PHASE_OTHER_WIRES:
		take_mode_on_other_wires(flash, byte, lanes, driven);
		return 0xff;
	default:
		return 0xff;
	}
}

void nor_flash_select(struct nor_flash *flash, uint64_t hz)
{
	flash->selected = true;
	flash->hz = hz;
	flash->command = NULL;
	flash->phase = flash->trouble == NOR_FLASH_GONE ? PHASE_IGNORE : PHASE_COMMAND;
	if (flash->continuous && flash->phase == PHASE_COMMAND)
		begin_command(flash, flash->continuous);
}

void nor_flash_deselect(struct nor_flash *flash)
{
	if (!flash->selected)
		return;
	flash->selected = false;
	if (flash->phase != PHASE_IGNORE && flash->command)
		operation_execute(flash);
}

void nor_flash_set_trouble(struct nor_flash *flash, enum nor_flash_trouble trouble)
{
	flash->trouble = trouble;
}

void nor_flash_set_mode(struct nor_flash *flash, enum nor_flash_mode mode)
{
	nor_flash_enable_quad(flash);
	if (mode == NOR_FLASH_DUAL_READ)
		flash->continuous = nor_command_find(0xbb);
	else if (mode == NOR_FLASH_QUAD_READ)
		flash->continuous = nor_command_find(0xeb);
	else if (mode == NOR_FLASH_QPI)
		flash->qpi = true;
	else
		flash->powered_down = true;
}

bool nor_flash_poke(struct nor_flash *flash, uint32_t address, uint32_t word)
{
	const uint8_t bytes[] = { (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
				  (uint8_t)(word >> 24) };

	return flash_array_erase(&flash->cells, address, sizeof(bytes)) &&
	       flash_array_program(&flash->cells, address, bytes, sizeof(bytes));
}

void nor_flash_read(const struct nor_flash *flash, uint32_t address, void *bytes, size_t size)
{
	flash_array_read(&flash->cells, address, bytes, size);
}

void nor_flash_enable_quad(struct nor_flash *flash)
{
	flash->status[1] |= NOR_STATUS2_QUAD;
}
