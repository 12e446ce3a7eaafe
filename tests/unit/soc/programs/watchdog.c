/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Feeds the watchdog for three periods, then stops: the chip must restart and say why. */
#include "program.h"

#define WDT(offset)  REG32(K210_WDT0_BASE + (offset))
#define RESET_STATUS REG32(K210_SYSCTL_BASE + K210_SYSCTL_RESET_STATUS)

/* 2^16 clocks of 13 MHz are 5.04 ms: 1.97 million CPU clocks at 390 MHz. */
#define PERIOD 1966080ul

static void delay(u64 cycles)
{
	u64 start = csr_read(mcycle);

	while (csr_read(mcycle) - start < cycles)
		;
}

static void feed_for(unsigned periods)
{
	for (unsigned i = 0; i < 2 * periods; i++) {
		WDT(K210_WDT_CRR) = K210_WDT_CRR_FEED;
		delay(PERIOD / 2);
	}
	WDT(K210_WDT_CRR) = K210_WDT_CRR_FEED;
}

void main(void)
{
	u32 status = RESET_STATUS;

	put_value("reset status", status);
	RESET_STATUS = K210_RESET_STATUS_CLEAR;
	put_value("cleared", RESET_STATUS);
	if (status & K210_RESET_STATUS_WDT0)
		return;
	clock_enable(K210_PERI_WDT0);
	WDT(K210_WDT_TORR) = 0;
	WDT(K210_WDT_CRR) = K210_WDT_CRR_FEED;
	WDT(K210_WDT_CR) = K210_WDT_CR_ENABLE;
	feed_for(3);
	delay(PERIOD * 9 / 10);
	WDT(K210_WDT_CRR) = K210_WDT_CRR_FEED;
	put_text("alive at 0.9\n");
	feed_for(4); /* until the text is out */
	delay(PERIOD * 11 / 10);
	put_text("not reached\n");
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
