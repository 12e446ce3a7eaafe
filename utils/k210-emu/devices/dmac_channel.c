/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/devices/dmac_channel.h"

#include <string.h>

#include "k210/dmac.h"
#include "utils/k210-emu/board.h"

#define BLOCK_TS_MASK 0x3fffff

static unsigned width(const struct dmac_channel *channel, unsigned shift)
{
	return 1u << (channel->ctl >> shift & 7);
}

static unsigned source_width(const struct dmac_channel *channel)
{
	return width(channel, K210_DMAC_CTL_SRC_WIDTH);
}

static unsigned destination_width(const struct dmac_channel *channel)
{
	return width(channel, K210_DMAC_CTL_DST_WIDTH);
}

static bool is_fixed(const struct dmac_channel *channel, unsigned bit)
{
	return channel->ctl >> bit & 1;
}

static unsigned flow(const struct dmac_channel *channel)
{
	return channel->cfg >> K210_DMAC_CH_CFG_TT_FC & 7;
}

uint32_t channel_items(const struct dmac_channel *channel)
{
	return (uint32_t)(channel->block_ts & BLOCK_TS_MASK) + 1;
}

uint32_t channel_remaining(const struct dmac_channel *channel)
{
	uint32_t items = channel_items(channel);

	return channel->moved_items < items ? items - channel->moved_items : 0;
}

bool channel_has_peer(const struct dmac_channel *channel)
{
	switch (flow(channel)) {
	case K210_DMAC_TT_FC_MEM_PERIPH:
		return !(channel->cfg >> K210_DMAC_CH_CFG_HS_SEL_DST & 1);
	case K210_DMAC_TT_FC_PERIPH_MEM:
		return !(channel->cfg >> K210_DMAC_CH_CFG_HS_SEL_SRC & 1);
	default:
		return false;
	}
}

uint32_t channel_burst(const struct dmac_channel *channel)
{
	unsigned shift = flow(channel) == K210_DMAC_TT_FC_MEM_PERIPH ? K210_DMAC_CTL_DST_MSIZE
								     : K210_DMAC_CTL_SRC_MSIZE;
	unsigned code = channel->ctl >> shift & 0xf;

	return code == 0 ? 1 : 2u << (code < 8 ? code : 7);
}

bool channel_prepare(struct dmac_channel *channel, struct board *board)
{
	unsigned in = source_width(channel), out = destination_width(channel);

	channel->source = (uint32_t)channel->sar;
	channel->destination = (uint32_t)channel->dar;
	channel->moved_items = 0;
	channel->pending_bytes = 0;
	if (in > DMAC_ITEM_MAX || out > DMAC_ITEM_MAX) {
		board_guest_error(board, "dmac", "channel %u: reserved item width", channel->index);
		return false;
	}
	if (channel->source % in || channel->destination % out) {
		board_guest_error(board, "dmac",
				  "channel %u: %08x (%u-byte items) to %08x (%u-byte items) "
				  "is not aligned",
				  channel->index, channel->source, in, channel->destination, out);
		return false;
	}
	if ((uint64_t)channel_items(channel) * in % out)
		board_guest_error(board, "dmac",
				  "channel %u: %u items of %u bytes do not fill the last "
				  "destination item of %u",
				  channel->index, channel_items(channel), in, out);
	return true;
}

/* What a transfer can change under its own feet. */
static bool is_forbidden(struct board *board, uint32_t address)
{
	uint32_t block = address & ~0xfffu;

	if (block != K210_DMAC_BASE && block != K210_SYSCTL_BASE)
		return false;
	board_guest_error(board, "dmac", "access to its own or the system controller's registers");
	return true;
}

/* Memory takes any size at once, devices up to eight bytes per access. */
static bool read_item(struct board *board, uint32_t address, uint8_t *bytes, unsigned size)
{
	const uint8_t *memory = bus_memory_to_read(board, address, size, "dmac");

	if (memory) {
		memcpy(bytes, memory, size);
		return true;
	}
	if (is_forbidden(board, address))
		return false;
	for (unsigned done = 0; done < size; done += 8) {
		unsigned part = size - done < 8 ? size - done : 8;
		uint64_t value;

		if (!bus_load(board, address + done, part, &value))
			return false;
		memcpy(bytes + done, &value, part);
	}
	return true;
}

static bool write_item(struct board *board, uint32_t address, const uint8_t *bytes, unsigned size)
{
	uint8_t *memory = bus_memory_to_write(board, address, size, "dmac");

	if (memory) {
		memcpy(memory, bytes, size);
		bus_memory_written(board, address, size);
		return true;
	}
	if (is_forbidden(board, address))
		return false;
	for (unsigned done = 0; done < size; done += 8) {
		unsigned part = size - done < 8 ? size - done : 8;
		uint64_t value = 0;

		memcpy(&value, bytes + done, part);
		if (!bus_store(board, address + done, part, value))
			return false;
	}
	return true;
}

static bool write_pending(struct dmac_channel *channel, struct board *board)
{
	unsigned out = destination_width(channel);
	uint32_t written = 0;

	while (channel->pending_bytes - written >= out) {
		if (!write_item(board, channel->destination, channel->pending + written, out))
			return false;
		written += out;
		if (!is_fixed(channel, K210_DMAC_CTL_DST_FIXED))
			channel->destination += out;
	}
	channel->pending_bytes -= written;
	memmove(channel->pending, channel->pending + written, channel->pending_bytes);
	return true;
}

static bool move_items(struct dmac_channel *channel, struct board *board, uint32_t items)
{
	unsigned in = source_width(channel);

	while (items-- && channel_remaining(channel)) {
		if (!read_item(board, channel->source, channel->pending + channel->pending_bytes,
			       in))
			return false;
		channel->pending_bytes += in;
		channel->moved_items++;
		if (!is_fixed(channel, K210_DMAC_CTL_SRC_FIXED))
			channel->source += in;
		if (!write_pending(channel, board))
			return false;
	}
	return true;
}

bool channel_move(struct dmac_channel *channel, struct board *board, uint32_t items)
{
	bool ok;

	channel->moving = true;
	ok = move_items(channel, board, items);
	channel->moving = false;
	return ok;
}

/* Both sides are memory that counts up: one copy does. False: do it item by item. */
static bool move_block(struct dmac_channel *channel, struct board *board)
{
	uint64_t size = (uint64_t)channel_remaining(channel) * source_width(channel);
	const uint8_t *from;
	uint8_t *to;

	if (is_fixed(channel, K210_DMAC_CTL_SRC_FIXED) ||
	    is_fixed(channel, K210_DMAC_CTL_DST_FIXED) || channel->pending_bytes ||
	    size % destination_width(channel) || size > K210_SRAM_SIZE)
		return false;
	from = bus_memory_to_read(board, channel->source, size, "dmac");
	to = bus_memory_to_write(board, channel->destination, size, "dmac");
	/* Overlapping blocks must repeat bytes the way item by item does. */
	if (!from || !to || (from < to + size && to < from + size))
		return false;
	memcpy(to, from, size);
	bus_memory_written(board, channel->destination, size);
	channel->moved_items = channel_items(channel);
	return true;
}

bool channel_move_all(struct dmac_channel *channel, struct board *board)
{
	return move_block(channel, board) ||
	       channel_move(channel, board, channel_remaining(channel));
}
