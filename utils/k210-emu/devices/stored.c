/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Blocks that nothing of ours needs yet. Their registers keep what is written, the first access is
 * reported, and nothing is computed, counted or signalled: AES, OTP, FFT, I2S.
 */
#include "utils/k210-emu/devices/stored.h"

#include <stdlib.h>
#include <string.h>

#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"

#define WORDS (0x1000 / 4)

struct stored {
	struct device device;
	bool reported;
	uint32_t words[WORDS];
};

static void report_once(struct stored *stored)
{
	if (!stored->reported)
		board_guest_error(stored->device.board, stored->device.name,
				  "is not modelled: its registers only store");
	stored->reported = true;
}

static bool stored_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct stored *stored = (struct stored *)device;

	report_once(stored);
	*value = offset < sizeof(stored->words) ? stored->words[offset / 4] : 0;
	return true;
}

static bool stored_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct stored *stored = (struct stored *)device;

	report_once(stored);
	if (offset < sizeof(stored->words))
		stored->words[offset / 4] = (uint32_t)value;
	return true;
}

static void stored_reset(struct device *device)
{
	struct stored *stored = (struct stored *)device;

	memset(stored->words, 0, sizeof(stored->words));
}

static const struct device_ops stored_ops = {
	.load = stored_load,
	.store = stored_store,
	.reset = stored_reset,
};

static const struct {
	const char *name;
	uint32_t base, size;
	int clock_gate;
} blocks[] = {
	{ "aes", K210_AES_BASE, 0x1000, K210_PERI_AES },
	{ "otp", K210_OTP_BASE, 0x1000, K210_PERI_OTP },
	{ "fft", K210_FFT_BASE, K210_FFT_SIZE, K210_PERI_FFT },
	{ "i2s0", K210_I2S0_BASE, 0x1000, K210_PERI_I2S0 },
	{ "i2s1", K210_I2S1_BASE, 0x1000, K210_PERI_I2S0 + 1 },
	{ "i2s2", K210_I2S2_BASE, 0x1000, K210_PERI_I2S0 + 2 },
};

bool stored_blocks_create(struct board *board)
{
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct stored *stored = calloc(1, sizeof(*stored));

		if (!stored)
			return false;
		stored->device = (struct device){ .ops = &stored_ops,
						  .board = board,
						  .name = blocks[i].name,
						  .base = blocks[i].base,
						  .size = blocks[i].size,
						  .width = 4,
						  .clock_gate = blocks[i].clock_gate };
		if (!board_add_device(board, &stored->device))
			return false;
	}
	return true;
}
