/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Claim order, completion with the level still up, threshold, and nesting. The sources are GPIOHS
 * pins that the program itself drives, with their "high" interrupt enabled.
 */
#include "program.h"

#define GPIOHS(offset) REG32(K210_GPIOHS_BASE + (offset))
#define SOURCE(pin)    (K210_IRQ_GPIOHS0 + (pin))

static void raise_pins(u32 pins)
{
	GPIOHS(K210_GPIOHS_OUTPUT_VAL) |= pins;
}

static void lower_pins(u32 pins)
{
	GPIOHS(K210_GPIOHS_OUTPUT_VAL) &= ~pins;
	GPIOHS(K210_GPIOHS_HIGH_IP) = pins;
}

static void set_threshold(u32 threshold)
{
	REG32(K210_PLIC_BASE + K210_PLIC_THRESHOLD(0)) = threshold;
}

static u32 pending_external(void)
{
	return csr_read(mip) >> 11 & 1;
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	u32 source;

	if (cause != INTERRUPT(11))
		no_trap_expected(cause, pc, value);
	source = plic_claim(0);
	put_value("enter", source);
	lower_pins(1u << (source - SOURCE(0)));
	if (source == SOURCE(0)) {
		set_threshold(1);
		raise_pins(1 << 1 | 1 << 3); /* priority 2 gets through, priority 1 does not */
		csr_set(mstatus, MSTATUS_MIE);
		asm volatile("nop");
		csr_clear(mstatus, MSTATUS_MIE);
		set_threshold(0);
	}
	put_value("leave", source);
	plic_complete(0, source);
	csr_set(mstatus, 3 << 11 | 1 << 7); /* MPP and MPIE, which a nested trap changed */
	return pc;
}

void main(void)
{
	u32 pins = 0xf;

	GPIOHS(K210_GPIOHS_INPUT_EN) = pins;
	GPIOHS(K210_GPIOHS_OUTPUT_EN) = pins;
	lower_pins(pins);
	GPIOHS(K210_GPIOHS_HIGH_IE) = pins;
	plic_enable(0, SOURCE(0), 1);
	plic_enable(0, SOURCE(1), 2);
	plic_enable(0, SOURCE(2), 2);
	plic_enable(0, SOURCE(3), 1);
	put_value("idle claim", plic_claim(0));

	raise_pins(7);
	put_value("mip", pending_external());
	for (int i = 0; i < 4; i++)
		put_value("claim", plic_claim(0));
	lower_pins(1 << 0 | 1 << 1);
	for (u32 pin = 0; pin < 3; pin++)
		plic_complete(0, SOURCE(pin));
	put_value("still high", plic_claim(0));
	lower_pins(1 << 2);
	plic_complete(0, SOURCE(2));
	put_value("mip", pending_external());

	set_threshold(1);
	raise_pins(1 << 0);
	put_value("masked", pending_external());
	set_threshold(0);
	put_value("unmasked", pending_external());
	interrupts_on(MIE_MEIE);
	put_text("end\n");
}

void main_hart1(void)
{
}
