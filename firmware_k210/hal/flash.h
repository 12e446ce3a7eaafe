/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The board's SPI NOR flash at SPI3. Reads of any size go by DMA in the background; everything else
 * is one selection of at most 0.1 ms. What the chip takes longer for (programming, erasing) it does
 * by itself; flash_busy() tells when it is ready again.
 */
#ifndef FIRMWARE_HAL_FLASH_H
#define FIRMWARE_HAL_FLASH_H

#include <stdbool.h>

#include "link/commands.h"

#define FLASH_DMA_CHANNEL 1u

/* Asks who is there and turns its quad mode on, after which it may be busy for some ms. False: it
 * is at work and does not say. */
bool flash_identify(struct kpu_flash_chip *chip);
/* It programs or erases. */
bool flash_busy(void);
/* Before all others: ends the modes in which the program before may have left it, and waits until
 * it has ended what that began: 2 s at most, usually no time. */
void flash_settle(void);
/* Small pieces, at once: 0.3 us a byte. */
void flash_read(uint32_t address, uint8_t *bytes, uint32_t length);
/* Begins to program the first of @length bytes of one page, and returns how many. */
uint32_t flash_program(uint32_t address, const uint8_t *bytes, uint32_t length);
/* Begins to erase 4, 32 or 64 KiB; @address is a multiple of @size. */
void flash_erase(uint32_t address, uint32_t size);

/* The clock of flash_start_read() that is nearest to @hz and not above; 0: there is none. */
uint32_t flash_nearest_clock(uint32_t hz);
/* Begins to read 32-bit words to memory (uncached window), each in the order of the flash's bytes
 * or, @reversed, the other way round. One at a time, and no other call of these until it is
 * done. */
void flash_start_read(uint32_t address, uint8_t *to, uint32_t words, bool reversed, uint32_t hz);
bool flash_read_done(void);
void flash_stop_read(void);

#endif
