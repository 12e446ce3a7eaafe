/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_GPIO_H
#define K210_EMU_DEVICES_GPIO_H

#include <stdbool.h>

struct board;

/* The 8-pin DesignWare GPIO. */
bool gpio_create(struct board *board);

#endif
