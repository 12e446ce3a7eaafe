/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* RV64A. Atomics work on memory only; on devices they raise access faults. */
#include "utils/k210-emu/cpu/core.h"

/* Host address of naturally aligned memory, or null after raising the exception. */
static uint8_t *atomic_memory(OPERATION_PARAMETERS, unsigned size, enum trap_cause misaligned,
			      enum trap_cause fault)
{
	uint64_t address = hart->x[insn->rs1];
	uint8_t *page = hart->load_page[page_number(address)];

	if (address & (size - 1)) {
		core_trap(hart, insn, remaining, misaligned, address);
		return NULL;
	}
	if (!page) {
		core_trap(hart, insn, remaining, fault, address);
		return NULL;
	}
	return page + page_offset(address);
}

static void atomic_store(struct hart *hart, uint64_t address, uint8_t *host, const void *value,
			 unsigned size)
{
	memcpy(host, value, size);
	if (!hart->store_page[page_number(address)])
		watch_stored(hart, address, host, size);
}

/* Start of the 64-byte line, counted in guest addresses. */
static const uint8_t *line_of(uint64_t address, const uint8_t *host)
{
	return host - (address & (LINE_BYTES - 1));
}

static bool load_reserved(OPERATION_PARAMETERS, unsigned size)
{
	uint64_t address = hart->x[insn->rs1];
	const uint8_t *host = atomic_memory(hart, insn, remaining, size, CAUSE_LOAD_MISALIGNED,
					    CAUSE_LOAD_ACCESS);

	if (!host)
		return false;
	hart->loaded = 0;
	memcpy(&hart->loaded, host, size);
	hart->reserved_line = line_of(address, host);
	watch_range(hart, hart->reserved_line, LINE_BYTES);
	return true;
}

static bool store_conditional(OPERATION_PARAMETERS, unsigned size)
{
	uint64_t address = hart->x[insn->rs1];
	uint64_t value = hart->x[insn->rs2];
	uint8_t *host = atomic_memory(hart, insn, remaining, size, CAUSE_STORE_MISALIGNED,
				      CAUSE_STORE_ACCESS);
	bool success;

	if (!host)
		return false;
	success = hart->reserved_line == line_of(address, host);
	hart->reserved_line = NULL;
	if (success)
		atomic_store(hart, address, host, &value, size);
	hart->x[insn->rd] = !success;
	return true;
}

#define RESERVATION_HANDLERS(suffix, type)                                  \
	void op_lr_##suffix##_wide(OPERATION_PARAMETERS)                    \
	{                                                                   \
		if (!load_reserved(hart, insn, remaining, sizeof(type)))    \
			return;                                             \
		hart->x[insn->rd] = (uint64_t)(int64_t)(type)hart->loaded;  \
		core_next(hart, insn + 2, remaining);                       \
	}                                                                   \
	void op_sc_##suffix##_wide(OPERATION_PARAMETERS)                    \
	{                                                                   \
		if (store_conditional(hart, insn, remaining, sizeof(type))) \
			core_next(hart, insn + 2, remaining);               \
	}

RESERVATION_HANDLERS(w, int32_t)
RESERVATION_HANDLERS(d, int64_t)

/*
 * The old value goes to rd after the new one is stored; rs2 is read first because it may be rd.
 * "a" is the old value, "b" the register, both of the signed type.
 */
#define AMO_ONE(name, suffix, type, utype, expression)                                     \
	static bool name##_##suffix(OPERATION_PARAMETERS)                                  \
	{                                                                                  \
		uint8_t *host = atomic_memory(hart, insn, remaining, sizeof(type),         \
					      CAUSE_STORE_MISALIGNED, CAUSE_STORE_ACCESS); \
		uint64_t address = hart->x[insn->rs1];                                     \
		utype a;                                                                   \
		utype b = (utype)hart->x[insn->rs2];                                       \
		utype result;                                                              \
                                                                                           \
		if (!host)                                                                 \
			return false;                                                      \
		memcpy(&a, host, sizeof(a));                                               \
		result = (utype)(expression);                                              \
		atomic_store(hart, address, host, &result, sizeof(result));                \
		hart->x[insn->rd] = (uint64_t)(int64_t)(type)a;                            \
		return true;                                                               \
	}                                                                                  \
	void op_##name##_##suffix##_wide(OPERATION_PARAMETERS)                             \
	{                                                                                  \
		if (name##_##suffix(hart, insn, remaining))                                \
			core_next(hart, insn + 2, remaining);                              \
	}
#define AMO(name, expression32, expression64)             \
	AMO_ONE(name, w, int32_t, uint32_t, expression32) \
	AMO_ONE(name, d, int64_t, uint64_t, expression64)

AMO(amoswap, b, b)
AMO(amoadd, a + b, a + b)
AMO(amoxor, a ^ b, a ^ b)
AMO(amoand, a &b, a &b)
AMO(amoor, a | b, a | b)
AMO(amomin, (int32_t)a < (int32_t)b ? a : b, (int64_t)a < (int64_t)b ? a : b)
AMO(amomax, (int32_t)a > (int32_t)b ? a : b, (int64_t)a > (int64_t)b ? a : b)
AMO(amominu, a < b ? a : b, a < b ? a : b)
AMO(amomaxu, a > b ? a : b, a > b ? a : b)
