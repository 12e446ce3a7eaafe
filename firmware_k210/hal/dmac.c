/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Synopsys AXI DMAC; recipe of one transfer after K210 standalone SDK lib/drivers/dmac.c. */
#include "firmware_k210/hal/dmac.h"

#include "firmware_k210/hal/clocks.h"
#include "firmware_k210/hal/mmio.h"
#include "k210/dmac.h"
#include "k210/memory_map.h"
#include "k210/sysctl.h"

#define DMAC(offset)             (K210_DMAC_BASE + (uintptr_t)(offset))
#define CHANNEL(channel, offset) DMAC(K210_DMAC_CHANNEL(channel) + (offset))

/* Register polls, each of several cycles: what is under way on the bus takes no longer. */
#define POLL_LIMIT 250u

static volatile bool done[K210_DMAC_CHANNEL_COUNT];

/* True: it is off. */
static bool channel_off(unsigned channel)
{
	mmio_write64(DMAC(K210_DMAC_CHEN), 1ull << (channel + K210_DMAC_CHEN_ENABLE_WE));
	for (unsigned poll = 0; poll < POLL_LIMIT; poll++)
		if (!(mmio_read64(DMAC(K210_DMAC_CHEN)) >> channel & 1))
			return true;
	return false;
}

void dmac_init(void)
{
	mmio_write64(DMAC(K210_DMAC_RESET), K210_DMAC_RESET_BIT);
	for (unsigned poll = 0; poll < POLL_LIMIT; poll++)
		if (!(mmio_read64(DMAC(K210_DMAC_RESET)) & K210_DMAC_RESET_BIT))
			break;
	mmio_write64(DMAC(K210_DMAC_CFG), 0);
	for (unsigned channel = 0; channel < K210_DMAC_CHANNEL_COUNT; channel++) {
		channel_off(channel);
		mmio_write64(CHANNEL(channel, K210_DMAC_CH_INTCLEAR), 0xffffffffull);
	}
	mmio_write64(DMAC(K210_DMAC_CFG), K210_DMAC_CFG_ENABLE | K210_DMAC_CFG_INT_ENABLE);
}

/* Hardware handshake on the device's side, none ("software") on the memory's side. */
#define FROM_DEVICE                                                       \
	((uint64_t)K210_DMAC_TT_FC_PERIPH_MEM << K210_DMAC_CH_CFG_TT_FC | \
	 1ull << K210_DMAC_CH_CFG_HS_SEL_DST)
#define TO_DEVICE                                                         \
	((uint64_t)K210_DMAC_TT_FC_MEM_PERIPH << K210_DMAC_CH_CFG_TT_FC | \
	 1ull << K210_DMAC_CH_CFG_HS_SEL_SRC)

static void start(unsigned channel, unsigned request, uint32_t source, uint32_t destination,
		  uint32_t count, uint32_t control)
{
	uint64_t flow = control & 1u << K210_DMAC_CTL_SRC_FIXED ? FROM_DEVICE : TO_DEVICE;

	channel_off(channel);
	clocks_route_dma(channel, request);
	done[channel] = false;
	mmio_write64(CHANNEL(channel, K210_DMAC_CH_INTCLEAR), 0xffffffffull);
	mmio_write64(CHANNEL(channel, K210_DMAC_CH_CFG),
		     flow | (uint64_t)channel << K210_DMAC_CH_CFG_SRC_PER |
			     (uint64_t)channel << K210_DMAC_CH_CFG_DST_PER);
	mmio_write64(CHANNEL(channel, K210_DMAC_SAR), source);
	mmio_write64(CHANNEL(channel, K210_DMAC_DAR), destination);
	mmio_write64(CHANNEL(channel, K210_DMAC_CTL), control | 1u << K210_DMAC_CTL_DMS);
	mmio_write64(CHANNEL(channel, K210_DMAC_BLOCK_TS), count - 1);
	mmio_write64(CHANNEL(channel, K210_DMAC_CH_INTSTATUS_EN), K210_DMAC_INT_TRANSFER_DONE);
	mmio_write64(CHANNEL(channel, K210_DMAC_CH_INTSIGNAL_EN), K210_DMAC_INT_TRANSFER_DONE);
	mmio_barrier();
	mmio_write64(DMAC(K210_DMAC_CHEN), 1ull << (channel + K210_DMAC_CHEN_ENABLE_SHIFT) |
						   1ull << (channel + K210_DMAC_CHEN_ENABLE_WE));
}

void dmac_start_from_device(unsigned channel, unsigned request, uint32_t source,
			    uint32_t destination, uint32_t count, enum dmac_items items)
{
	start(channel, request, source, destination, count, 1u << K210_DMAC_CTL_SRC_FIXED | items);
}

void dmac_start_to_device(unsigned channel, unsigned request, uint32_t source, uint32_t destination,
			  uint32_t count)
{
	start(channel, request, source, destination, count,
	      1u << K210_DMAC_CTL_DST_FIXED | DMAC_WORDS);
}

bool dmac_done(unsigned channel)
{
	return done[channel];
}

void dmac_abort(unsigned channel)
{
	/* An abort does not wait for the bus, and nobody says what it does to a channel that is
	 * off: only for one that waits for a request that never comes and does not leave. */
	if (!channel_off(channel)) {
		mmio_write64(DMAC(K210_DMAC_CHEN),
			     1ull << (channel + K210_DMAC_CHEN_ABORT_SHIFT) |
				     1ull << (channel + K210_DMAC_CHEN_ABORT_WE));
		channel_off(channel);
	}
	mmio_write64(CHANNEL(channel, K210_DMAC_CH_INTCLEAR), 0xffffffffull);
}

void dmac_interrupt(unsigned channel)
{
	uint64_t status = mmio_read64(CHANNEL(channel, K210_DMAC_CH_INTSTATUS));

	mmio_write64(CHANNEL(channel, K210_DMAC_CH_INTCLEAR), 0xffffffffull);
	if (status & K210_DMAC_INT_TRANSFER_DONE)
		done[channel] = true;
}
