/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What an SPI controller and the board's SPI face tell each other over a stream. Each message is a
 * header of 16 bytes, little-endian, and bytes as said there.
 *
 * To the board:
 *  TRANSFER  0 u8 type, 1 u8 flags, 2 u8 SPI mode, 3 u8 0, 4 u32 clock in Hz, 8 u32 length,
 *            12 u32 nanoseconds until chip select falls; with flag DRIVE so many bytes follow, with
 *            flag DISCARD none come back
 *  QUIET     0 u8 type, 12 u32 nanoseconds: nothing follows for now (answers READY, DONE and TIME
 *            in lockstep); TIME comes after so long, unless 0 or something else happens before
 *  LOCKSTEP  0 u8 type, then 0: after each READY, DONE and TIME the board's time stands still until
 *            a TRANSFER or QUIET comes. So a host of any speed counts as one that takes no time but
 *            the delays it asks for, and it can live by the board's clock.
 * To the host:
 *  DONE      0 u8 type, 1 u8 0, 2 u16 0, 4 u32 length, 8 u64 time; that many bytes follow: those of
 *            the transfer, or 0
 *  READY     0 u8 type, 1 u8 level, 2 u8 1: a host's edge detector has missed it, 3 u8 0, 4 u32 0,
 *            8 u64 time; sent at the start and at changes
 *  TIME      0 u8 type, 1 u8 0, 2 u16 0, 4 u32 0, 8 u64 time
 *
 * Time is that of the board in nanoseconds. One TRANSFER at a time. Without DRIVE the data line is
 * the board's. A length of 0 is a pulse of chip select.
 */
#ifndef K210_EMU_FACES_SPI_PROTOCOL_H
#define K210_EMU_FACES_SPI_PROTOCOL_H

#define SPI_FACE_HEADER_BYTES 16
#define SPI_FACE_LENGTH_MAX   (1u << 20)

#define SPI_FACE_TRANSFER 1
#define SPI_FACE_QUIET    2
#define SPI_FACE_LOCKSTEP 3
#define SPI_FACE_DONE     1
#define SPI_FACE_READY    2
#define SPI_FACE_TIME     3

#define SPI_FACE_DRIVE         0x01 /* the host drives the data line */
#define SPI_FACE_KEEP_SELECTED 0x02 /* chip select stays low until the next transfer ends */
#define SPI_FACE_DISCARD       0x04 /* what the host receives is not wanted */

#endif
