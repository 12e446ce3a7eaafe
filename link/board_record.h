/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What a board's flash says about the board: which pins are soldered to an SPI host. The firmware
 * reads it at its start, `kpuctl flash pins` writes it.
 *
 * It has the last sector of the first 128 KiB: behind the largest image of this firmware, and
 * before 0x200000 and 0x300000, where models are put by convention.
 *
 * The record, little-endian, at the start of the sector:
 *  0  8 bytes  "KPUBOARD"
 *  8  u16      version, 1
 * 10  u16      length of all of it, 32; later ones may be longer, up to 256
 * 12  u32      CRC-32 (IEEE 802.3) of all the other bytes. Not at the end: all sectors with a
 *              record and its CRC behind it would have the same CRC, by which flashes are compared
 * 16  6 * u8   IO numbers of clock, chip select, data to the board (MOSI), data from it (MISO),
 *              chip select sensed by a GPIO, ready; MISO = MOSI: one data wire; all of them 255: no
 *              SPI, the pins are left alone
 * 22           zeros
 */
#ifndef KPU_LINK_BOARD_RECORD_H
#define KPU_LINK_BOARD_RECORD_H

#include "link/types.h"

#define KPU_BOARD_RECORD_ADDRESS   0x1f000u
#define KPU_BOARD_RECORD_MAGIC     "KPUBOARD"
#define KPU_BOARD_RECORD_VERSION   1u
#define KPU_BOARD_RECORD_BYTES     32u
#define KPU_BOARD_RECORD_BYTES_MAX 256u

/* IO numbers of the K210, 0..47. */
struct kpu_spi_pins {
	uint8_t sclk, cs, mosi, miso, sense, ready;
};
#define KPU_SPI_PINS    6u
#define KPU_SPI_PIN_OFF 255u /* in all of them: the board is on no SPI bus */

enum kpu_board_record_state {
	KPU_BOARD_RECORD_ABSENT, /* the magic is not there */
	KPU_BOARD_RECORD_GOOD,
	KPU_BOARD_RECORD_DAMAGED, /* length or CRC is wrong */
	KPU_BOARD_RECORD_NEWER,   /* another version */
	KPU_BOARD_RECORD_PINS,    /* its pins can not be: see kpu_spi_pins_possible() */
};

/*
 * Existing pins, each for one thing, with MISO = MOSI the only exception; none of them the console
 * (IO4, IO5), over which a board with wrong pins is repaired; or all of them off.
 */
bool kpu_spi_pins_possible(const struct kpu_spi_pins *pins);

/* @bytes: KPU_BOARD_RECORD_BYTES_MAX from the record's address. *pins is filled if it is good. */
enum kpu_board_record_state kpu_board_record_read(const uint8_t *bytes, struct kpu_spi_pins *pins);
/* Writes KPU_BOARD_RECORD_BYTES. */
void kpu_board_record_write(uint8_t *bytes, const struct kpu_spi_pins *pins);

#endif
