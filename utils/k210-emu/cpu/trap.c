/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <inttypes.h>
#include <stdio.h>

#include "utils/k210-emu/cpu/core.h"

#define INTERRUPT_FLAG ((uint64_t)1 << 63)

/* The first few of a kind in full, then only when their number doubles. */
#define REPORT_ALL_UP_TO 16

void report_guest_error(struct hart *hart, unsigned slot, const char *what, uint64_t address)
{
	uint64_t count = ++hart->error_count[slot];
	char text[160];

	if (!hart->config.bus->guest_error)
		return;
	if (count > REPORT_ALL_UP_TO && (count & (count - 1)))
		return;
	snprintf(text, sizeof(text),
		 "hart %u: %s, address 0x%" PRIx64 ", pc 0x%" PRIx64 ", number %" PRIu64,
		 hart->config.id, what, address, hart->pc, count);
	fp_release(hart);
	hart->config.bus->guest_error(hart->config.bus->context, hart, text);
}

static void enter_handler(struct hart *hart, uint64_t cause)
{
	hart->mepc = hart->pc;
	hart->mcause = cause;
	hart->mpie = hart->mie_enabled;
	hart->mie_enabled = false;
	hart->pc = hart->mtvec;
}

/* Causes that a correct program does not raise. */
static const char *error_text(enum trap_cause cause)
{
	switch (cause) {
	case CAUSE_FETCH_ACCESS:
		return "instruction access fault";
	case CAUSE_ILLEGAL:
		return "illegal instruction";
	case CAUSE_LOAD_ACCESS:
		return "load access fault";
	case CAUSE_STORE_ACCESS:
		return "store access fault";
	default:
		return NULL;
	}
}

void raise_exception(struct hart *hart, enum trap_cause cause, uint64_t address)
{
	const char *error = error_text(cause);

	if (error)
		report_guest_error(hart, cause, error, address);
	hart->remaining--;
	hart->trapped++;
	enter_handler(hart, cause);
	/* Draft 1.9.1: mbadaddr keeps its value at exceptions that have no address. */
	if (cause != CAUSE_ILLEGAL && cause != CAUSE_BREAKPOINT && cause != CAUSE_ECALL_M)
		hart->mtval = address;
}

void core_trap(OPERATION_PARAMETERS, enum trap_cause cause, uint64_t address)
{
	core_sync(hart, insn, remaining);
	raise_exception(hart, cause, address);
	hart->next = NULL;
}

bool take_interrupt(struct hart *hart)
{
	static const unsigned priority[] = { HART_LINE_EXTERNAL, HART_LINE_SOFTWARE,
					     HART_LINE_TIMER };
	uint64_t due = hart->mip & hart->mie;

	if (!hart->mie_enabled)
		return false;
	for (size_t i = 0; i < sizeof(priority) / sizeof(priority[0]); i++) {
		if (due & (uint64_t)1 << priority[i]) {
			enter_handler(hart, INTERRUPT_FLAG | priority[i]);
			return true;
		}
	}
	return false;
}
