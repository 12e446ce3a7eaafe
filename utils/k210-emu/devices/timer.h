/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_TIMER_H
#define K210_EMU_DEVICES_TIMER_H

#include <stdbool.h>

struct board;

bool timer_block_create(struct board *board, unsigned index);

#endif
