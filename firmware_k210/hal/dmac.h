/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* DMA controller, as far as the KPU's output and the SPI slave need it. */
#ifndef FIRMWARE_HAL_DMAC_H
#define FIRMWARE_HAL_DMAC_H

#include <stdbool.h>
#include <stdint.h>

#include "k210/dmac.h"

#define DMAC_ITEMS(width, burst)                                                   \
	((width) << K210_DMAC_CTL_SRC_WIDTH | (width) << K210_DMAC_CTL_DST_WIDTH | \
	 (burst) << K210_DMAC_CTL_SRC_MSIZE | (burst) << K210_DMAC_CTL_DST_MSIZE)
/* What is moved, and how much of it goes at a time: as the controller's register has it. */
enum dmac_items {
	DMAC_WORDS = DMAC_ITEMS(2, 0),
	DMAC_4_WORDS = DMAC_ITEMS(2, 1),
	DMAC_8_DOUBLE_WORDS = DMAC_ITEMS(3, 2),
};

void dmac_init(void);
/*
 * Moves @count words of 32 or 64 bits (1..2^22) from the fixed device address @source to memory at
 * @destination (uncached window, aligned to their size), paced by request line @request. Returns at
 * once; the channel's interrupt ends it. In bursts of four: a multiple of that.
 */
void dmac_start_from_device(unsigned channel, unsigned request, uint32_t source,
			    uint32_t destination, uint32_t count, enum dmac_items items);
/* 32-bit words from memory to the device, one by one. */
void dmac_start_to_device(unsigned channel, unsigned request, uint32_t source, uint32_t destination,
			  uint32_t count);
bool dmac_done(unsigned channel);
/* Ends a transfer that hangs. */
void dmac_abort(unsigned channel);

void dmac_interrupt(unsigned channel);

#endif
