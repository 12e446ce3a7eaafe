/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * DesignWare SSI masters 0, 1 and 3: registers, FIFOs, interrupts, DMA requests. The flash is at
 * SPI3; at the others nothing listens and all ones come back. Registers: k210/spi.h.
 *
 * The memory window of SPI3 (execute in place) gives the bytes of the flash in address order while
 * sysctl selects it, whatever the xip registers say; it cannot be executed from.
 *
 * Not modelled: clock polarity and phase, sample delay, slave select lines other than "one is on".
 */
#include "utils/k210-emu/devices/spi.h"

#include <stdlib.h>
#include <string.h>

#include "k210/sysctl.h"
#include "utils/k210-emu/devices/dmac.h"
#include "utils/k210-emu/devices/spi_internal.h"
#include "utils/k210-emu/devices/sysctl.h"

#define REGISTERS_END 0x120
#define XIP_WINDOW    0x02000000

/* Interrupt bits: Synopsys DW_apb_ssi data book. */
enum {
	INTERRUPT_TX_EMPTY = 1 << 0,
	INTERRUPT_TX_OVERFLOW = 1 << 1,
	INTERRUPT_RX_UNDERFLOW = 1 << 2,
	INTERRUPT_RX_OVERFLOW = 1 << 3,
	INTERRUPT_RX_FULL = 1 << 4,
};

static uint32_t raw_interrupts(const struct spi *spi)
{
	uint32_t value = spi->raw_interrupts;

	if (!spi_is_enabled(spi))
		return value;
	if (spi->transmit.count <= spi_word(spi, K210_SPI_TXFTLR))
		value |= INTERRUPT_TX_EMPTY;
	if (spi->receive.count > spi_word(spi, K210_SPI_RXFTLR))
		value |= INTERRUPT_RX_FULL;
	return value;
}

void spi_update(struct spi *spi)
{
	struct board *board = spi->device.board;
	unsigned source = K210_IRQ_SPI0 + spi->number;

	board_set_irq(board, source, (raw_interrupts(spi) & spi_word(spi, K210_SPI_IMR)) != 0);
	dmac_request_changed(board->dmac, K210_DMA_REQ_SPI0_TX + 2 * spi->number);
	dmac_request_changed(board->dmac, K210_DMA_REQ_SPI0_RX + 2 * spi->number);
}

static enum dma_request receive_request(void *context)
{
	const struct spi *spi = context;

	if (!spi_is_enabled(spi) || !(spi_word(spi, K210_SPI_DMACR) & 1) || !spi->receive.count)
		return DMA_REQUEST_NONE;
	return spi->receive.count > spi_word(spi, K210_SPI_DMARDLR) ? DMA_REQUEST_BURST
								    : DMA_REQUEST_SINGLE;
}

static enum dma_request transmit_request(void *context)
{
	const struct spi *spi = context;

	if (!spi_is_enabled(spi) || !(spi_word(spi, K210_SPI_DMACR) & 2) ||
	    spi->transmit.count >= K210_SPI_FIFO_DEPTH)
		return DMA_REQUEST_NONE;
	return spi->transmit.count <= spi_word(spi, K210_SPI_DMATDLR) ? DMA_REQUEST_BURST
								      : DMA_REQUEST_SINGLE;
}

static uint32_t status(const struct spi *spi)
{
	uint32_t value = spi->phase != SPI_IDLE ? K210_SPI_SR_BUSY : 0;

	if (spi->transmit.count < K210_SPI_FIFO_DEPTH)
		value |= K210_SPI_SR_TX_NOT_FULL;
	if (spi->transmit.count == 0)
		value |= K210_SPI_SR_TX_EMPTY;
	if (spi->receive.count)
		value |= K210_SPI_SR_RX_NOT_EMPTY;
	if (spi->receive.count >= K210_SPI_FIFO_DEPTH_USABLE)
		value |= K210_SPI_SR_RX_FULL;
	return value;
}

static uint32_t load_data(struct spi *spi)
{
	uint32_t frame;

	if (spi->receive.count == 0) {
		spi->raw_interrupts |= INTERRUPT_RX_UNDERFLOW;
		board_guest_error(spi->device.board, spi->device.name,
				  "data read from the empty receive FIFO");
		return 0;
	}
	frame = frame_pop(&spi->receive);
	spi_room(spi);
	return frame;
}

static void store_data(struct spi *spi, uint32_t value)
{
	if (!spi_is_enabled(spi)) {
		board_guest_error(spi->device.board, spi->device.name,
				  "data written while disabled: lost");
		return;
	}
	if (spi->transmit.count >= K210_SPI_FIFO_DEPTH) {
		spi->raw_interrupts |= INTERRUPT_TX_OVERFLOW;
		board_guest_error(spi->device.board, spi->device.name,
				  "data written to the full transmit FIFO: lost");
		return;
	}
	frame_push(&spi->transmit, value);
	spi_try_start(spi);
}

/* Reading one of the clear registers clears what it is for, and returns whether it was there. */
static uint32_t clear_interrupts(struct spi *spi, uint32_t which)
{
	uint32_t was = spi->raw_interrupts & which;

	spi->raw_interrupts &= ~which;
	return was != 0;
}

static uint32_t load_register(struct spi *spi, uint32_t offset)
{
	switch (offset) {
	case K210_SPI_SR:
		return status(spi);
	case K210_SPI_TXFLR:
		return spi->transmit.count;
	case K210_SPI_RXFLR:
		return spi->receive.count;
	case K210_SPI_RISR:
		return raw_interrupts(spi);
	case K210_SPI_ISR:
		return raw_interrupts(spi) & spi_word(spi, K210_SPI_IMR);
	case K210_SPI_TXOICR:
		return clear_interrupts(spi, INTERRUPT_TX_OVERFLOW);
	case K210_SPI_RXOICR:
		return clear_interrupts(spi, INTERRUPT_RX_OVERFLOW);
	case K210_SPI_RXUICR:
		return clear_interrupts(spi, INTERRUPT_RX_UNDERFLOW);
	case K210_SPI_ICR:
		return clear_interrupts(spi, UINT32_MAX);
	default:
		return spi_word(spi, offset);
	}
}

static bool spi_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct spi *spi = (struct spi *)device;
	uint32_t bytes = 0;

	*value = 0;
	if (spi->flash && sysctl_spi3_window(device->board->sysctl)) {
		nor_flash_read(spi->flash, offset, &bytes, sizeof(bytes));
		*value = bytes;
		return true;
	}
	if (offset >= REGISTERS_END) {
		board_guest_error(device->board, device->name, "load of unknown register +0x%x",
				  offset);
		return true;
	}
	if (offset >= K210_SPI_DR && offset < K210_SPI_RX_SAMPLE_DELAY)
		*value = load_data(spi);
	else
		*value = load_register(spi, offset);
	spi_update(spi);
	return true;
}

static void store_enable(struct spi *spi, uint32_t value)
{
	spi->words[K210_SPI_SSIENR / 4] = value & 1;
	if (value & 1) {
		spi_try_start(spi);
		return;
	}
	spi_stop(spi);
	spi->transmit.count = spi->receive.count = 0;
}

static void store_register(struct spi *spi, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case K210_SPI_SSIENR:
		store_enable(spi, value);
		break;
	case K210_SPI_SER:
		spi->words[offset / 4] = value;
		if (value)
			spi_try_start(spi);
		else
			spi_stop(spi);
		break;
	case K210_SPI_CTRLR0:
	case K210_SPI_CTRLR1:
	case K210_SPI_BAUDR:
	case K210_SPI_SPI_CTRLR0:
		if (spi->phase != SPI_IDLE && spi_word(spi, offset) != value) {
			board_guest_error(spi->device.board, spi->device.name,
					  "register +0x%02x written during a transfer: ignored",
					  offset);
			break;
		}
		spi->words[offset / 4] = value;
		break;
	default:
		spi->words[offset / 4] = value;
		break;
	}
}

static bool spi_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct spi *spi = (struct spi *)device;

	if (offset >= REGISTERS_END) {
		board_guest_error(device->board, device->name, "store to unknown register +0x%x",
				  offset);
		return true;
	}
	if (offset >= K210_SPI_DR && offset < K210_SPI_RX_SAMPLE_DELAY)
		store_data(spi, (uint32_t)value);
	else
		store_register(spi, offset, (uint32_t)value);
	spi_update(spi);
	return true;
}

static void spi_reset(struct device *device)
{
	struct spi *spi = (struct spi *)device;

	spi_stop(spi);
	memset(spi->words, 0, sizeof(spi->words));
	spi->transmit.count = spi->receive.count = 0;
	spi->raw_interrupts = 0;
	spi_update(spi);
}

static const struct device_ops spi_ops = {
	.load = spi_load,
	.store = spi_store,
	.reset = spi_reset,
};

void spi_listen(struct spi *spi, void (*hear)(void *context, uint8_t byte, unsigned wires),
		void *context)
{
	spi->hear = hear;
	spi->hear_context = context;
}

bool spi_create(struct board *board, unsigned number, struct nor_flash *flash)
{
	static const char *const names[] = { "spi0", "spi1", "spi2", "spi3" };
	static const uint32_t bases[] = { K210_SPI0_BASE, K210_SPI1_BASE, K210_SPI2_BASE,
					  K210_SPI3_BASE };
	struct spi *spi = calloc(1, sizeof(*spi));
	unsigned request = K210_DMA_REQ_SPI0_RX + 2 * number;

	if (!spi)
		return false;
	spi->device = (struct device){ .ops = &spi_ops,
				       .board = board,
				       .name = names[number],
				       .base = bases[number],
				       .size = flash ? XIP_WINDOW : 0x1000,
				       .width = 4,
				       .clock_gate = K210_PERI_SPI0 + (int)number };
	spi->number = number;
	spi->flash = flash;
	board->spis[number] = spi;
	event_init(&spi->event, EVENT_WORK, spi_fire, spi);
	board->dma_peers[request] = (struct dma_peer){ receive_request, spi };
	board->dma_peers[request + 1] = (struct dma_peer){ transmit_request, spi };
	return board_add_device(board, &spi->device);
}
