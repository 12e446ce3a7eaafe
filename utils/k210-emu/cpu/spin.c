/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Idle loop detection. The proof is a repeated state: the hart comes back to the same pc with the
 * same integer registers after executing nothing but pure instructions (no stores, atomics, CSR or
 * floating-point operations) that neither trapped nor touched a device. Memory is then unchanged
 * too, so the loop goes on for ever unless somebody else interferes.
 */
#include "utils/k210-emu/cpu/core.h"

/* Longest loop that is recognised, in instructions. */
#define PROBE_LIMIT 96
/* Two slices that begin this close together may belong to one short loop. */
#define NEARBY_BYTES 256
/* A busy loop is probed only every so many slices. */
#define BACKOFF_MAX 15

bool spin_suspected(struct hart *hart)
{
	struct spin_history *spin = &hart->spin;
	uint64_t distance = hart->pc - spin->slice_pc;

	spin->slice_pc = hart->pc;
	if (distance + NEARBY_BYTES > 2 * NEARBY_BYTES) {
		spin->skip = 0;
		spin->backoff = 0;
		return false;
	}
	if (spin->skip == 0)
		return true;
	spin->skip--;
	return false;
}

/* Executes one instruction; false if it was not a pure one. */
static bool pure_step(struct hart *hart)
{
	uint64_t left = hart->remaining;
	uint64_t trapped = hart->trapped;
	uint64_t device_loads = hart->device_loads;
	const struct insn *insn = code_lookup(hart, hart->pc);
	bool pure;

	if (!insn)
		return false;
	if (insn->run == op_decode &&
	    !code_decode(hart, hart->code[page_number(hart->pc)], page_offset(hart->pc) / 2))
		return false;
	pure = insn->extra == INSN_PURE;
	if (!pure)
		return false;
	begin_slice(hart, 1);
	execute(hart);
	begin_slice(hart, left - 1);
	return hart->trapped == trapped && hart->device_loads == device_loads;
}

bool spin_probe(struct hart *hart)
{
	struct spin_history *spin = &hart->spin;
	uint64_t start = hart->pc;
	uint64_t before[32];

	memcpy(before, hart->x, sizeof(before));
	for (unsigned i = 0; i < PROBE_LIMIT && hart->remaining && !hart->attention; i++) {
		if (!pure_step(hart))
			break;
		if (hart->pc != start)
			continue;
		if (memcmp(before, hart->x, sizeof(before)) == 0)
			return true;
		break;
	}
	spin->backoff = spin->backoff * 2 + 1 < BACKOFF_MAX ? spin->backoff * 2 + 1 : BACKOFF_MAX;
	spin->skip = spin->backoff;
	return false;
}
