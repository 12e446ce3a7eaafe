/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Camera interface without a camera: registers store, commands on the camera's control bus end at
 * once and read zeros. Each status bit has a write-enable bit above it (K210 standalone SDK dvp.h).
 *
 * Not modelled: frames.
 */
#include "utils/k210-emu/devices/dvp.h"

#include <stdlib.h>
#include <string.h>

#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"

enum {
	STS = 0x20,
	STS_ENABLE = 1 << 16,
	STS_ENABLE_WE = 1 << 17,
};

struct dvp {
	struct device device;
	uint32_t words[0x2c / 4];
};

static bool dvp_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct dvp *dvp = (struct dvp *)device;

	*value = offset < sizeof(dvp->words) ? dvp->words[offset / 4] : 0;
	return true;
}

static bool dvp_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct dvp *dvp = (struct dvp *)device;

	if (offset == STS) {
		if (value & STS_ENABLE_WE)
			dvp->words[STS / 4] = value & STS_ENABLE;
	} else if (offset < sizeof(dvp->words)) {
		dvp->words[offset / 4] = (uint32_t)value;
	}
	return true;
}

static void dvp_reset(struct device *device)
{
	struct dvp *dvp = (struct dvp *)device;

	memset(dvp->words, 0, sizeof(dvp->words));
}

static const struct device_ops dvp_ops = {
	.load = dvp_load,
	.store = dvp_store,
	.reset = dvp_reset,
};

bool dvp_create(struct board *board)
{
	struct dvp *dvp = calloc(1, sizeof(*dvp));

	if (!dvp)
		return false;
	dvp->device = (struct device){ .ops = &dvp_ops,
				       .board = board,
				       .name = "dvp",
				       .base = K210_DVP_BASE,
				       .size = 0x1000,
				       .width = 4,
				       .clock_gate = K210_PERI_DVP };
	return board_add_device(board, &dvp->device);
}
