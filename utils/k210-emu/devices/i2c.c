/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * DesignWare I2C masters on a bus without devices: every transfer ends with "address not
 * acknowledged". Offsets: K210 standalone SDK i2c.h.
 *
 * Not modelled: slave mode, interrupts, DMA.
 */
#include "utils/k210-emu/devices/i2c.h"

#include <stdlib.h>
#include <string.h>

#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"

enum {
	DATA_CMD = 0x10,
	RAW_INTR_STAT = 0x34,
	CLR_INTR = 0x40,
	CLR_TX_ABRT = 0x54,
	STATUS = 0x70,
	TX_ABRT_SOURCE = 0x80,
	STATUS_IDLE = 0x06, /* transmit FIFO not full and empty */
	INTR_TX_ABRT = 1 << 6,
	ABRT_ADDRESS_NOT_ACKNOWLEDGED = 1 << 0,
};

struct i2c {
	struct device device;
	uint32_t words[0x100 / 4];
	bool aborted;
};

static bool i2c_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct i2c *i2c = (struct i2c *)device;

	*value = 0;
	switch (offset) {
	case RAW_INTR_STAT:
		*value = i2c->aborted ? INTR_TX_ABRT : 0;
		break;
	case CLR_INTR:
	case CLR_TX_ABRT:
		*value = i2c->aborted;
		i2c->aborted = false;
		break;
	case STATUS:
		*value = STATUS_IDLE;
		break;
	case TX_ABRT_SOURCE:
		*value = i2c->aborted ? ABRT_ADDRESS_NOT_ACKNOWLEDGED : 0;
		break;
	case DATA_CMD:
		break;
	default:
		if (offset < sizeof(i2c->words))
			*value = i2c->words[offset / 4];
		break;
	}
	return true;
}

static bool i2c_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct i2c *i2c = (struct i2c *)device;

	if (offset == DATA_CMD)
		i2c->aborted = true;
	else if (offset < sizeof(i2c->words))
		i2c->words[offset / 4] = (uint32_t)value;
	return true;
}

static void i2c_reset(struct device *device)
{
	struct i2c *i2c = (struct i2c *)device;

	memset(i2c->words, 0, sizeof(i2c->words));
	i2c->aborted = false;
}

static const struct device_ops i2c_ops = {
	.load = i2c_load,
	.store = i2c_store,
	.reset = i2c_reset,
};

bool i2c_create(struct board *board, unsigned index)
{
	static const char *const names[] = { "i2c0", "i2c1", "i2c2" };
	struct i2c *i2c = calloc(1, sizeof(*i2c));

	if (!i2c)
		return false;
	i2c->device = (struct device){ .ops = &i2c_ops,
				       .board = board,
				       .name = names[index],
				       .base = K210_I2C0_BASE + 0x10000 * index,
				       .size = 0x1000,
				       .width = 4,
				       .clock_gate = K210_PERI_I2C0 + (int)index };
	return board_add_device(board, &i2c->device);
}
