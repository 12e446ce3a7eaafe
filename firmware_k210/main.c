/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The K210 as a neural coprocessor: see docs/firmware.md. */
#include "firmware_k210/board.h"
#include "firmware_k210/hal/reset.h"
#include "firmware_k210/hal/watchdog.h"

int main(void);

int main(void)
{
	board_init();
	for (;;) {
		bool is_busy = board_poll();

		watchdog_feed();
		stack_check();
		if (!is_busy)
			board_sleep();
	}
}
