/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * DesignWare SSI masters 0, 1 and 3: what their registers start. The flash is at SPI3; at the
 * others nothing listens and all ones come back.
 *
 * The memory window of SPI3 (execute in place) gives the bytes of the flash in address order while
 * sysctl selects it, whatever the xip registers say; it cannot be executed from.
 *
 * Not modelled: clock polarity and phase, sample delay, slave select lines other than "one is on".
 */
#include "utils/k210-emu/devices/spi.h"

#include <stdlib.h>

#include "utils/k210-emu/devices/spi_internal.h"
#include "utils/k210-emu/devices/sysctl.h"

#define XIP_WINDOW 0x02000000

static uint32_t load_data(struct spi *spi)
{
	bool had_frames = spi->block.receive.count;
	uint32_t frame = spi_load_data(&spi->block);

	if (had_frames)
		spi_room(spi);
	return frame;
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
	if (!spi_is_register(&spi->block, "load of", offset))
		return true;
	if (spi_is_data(offset))
		*value = load_data(spi);
	else
		*value = spi_load_register(&spi->block, offset, spi->phase != SPI_IDLE);
	spi_update(&spi->block);
	return true;
}

static void store_enable(struct spi *spi, uint32_t value)
{
	spi->block.words[K210_SPI_SSIENR / 4] = value & 1;
	if (value & 1) {
		spi_try_start(spi);
		return;
	}
	spi_stop(spi);
	spi_block_clear(&spi->block);
}

static void store_register(struct spi *spi, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case K210_SPI_SSIENR:
		store_enable(spi, value);
		break;
	case K210_SPI_SER:
		spi->block.words[offset / 4] = value;
		if (value)
			spi_try_start(spi);
		else
			spi_stop(spi);
		break;
	case K210_SPI_CTRLR0:
	case K210_SPI_CTRLR1:
	case K210_SPI_BAUDR:
	case K210_SPI_SPI_CTRLR0:
		if (spi->phase != SPI_IDLE && spi_word(&spi->block, offset) != value) {
			board_guest_error(spi->block.device.board, spi->block.device.name,
					  "register +0x%02x written during a transfer: ignored",
					  offset);
			break;
		}
		spi->block.words[offset / 4] = value;
		break;
	default:
		spi->block.words[offset / 4] = value;
		break;
	}
}

static bool spi_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct spi *spi = (struct spi *)device;

	if (!spi_is_register(&spi->block, "store to", offset))
		return true;
	if (spi_is_data(offset)) {
		spi_store_data(&spi->block, (uint32_t)value);
		spi_try_start(spi);
	} else {
		store_register(spi, offset, (uint32_t)value);
	}
	spi_update(&spi->block);
	return true;
}

static void spi_reset(struct device *device)
{
	struct spi *spi = (struct spi *)device;

	spi_stop(spi);
	spi_block_reset(&spi->block);
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
	struct spi *spi = calloc(1, sizeof(*spi));

	if (!spi)
		return false;
	spi->flash = flash;
	board->spis[number] = spi;
	event_init(&spi->event, EVENT_WORK, spi_fire, spi);
	return spi_block_create(&spi->block, board, number, &spi_ops, flash ? XIP_WINDOW : 0x1000);
}
