/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The mask ROM as a native model: it does what the ROM does, at the addresses where the ROM does
 * it, without RISC-V code. The window at 0x88000000 holds nothing but waiting loops, in which the
 * harts stand until the model starts them.
 *
 * Sources: laanwj/k210-sdk-stuff (rom/: the ROM disassembled and decompiled), kflash.py.
 *
 * Not modelled: OTP (boot patch, fuses, AES key), SPI0 as boot device, the ROM's own routines.
 */
#ifndef K210_EMU_ROM_MASK_ROM_H
#define K210_EMU_ROM_MASK_ROM_H

#include <stdbool.h>
#include <stdint.h>

struct board;
struct mask_rom;

/*
 * When hart 1 leaves the ROM after an ISP jump; after flash boot it always comes along. The ROM
 * does not call it (handle_memory_boot); "released" is for loaders that must not depend on that.
 */
enum hart1_policy {
	HART1_PARKED,   /* when something raises its software interrupt, to 0x80000000 */
	HART1_RELEASED, /* with the jump, to 0x80000000 whatever its address was */
};

/* Trap vector that the ROM leaves in both harts. */
#define MASK_ROM_TRAP_VECTOR 0x8800008c
/* What hart 1 has enabled in mie to be woken by: its software interrupt. */
#define MASK_ROM_HART1_MIE 0x8

struct mask_rom *mask_rom_new(struct board *board);
void mask_rom_free(struct mask_rom *rom);

/* Fills @bytes, the content of the window, with waiting loops. */
void mask_rom_fill(uint8_t *bytes, uint32_t size);

/* After a reset: stops what runs, and with @start begins a boot. */
void mask_rom_reset(struct mask_rom *rom, bool start);
/* Both harts have left the ROM by another way. */
void mask_rom_bypass(struct mask_rom *rom);

/* UARTHS has received or sent. */
void mask_rom_serial_event(struct mask_rom *rom);
/* The software interrupt of hart 1 was raised. */
void mask_rom_wake_hart1(struct mask_rom *rom);

#endif
