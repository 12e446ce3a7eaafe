/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * SPI2, a DesignWare SSI slave: its shift register and pins. One data pin: ctrlr0.slv_oe set means
 * that it does not drive. Frames of 8, 16, 24 or 32 bits, most significant first.
 * Sources: K210 standalone SDK lib/drivers/include/spi.h, spi.c (slave functions); Linux
 * spi-dw-mmio.c for the depth of the receive FIFO.
 *
 * A slave cannot make the master wait: a frame that finds the receive FIFO full is lost, and an
 * empty transmit FIFO shifts out ones (what the chip does then is not known). It samples the
 * master's clock with its own, so it hears nothing of one that is too fast for that. The first bit
 * that it sends after chip select has fallen comes out as 0 (kendryte-standalone-sdk, issue 128).
 *
 * Not modelled: frames of other lengths, sample delay, the end of a frame within a byte.
 */
#include "utils/k210-emu/devices/spi_slave.h"

#include <stdlib.h>

#include "utils/k210-emu/devices/spi_block.h"
#include "utils/k210-emu/devices/sysctl.h"
#include "utils/k210-emu/spi_wires.h"

struct spi_slave {
	struct spi_block block;
	bool selected;
	bool first; /* frame since then */
	bool deaf;  /* to this master's clock */
	unsigned master_mode;
	uint32_t shift_in, shift_out;
	unsigned bits; /* of the frame on its way */
};

static bool is_enabled(const struct spi_slave *slave)
{
	return spi_is_enabled(&slave->block);
}

static unsigned field(const struct spi_slave *slave, unsigned shift, unsigned bits)
{
	return spi_word(&slave->block, K210_SPI_CTRLR0) >> shift & ((1u << bits) - 1);
}

static unsigned frame_bits(const struct spi_slave *slave)
{
	return field(slave, K210_SPI_CTRLR0_DFS_SHIFT, 5) + 1;
}

/* ---- the pins ---- */

bool spi_slave_drives(const struct spi_slave *slave)
{
	return is_enabled(slave) &&
	       !(spi_word(&slave->block, K210_SPI_CTRLR0) & K210_SPI_CTRLR0_SLV_OE) &&
	       field(slave, K210_SPI_CTRLR0_TMOD_SHIFT, 2) != K210_SPI_TMOD_RX;
}

static bool receives(const struct spi_slave *slave)
{
	return field(slave, K210_SPI_CTRLR0_TMOD_SHIFT, 2) != K210_SPI_TMOD_TX;
}

bool spi_slave_is_full(const struct spi_slave *slave)
{
	return is_enabled(slave) && receives(slave) &&
	       slave->block.receive.count >= K210_SPI_FIFO_DEPTH_USABLE;
}

static bool keeps_up(const struct spi_slave *slave, uint32_t hz)
{
	uint64_t ratio =
		spi_slave_drives(slave) ? K210_SPI_SLAVE_SEND_RATIO : K210_SPI_SLAVE_RECEIVE_RATIO;

	return hz * ratio <= sysctl_spi_hz(slave->block.device.board->sysctl, 2);
}

void spi_slave_select(struct spi_slave *slave, unsigned mode, uint32_t hz)
{
	slave->selected = true;
	slave->first = true;
	slave->deaf = !keeps_up(slave, hz);
	slave->master_mode = mode;
	slave->bits = 0;
	if (!is_enabled(slave))
		return;
	if (slave->deaf)
		board_guest_error(slave->block.device.board, slave->block.device.name,
				  "its own clock of %u Hz is too slow for a master's of %u Hz",
				  (unsigned)sysctl_spi_hz(slave->block.device.board->sysctl, 2),
				  hz);
	if (frame_bits(slave) % 8)
		board_guest_error(slave->block.device.board, slave->block.device.name,
				  "frames of %u bits are not modelled", frame_bits(slave));
	if (field(slave, K210_SPI_CTRLR0_MODE_SHIFT, 2) != mode)
		board_guest_error(slave->block.device.board, slave->block.device.name,
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
	spi_receive_frame(&slave->block, frame);
}

uint8_t spi_slave_clock(struct spi_slave *slave, uint8_t in)
{
	unsigned width = (frame_bits(slave) + 7) & ~7u;
	uint8_t out;

	if (!slave->selected || !is_enabled(slave) || slave->deaf)
		return 0xff;
	if (slave->bits == 0) {
		slave->shift_in = 0;
		slave->shift_out = UINT32_MAX;
		if (spi_slave_drives(slave) && slave->block.transmit.count)
			slave->shift_out = frame_pop(&slave->block.transmit) << (32 - width);
		if (spi_slave_drives(slave) && slave->first)
			slave->shift_out &= ~(1u << 31);
		slave->first = false;
	}
	out = (uint8_t)(slave->shift_out >> 24);
	slave->shift_out = slave->shift_out << 8 | 0xff;
	slave->shift_in = slave->shift_in << 8 | in;
	slave->bits += 8;
	if (slave->bits >= width) {
		slave->bits = 0;
		frame_received(slave);
		spi_update(&slave->block);
	}
	return out;
}

/* ---- the registers ---- */

static bool slave_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct spi_slave *slave = (struct spi_slave *)device;
	struct spi_block *block = &slave->block;

	*value = 0;
	if (!spi_is_register(block, "load of", offset))
		return true;
	if (spi_is_data(offset))
		*value = spi_load_data(block);
	else
		*value = spi_load_register(block, offset, slave->selected && is_enabled(slave));
	spi_update(block);
	return true;
}

static void store_register(struct spi_slave *slave, uint32_t offset, uint32_t value)
{
	struct spi_block *block = &slave->block;
	bool fixed = offset == K210_SPI_CTRLR0 || offset == K210_SPI_CTRLR1;

	/* Synopsys DW_apb_ssi data book: these can only be written while the block is disabled. */
	if (fixed && is_enabled(slave) && spi_word(block, offset) != value) {
		board_guest_error(block->device.board, block->device.name,
				  "register +0x%02x written while enabled: ignored", offset);
		return;
	}
	block->words[offset / 4] = value;
	if (offset == K210_SPI_SSIENR && !(value & 1)) {
		spi_block_clear(block);
		slave->bits = 0;
	}
}

static bool slave_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct spi_slave *slave = (struct spi_slave *)device;

	if (!spi_is_register(&slave->block, "store to", offset))
		return true;
	if (spi_is_data(offset))
		spi_store_data(&slave->block, (uint32_t)value);
	else
		store_register(slave, offset, (uint32_t)value);
	spi_update(&slave->block);
	if (device->board->spi_wires)
		spi_wires_update(device->board->spi_wires);
	return true;
}

static void slave_reset(struct device *device)
{
	struct spi_slave *slave = (struct spi_slave *)device;

	slave->bits = 0;
	spi_block_reset(&slave->block);
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
	board->spi_slave = slave;
	return spi_block_create(&slave->block, board, 2, &slave_ops, 0x1000);
}
