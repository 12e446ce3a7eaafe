/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* One DMA channel: its registers, and how items get from source to destination. */
#ifndef K210_EMU_DEVICES_DMAC_CHANNEL_H
#define K210_EMU_DEVICES_DMAC_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "utils/k210-emu/event.h"

struct board;
struct dmac;

/* Widest item the controller knows: 512 bits. */
#define DMAC_ITEM_MAX 64

struct dmac_channel {
	struct dmac *owner;
	unsigned index;
	uint64_t sar, dar, block_ts, ctl, cfg, llp, axi_id, axi_qos;
	uint32_t intstatus_en, intstatus, intsignal_en;
	bool enabled, suspended;
	bool draining; /* completion is scheduled */
	bool done;     /* the bytes have been moved */
	bool moving;   /* inside channel_move(): its accesses must not start it again */
	struct event event;

	/* Progress of the running transfer. */
	uint32_t source, destination; /* addresses of the next items */
	uint32_t moved_items;         /* of the source */
	/* Bytes read and not yet written, where the widths differ. */
	uint8_t pending[2 * DMAC_ITEM_MAX];
	uint32_t pending_bytes;
};

/* Items of source width in the whole transfer, and still to be moved. */
uint32_t channel_items(const struct dmac_channel *channel);
uint32_t channel_remaining(const struct dmac_channel *channel);
/* Items per burst on the side with the handshake. */
uint32_t channel_burst(const struct dmac_channel *channel);
/* One side waits for a hardware handshake. */
bool channel_has_peer(const struct dmac_channel *channel);

/* Checks widths and addresses and sets the progress to 0. False: cannot run. */
bool channel_prepare(struct dmac_channel *channel, struct board *board);

/* Moves @items (at most the remaining ones). False: an address does not answer. */
bool channel_move(struct dmac_channel *channel, struct board *board, uint32_t items);
bool channel_move_all(struct dmac_channel *channel, struct board *board);

#endif
