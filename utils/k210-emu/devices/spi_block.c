/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/devices/spi_block.h"

#include <string.h>

#include "k210/sysctl.h"
#include "utils/k210-emu/devices/dmac.h"

/* Interrupt bits: Synopsys DW_apb_ssi data book. */
enum {
	INTERRUPT_TX_EMPTY = 1 << 0,
	INTERRUPT_TX_OVERFLOW = 1 << 1,
	INTERRUPT_RX_UNDERFLOW = 1 << 2,
	INTERRUPT_RX_OVERFLOW = 1 << 3,
	INTERRUPT_RX_FULL = 1 << 4,
};

static void frame_push(struct frame_fifo *fifo, uint32_t frame)
{
	fifo->frames[(fifo->head + fifo->count++) % K210_SPI_FIFO_DEPTH] = frame;
}

static uint32_t raw_interrupts(const struct spi_block *block)
{
	uint32_t value = block->latched;

	if (!spi_is_enabled(block))
		return value;
	if (block->transmit.count <= spi_word(block, K210_SPI_TXFTLR))
		value |= INTERRUPT_TX_EMPTY;
	if (block->receive.count > spi_word(block, K210_SPI_RXFTLR))
		value |= INTERRUPT_RX_FULL;
	return value;
}

void spi_update(struct spi_block *block)
{
	struct board *board = block->device.board;

	board_set_irq(board, K210_IRQ_SPI0 + block->number,
		      (raw_interrupts(block) & spi_word(block, K210_SPI_IMR)) != 0);
	dmac_request_changed(board->dmac, K210_DMA_REQ_SPI0_TX + 2 * block->number);
	dmac_request_changed(board->dmac, K210_DMA_REQ_SPI0_RX + 2 * block->number);
}

static enum dma_request receive_request(void *context)
{
	const struct spi_block *block = context;

	if (!spi_is_enabled(block) || !(spi_word(block, K210_SPI_DMACR) & 1) ||
	    !block->receive.count)
		return DMA_REQUEST_NONE;
	return block->receive.count > spi_word(block, K210_SPI_DMARDLR) ? DMA_REQUEST_BURST
									: DMA_REQUEST_SINGLE;
}

static enum dma_request transmit_request(void *context)
{
	const struct spi_block *block = context;

	if (!spi_is_enabled(block) || !(spi_word(block, K210_SPI_DMACR) & 2) ||
	    block->transmit.count >= K210_SPI_FIFO_DEPTH)
		return DMA_REQUEST_NONE;
	return block->transmit.count <= spi_word(block, K210_SPI_DMATDLR) ? DMA_REQUEST_BURST
									  : DMA_REQUEST_SINGLE;
}

void spi_receive_frame(struct spi_block *block, uint32_t frame)
{
	if (block->receive.count < K210_SPI_FIFO_DEPTH_USABLE) {
		frame_push(&block->receive, frame);
		return;
	}
	block->latched |= INTERRUPT_RX_OVERFLOW;
	board_guest_error(block->device.board, block->device.name,
			  "receive FIFO overrun: a frame is lost");
}

static uint32_t status(const struct spi_block *block, bool busy)
{
	uint32_t value = busy ? K210_SPI_SR_BUSY : 0;

	if (block->transmit.count < K210_SPI_FIFO_DEPTH)
		value |= K210_SPI_SR_TX_NOT_FULL;
	if (block->transmit.count == 0)
		value |= K210_SPI_SR_TX_EMPTY;
	if (block->receive.count)
		value |= K210_SPI_SR_RX_NOT_EMPTY;
	if (block->receive.count >= K210_SPI_FIFO_DEPTH_USABLE)
		value |= K210_SPI_SR_RX_FULL;
	return value;
}

bool spi_is_data(uint32_t offset)
{
	return offset >= K210_SPI_DR && offset < K210_SPI_RX_SAMPLE_DELAY;
}

bool spi_is_register(struct spi_block *block, const char *access, uint32_t offset)
{
	if (offset < SPI_REGISTERS_END)
		return true;
	board_guest_error(block->device.board, block->device.name, "%s unknown register +0x%x",
			  access, offset);
	return false;
}

uint32_t spi_load_data(struct spi_block *block)
{
	if (block->receive.count)
		return frame_pop(&block->receive);
	block->latched |= INTERRUPT_RX_UNDERFLOW;
	board_guest_error(block->device.board, block->device.name,
			  "data read from the empty receive FIFO");
	return 0;
}

void spi_store_data(struct spi_block *block, uint32_t frame)
{
	if (!spi_is_enabled(block)) {
		board_guest_error(block->device.board, block->device.name,
				  "data written while disabled: lost");
	} else if (block->transmit.count >= K210_SPI_FIFO_DEPTH) {
		block->latched |= INTERRUPT_TX_OVERFLOW;
		board_guest_error(block->device.board, block->device.name,
				  "data written to the full transmit FIFO: lost");
	} else {
		frame_push(&block->transmit, frame);
	}
}

/* Reading one of the clear registers clears what it is for, and returns whether it was there. */
static uint32_t clear_interrupts(struct spi_block *block, uint32_t which)
{
	uint32_t was = block->latched & which;

	block->latched &= ~which;
	return was != 0;
}

uint32_t spi_load_register(struct spi_block *block, uint32_t offset, bool busy)
{
	switch (offset) {
	case K210_SPI_SR:
		return status(block, busy);
	case K210_SPI_TXFLR:
		return block->transmit.count;
	case K210_SPI_RXFLR:
		return block->receive.count;
	case K210_SPI_RISR:
		return raw_interrupts(block);
	case K210_SPI_ISR:
		return raw_interrupts(block) & spi_word(block, K210_SPI_IMR);
	case K210_SPI_TXOICR:
		return clear_interrupts(block, INTERRUPT_TX_OVERFLOW);
	case K210_SPI_RXOICR:
		return clear_interrupts(block, INTERRUPT_RX_OVERFLOW);
	case K210_SPI_RXUICR:
		return clear_interrupts(block, INTERRUPT_RX_UNDERFLOW);
	case K210_SPI_MSTICR:
		return 0;
	case K210_SPI_ICR:
		return clear_interrupts(block, UINT32_MAX);
	default:
		return spi_word(block, offset);
	}
}

void spi_block_clear(struct spi_block *block)
{
	block->transmit.count = block->receive.count = 0;
}

void spi_block_reset(struct spi_block *block)
{
	memset(block->words, 0, sizeof(block->words));
	spi_block_clear(block);
	block->latched = 0;
	spi_update(block);
}

bool spi_block_create(struct spi_block *block, struct board *board, unsigned number,
		      const struct device_ops *ops, uint32_t size)
{
	static const char *const names[] = { "spi0", "spi1", "spi2", "spi3" };
	static const uint32_t bases[] = { K210_SPI0_BASE, K210_SPI1_BASE, K210_SPI2_BASE,
					  K210_SPI3_BASE };
	unsigned request = K210_DMA_REQ_SPI0_RX + 2 * number;

	block->device = (struct device){ .ops = ops,
					 .board = board,
					 .name = names[number],
					 .base = bases[number],
					 .size = size,
					 .width = 4,
					 .clock_gate = K210_PERI_SPI0 + (int)number };
	block->number = number;
	board->dma_peers[request] = (struct dma_peer){ receive_request, block };
	board->dma_peers[request + 1] = (struct dma_peer){ transmit_request, block };
	return board_add_device(board, &block->device);
}
