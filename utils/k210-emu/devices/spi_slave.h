/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* SPI2, the slave, as seen from its pins. */
#ifndef K210_EMU_DEVICES_SPI_SLAVE_H
#define K210_EMU_DEVICES_SPI_SLAVE_H

#include <stdbool.h>
#include <stdint.h>

struct board;
struct spi_slave;

bool spi_slave_create(struct board *board);

/* Its select input falls; the master clocks in @mode (SPI mode 0..3) with @hz, 0: not at all. */
void spi_slave_select(struct spi_slave *slave, unsigned mode, uint32_t hz);
/* ... rises: bits of an incomplete frame are lost. */
void spi_slave_deselect(struct spi_slave *slave);
/* Eight clocks: @in is on the data pin; returns what the slave shifts out. */
uint8_t spi_slave_clock(struct spi_slave *slave, uint8_t in);
/* It is enabled and drives its data output. */
bool spi_slave_drives(const struct spi_slave *slave);
/* The next frame would find no room in the receive FIFO. */
bool spi_slave_is_full(const struct spi_slave *slave);

#endif
