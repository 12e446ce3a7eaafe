/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Real-time clock, from the crystal. Source: K210 standalone SDK lib/drivers/include/rtc.h, rtc.c.
 * Date and time are written while register_ctrl says WRITE and read while it says READ.
 */
#ifndef K210_RTC_H
#define K210_RTC_H

#define K210_RTC_DATE           0x00
#define K210_RTC_TIME           0x04
#define K210_RTC_ALARM_DATE     0x08
#define K210_RTC_ALARM_TIME     0x0c
#define K210_RTC_INITIAL_COUNT  0x10 /* crystal clocks in a second: 26,000,000 */
#define K210_RTC_CURRENT_COUNT  0x14
#define K210_RTC_INTERRUPT_CTRL 0x18
#define K210_RTC_REGISTER_CTRL  0x1c
#define K210_RTC_EXTENDED       0x28
#define K210_RTC_END            0x2c

#define K210_RTC_DATE_WEEK_SHIFT   0  /* 3 bits, 0 = Sunday */
#define K210_RTC_DATE_DAY_SHIFT    8  /* 5 bits */
#define K210_RTC_DATE_MONTH_SHIFT  16 /* 4 bits */
#define K210_RTC_DATE_YEAR_SHIFT   20 /* 12 bits: the year in its century */
#define K210_RTC_TIME_SECOND_SHIFT 10 /* 6 bits */
#define K210_RTC_TIME_MINUTE_SHIFT 16 /* 6 bits */
#define K210_RTC_TIME_HOUR_SHIFT   24 /* 5 bits */
#define K210_RTC_EXTENDED_CENTURY  0  /* 5 bits */
#define K210_RTC_EXTENDED_LEAP     (1 << 5)

#define K210_RTC_CTRL_READ  (1 << 0)
#define K210_RTC_CTRL_WRITE (1 << 1)

#endif
