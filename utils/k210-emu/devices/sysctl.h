/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_SYSCTL_H
#define K210_EMU_DEVICES_SYSCTL_H

#include <stdbool.h>
#include <stdint.h>

#include "utils/k210-emu/board.h"

struct sysctl;

bool sysctl_create(struct board *board);

/* Reset values as the mask ROM leaves them, with @cause in reset_status. */
void sysctl_reset_with_cause(struct sysctl *sysctl, enum reset_cause cause);

/* The AI clock gate is open, PLL1 runs and gives its output. */
bool sysctl_ai_running(const struct sysctl *sysctl);

/* Clock gate and reset of @device; reports an error and returns false where the bus would hang. */
bool sysctl_device_usable(struct sysctl *sysctl, const struct device *device, const char *what);

/* Request number (K210_DMA_REQ_*) chosen for a DMA channel. */
unsigned sysctl_dma_request(const struct sysctl *sysctl, unsigned channel);

/* Clock of watchdog 0 or 1, of timer block 0..2, in Hz. */
uint64_t sysctl_wdt_hz(const struct sysctl *sysctl, unsigned index);
uint64_t sysctl_timer_hz(const struct sysctl *sysctl, unsigned index);
/* Clock of an SPI master before its own divider. */
uint64_t sysctl_spi_hz(const struct sysctl *sysctl, unsigned number);
/* The flash is mapped in place of the registers of SPI3. */
bool sysctl_spi3_window(const struct sysctl *sysctl);

#endif
