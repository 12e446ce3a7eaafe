/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Synopsys AXI DMA controller, 6 channels. Registers: k210/dmac.h.
 *
 * Memory to memory: the copy takes place when the estimated time is over (in jitter mode sometimes
 * at the start), so that neither early nor late use of the buffers works by accident. With a
 * hardware handshake items move when the peer asks for them; the request line is the one selected
 * in SYSCTL. dmac_channel.c moves the bytes.
 *
 * Timing (real clock): 4.58 cycles per item, from the only published figure (nncase issue 95:
 * 230,400 bytes into AI SRAM in 0.33 ms; 64-bit items and 400 MHz assumed). That other widths take
 * the same per item, and 50 cycles to start, are guesses.
 *
 * Not modelled: linked lists and multi-block transfers, software handshake, channel priorities,
 * suspend in the middle of a burst, common register interrupts.
 */
#include "utils/k210-emu/devices/dmac.h"

#include <stdlib.h>

#include "k210/dmac.h"
#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/dmac_channel.h"
#include "utils/k210-emu/devices/sysctl.h"

#define CENTICYCLES_PER_ITEM 458
#define CYCLES_PER_TRANSFER  50
#define FAST_TRANSFER_CYCLES 20

struct dmac {
	struct device device;
	uint64_t cfg;
	struct dmac_channel channels[K210_DMAC_CHANNEL_COUNT];
};

static struct board *board_of(const struct dmac_channel *channel)
{
	return channel->owner->device.board;
}

static void update_irq(struct dmac_channel *channel)
{
	bool level = (channel->owner->cfg & K210_DMAC_CFG_INT_ENABLE) &&
		     (channel->intstatus & channel->intsignal_en);

	board_set_irq(board_of(channel), K210_IRQ_DMA0 + channel->index, level);
}

static void finish(struct dmac_channel *channel, uint32_t interrupts)
{
	channel->enabled = false;
	channel->draining = false;
	channel->intstatus |= interrupts & channel->intstatus_en;
	update_irq(channel);
}

/* Everything is moved: the channel shows it a little later. */
static void complete_later(struct dmac_channel *channel, uint64_t items)
{
	uint64_t cycles = board_is_real(board_of(channel))
				  ? items * CENTICYCLES_PER_ITEM / 100 + CYCLES_PER_TRANSFER
				  : FAST_TRANSFER_CYCLES;

	channel->draining = true;
	board_schedule_completion(board_of(channel), &channel->event, cycles);
}

static void fire_completion(void *context)
{
	struct dmac_channel *channel = context;

	if (!channel->enabled)
		return;
	if (!channel->done && !channel_move_all(channel, board_of(channel))) {
		finish(channel, K210_DMAC_INT_SRC_DECODE_ERROR | K210_DMAC_INT_DST_DECODE_ERROR);
		return;
	}
	finish(channel, K210_DMAC_INT_BLOCK_DONE | K210_DMAC_INT_TRANSFER_DONE);
}

static enum dma_request peer_request(const struct dmac_channel *channel)
{
	struct board *board = board_of(channel);
	const struct dma_peer *peer =
		&board->dma_peers[sysctl_dma_request(board->sysctl, channel->index)];

	return peer->request ? peer->request(peer->context) : DMA_REQUEST_NONE;
}

/* Moves what the peer asks for. */
static void pump(struct dmac_channel *channel)
{
	while (channel->enabled && !channel->draining && !channel->suspended && !channel->moving &&
	       (channel->owner->cfg & K210_DMAC_CFG_ENABLE)) {
		enum dma_request request = peer_request(channel);
		uint32_t burst = channel_burst(channel);

		if (request == DMA_REQUEST_NONE)
			return;
		if (channel_remaining(channel) < burst)
			burst = request == DMA_REQUEST_BURST ? channel_remaining(channel) : 1;
		else if (request != DMA_REQUEST_BURST)
			return;
		if (!channel_move(channel, board_of(channel), burst)) {
			finish(channel,
			       K210_DMAC_INT_SRC_DECODE_ERROR | K210_DMAC_INT_DST_DECODE_ERROR);
			return;
		}
		if (channel_remaining(channel) == 0) {
			channel->done = true;
			complete_later(channel, 0);
		}
	}
}

void dmac_request_changed(struct dmac *dmac, unsigned request)
{
	for (unsigned i = 0; i < K210_DMAC_CHANNEL_COUNT; i++) {
		struct dmac_channel *channel = &dmac->channels[i];

		if (channel->enabled && !channel->draining && channel_has_peer(channel) &&
		    sysctl_dma_request(dmac->device.board->sysctl, i) == request)
			pump(channel);
	}
}

/*
 * The last items of such a transfer come without a burst request. The vendor's code only leaves
 * such a rest to the KPU; that other blocks' single requests reach the controller is not known.
 */
static bool leaves_rest(const struct dmac_channel *channel, unsigned request)
{
	return (channel->cfg >> K210_DMAC_CH_CFG_TT_FC & 7) == K210_DMAC_TT_FC_PERIPH_MEM &&
	       channel_items(channel) % channel_burst(channel) && request != K210_DMA_REQ_KPU_RX;
}

static void check_configuration(struct dmac_channel *channel)
{
	struct board *board = board_of(channel);
	const char *name = channel->owner->device.name;
	unsigned request = sysctl_dma_request(board->sysctl, channel->index);

	if (channel->cfg & 0xf)
		board_guest_error(board, name,
				  "channel %u: multi-block transfer (cfg %016llx) is not modelled",
				  channel->index, (unsigned long long)channel->cfg);
	if (channel_has_peer(channel) && !board->dma_peers[request].request)
		board_guest_error(board, name,
				  "channel %u waits for request line %u which nothing drives",
				  channel->index, request);
	if (channel_has_peer(channel) && leaves_rest(channel, request))
		board_guest_error(board, name,
				  "channel %u: %u items in bursts of %u; the rest may never come",
				  channel->index, channel_items(channel), channel_burst(channel));
	if (!(channel->owner->cfg & K210_DMAC_CFG_ENABLE))
		board_guest_error(board, name, "channel %u enabled while the controller is off",
				  channel->index);
}

static void start(struct dmac_channel *channel)
{
	struct board *board = board_of(channel);

	channel->enabled = true;
	channel->draining = false;
	channel->done = false;
	check_configuration(channel);
	if (!channel_prepare(channel, board)) {
		finish(channel, K210_DMAC_INT_SRC_DECODE_ERROR);
		return;
	}
	if (channel_has_peer(channel)) {
		pump(channel);
		return;
	}
	if (board_jitter_flip(board) && channel_move_all(channel, board))
		channel->done = true;
	complete_later(channel, channel_items(channel));
}

static void stop(struct dmac_channel *channel)
{
	channel->enabled = false;
	channel->draining = false;
	board_cancel(board_of(channel), &channel->event);
}

/* Synopsys DW_axi_dmac data book: it does not wait for what is under way. */
static void abort_channel(struct dmac_channel *channel)
{
	if (!channel->enabled)
		board_guest_error(board_of(channel), channel->owner->device.name,
				  "channel %u aborted while it is off: effect not known",
				  channel->index);
	stop(channel);
}

static void write_channel_enable(struct dmac *dmac, uint64_t value)
{
	for (unsigned i = 0; i < K210_DMAC_CHANNEL_COUNT; i++) {
		struct dmac_channel *channel = &dmac->channels[i];

		if (value >> (K210_DMAC_CHEN_SUSPEND_WE + i) & 1) {
			channel->suspended = value >> (K210_DMAC_CHEN_SUSPEND_SHIFT + i) & 1;
			pump(channel);
		}
		if ((value >> (K210_DMAC_CHEN_ABORT_WE + i) & 1) &&
		    (value >> (K210_DMAC_CHEN_ABORT_SHIFT + i) & 1))
			abort_channel(channel);
		if (value >> (K210_DMAC_CHEN_ENABLE_WE + i) & 1) {
			bool enable = value >> (K210_DMAC_CHEN_ENABLE_SHIFT + i) & 1;

			if (enable && !channel->enabled)
				start(channel);
			else if (!enable)
				stop(channel);
		}
	}
}

static uint64_t read_channel_enable(const struct dmac *dmac)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < K210_DMAC_CHANNEL_COUNT; i++) {
		value |= (uint64_t)dmac->channels[i].enabled << (K210_DMAC_CHEN_ENABLE_SHIFT + i);
		value |= (uint64_t)dmac->channels[i].suspended
			 << (K210_DMAC_CHEN_SUSPEND_SHIFT + i);
	}
	return value;
}

static uint64_t read_interrupt_summary(const struct dmac *dmac)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < K210_DMAC_CHANNEL_COUNT; i++) {
		if (dmac->channels[i].intstatus & dmac->channels[i].intsignal_en)
			value |= 1u << i;
	}
	return value;
}

/* The channel registers that only store; NULL for the others. */
static uint64_t *stored_register(struct dmac_channel *channel, uint32_t offset)
{
	switch (offset) {
	case K210_DMAC_SAR:
		return &channel->sar;
	case K210_DMAC_DAR:
		return &channel->dar;
	case K210_DMAC_BLOCK_TS:
		return &channel->block_ts;
	case K210_DMAC_CTL:
		return &channel->ctl;
	case K210_DMAC_CH_CFG:
		return &channel->cfg;
	case K210_DMAC_LLP:
		return &channel->llp;
	case K210_DMAC_AXI_ID:
		return &channel->axi_id;
	case K210_DMAC_AXI_QOS:
		return &channel->axi_qos;
	default:
		return NULL;
	}
}

static uint64_t channel_load(struct dmac_channel *channel, uint32_t offset)
{
	const uint64_t *stored = stored_register(channel, offset);

	if (stored)
		return *stored;
	switch (offset) {
	case K210_DMAC_CH_STATUS:
		return channel_items(channel) - channel_remaining(channel);
	case K210_DMAC_CH_INTSTATUS_EN:
		return channel->intstatus_en;
	case K210_DMAC_CH_INTSTATUS:
		return channel->intstatus;
	case K210_DMAC_CH_INTSIGNAL_EN:
		return channel->intsignal_en;
	default:
		return 0;
	}
}

static void channel_store(struct dmac_channel *channel, uint32_t offset, uint64_t value)
{
	uint64_t *stored = stored_register(channel, offset);

	if (stored && channel->enabled)
		board_guest_error(board_of(channel), channel->owner->device.name,
				  "channel %u: register +0x%02x written while it runs",
				  channel->index, offset);
	if (stored) {
		*stored = value;
		return;
	}
	switch (offset) {
	case K210_DMAC_CH_INTSTATUS_EN:
		channel->intstatus_en = (uint32_t)value;
		channel->intstatus &= (uint32_t)value;
		break;
	case K210_DMAC_CH_INTSIGNAL_EN:
		channel->intsignal_en = (uint32_t)value;
		break;
	case K210_DMAC_CH_INTCLEAR:
		channel->intstatus &= ~(uint32_t)value;
		break;
	default:
		break;
	}
	update_irq(channel);
}

static void channel_reset(struct dmac_channel *channel)
{
	stop(channel);
	channel->suspended = false;
	channel->sar = channel->dar = channel->block_ts = channel->ctl = channel->cfg = 0;
	channel->llp = channel->axi_id = channel->axi_qos = 0;
	channel->intstatus = 0;
	channel->intstatus_en = channel->intsignal_en = UINT32_MAX;
	channel->moved_items = channel->pending_bytes = 0;
	update_irq(channel);
}

static void dmac_reset(struct device *device)
{
	struct dmac *dmac = (struct dmac *)device;

	dmac->cfg = 0;
	for (unsigned i = 0; i < K210_DMAC_CHANNEL_COUNT; i++)
		channel_reset(&dmac->channels[i]);
}

static bool dmac_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct dmac *dmac = (struct dmac *)device;
	uint32_t channel = offset / 0x100 - 1;

	*value = 0;
	if (offset >= K210_DMAC_CHANNEL(0)) {
		if (channel < K210_DMAC_CHANNEL_COUNT)
			*value = channel_load(&dmac->channels[channel], offset % 0x100);
		return true;
	}
	if (offset == K210_DMAC_CFG)
		*value = dmac->cfg;
	else if (offset == K210_DMAC_CHEN)
		*value = read_channel_enable(dmac);
	else if (offset == K210_DMAC_INTSTATUS)
		*value = read_interrupt_summary(dmac);
	return true;
}

static bool dmac_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct dmac *dmac = (struct dmac *)device;
	uint32_t channel = offset / 0x100 - 1;

	if (offset >= K210_DMAC_CHANNEL(0)) {
		if (channel < K210_DMAC_CHANNEL_COUNT)
			channel_store(&dmac->channels[channel], offset % 0x100, value);
		return true;
	}
	switch (offset) {
	case K210_DMAC_CFG:
		dmac->cfg = value & (K210_DMAC_CFG_ENABLE | K210_DMAC_CFG_INT_ENABLE);
		for (unsigned i = 0; i < K210_DMAC_CHANNEL_COUNT; i++) {
			update_irq(&dmac->channels[i]);
			if (channel_has_peer(&dmac->channels[i]))
				pump(&dmac->channels[i]);
		}
		break;
	case K210_DMAC_CHEN:
		write_channel_enable(dmac, value);
		break;
	case K210_DMAC_RESET:
		if (value & K210_DMAC_RESET_BIT)
			dmac_reset(device);
		break;
	default:
		break;
	}
	return true;
}

static const struct device_ops dmac_ops = {
	.load = dmac_load,
	.store = dmac_store,
	.reset = dmac_reset,
};

bool dmac_create(struct board *board)
{
	struct dmac *dmac = calloc(1, sizeof(*dmac));

	if (!dmac)
		return false;
	dmac->device = (struct device){ .ops = &dmac_ops,
					.board = board,
					.name = "dmac",
					.base = K210_DMAC_BASE,
					.size = 0x1000,
					.width = 8,
					.clock_gate = K210_PERI_DMA };
	for (unsigned i = 0; i < K210_DMAC_CHANNEL_COUNT; i++) {
		dmac->channels[i].owner = dmac;
		dmac->channels[i].index = i;
		event_init(&dmac->channels[i].event, EVENT_WORK, fire_completion,
			   &dmac->channels[i]);
	}
	board->dmac = dmac;
	return board_add_device(board, &dmac->device);
}
