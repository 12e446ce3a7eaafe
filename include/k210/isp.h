/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * In-system programming protocol of the mask ROM on UARTHS, IO4 and IO5: SLIP frames (RFC 1055)
 * with a delimiter at both ends and a small header. Sources: kendryte/kflash.py, sipeed/kflash.py;
 * laanwj/k210-sdk-stuff (rom/k210.rom.c).
 *
 *	0	1	operation
 *	1	3	0
 *	4	4	CRC-32 (zlib's) of everything from 8 on
 *	8	4	address
 *	12	4	length of the data
 *	16	n	data, at most 1024 bytes
 *
 * Answers are two bytes in a frame, the operation and a status. The greeting is thirteen bytes
 * without a CRC. A jump is not answered, and a rate at the new rate; neither looks at the CRC.
 *
 * The ROM looks at IO16 once after a reset: low, it serves this line; high, it boots from flash.
 */
#ifndef K210_ISP_H
#define K210_ISP_H

#define K210_ISP_BAUD           115200
#define K210_ISP_HEADER_BYTES   16
#define K210_ISP_DATA_MAX       1024
#define K210_ISP_GREETING_BYTES 13

#define K210_ISP_OFFSET_CHECKSUM 4
#define K210_ISP_OFFSET_ADDRESS  8
#define K210_ISP_OFFSET_LENGTH   12

#define K210_ISP_GREETING     0xc2
#define K210_ISP_WRITE_MEMORY 0xc3
#define K210_ISP_JUMP         0xc5
#define K210_ISP_SET_RATE     0xc6

#define K210_ISP_OK                0xe0
#define K210_ISP_BAD_LENGTH        0xe1
#define K210_ISP_BAD_CHECKSUM      0xe2
#define K210_ISP_UNKNOWN_OPERATION 0xe3

/*
 * From here on SRAM is the ROM's while it loads: boot patch, globals, stacks. A write there ends
 * in nothing good.
 */
#define K210_ISP_MEMORY_END 0x805f8000

#define K210_SLIP_END            0xc0
#define K210_SLIP_ESCAPE         0xdb
#define K210_SLIP_ESCAPED_END    0xdc
#define K210_SLIP_ESCAPED_ESCAPE 0xdd

#endif
