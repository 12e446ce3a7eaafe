/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Watchdog 0: resets the chip when the main loop stops turning. */
#ifndef FIRMWARE_HAL_WATCHDOG_H
#define FIRMWARE_HAL_WATCHDOG_H

/* Between two calls of watchdog_feed() there may be at most this much time. */
#define WATCHDOG_PERIOD_MS 2581u

void watchdog_start(void);
void watchdog_feed(void);

#endif
