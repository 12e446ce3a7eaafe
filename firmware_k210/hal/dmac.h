/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* DMA controller, as far as the KPU's output and the SPI slave need it. */
#ifndef FIRMWARE_HAL_DMAC_H
#define FIRMWARE_HAL_DMAC_H

#include <stdbool.h>
#include <stdint.h>

/* Size of what is moved, as the controller counts it, and how much of it goes at a time. */
enum dmac_width {
	DMAC_32_BITS = 2,
	DMAC_64_BITS = 3,
};
#define DMAC_BURST_32_BIT_ITEMS 4u

void dmac_init(void);
/*
 * Moves @words words (1..2^22) from the fixed device address @source to memory at @destination
 * (uncached window, aligned to their size), paced by request line @request. Returns at once; the
 * channel's interrupt ends it.
 */
void dmac_start_from_device(unsigned channel, unsigned request, uint32_t source,
			    uint32_t destination, uint32_t words, enum dmac_width width);
/* The same with 32-bit words that move one by one, 4-byte aligned; and from memory to the device.
 * Their end is nobody's business: the caller stops them. */
void dmac_start_words_in(unsigned channel, unsigned request, uint32_t device, uint32_t memory,
			 uint32_t words);
void dmac_start_words_out(unsigned channel, unsigned request, uint32_t memory, uint32_t device,
			  uint32_t words);
bool dmac_done(unsigned channel);
/* Ends a transfer that hangs. */
void dmac_abort(unsigned channel);

void dmac_interrupt(unsigned channel);

#endif
