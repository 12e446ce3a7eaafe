/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_STORED_H
#define K210_EMU_DEVICES_STORED_H

#include <stdbool.h>

struct board;

/* Blocks whose registers are memory and nothing else: RTC, AES, SHA256, OTP, FFT, I2S. */
bool stored_blocks_create(struct board *board);

#endif
