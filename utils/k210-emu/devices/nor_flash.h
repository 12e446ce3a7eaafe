/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * SPI NOR flash of the size and kind that K210 modules carry (GD25LQ128, W25Q128): commands, status
 * registers, busy times. Sources: what both data sheets have in common; K210 standalone demo
 * flash_w25qxx for what is used.
 *
 * Programming and erasing change the cells in two steps, at the start and at the end of the busy
 * time: an operation that power loss, a reset command or the end of the emulator cuts leaves the
 * first half changed, which no program may rely on.
 *
 * A reset of the board is none of the chip: continuous reading, QPI and power-down stay.
 *
 * Not modelled: block protection bits, suspend and resume, security registers, SFDP, reads in QPI
 * mode, four-byte addresses. Status registers are not kept in the file.
 */
#ifndef K210_EMU_DEVICES_NOR_FLASH_H
#define K210_EMU_DEVICES_NOR_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOR_FLASH_SIZE_DEFAULT (16u * 1024 * 1024)
#define NOR_FLASH_SIZE_MIN     (64u * 1024)
#define NOR_FLASH_SIZE_MAX     (16u * 1024 * 1024)
#define NOR_FLASH_PAGE         256u
#define NOR_FLASH_SECTOR       4096u

struct board;
struct nor_flash;

/* What a worn or badly soldered chip does. */
enum nor_flash_trouble {
	NOR_FLASH_FINE,
	NOR_FLASH_BUSY, /* says so for ever, and takes nothing */
	NOR_FLASH_GONE, /* drives nothing: all ones */
};

/* What a program that was reset may leave the chip in. */
enum nor_flash_mode {
	NOR_FLASH_DUAL_READ, /* continuous reading */
	NOR_FLASH_QUAD_READ,
	NOR_FLASH_QPI, /* commands on four wires */
	NOR_FLASH_POWER_DOWN,
};

struct nor_flash_options {
	const char *path; /* NULL or empty: in memory */
	uint32_t size;    /* a power of two; 0: default */
	uint8_t id[3];    /* manufacturer, type, capacity; zeros: C8 60 and the size */
	uint8_t unique_id[8];
};

/* A blank chip of default size in memory. NULL: out of memory. */
struct nor_flash *nor_flash_new(struct board *board);
void nor_flash_free(struct nor_flash *flash);
/* Replaces the chip, before the board runs. Returns NULL or a sentence saying what is wrong. */
const char *nor_flash_configure(struct nor_flash *flash, const struct nor_flash_options *options);

/* Power came back: a running operation is cut, volatile state is lost. */
void nor_flash_power_on(struct nor_flash *flash);

/* From now on; a selection that has begun is not disturbed. */
void nor_flash_set_trouble(struct nor_flash *flash, enum nor_flash_trouble trouble);
/* As if a program had left it so; the quad enable bit is set. */
void nor_flash_set_mode(struct nor_flash *flash, enum nor_flash_mode mode);
/* Other cells, as if they had always been there. False: the file cannot be written. */
bool nor_flash_poke(struct nor_flash *flash, uint32_t address, uint32_t word);

/* Chip select; @hz is the clock that follows. The end of a selection executes commands. */
void nor_flash_select(struct nor_flash *flash, uint64_t hz);
void nor_flash_deselect(struct nor_flash *flash);
/* Eight bits on @lanes wires, @driven by the master or only listened to. Returns what it sees. */
uint8_t nor_flash_transfer(struct nor_flash *flash, uint8_t byte, unsigned lanes, bool driven);
/* Clocks in which nobody drives. */
void nor_flash_wait(struct nor_flash *flash, unsigned clocks);

/* Past the bus, for the mask ROM and the memory window: cells, and the quad enable bit. */
void nor_flash_read(const struct nor_flash *flash, uint32_t address, void *bytes, size_t size);
void nor_flash_enable_quad(struct nor_flash *flash);

#endif
