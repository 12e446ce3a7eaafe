/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Faults and the environment call, with cause and address. */
#include "program.h"

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	put_value("cause", cause);
	if (cause != 11) /* an environment call has none */
		put_value("address", value);
	if (cause == 1) /* fetch: go on behind the call */
		return csr_read(mscratch);
	return pc + 4;
}

#define TRY(instruction, address)                                                \
	asm volatile(".option push\n.option norvc\n" instruction "\n.option pop" \
		     :                                                           \
		     : "r"((u64)(address))                                       \
		     : "t0", "memory")

void main(void)
{
	TRY("lw t0, 0(%0)", 0x10000000);
	TRY("sw zero, 0(%0)", 0x50300000);
	TRY("ld t0, 0(%0)", K210_KPU_BASE + K210_KPU_INTERRUPT_RAW); /* AI clock is off */
	TRY("lw t0, 0(%0)", K210_AI_SRAM_UNCACHED_BASE);
	ai_clock_start();
	TRY("sw zero, 0(%0)", K210_AI_SRAM_UNCACHED_BASE);
	TRY("lw t0, 0(%0)", K210_AI_SRAM_CACHED_BASE);
	TRY("lw t0, 0(%0)", 0x80000002);
	TRY("lw t0, 0(%0)", K210_SRAM_CACHED_BASE + K210_SRAM_SIZE - 4);
	TRY("ecall # %0", 0);
	asm volatile("la t0, 1f\ncsrw mscratch, t0\njr %0\n1:" : : "r"(0x20000000ul) : "t0", "ra");
	put_text("end\n");
}

void main_hart1(void)
{
}
