/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * First instructions. Nothing is assumed about the state on entry: any hart may arrive here, at any
 * time after the jump, with any register content and with SRAM as the last program left it (u-boot
 * doc/board/sipeed/maix.rst: the mask ROM may release both harts at 0x80000000).
 */
	.section .text.start, "ax"
	.globl	_start
_start:
	csrci	mstatus, 8		/* MIE off before anything else */
	csrw	mie, zero
	csrr	t0, mhartid
	bnez	t0, park

	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	la	tp, __tls_start
	la	sp, __stack_top
	la	t0, trap_entry
	csrw	mtvec, t0
	csrw	mip, zero
	csrw	medeleg, zero
	csrw	mideleg, zero
	li	t0, 0x6000		/* FS: floating point on */
	csrs	mstatus, t0
	fscsr	zero

	la	t0, __bss_start
	la	t1, __bss_end
1:	bgeu	t0, t1, 2f
	sd	zero, 0(t0)
	addi	t0, t0, 8
	j	1b

	/* The stack is painted: the lowest words guard it (main.c checks them), the others show how
	 * deep it has ever been. */
2:	la	t0, __stack_guard
	li	t1, 0x57ac6a7d57ac6a7d
3:	sd	t1, 0(t0)
	addi	t0, t0, 8
	bltu	t0, sp, 3b

	call	main
	/* main() does not return; if it did, the crash handler would report this breakpoint. */
	ebreak

	/* Any other hart sleeps for ever. It touches no memory, so it can not disturb hart 0. */
park:
	wfi
	j	park

/*
 * One trap vector (the K210 has no vectored mode). Interrupt handlers are plain C functions that
 * must not use floating point: only integer registers are saved. The build checks that.
 */
	.section .text.trap, "ax"
	.globl	trap_entry
	.balign	4
trap_entry:
	addi	sp, sp, -128
	sd	ra, 0(sp)
	sd	t0, 8(sp)
	csrr	t0, mcause
	bgez	t0, exception
	sd	t1, 16(sp)
	sd	t2, 24(sp)
	sd	t3, 32(sp)
	sd	t4, 40(sp)
	sd	t5, 48(sp)
	sd	t6, 56(sp)
	sd	a0, 64(sp)
	sd	a1, 72(sp)
	sd	a2, 80(sp)
	sd	a3, 88(sp)
	sd	a4, 96(sp)
	sd	a5, 104(sp)
	sd	a6, 112(sp)
	sd	a7, 120(sp)
	mv	a0, t0
	call	trap_interrupt
	ld	ra, 0(sp)
	ld	t0, 8(sp)
	ld	t1, 16(sp)
	ld	t2, 24(sp)
	ld	t3, 32(sp)
	ld	t4, 40(sp)
	ld	t5, 48(sp)
	ld	t6, 56(sp)
	ld	a0, 64(sp)
	ld	a1, 72(sp)
	ld	a2, 80(sp)
	ld	a3, 88(sp)
	ld	a4, 96(sp)
	ld	a5, 104(sp)
	ld	a6, 112(sp)
	ld	a7, 120(sp)
	addi	sp, sp, 128
	mret

	/* Nothing is resumed after an exception; the stack starts over, it may have overflowed. */
exception:
	mv	a0, t0
	csrr	a1, mepc
	csrr	a2, 0x343		/* mbadaddr of privileged 1.9.1, mtval later */
	la	sp, __stack_top
	tail	crash_report
