/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What all four DesignWare SSI blocks have, masters and slave: registers, FIFOs, interrupts, DMA
 * requests. Registers: k210/spi.h. The receive FIFO holds one frame less than it says (Linux
 * spi-dw-mmio.c): what comes to a full one is lost and latches the overrun.
 */
#ifndef K210_EMU_DEVICES_SPI_BLOCK_H
#define K210_EMU_DEVICES_SPI_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "k210/spi.h"
#include "utils/k210-emu/board.h"

#define SPI_REGISTERS_END 0x120

struct frame_fifo {
	uint32_t frames[K210_SPI_FIFO_DEPTH];
	unsigned head, count;
};

struct spi_block {
	struct device device;
	unsigned number;
	uint32_t words[SPI_REGISTERS_END / 4];
	struct frame_fifo transmit, receive;
	uint32_t latched; /* interrupts */
};

static inline uint32_t spi_word(const struct spi_block *block, uint32_t offset)
{
	return block->words[offset / 4];
}

static inline bool spi_is_enabled(const struct spi_block *block)
{
	return spi_word(block, K210_SPI_SSIENR) & 1;
}

static inline uint32_t frame_pop(struct frame_fifo *fifo)
{
	uint32_t frame = fifo->frames[fifo->head];

	fifo->head = (fifo->head + 1) % K210_SPI_FIFO_DEPTH;
	fifo->count--;
	return frame;
}

/* Adds it to @board with its DMA requests. */
bool spi_block_create(struct spi_block *block, struct board *board, unsigned number,
		      const struct device_ops *ops, uint32_t size);
/* All of it, as after power-on. */
void spi_block_reset(struct spi_block *block);
/* Disabled: both FIFOs are emptied. */
void spi_block_clear(struct spi_block *block);
/* Interrupt line and DMA requests after a change of FIFOs or registers. */
void spi_update(struct spi_block *block);

/* A frame has arrived; one too many is lost. */
void spi_receive_frame(struct spi_block *block, uint32_t frame);

/* @offset is that of a data register. */
bool spi_is_data(uint32_t offset);
/* @offset is inside of the block; says so if not, @access being "load of" or "store to". */
bool spi_is_register(struct spi_block *block, const char *access, uint32_t offset);
/* Any register but the data registers; @busy: a transfer is under way. */
uint32_t spi_load_register(struct spi_block *block, uint32_t offset, bool busy);
/* The oldest frame received, 0 if there is none. */
uint32_t spi_load_data(struct spi_block *block);
/* To the transmit FIFO; a frame that finds no room is lost. */
void spi_store_data(struct spi_block *block, uint32_t frame);

#endif
