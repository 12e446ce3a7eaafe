/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_SPI_H
#define K210_EMU_DEVICES_SPI_H

#include <stdbool.h>
#include <stdint.h>

struct board;
struct nor_flash;
struct spi;

/* @number is 0, 1 or 3 (2 is a slave); @flash listens there, or NULL. */
bool spi_create(struct board *board, unsigned number, struct nor_flash *flash);

/*
 * What stands on the wires of a master without a flash and hears every byte it drives, on so many
 * wires: a display, for tests.
 */
void spi_listen(struct spi *spi, void (*hear)(void *context, uint8_t byte, unsigned wires),
		void *context);

#endif
