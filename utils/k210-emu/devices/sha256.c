/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * SHA-256 engine. Registers: k210/sha256.h. A block is computed when its last word arrives; how
 * long the engine takes is not published, so it takes no time.
 *
 * Not modelled: the other order of bytes.
 */
#include "utils/k210-emu/devices/sha256.h"

#include <sys/types.h>

#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "k210/sha256.h"
#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/dmac.h"

#define STATE_WORDS 8

struct sha256 {
	struct device device;
	uint32_t num, function0, function1;
	uint32_t state[STATE_WORDS];
	uint8_t block[SHA256_BLOCK_LENGTH];
	unsigned fill;
	uint32_t blocks_left;
};

static bool is_running(const struct sha256 *sha)
{
	return (sha->function0 & K210_SHA256_ENABLE) && sha->blocks_left;
}

static void start(struct sha256 *sha)
{
	SHA2_CTX context;

	SHA256Init(&context);
	memcpy(sha->state, context.state.st32, sizeof(sha->state));
	sha->fill = 0;
	sha->blocks_left = sha->num & 0xffff;
	if (!(sha->function0 & K210_SHA256_BIG_ENDIAN))
		board_guest_error(sha->device.board, sha->device.name,
				  "the other order of bytes is not modelled");
}

static void take_word(struct sha256 *sha, uint32_t word)
{
	if (!is_running(sha)) {
		board_guest_error(sha->device.board, sha->device.name,
				  "data while it is off or has all its blocks: lost");
		return;
	}
	for (unsigned i = 0; i < 4; i++)
		sha->block[sha->fill++] = (uint8_t)(word >> (8 * i));
	if (sha->fill < sizeof(sha->block))
		return;
	SHA256Transform(sha->state, sha->block);
	sha->fill = 0;
	sha->blocks_left--;
}

/* The word of the digest as its bytes lie in memory; the last one comes first. */
static uint32_t result(const struct sha256 *sha, unsigned index)
{
	return __builtin_bswap32(sha->state[STATE_WORDS - 1 - index]);
}

static bool sha256_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct sha256 *sha = (struct sha256 *)device;

	*value = 0;
	if (offset < K210_SHA256_DATA_IN)
		*value = result(sha, offset / 4);
	else if (offset == K210_SHA256_NUM)
		*value = sha->num;
	else if (offset == K210_SHA256_FUNCTION0)
		*value = (sha->function0 & ~(uint32_t)K210_SHA256_ENABLE) |
			 (sha->blocks_left ? 0 : K210_SHA256_ENABLE);
	else if (offset == K210_SHA256_FUNCTION1)
		*value = sha->function1;
	return true;
}

static bool sha256_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct sha256 *sha = (struct sha256 *)device;

	switch (offset) {
	case K210_SHA256_DATA_IN:
		take_word(sha, (uint32_t)value);
		break;
	case K210_SHA256_NUM:
		sha->num = (uint32_t)value;
		break;
	case K210_SHA256_FUNCTION0:
		sha->function0 = (uint32_t)value & (K210_SHA256_ENABLE | K210_SHA256_BIG_ENDIAN);
		if (value & K210_SHA256_ENABLE)
			start(sha);
		break;
	case K210_SHA256_FUNCTION1:
		sha->function1 = (uint32_t)value & K210_SHA256_DMA;
		break;
	default:
		break;
	}
	dmac_request_changed(device->board->dmac, K210_DMA_REQ_SHA_RX);
	return true;
}

static void sha256_reset(struct device *device)
{
	struct sha256 *sha = (struct sha256 *)device;

	sha->num = sha->function0 = sha->function1 = 0;
	memset(sha->state, 0, sizeof(sha->state));
	sha->fill = 0;
	sha->blocks_left = 0;
}

static enum dma_request data_request(void *context)
{
	const struct sha256 *sha = context;

	return (sha->function1 & K210_SHA256_DMA) && is_running(sha) ? DMA_REQUEST_BURST
								     : DMA_REQUEST_NONE;
}

static const struct device_ops sha256_ops = {
	.load = sha256_load,
	.store = sha256_store,
	.reset = sha256_reset,
};

bool sha256_create(struct board *board)
{
	struct sha256 *sha = calloc(1, sizeof(*sha));

	if (!sha)
		return false;
	sha->device = (struct device){ .ops = &sha256_ops,
				       .board = board,
				       .name = "sha256",
				       .base = K210_SHA256_BASE,
				       .size = 0x1000,
				       .width = 4,
				       .clock_gate = K210_PERI_SHA };
	board->dma_peers[K210_DMA_REQ_SHA_RX] = (struct dma_peer){ data_request, sha };
	return board_add_device(board, &sha->device);
}
