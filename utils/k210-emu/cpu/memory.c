/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Memory access off the fast path: misaligned, devices, nothing there, stores to watched pages. */
#include "utils/k210-emu/cpu/core.h"

bool memory_load_slow(OPERATION_PARAMETERS, uint64_t address, unsigned size)
{
	bool ok;

	if (address & (size - 1)) {
		core_trap(hart, insn, remaining, CAUSE_LOAD_MISALIGNED, address);
		return false;
	}
	hart->loaded = 0;
	core_sync(hart, insn, remaining);
	fp_release(hart);
	hart->device_loads++;
	ok = hart->config.bus->load(hart->config.bus->context, hart, (uint32_t)address, size,
				    &hart->loaded);
	if (!ok)
		core_trap(hart, insn, remaining, CAUSE_LOAD_ACCESS, address);
	return ok;
}

bool memory_store_slow(OPERATION_PARAMETERS, uint64_t address, unsigned size, uint64_t value)
{
	uint8_t *page = hart->load_page[page_number(address)];
	bool ok;

	if (address & (size - 1)) {
		core_trap(hart, insn, remaining, CAUSE_STORE_MISALIGNED, address);
		return false;
	}
	if (page) {
		memcpy(page + page_offset(address), &value, size);
		watch_stored(hart, address, page + page_offset(address), size);
		return true;
	}
	if (size < 8)
		value &= ((uint64_t)1 << size * 8) - 1;
	core_sync(hart, insn, remaining);
	fp_release(hart);
	ok = hart->config.bus->store(hart->config.bus->context, hart, (uint32_t)address, size,
				     value);
	if (!ok)
		core_trap(hart, insn, remaining, CAUSE_STORE_ACCESS, address);
	return ok;
}

void memory_note_uncached_fp(OPERATION_PARAMETERS, uint64_t address)
{
	core_sync(hart, insn, remaining);
	report_guest_error(hart, CAUSE_COUNT, "floating-point load from uncached memory", address);
}
