/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * SPI2, a DesignWare SSI slave: registers, FIFOs and shift register. One data pin: ctrlr0.slv_oe
 * set means that it does not drive. Frames of 8, 16, 24 or 32 bits, most significant first.
 * Sources: K210 standalone SDK lib/drivers/include/spi.h, spi.c (slave functions); Linux
 * spi-dw-mmio.c for the depth of the receive FIFO.
 *
 * A slave cannot make the master wait: a frame that finds the receive FIFO full is lost, and an
 * empty transmit FIFO shifts out ones (what the chip does then is not known).
 *
 * Not modelled: frames of other lengths, sample delay, the end of a frame within a byte.
 */
#include "utils/k210-emu/devices/spi_slave.h"

#include <stdlib.h>
#include <string.h>

#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/dmac.h"
#include "utils/k210-emu/devices/spi_internal.h"

#define REGISTERS_END 0x120

/* Interrupt bits: Synopsys DW_apb_ssi data book. */
enum {
	INTERRUPT_TX_EMPTY = 1 << 0,
	INTERRUPT_TX_OVERFLOW = 1 << 1,
	INTERRUPT_RX_UNDERFLOW = 1 << 2,
	INTERRUPT_RX_OVERFLOW = 1 << 3,
	INTERRUPT_RX_FULL = 1 << 4,
};

struct spi_slave {
	struct device device;
	uint32_t words[REGISTERS_END / 4];
	struct frame_fifo transmit, receive;
	uint32_t latched; /* interrupts */
	bool selected;
	unsigned master_mode;
	uint32_t shift_in, shift_out;
	unsigned bits; /* of the frame on its way */
};

static uint32_t word(const struct spi_slave *slave, uint32_t offset)
{
	return slave->words[offset / 4];
}

static bool is_enabled(const struct spi_slave *slave)
{
	return word(slave, K210_SPI_SSIENR) & 1;
}

static unsigned field(const struct spi_slave *slave, unsigned shift, unsigned bits)
{
	return word(slave, K210_SPI_CTRLR0) >> shift & ((1u << bits) - 1);
}

static unsigned frame_bits(const struct spi_slave *slave)
{
	return field(slave, K210_SPI_CTRLR0_DFS_SHIFT, 5) + 1;
}

static uint32_t raw_interrupts(const struct spi_slave *slave)
{
	uint32_t value = slave->latched;

	if (!is_enabled(slave))
		return value;
	if (slave->transmit.count <= word(slave, K210_SPI_TXFTLR))
		value |= INTERRUPT_TX_EMPTY;
	if (slave->receive.count > word(slave, K210_SPI_RXFTLR))
		value |= INTERRUPT_RX_FULL;
	return value;
}

static void update(struct spi_slave *slave)
{
	struct board *board = slave->device.board;

	board_set_irq(board, K210_IRQ_SPI2,
		      (raw_interrupts(slave) & word(slave, K210_SPI_IMR)) != 0);
	dmac_request_changed(board->dmac, K210_DMA_REQ_SPI2_TX);
	dmac_request_changed(board->dmac, K210_DMA_REQ_SPI2_RX);
}

static enum dma_request receive_request(void *context)
{
	const struct spi_slave *slave = context;

	if (!is_enabled(slave) || !(word(slave, K210_SPI_DMACR) & 1) || !slave->receive.count)
		return DMA_REQUEST_NONE;
	return slave->receive.count > word(slave, K210_SPI_DMARDLR) ? DMA_REQUEST_BURST
								    : DMA_REQUEST_SINGLE;
}

static enum dma_request transmit_request(void *context)
{
	const struct spi_slave *slave = context;

	if (!is_enabled(slave) || !(word(slave, K210_SPI_DMACR) & 2) ||
	    slave->transmit.count >= K210_SPI_FIFO_DEPTH)
		return DMA_REQUEST_NONE;
	return slave->transmit.count <= word(slave, K210_SPI_DMATDLR) ? DMA_REQUEST_BURST
								      : DMA_REQUEST_SINGLE;
}

/* ---- the pins ---- */

bool spi_slave_drives(const struct spi_slave *slave)
{
	return is_enabled(slave) && !(word(slave, K210_SPI_CTRLR0) & K210_SPI_CTRLR0_SLV_OE) &&
	       field(slave, K210_SPI_CTRLR0_TMOD_SHIFT, 2) != K210_SPI_TMOD_RX;
}

static bool receives(const struct spi_slave *slave)
{
	return field(slave, K210_SPI_CTRLR0_TMOD_SHIFT, 2) != K210_SPI_TMOD_TX;
}

bool spi_slave_is_full(const struct spi_slave *slave)
{
	return is_enabled(slave) && receives(slave) &&
	       slave->receive.count >= K210_SPI_FIFO_DEPTH_USABLE;
}

void spi_slave_select(struct spi_slave *slave, unsigned mode)
{
	slave->selected = true;
	slave->master_mode = mode;
	slave->bits = 0;
	if (!is_enabled(slave))
		return;
	if (frame_bits(slave) % 8)
		board_guest_error(slave->device.board, slave->device.name,
				  "frames of %u bits are not modelled", frame_bits(slave));
	if (field(slave, K210_SPI_CTRLR0_MODE_SHIFT, 2) != mode)
		board_guest_error(slave->device.board, slave->device.name,
				  "works in mode %u, the master in mode %u: data is shifted",
				  field(slave, K210_SPI_CTRLR0_MODE_SHIFT, 2), mode);
}

void spi_slave_deselect(struct spi_slave *slave)
{
	slave->selected = false;
	slave->bits = 0;
}

static void frame_received(struct spi_slave *slave)
{
	uint32_t frame = slave->shift_in;

	if (!receives(slave))
		return;
	/* Sampled at the wrong edge. */
	if (slave->master_mode != field(slave, K210_SPI_CTRLR0_MODE_SHIFT, 2))
		frame >>= 1;
	if (slave->receive.count < K210_SPI_FIFO_DEPTH_USABLE) {
		frame_push(&slave->receive, frame);
		return;
	}
	slave->latched |= INTERRUPT_RX_OVERFLOW;
	board_guest_error(slave->device.board, slave->device.name,
			  "receive FIFO overrun: a frame is lost");
}

uint8_t spi_slave_clock(struct spi_slave *slave, uint8_t in)
{
	unsigned width = (frame_bits(slave) + 7) & ~7u;
	uint8_t out;

	if (!slave->selected || !is_enabled(slave))
		return 0xff;
	if (slave->bits == 0) {
		slave->shift_in = 0;
		slave->shift_out = UINT32_MAX;
		if (spi_slave_drives(slave) && slave->transmit.count)
			slave->shift_out = frame_pop(&slave->transmit) << (32 - width);
	}
	out = (uint8_t)(slave->shift_out >> 24);
	slave->shift_out = slave->shift_out << 8 | 0xff;
	slave->shift_in = slave->shift_in << 8 | in;
	slave->bits += 8;
	if (slave->bits >= width) {
		slave->bits = 0;
		frame_received(slave);
		update(slave);
	}
	return out;
}

/* ---- the registers ---- */

static uint32_t status(const struct spi_slave *slave)
{
	uint32_t value = slave->selected && is_enabled(slave) ? K210_SPI_SR_BUSY : 0;

	if (slave->transmit.count < K210_SPI_FIFO_DEPTH)
		value |= K210_SPI_SR_TX_NOT_FULL;
	if (slave->transmit.count == 0)
		value |= K210_SPI_SR_TX_EMPTY;
	if (slave->receive.count)
		value |= K210_SPI_SR_RX_NOT_EMPTY;
	if (slave->receive.count >= K210_SPI_FIFO_DEPTH_USABLE)
		value |= K210_SPI_SR_RX_FULL;
	return value;
}

static uint32_t load_data(struct spi_slave *slave)
{
	if (slave->receive.count)
		return frame_pop(&slave->receive);
	slave->latched |= INTERRUPT_RX_UNDERFLOW;
	board_guest_error(slave->device.board, slave->device.name,
			  "data read from the empty receive FIFO");
	return 0;
}

static void store_data(struct spi_slave *slave, uint32_t value)
{
	if (!is_enabled(slave)) {
		board_guest_error(slave->device.board, slave->device.name,
				  "data written while disabled: lost");
	} else if (slave->transmit.count >= K210_SPI_FIFO_DEPTH) {
		slave->latched |= INTERRUPT_TX_OVERFLOW;
		board_guest_error(slave->device.board, slave->device.name,
				  "data written to the full transmit FIFO: lost");
	} else {
		frame_push(&slave->transmit, value);
	}
}

/* Reading one of the clear registers clears what it is for, and returns whether it was there. */
static uint32_t clear(struct spi_slave *slave, uint32_t which)
{
	uint32_t was = slave->latched & which;

	slave->latched &= ~which;
	return was != 0;
}

static uint32_t load_register(struct spi_slave *slave, uint32_t offset)
{
	switch (offset) {
	case K210_SPI_SR:
		return status(slave);
	case K210_SPI_TXFLR:
		return slave->transmit.count;
	case K210_SPI_RXFLR:
		return slave->receive.count;
	case K210_SPI_RISR:
		return raw_interrupts(slave);
	case K210_SPI_ISR:
		return raw_interrupts(slave) & word(slave, K210_SPI_IMR);
	case K210_SPI_TXOICR:
		return clear(slave, INTERRUPT_TX_OVERFLOW);
	case K210_SPI_RXOICR:
		return clear(slave, INTERRUPT_RX_OVERFLOW);
	case K210_SPI_RXUICR:
		return clear(slave, INTERRUPT_RX_UNDERFLOW);
	case K210_SPI_MSTICR:
		return 0;
	case K210_SPI_ICR:
		return clear(slave, UINT32_MAX);
	default:
		return word(slave, offset);
	}
}

static bool slave_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct spi_slave *slave = (struct spi_slave *)device;

	*value = 0;
	if (offset >= REGISTERS_END) {
		board_guest_error(device->board, device->name, "load of unknown register +0x%x",
				  offset);
		return true;
	}
	if (offset >= K210_SPI_DR && offset < K210_SPI_RX_SAMPLE_DELAY)
		*value = load_data(slave);
	else
		*value = load_register(slave, offset);
	update(slave);
	return true;
}

static void store_register(struct spi_slave *slave, uint32_t offset, uint32_t value)
{
	bool fixed = offset == K210_SPI_CTRLR0 || offset == K210_SPI_CTRLR1;

	/* Synopsys DW_apb_ssi data book: these can only be written while the block is disabled. */
	if (fixed && is_enabled(slave) && word(slave, offset) != value) {
		board_guest_error(slave->device.board, slave->device.name,
				  "register +0x%02x written while enabled: ignored", offset);
		return;
	}
	slave->words[offset / 4] = value;
	if (offset == K210_SPI_SSIENR && !(value & 1)) {
		slave->transmit.count = slave->receive.count = 0;
		slave->bits = 0;
	}
}

static bool slave_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct spi_slave *slave = (struct spi_slave *)device;

	if (offset >= REGISTERS_END) {
		board_guest_error(device->board, device->name, "store to unknown register +0x%x",
				  offset);
		return true;
	}
	if (offset >= K210_SPI_DR && offset < K210_SPI_RX_SAMPLE_DELAY)
		store_data(slave, (uint32_t)value);
	else
		store_register(slave, offset, (uint32_t)value);
	update(slave);
	return true;
}

static void slave_reset(struct device *device)
{
	struct spi_slave *slave = (struct spi_slave *)device;

	memset(slave->words, 0, sizeof(slave->words));
	slave->transmit.count = slave->receive.count = 0;
	slave->latched = 0;
	slave->bits = 0;
	update(slave);
}

static const struct device_ops slave_ops = {
	.load = slave_load,
	.store = slave_store,
	.reset = slave_reset,
};

bool spi_slave_create(struct board *board)
{
	struct spi_slave *slave = calloc(1, sizeof(*slave));

	if (!slave)
		return false;
	slave->device = (struct device){ .ops = &slave_ops,
					 .board = board,
					 .name = "spi2",
					 .base = K210_SPI2_BASE,
					 .size = 0x1000,
					 .width = 4,
					 .clock_gate = K210_PERI_SPI2 };
	board->dma_peers[K210_DMA_REQ_SPI2_RX] = (struct dma_peer){ receive_request, slave };
	board->dma_peers[K210_DMA_REQ_SPI2_TX] = (struct dma_peer){ transmit_request, slave };
	board->spi_slave = slave;
	return board_add_device(board, &slave->device);
}
