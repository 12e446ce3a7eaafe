/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_ALL_H
#define K210_EMU_DEVICES_ALL_H

#include <stdbool.h>

struct board;

/* Creates every block of the chip and adds it to the board. False: out of memory. */
bool devices_create(struct board *board);

#endif
