/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * SHA-256 engine. Source: K210 standalone SDK lib/drivers/include/sha256.h, sha256.c. Software
 * pads; the engine takes the given number of 64-byte blocks, a word at a time, and gives the
 * result with its last word first.
 */
#ifndef K210_SHA256_H
#define K210_SHA256_H

#define K210_SHA256_RESULT    0x00 /* 8 words */
#define K210_SHA256_DATA_IN   0x20
#define K210_SHA256_NUM       0x28 /* blocks in 15:0 */
#define K210_SHA256_FUNCTION0 0x2c
#define K210_SHA256_FUNCTION1 0x34
#define K210_SHA256_END       0x38

#define K210_SHA256_ENABLE     (1 << 0)  /* function0; reads 1 when the digest is there */
#define K210_SHA256_BIG_ENDIAN (1 << 16) /* function0: words in memory order */
#define K210_SHA256_DMA        (1 << 0)  /* function1 */
#define K210_SHA256_FIFO_FULL  (1 << 8)  /* function1 */

#endif
