/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* CSR access, environment calls, trap return, wait for interrupt. */
#include "utils/k210-emu/cpu/core.h"

enum csr_change {
	CSR_REPLACE,
	CSR_SET,
	CSR_CLEAR,
};

#define CSR_LAST_FP 0x003

static uint64_t changed(enum csr_change change, uint64_t old, uint64_t operand)
{
	switch (change) {
	case CSR_SET:
		return old | operand;
	case CSR_CLEAR:
		return old & ~operand;
	default:
		return operand;
	}
}

/* Set and clear with rs1 = x0 (or immediate 0) do not write at all. */
static bool csr_access(OPERATION_PARAMETERS, enum csr_change change, uint64_t operand)
{
	unsigned number = (unsigned)insn->imm;
	uint64_t old;

	core_sync(hart, insn, remaining);
	fp_collect(hart);
	if ((number <= CSR_LAST_FP && hart->fs == FP_OFF) || !csr_read(hart, number, &old))
		return false;
	if ((change == CSR_REPLACE || insn->rs1) &&
	    !csr_write(hart, number, changed(change, old, operand)))
		return false;
	hart->x[insn->rd] = old;
	return true;
}

#define CSR_HANDLER(name, change, operand)                                  \
	void op_##name##_wide(OPERATION_PARAMETERS)                         \
	{                                                                   \
		if (!csr_access(hart, insn, remaining, change, operand))    \
			core_trap(hart, insn, remaining, CAUSE_ILLEGAL, 0); \
		else if (unlikely(interrupt_due(hart)))                     \
			core_leave(hart, insn + 2, remaining - 1);          \
		else                                                        \
			core_next(hart, insn + 2, remaining);               \
	}

CSR_HANDLER(csrrw, CSR_REPLACE, hart->x[insn->rs1])
CSR_HANDLER(csrrs, CSR_SET, hart->x[insn->rs1])
CSR_HANDLER(csrrc, CSR_CLEAR, hart->x[insn->rs1])
CSR_HANDLER(csrrwi, CSR_REPLACE, insn->rs1)
CSR_HANDLER(csrrsi, CSR_SET, insn->rs1)
CSR_HANDLER(csrrci, CSR_CLEAR, insn->rs1)

void op_ecall_wide(OPERATION_PARAMETERS)
{
	core_trap(hart, insn, remaining, CAUSE_ECALL_M, 0);
}

void op_ebreak_short(OPERATION_PARAMETERS)
{
	core_trap(hart, insn, remaining, CAUSE_BREAKPOINT, 0);
}

void op_ebreak_wide(OPERATION_PARAMETERS)
{
	core_trap(hart, insn, remaining, CAUSE_BREAKPOINT, 0);
}

void op_illegal_short(OPERATION_PARAMETERS)
{
	core_trap(hart, insn, remaining, CAUSE_ILLEGAL, 0);
}

void op_illegal_wide(OPERATION_PARAMETERS)
{
	core_trap(hart, insn, remaining, CAUSE_ILLEGAL, 0);
}

/* Leaves the fast loop: hart_run() looks for interrupts. MPP stays M, the only mode. */
void op_mret_wide(OPERATION_PARAMETERS)
{
	(void)insn;
	hart->mie_enabled = hart->mpie;
	hart->mpie = true;
	if (interrupt_due(hart))
		core_leave_at(hart, hart->mepc, remaining - 1);
	else
		core_goto(hart, hart->mepc, remaining - 1);
}

/* hart_run() ends the wait, at once if an interrupt is already pending. */
void op_wfi_wide(OPERATION_PARAMETERS)
{
	hart->in_wfi = true;
	core_leave(hart, insn + 2, remaining - 1);
}
