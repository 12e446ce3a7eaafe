/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_SPI_H
#define K210_EMU_DEVICES_SPI_H

#include <stdbool.h>

struct board;
struct nor_flash;

/* @number is 0, 1 or 3 (2 is a slave); @flash listens there, or NULL. */
bool spi_create(struct board *board, unsigned number, struct nor_flash *flash);

#endif
