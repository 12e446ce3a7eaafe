/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "lib/flash_turn.h"

#include <time.h>

#include "lib/api.h"
#include "lib/object.h"

#define PAUSE_MS 10

bool kpu_flash_turn_again(struct kpu_flash_turn *turn, int rc, uint32_t limit_ms)
{
	static const struct timespec pause = { 0, PAUSE_MS * 1000000 };
	uint64_t now;

	if (rc != -KPU_ERR_BUSY)
		return false;
	now = kpu_now_ns() / 1000000;
	if (!turn->deadline)
		turn->deadline = now + limit_ms;
	if (now >= turn->deadline)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

int kpu_flash_explain(int rc, uint32_t address, struct kpu_error *error)
{
	if (rc == -KPU_ERR_BUSY) {
		kpu_fail(
			error, KPU_ERR_BUSY,
			"the flash is in use: a model runs from it, another client works on it, or "
			"the chip has not ended what it was told before");
		kpu_error_advise(error, "try again when it has been freed");
	} else if (rc == -KPU_ERR_IO) {
		kpu_fail(error, KPU_ERR_IO, "the flash chip does not finish its work at %#x",
			 address);
		kpu_error_advise(error,
				 "try again; if it stays, the chip is protected or worn out");
	}
	return rc;
}
