/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * First instructions of the first stage. Either hart may arrive, in any order and at any time after
 * the ROM's jump, through the trampoline at 0x80000000 (link/first_stage.h), with anything in its
 * registers.
 */
#include "k210/clint.h"
#include "k210/memory_map.h"
#include "link/first_stage.h"

	.section .text.start, "ax"
	.globl	_start
_start:
	csrci	mstatus, 8		/* MIE off */
	csrw	mie, zero
	la	t0, stop
	csrw	mtvec, t0
	csrr	t0, mhartid
	bnez	t0, wait

	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	la	sp, __stack_top
	la	t0, __bss_start
	la	t1, __bss_end
1:	bgeu	t0, t1, 2f
	sd	zero, 0(t0)
	addi	t0, t0, 8
	j	1b
2:	call	first_stage
	j	leave

	/*
	 * Hart 1 says that it is here and sleeps until hart 0 sends it on. It must not stay: this
	 * memory belongs to models once the firmware runs.
	 */
wait:
	/* The call that brought it here is still pending (the ROM clears it before, not after). */
	li	t0, K210_CLINT_BASE + K210_CLINT_MSIP(1)
	sw	zero, 0(t0)
	li	t0, 8			/* only the software interrupt wakes it */
	csrw	mie, t0
	la	t1, hart1_state
	li	t0, 1			/* HART1_WAITS */
	sw	t0, 0(t1)
1:	wfi
	lw	t0, 0(t1)
	addi	t0, t0, -2		/* HART1_GO */
	bnez	t0, 1b
	csrw	mie, zero
	li	t0, K210_CLINT_BASE + K210_CLINT_MSIP(1)
	sw	zero, 0(t0)
	fence
	li	t0, 3			/* HART1_GONE */
	sw	t0, 0(t1)

	/* What lies at 0x80000000 now is not what this hart's instruction cache has seen there. */
leave:
	fence
	fence.i
	li	t0, KPU_STAGE_FIRMWARE_ADDRESS
	jr	t0

	/* A trap: nothing of this can be trusted. The host resets the chip when no answer comes. */
	.balign	4
stop:
	wfi
	j	stop
