/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A program in flash, as the mask ROM expects it at address 0 (kendryte/kflash.py, which writes it;
 * annotations of laanwj/k210-sdk-stuff, how the ROM reads it):
 *
 *   0  u8   flags
 *   1  u32  length of the program, little-endian
 *   5  program for 0x80000000, entered at its first byte
 *   5 + length  SHA-256 over all of the above
 */
#ifndef K210_FLASH_IMAGE_H
#define K210_FLASH_IMAGE_H

#define K210_FLASH_IMAGE_LENGTH 1u /* place of the length */
#define K210_FLASH_IMAGE_HEADER 5u
#define K210_FLASH_IMAGE_DIGEST 32u
/* Longer programs do not fit below the ROM's own memory; it gives up on them. */
#define K210_FLASH_IMAGE_MAX 0x5fc000u

#define K210_FLASH_IMAGE_ENCRYPTED 0x01u /* AES-128-CBC with a key of the chip */
#define K210_FLASH_IMAGE_FAST_READ 0x02u /* which read command the ROM uses */
#define K210_FLASH_IMAGE_FLAGS     0x03u

#endif
