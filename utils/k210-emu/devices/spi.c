/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * DesignWare SSI masters 0, 1 and 3 with nothing at the other end: frames are accepted at once,
 * received frames are all ones. Registers: k210/spi.h.
 *
 * Not modelled: the flash at SPI3 (its place is the answer in read_frame()), clocking, DMA
 * requests, interrupts, XIP.
 */
#include "utils/k210-emu/devices/spi.h"

#include <stdlib.h>
#include <string.h>

#include "k210/spi.h"
#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"

struct spi {
	struct device device;
	unsigned number;
	uint32_t words[0x120 / 4];
	uint32_t receivable; /* frames that the running transfer still has to give */
	bool started;
};

static uint32_t ctrlr0_field(const struct spi *spi, unsigned shift, unsigned shift3, unsigned bits)
{
	return spi->words[K210_SPI_CTRLR0 / 4] >> (spi->number == 3 ? shift3 : shift) &
	       ((1u << bits) - 1);
}

static bool is_selected(const struct spi *spi)
{
	return (spi->words[K210_SPI_SSIENR / 4] & 1) && spi->words[K210_SPI_SER / 4];
}

static uint32_t receive_level(const struct spi *spi)
{
	return spi->receivable < K210_SPI_FIFO_DEPTH_USABLE ? spi->receivable
							    : K210_SPI_FIFO_DEPTH_USABLE;
}

static uint32_t read_frame(struct spi *spi)
{
	uint32_t bits = ctrlr0_field(spi, K210_SPI_CTRLR0_DFS_SHIFT, K210_SPI3_CTRLR0_DFS_SHIFT, 5);

	if (spi->receivable == 0)
		return 0;
	spi->receivable--;
	return UINT32_MAX >> (31 - bits);
}

/* A command was written, or the target selected with a command waiting. */
static void advance(struct spi *spi, bool frame_written)
{
	uint32_t mode =
		ctrlr0_field(spi, K210_SPI_CTRLR0_TMOD_SHIFT, K210_SPI3_CTRLR0_TMOD_SHIFT, 2);

	spi->started |= frame_written;
	if (!is_selected(spi) || !spi->started)
		return;
	if (mode == K210_SPI_TMOD_TX_RX && frame_written)
		spi->receivable++;
	else if (mode == K210_SPI_TMOD_RX || mode == K210_SPI_TMOD_EEPROM)
		spi->receivable = (spi->words[K210_SPI_CTRLR1 / 4] & 0xffff) + 1;
	spi->started = false;
}

static bool spi_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct spi *spi = (struct spi *)device;

	*value = 0;
	switch (offset) {
	case K210_SPI_SR:
		*value = K210_SPI_SR_TX_NOT_FULL | K210_SPI_SR_TX_EMPTY |
			 (spi->receivable ? K210_SPI_SR_RX_NOT_EMPTY : 0);
		break;
	case K210_SPI_RXFLR:
		*value = receive_level(spi);
		break;
	case K210_SPI_TXFLR:
	case K210_SPI_ISR:
	case K210_SPI_RISR:
		break;
	default:
		if (offset >= K210_SPI_DR && offset < K210_SPI_RX_SAMPLE_DELAY)
			*value = read_frame(spi);
		else if (offset < sizeof(spi->words))
			*value = spi->words[offset / 4];
		break;
	}
	return true;
}

static bool spi_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct spi *spi = (struct spi *)device;

	if (offset >= K210_SPI_DR && offset < K210_SPI_RX_SAMPLE_DELAY) {
		advance(spi, true);
		return true;
	}
	if (offset < sizeof(spi->words))
		spi->words[offset / 4] = (uint32_t)value;
	if (offset == K210_SPI_SER)
		advance(spi, false);
	if (offset == K210_SPI_SSIENR && !(value & 1)) {
		spi->receivable = 0;
		spi->started = false;
	}
	return true;
}

static void spi_reset(struct device *device)
{
	struct spi *spi = (struct spi *)device;

	memset(spi->words, 0, sizeof(spi->words));
	spi->receivable = 0;
	spi->started = false;
}

static const struct device_ops spi_ops = {
	.load = spi_load,
	.store = spi_store,
	.reset = spi_reset,
};

bool spi_create(struct board *board, unsigned number)
{
	static const char *const names[] = { "spi0", "spi1", "spi2", "spi3" };
	static const uint32_t bases[] = { K210_SPI0_BASE, K210_SPI1_BASE, K210_SPI2_BASE,
					  K210_SPI3_BASE };
	struct spi *spi = calloc(1, sizeof(*spi));

	if (!spi)
		return false;
	spi->device = (struct device){ .ops = &spi_ops,
				       .board = board,
				       .name = names[number],
				       .base = bases[number],
				       .size = 0x1000,
				       .width = 4,
				       .clock_gate = K210_PERI_SPI0 + (int)number };
	spi->number = number;
	return board_add_device(board, &spi->device);
}
