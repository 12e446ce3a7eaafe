/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Start code of the test programs: 4 KiB of stack per hart, .bss is zero because the image is
 * padded. Traps save every register and call trap_handler(mcause, mepc, mtval), whose result is the
 * address to return to. What the CSRs were on entry is kept for programs that ask for it.
 */
	.section .text.start, "ax"
	.globl _start
_start:
	csrrw s3, mie, zero
	la t0, trap_entry
	csrw mtvec, t0
	csrr s2, mstatus
	csrr s4, mip
	.option push
	.option norelax
	la gp, __global_pointer$
	.option pop
	csrr t0, mhartid
	la sp, stacks + 4096
	slli t1, t0, 12
	add sp, sp, t1
	la t1, entry_state
	slli t2, t0, 5
	add t1, t1, t2
	sd s2, 0(t1)
	sd s3, 8(t1)
	sd s4, 16(t1)
	li t1, 1 << 13 /* FS: initial */
	csrs mstatus, t1
	bnez t0, 1f
	call main
	call finish
1:	call main_hart1
2:	wfi
	j 2b

	.align 2
trap_entry:
	addi sp, sp, -256
	.irp n, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	sd x\n, 8 * \n(sp)
	.endr
	csrr a0, mcause
	csrr a1, mepc
	csrr a2, mtval
	call trap_handler
	csrw mepc, a0
	.irp n, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	ld x\n, 8 * \n(sp)
	.endr
	addi sp, sp, 256
	mret

	.globl finish
finish:	csrw mie, zero
1:	wfi
	j 1b

	.section .bss
	.align 4
stacks:	.skip 8192
	.globl entry_state
entry_state: .skip 64
