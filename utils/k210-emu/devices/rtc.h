/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_RTC_H
#define K210_EMU_DEVICES_RTC_H

#include <stdbool.h>

struct board;

bool rtc_create(struct board *board);

#endif
