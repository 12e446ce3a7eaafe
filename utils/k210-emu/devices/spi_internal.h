/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Inside of the SPI masters: registers (spi.c) and transfers (spi_transfer.c). */
#ifndef K210_EMU_DEVICES_SPI_INTERNAL_H
#define K210_EMU_DEVICES_SPI_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "k210/spi.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/nor_flash.h"
#include "utils/k210-emu/event.h"

struct frame_fifo {
	uint32_t frames[K210_SPI_FIFO_DEPTH];
	unsigned head, count;
};

enum spi_phase {
	SPI_IDLE,
	SPI_HEADER,  /* instruction and address of the enhanced formats */
	SPI_SEND,    /* what is in the transmit FIFO */
	SPI_RECEIVE, /* as many frames as ctrlr1 says */
};

struct spi {
	struct device device;
	unsigned number;
	struct nor_flash *flash; /* NULL: nothing is connected, all ones come back */
	void (*hear)(void *context, uint8_t byte, unsigned wires);
	void *hear_context;
	uint32_t words[0x120 / 4];
	struct frame_fifo transmit, receive;
	uint32_t raw_interrupts; /* of the latched ones */

	enum spi_phase phase;
	uint32_t receive_left;
	bool lingering; /* collapsed durations: the transmit FIFO ran empty once */
	struct event event;
};

static inline uint32_t spi_word(const struct spi *spi, uint32_t offset)
{
	return spi->words[offset / 4];
}

static inline bool spi_is_enabled(const struct spi *spi)
{
	return spi_word(spi, K210_SPI_SSIENR) & 1;
}

static inline void frame_push(struct frame_fifo *fifo, uint32_t frame)
{
	fifo->frames[(fifo->head + fifo->count++) % K210_SPI_FIFO_DEPTH] = frame;
}

static inline uint32_t frame_pop(struct frame_fifo *fifo)
{
	uint32_t frame = fifo->frames[fifo->head];

	fifo->head = (fifo->head + 1) % K210_SPI_FIFO_DEPTH;
	fifo->count--;
	return frame;
}

/* Interrupt line and DMA requests after a change of FIFOs or registers. */
void spi_update(struct spi *spi);

/* Begins a transfer if it is enabled, selected and has what it needs. */
void spi_try_start(struct spi *spi);
/* Deselected or disabled. */
void spi_stop(struct spi *spi);
/* There is room in the receive FIFO again. */
void spi_room(struct spi *spi);
void spi_fire(void *context);

#endif
