/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Real-time clock. Registers: k210/rtc.h. It counts the board's own time from what the program set;
 * after power-on that is the first of January 2000, as no battery keeps it.
 *
 * Not modelled: interrupts and alarm, the masks of register_ctrl, current_count.
 */
#include "utils/k210-emu/devices/rtc.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "k210/rtc.h"
#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"

#define NEW_YEAR_2000 946684800
#define PICOSECONDS   1000000000000ull

struct rtc {
	struct device device;
	uint32_t words[K210_RTC_END / 4];
	struct tm set; /* what the program wrote last, normalised when it is read */
	uint64_t set_ps;
};

static uint64_t seconds_since(const struct rtc *rtc)
{
	uint64_t elapsed = board_picoseconds(rtc->device.board) - rtc->set_ps;
	uint32_t clocks = rtc->words[K210_RTC_INITIAL_COUNT / 4];

	if (!clocks)
		return 0;
	return (uint64_t)((unsigned __int128)elapsed * K210_CRYSTAL_HZ / clocks / PICOSECONDS);
}

static struct tm now(const struct rtc *rtc)
{
	struct tm result = rtc->set;
	time_t seconds = timegm(&result) + (time_t)seconds_since(rtc);

	gmtime_r(&seconds, &result);
	return result;
}

/* Goes on from the time it shows. */
static void latch(struct rtc *rtc)
{
	rtc->set = now(rtc);
	rtc->set_ps = board_picoseconds(rtc->device.board);
}

static bool rtc_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct rtc *rtc = (struct rtc *)device;
	struct tm time = now(rtc);
	unsigned year = (unsigned)time.tm_year + 1900;

	switch (offset) {
	case K210_RTC_DATE:
		*value = (uint32_t)time.tm_wday << K210_RTC_DATE_WEEK_SHIFT |
			 (uint32_t)time.tm_mday << K210_RTC_DATE_DAY_SHIFT |
			 (uint32_t)(time.tm_mon + 1) << K210_RTC_DATE_MONTH_SHIFT |
			 year % 100 << K210_RTC_DATE_YEAR_SHIFT;
		break;
	case K210_RTC_TIME:
		*value = (uint32_t)time.tm_sec << K210_RTC_TIME_SECOND_SHIFT |
			 (uint32_t)time.tm_min << K210_RTC_TIME_MINUTE_SHIFT |
			 (uint32_t)time.tm_hour << K210_RTC_TIME_HOUR_SHIFT;
		break;
	case K210_RTC_EXTENDED:
		*value = (year / 100 & 31) << K210_RTC_EXTENDED_CENTURY |
			 (year % 4 == 0 && (year % 100 || year % 400 == 0) ? K210_RTC_EXTENDED_LEAP
									   : 0);
		break;
	default:
		*value = offset < K210_RTC_END ? rtc->words[offset / 4] : 0;
		break;
	}
	return true;
}

static void store_date(struct rtc *rtc, uint32_t value)
{
	rtc->set.tm_mday = value >> K210_RTC_DATE_DAY_SHIFT & 31;
	rtc->set.tm_mon = (int)(value >> K210_RTC_DATE_MONTH_SHIFT & 15) - 1;
	rtc->set.tm_year = (rtc->set.tm_year + 1900) / 100 * 100 - 1900 +
			   (int)(value >> K210_RTC_DATE_YEAR_SHIFT) % 100;
}

static void store_time(struct rtc *rtc, uint32_t value)
{
	rtc->set.tm_sec = value >> K210_RTC_TIME_SECOND_SHIFT & 63;
	rtc->set.tm_min = value >> K210_RTC_TIME_MINUTE_SHIFT & 63;
	rtc->set.tm_hour = value >> K210_RTC_TIME_HOUR_SHIFT & 31;
}

static bool rtc_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct rtc *rtc = (struct rtc *)device;
	bool writable = rtc->words[K210_RTC_REGISTER_CTRL / 4] & K210_RTC_CTRL_WRITE;

	if (offset >= K210_RTC_END)
		return true;
	latch(rtc);
	if (offset == K210_RTC_INTERRUPT_CTRL && value & 3)
		board_guest_error(device->board, device->name, "interrupts are not modelled");
	if ((offset == K210_RTC_DATE || offset == K210_RTC_TIME || offset == K210_RTC_EXTENDED) &&
	    !writable) {
		board_guest_error(device->board, device->name,
				  "register +0x%02x written while register_ctrl does not say so: "
				  "ignored",
				  offset);
		return true;
	}
	rtc->words[offset / 4] = (uint32_t)value;
	if (offset == K210_RTC_DATE)
		store_date(rtc, (uint32_t)value);
	else if (offset == K210_RTC_TIME)
		store_time(rtc, (uint32_t)value);
	else if (offset == K210_RTC_EXTENDED)
		rtc->set.tm_year = (int)(value & 31) * 100 - 1900 + (rtc->set.tm_year + 1900) % 100;
	return true;
}

static void rtc_reset(struct device *device)
{
	struct rtc *rtc = (struct rtc *)device;
	time_t start = NEW_YEAR_2000;

	memset(rtc->words, 0, sizeof(rtc->words));
	rtc->words[K210_RTC_INITIAL_COUNT / 4] = K210_CRYSTAL_HZ;
	rtc->words[K210_RTC_REGISTER_CTRL / 4] = K210_RTC_CTRL_READ;
	gmtime_r(&start, &rtc->set);
	rtc->set_ps = board_picoseconds(device->board);
}

static const struct device_ops rtc_ops = {
	.load = rtc_load,
	.store = rtc_store,
	.reset = rtc_reset,
};

bool rtc_create(struct board *board)
{
	struct rtc *rtc = calloc(1, sizeof(*rtc));

	if (!rtc)
		return false;
	rtc->device = (struct device){ .ops = &rtc_ops,
				       .board = board,
				       .name = "rtc",
				       .base = K210_RTC_BASE,
				       .size = 0x1000,
				       .width = 4,
				       .clock_gate = K210_PERI_RTC };
	return board_add_device(board, &rtc->device);
}
