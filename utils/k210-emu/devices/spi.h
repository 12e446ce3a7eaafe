/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_SPI_H
#define K210_EMU_DEVICES_SPI_H

#include <stdbool.h>

struct board;

/* Master 0, 1 or 3. */
bool spi_create(struct board *board, unsigned number);

#endif
