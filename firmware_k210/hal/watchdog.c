/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* DesignWare watchdog (K210 standalone SDK lib/drivers/wdt.c). */
#include "firmware_k210/hal/watchdog.h"

#include "firmware_k210/hal/mmio.h"
#include "k210/memory_map.h"
#include "k210/wdt.h"

#define WDT(offset) (K210_WDT0_BASE + (uintptr_t)(offset))

/* 2^(16 + 9) clocks of 13 MHz: see WATCHDOG_PERIOD_MS. */
#define PERIOD_CODE 9u

void watchdog_start(void)
{
	mmio_write32(WDT(K210_WDT_TORR), PERIOD_CODE << K210_WDT_TORR_TOP_SHIFT |
						 PERIOD_CODE << K210_WDT_TORR_TOP_INIT_SHIFT);
	mmio_write32(WDT(K210_WDT_CRR), K210_WDT_CRR_FEED);
	mmio_write32(WDT(K210_WDT_CR), K210_WDT_CR_ENABLE);
}

void watchdog_feed(void)
{
	mmio_write32(WDT(K210_WDT_CRR), K210_WDT_CRR_FEED);
}
