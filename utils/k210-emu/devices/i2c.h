/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_I2C_H
#define K210_EMU_DEVICES_I2C_H

#include <stdbool.h>

struct board;

bool i2c_create(struct board *board, unsigned index);

#endif
