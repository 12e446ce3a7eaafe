/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Inside of the SPI masters: registers (spi.c) and transfers (spi_transfer.c). */
#ifndef K210_EMU_DEVICES_SPI_INTERNAL_H
#define K210_EMU_DEVICES_SPI_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "utils/k210-emu/devices/nor_flash.h"
#include "utils/k210-emu/devices/spi_block.h"
#include "utils/k210-emu/event.h"

enum spi_phase {
	SPI_IDLE,
	SPI_HEADER,  /* instruction and address of the enhanced formats */
	SPI_SEND,    /* what is in the transmit FIFO */
	SPI_RECEIVE, /* as many frames as ctrlr1 says */
};

struct spi {
	struct spi_block block;
	struct nor_flash *flash; /* NULL: nothing is connected, all ones come back */
	void (*hear)(void *context, uint8_t byte, unsigned wires);
	void *hear_context;

	enum spi_phase phase;
	uint32_t receive_left;
	bool lingering; /* collapsed durations: the transmit FIFO ran empty once */
	struct event event;
};

/* Begins a transfer if it is enabled, selected and has what it needs. */
void spi_try_start(struct spi *spi);
/* Deselected or disabled. */
void spi_stop(struct spi *spi);
/* There is room in the receive FIFO again. */
void spi_room(struct spi *spi);
void spi_fire(void *context);

#endif
