/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The loop around the handlers: interrupts, stops, and the budget in slices. */
#include "utils/k210-emu/cpu/core.h"

/* How often a long run looks whether the hart idles. */
#define SLICE 4096

void __attribute__((cold)) core_leave(OPERATION_PARAMETERS)
{
	core_sync(hart, insn, remaining);
	hart->next = NULL;
}

void __attribute__((cold)) core_leave_at(struct hart *hart, uint64_t pc, uint64_t remaining)
{
	hart->pc = pc;
	hart->remaining = remaining;
	hart->next = NULL;
}

void begin_slice(struct hart *hart, uint64_t count)
{
	hart->cycles_end += count - hart->remaining;
	hart->instructions_end += count - hart->remaining;
	hart->remaining = count;
}

void execute(struct hart *hart)
{
	const struct insn *insn = code_lookup(hart, hart->pc);

	if (!insn) {
		raise_exception(hart, CAUSE_FETCH_ACCESS, hart->pc);
		return;
	}
#if CORE_TAIL_CALLS
	insn->run(hart, insn, hart->remaining);
#else
	hart->next = insn;
	while (hart->next)
		hart->next->run(hart, hart->next, hart->remaining);
#endif
}

/* Whether the run ends here, with the reason. */
static bool should_stop(struct hart *hart, enum hart_stop *stop)
{
	if (hart->stop_requested) {
		*stop = HART_STOP_REQUEST;
		return true;
	}
	if (hart->in_wfi && !(hart->mip & hart->mie)) {
		*stop = HART_STOP_WFI;
		return true;
	}
	hart->in_wfi = false;
	return false;
}

static uint64_t run_slices(struct hart *hart, uint64_t budget, enum hart_stop *stop)
{
	uint64_t left = budget;

	*stop = HART_STOP_BUDGET;
	while (!should_stop(hart, stop) && left) {
		uint64_t slice = left < SLICE ? left : SLICE;

		take_interrupt(hart);
		hart->attention = false;
		begin_slice(hart, slice);
		if (spin_suspected(hart) && spin_probe(hart)) {
			left -= slice - hart->remaining;
			*stop = HART_STOP_SPIN;
			break;
		}
		while (hart->remaining && !hart->attention && !hart->in_wfi && !interrupt_due(hart))
			execute(hart);
		left -= slice - hart->remaining;
	}
	begin_slice(hart, 0);
	return budget - left;
}

uint64_t hart_run(struct hart *hart, uint64_t budget, enum hart_stop *stop)
{
	uint64_t executed;

	hart->stop_requested = false;
	executed = run_slices(hart, budget, stop);
	fp_release(hart);
	return executed;
}

void hart_request_stop(struct hart *hart)
{
	hart->stop_requested = true;
	hart->attention = true;
}

void hart_set_line(struct hart *hart, enum hart_interrupt_line line, bool level)
{
	uint64_t bit = (uint64_t)1 << line;

	hart->mip = level ? hart->mip | bit : hart->mip & ~bit;
	if (interrupt_due(hart))
		hart->attention = true;
}
