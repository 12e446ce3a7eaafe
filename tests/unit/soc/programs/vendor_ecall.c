/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The C library of the vendor's SDK asks for brk, fstat and write by an ecall from machine mode;
 * its trap handler finds number and arguments in the saved registers, answers in a0 and goes on
 * behind the instruction.
 */
#include "vendor.h"

/* Saves every register; the handler gets their array. */
asm(".section .text\n"
    ".align 2\n"
    "vendor_trap:\n"
    "	addi sp, sp, -256\n"
    "	.irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, "
    "24, 25, 26, 27, 28, 29, 30, 31\n"
    "	sd x\\n, 8 * \\n(sp)\n"
    "	.endr\n"
    "	mv a0, sp\n"
    "	call handle_trap\n"
    "	.irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, "
    "24, 25, 26, 27, 28, 29, 30, 31\n"
    "	ld x\\n, 8 * \\n(sp)\n"
    "	.endr\n"
    "	addi sp, sp, 256\n"
    "	mret\n");

enum {
	A0 = 10,
	A1 = 11,
	A2 = 12,
	A7 = 17,
	CALL_WRITE = 64,
	CALL_FSTAT = 80,
	CALL_BRK = 214,
};

extern char vendor_trap[];
static u64 program_break = 0x80100000;
static u32 calls;

void handle_trap(u64 *registers)
{
	u64 cause = csr_read(mcause), pc = csr_read(mepc);
	const u8 *text = (const u8 *)registers[A1];

	if (cause != 11)
		no_trap_expected(cause, pc, csr_read(mtval));
	calls++;
	switch (registers[A7]) {
	case CALL_WRITE:
		for (u64 i = 0; i < registers[A2]; i++)
			put_character(text[i]);
		registers[A0] = registers[A2];
		break;
	case CALL_BRK:
		if (registers[A0])
			program_break = registers[A0];
		registers[A0] = program_break;
		break;
	default:
		registers[A0] = -38ul;
		break;
	}
	asm volatile("csrw mepc, %0" : : "r"(pc + 4));
}

static u64 call(u64 number, u64 first, u64 second, u64 third)
{
	register u64 a0 asm("a0") = first;
	register u64 a1 asm("a1") = second;
	register u64 a2 asm("a2") = third;
	register u64 a7 asm("a7") = number;

	asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
	return a0;
}

void main(void)
{
	static const char text[] = "written\n";

	console_start(115200);
	asm volatile("csrw mtvec, %0" : : "r"(vendor_trap));
	put_value("break", call(CALL_BRK, 0, 0, 0));
	put_value("break", call(CALL_BRK, 0x80123000, 0, 0));
	put_value("fstat", call(CALL_FSTAT, 1, 0, 0));
	put_value("bytes", call(CALL_WRITE, 1, (u64)text, sizeof(text) - 1));
	put_value("calls", calls);
	/* MPP was machine mode and is again; interrupts stayed off. */
	put_value("mode", csr_read(mstatus) >> 11 & 3);
	put_text("end\n");
}

void main_hart1(void)
{
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	no_trap_expected(cause, pc, value);
	return pc;
}
