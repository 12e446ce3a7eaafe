/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/rom/mask_rom.h"

#include <stdlib.h>
#include <string.h>

#include "k210/clint.h"
#include "k210/flash_image.h"
#include "k210/fpioa.h"
#include "k210/uart.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/gpiohs.h"
#include "utils/k210-emu/devices/nor_flash.h"
#include "utils/k210-emu/rom/flash_image.h"
#include "utils/k210-emu/rom/isp.h"

#define SERIAL_RATE 115200
#define ENTRY       K210_SRAM_CACHED_BASE
/*
 * From the end of reset to the look at IO16. Not published; it must be longer than what lies
 * between "release reset" and "pull IO16" of the clients, two USB control transfers, and shorter
 * than 10 ms, after which the first versions of kflash.py (kentool.py) send their greeting, of
 * which the UART keeps eight bytes.
 */
#define START_MICROSECONDS 8000
/* The ROM's globals and stacks: laanwj/k210-sdk-stuff r2/k210_rom. */
#define OWN_MEMORY_OFFSET 0x5fc000
#define OUTPUT_SIZE       64
/*
 * Bytes per second from flash: one wire at 25 MHz, the rate of the vendor's own driver; what the
 * ROM does is not published.
 */
#define FLASH_BYTE_RATE   3125000
#define FLASH_FAST_CYCLES 1000

enum state {
	STATE_RESET,    /* held in reset, or left */
	STATE_STARTING, /* IO16 will be looked at */
	STATE_READING,  /* an image is copied from flash */
	STATE_ISP,      /* serves the serial line */
	STATE_STOPPED,  /* has given up, or crashed */
};

struct mask_rom {
	struct board *board;
	enum state state;
	bool hart1_parked;
	struct event start_event, flash_event;
	uint8_t *program; /* from flash, while it is copied */
	uint32_t program_size;
	struct isp isp;
	uint8_t output[OUTPUT_SIZE];
	unsigned output_size;
	const char *text; /* to be sent before the output */
};

void mask_rom_fill(uint8_t *bytes, uint32_t size)
{
	static const uint32_t loop[] = { 0x10500073 /* wfi */, 0xffdff06f /* j .-4 */ };
	/* Hart 1 may trap with its call still pending, which would wake it all the time. */
	static const uint32_t halt[] = { 0x30401073 /* csrw mie, zero */, 0x10500073, 0xffdff06f };

	for (uint32_t at = 0; at + sizeof(loop) <= size; at += sizeof(loop))
		memcpy(bytes + at, loop, sizeof(loop));
	memcpy(bytes + (MASK_ROM_TRAP_VECTOR - K210_MASK_ROM_BASE), halt, sizeof(halt));
}

static void store_uarths(struct mask_rom *rom, uint32_t offset, uint32_t value)
{
	bus_store(rom->board, K210_UARTHS_BASE + offset, 4, value);
}

static uint32_t load_uarths(struct mask_rom *rom, uint32_t offset)
{
	uint64_t value;

	bus_load(rom->board, K210_UARTHS_BASE + offset, 4, &value);
	return (uint32_t)value;
}

static void enable_serial(struct mask_rom *rom, bool on)
{
	uint32_t control = on ? K210_UARTHS_CTRL_ENABLE : 0;

	store_uarths(rom, K210_UARTHS_TXCTRL, control);
	store_uarths(rom, K210_UARTHS_RXCTRL, control);
	/* serial_init; the interrupt goes nowhere as long as the PLIC is not told. */
	store_uarths(rom, K210_UARTHS_IE, on ? K210_UARTHS_RX_WATERMARK : 0);
}

/* Hart 1 waits with its software interrupt enabled in mie, for whoever raises it. */
static void release_hart0(struct mask_rom *rom, uint32_t address)
{
	rom->state = STATE_RESET;
	rom->hart1_parked = true;
	board_start_hart(rom->board, 0, address, 0);
}

/* As clint_ipi_send(1); nothing clears it before hart 1 is at the program. */
static void call_hart1(struct mask_rom *rom)
{
	bus_store(rom->board, K210_CLINT_BASE + K210_CLINT_MSIP(1), 4, 1);
}

static void crash(struct mask_rom *rom, const char *why, uint32_t address)
{
	board_guest_error(rom->board, "rom", "%s at %08x: the ROM does not survive that", why,
			  address);
	rom->state = STATE_STOPPED;
}

/* ---- serial line ---- */

static bool isp_write_memory(void *context, uint32_t address, const uint8_t *data, size_t size)
{
	struct mask_rom *rom = context;
	uint32_t offset = address & ~(K210_SRAM_CACHED_BASE | K210_SRAM_UNCACHED_BASE);

	if (size == 0)
		return true;
	if (offset < K210_SRAM_SIZE && offset + size > OWN_MEMORY_OFFSET) {
		crash(rom, "write to the ROM's own memory", address);
		return false;
	}
	if (!board_load_memory(rom->board, address, data, size)) {
		crash(rom, "write outside of memory", address);
		return false;
	}
	return true;
}

static void isp_jump(void *context, uint32_t address)
{
	struct mask_rom *rom = context;

	board_note(rom->board, "rom: jump to %08x", address);
	release_hart0(rom, address);
	if (rom->board->options.hart1 == HART1_RELEASED)
		call_hart1(rom);
}

static void isp_set_rate(void *context, uint32_t rate)
{
	struct mask_rom *rom = context;
	/* RISC-V divides by zero without a trap: all ones. */
	uint64_t quotient = rate ? rom->board->cpu_hz / rate : UINT64_MAX;

	store_uarths(rom, K210_UARTHS_DIV, (uint32_t)(quotient - 1) & 0xffff);
}

static void isp_lost(void *context, uint32_t length)
{
	struct mask_rom *rom = context;

	board_note(rom->board, "rom: CRC over %u bytes: it does not come back from that", length);
	rom->state = STATE_STOPPED;
}

static void start_isp(struct mask_rom *rom)
{
	board_note(rom->board, "rom: ISP");
	rom->state = STATE_ISP;
	isp_reset(&rom->isp);
	mask_rom_serial_event(rom);
}

/* The ROM's exit(): a text on the line, and an endless loop. */
static void give_up(struct mask_rom *rom)
{
	rom->state = STATE_STOPPED;
	rom->text = "interesting, something's wrong, boot failed with exit code 233, "
		    "go to find your vendor.";
	mask_rom_serial_event(rom);
}

/* ---- flash ---- */

static void forget_program(struct mask_rom *rom)
{
	free(rom->program);
	rom->program = NULL;
}

/*
 * An image that is too long, as in a blank flash, ends the boot; one with a wrong hash leads to ISP
 * (rom/k210.rom.c, turbo_mode_boot).
 */
static void start_flash(struct mask_rom *rom)
{
	struct board *board = rom->board;
	const char *problem;
	uint64_t cycles = FLASH_FAST_CYCLES;

	nor_flash_enable_quad(board->flash);
	rom->program = flash_image_read(board->flash, &rom->program_size, &problem);
	if (!rom->program) {
		board_note(board, "rom: %s", problem);
		if (rom->program_size > K210_FLASH_IMAGE_MAX)
			give_up(rom);
		else
			start_isp(rom);
		return;
	}
	if (board_is_real(board))
		cycles = board_cycles(board, rom->program_size, FLASH_BYTE_RATE);
	rom->state = STATE_READING;
	board_schedule(board, &rom->flash_event, cycles);
}

static void fire_flash(void *context)
{
	struct mask_rom *rom = context;

	board_load_memory(rom->board, ENTRY, rom->program, rom->program_size);
	forget_program(rom);
	board_note(rom->board, "rom: %u bytes from flash", rom->program_size);
	release_hart0(rom, ENTRY);
	call_hart1(rom);
}

static void fire_start(void *context)
{
	struct mask_rom *rom = context;

	enable_serial(rom, true);
	/* IO16 low: serial line. */
	if (gpiohs_outside(rom->board->gpiohs, 0))
		start_flash(rom);
	else
		start_isp(rom);
}

/* ---- life ---- */

struct mask_rom *mask_rom_new(struct board *board)
{
	struct mask_rom *rom = calloc(1, sizeof(*rom));

	if (!rom)
		return NULL;
	rom->board = board;
	rom->isp.actions = (struct isp_actions){ .write_memory = isp_write_memory,
						 .jump = isp_jump,
						 .set_rate = isp_set_rate,
						 .lost = isp_lost,
						 .context = rom };
	event_init(&rom->start_event, EVENT_TIMER, fire_start, rom);
	event_init(&rom->flash_event, EVENT_WORK, fire_flash, rom);
	return rom;
}

void mask_rom_free(struct mask_rom *rom)
{
	if (rom)
		forget_program(rom);
	free(rom);
}

void mask_rom_reset(struct mask_rom *rom, bool start)
{
	struct board *board = rom->board;

	mask_rom_bypass(rom);
	rom->output_size = 0;
	rom->text = NULL;
	enable_serial(rom, false);
	if (!start)
		return;
	store_uarths(rom, K210_UARTHS_DIV, (uint32_t)(board->cpu_hz / SERIAL_RATE) - 1);
	rom->state = STATE_STARTING;
	board_schedule(board, &rom->start_event, board_cycles(board, START_MICROSECONDS, 1000000));
}

void mask_rom_bypass(struct mask_rom *rom)
{
	board_cancel(rom->board, &rom->start_event);
	board_cancel(rom->board, &rom->flash_event);
	forget_program(rom);
	rom->state = STATE_RESET;
	rom->hart1_parked = false;
}

static bool can_send(struct mask_rom *rom)
{
	return !(load_uarths(rom, K210_UARTHS_TXDATA) & K210_UARTHS_TXDATA_FULL);
}

static void send_output(struct mask_rom *rom)
{
	unsigned sent = 0;

	while (rom->text && *rom->text && can_send(rom))
		store_uarths(rom, K210_UARTHS_TXDATA, (uint8_t)*rom->text++);
	while (sent < rom->output_size && can_send(rom))
		store_uarths(rom, K210_UARTHS_TXDATA, rom->output[sent++]);
	rom->output_size -= sent;
	memmove(rom->output, rom->output + sent, rom->output_size);
}

/* The ROM polls; it does not take the next byte before the answer has room. */
void mask_rom_serial_event(struct mask_rom *rom)
{
	send_output(rom);
	while (rom->state == STATE_ISP && rom->output_size + ISP_REPLY_MAX <= OUTPUT_SIZE) {
		uint32_t data = load_uarths(rom, K210_UARTHS_RXDATA);

		if (data & K210_UARTHS_RXDATA_EMPTY)
			break;
		rom->output_size += (unsigned)isp_receive(&rom->isp, (uint8_t)data,
							  rom->output + rom->output_size);
		send_output(rom);
	}
}

void mask_rom_wake_hart1(struct mask_rom *rom)
{
	if (!rom->hart1_parked)
		return;
	rom->hart1_parked = false;
	board_start_hart(rom->board, 1, ENTRY, MASK_ROM_HART1_MIE);
}
