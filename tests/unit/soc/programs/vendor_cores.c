/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The SDK's second core: hart 1 sets up its interrupt controller and spins on a word of memory;
 * hart 0 raises its software interrupt, then writes the word. It works whether hart 1 was started
 * with hart 0 or waits in the ROM for that interrupt.
 */
#include "vendor.h"

static volatile u64 wake_up[2] = { 1, 0 };
static volatile u64 argument, answer, done;

static volatile u32 *software_interrupt(unsigned hart)
{
	return &REG32(K210_CLINT_BASE + K210_CLINT_MSIP(hart));
}

static void add_atomically(volatile u64 *to, u64 value)
{
	asm volatile("amoadd.d zero, %1, (%0)" : : "r"(to), "r"(value) : "memory");
}

void main(void)
{
	console_start(115200);
	put_value("core", csr_read(mhartid));
	for (u64 round = 1; round <= 3; round++) {
		argument = round * 100;
		if (round == 1) {
			*software_interrupt(1) = 1;
			asm volatile("fence" : : : "memory");
		}
		wake_up[1] = round;
		while (done != round)
			;
		put_value("answer", answer);
	}
	put_text("end\n");
}

void main_hart1(void)
{
	u64 seen = 0;

	vendor_plic_init(1);
	while (seen < 3) {
		while (wake_up[1] == seen)
			;
		*software_interrupt(1) = 0;
		seen = wake_up[1];
		answer = argument + csr_read(mhartid);
		add_atomically(&done, 1);
	}
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
