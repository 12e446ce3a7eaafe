/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Loads, stores and fences. The host must be little-endian, as the guest is. */
#include "utils/k210-emu/cpu/core.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "guest memory is accessed directly");

static inline uint64_t effective_address(const struct hart *hart, const struct insn *insn)
{
	return hart->x[insn->rs1] + (uint64_t)(int64_t)insn->imm;
}

#define LOAD_HANDLER(function, slots, type, assign)                                  \
	function(OPERATION_PARAMETERS)                                               \
	{                                                                            \
		uint64_t address = effective_address(hart, insn);                    \
		const uint8_t *page = hart->load_page[page_number(address)];         \
		type value;                                                          \
                                                                                     \
		if (likely(page && !(address & (sizeof(type) - 1)))) {               \
			memcpy(&value, page + page_offset(address), sizeof(value));  \
			assign;                                                      \
			core_next(hart, insn + (slots), remaining);                  \
			return;                                                      \
		}                                                                    \
		if (!memory_load_slow(hart, insn, remaining, address, sizeof(type))) \
			return;                                                      \
		value = (type)hart->loaded;                                          \
		assign;                                                              \
		core_next_checked(hart, insn + (slots), remaining);                  \
	}
#define LOAD(name, slots, type) \
	LOAD_HANDLER(void op_##name, slots, type, hart->x[insn->rd] = (uint64_t)(int64_t)value)

LOAD(lb_wide, 2, int8_t)
LOAD(lh_wide, 2, int16_t)
LOAD(lw_wide, 2, int32_t)
LOAD(ld_wide, 2, int64_t)
LOAD(lbu_wide, 2, uint8_t)
LOAD(lhu_wide, 2, uint16_t)
LOAD(lwu_wide, 2, uint32_t)
LOAD(lw_short, 1, int32_t)
LOAD(ld_short, 1, int64_t)

#define STORE_HANDLER(function, slots, type, source)                                        \
	function(OPERATION_PARAMETERS)                                                      \
	{                                                                                   \
		uint64_t address = effective_address(hart, insn);                           \
		uint8_t *page = hart->store_page[page_number(address)];                     \
		type value = (type)(source);                                                \
                                                                                            \
		if (likely(page && !(address & (sizeof(type) - 1)))) {                      \
			memcpy(page + page_offset(address), &value, sizeof(value));         \
			core_next(hart, insn + (slots), remaining);                         \
			return;                                                             \
		}                                                                           \
		if (memory_store_slow(hart, insn, remaining, address, sizeof(type), value)) \
			core_next_checked(hart, insn + (slots), remaining);                 \
	}

STORE_HANDLER(void op_sb_wide, 2, uint8_t, hart->x[insn->rs2])
STORE_HANDLER(void op_sh_wide, 2, uint16_t, hart->x[insn->rs2])
STORE_HANDLER(void op_sw_wide, 2, uint32_t, hart->x[insn->rs2])
STORE_HANDLER(void op_sd_wide, 2, uint64_t, hart->x[insn->rs2])
STORE_HANDLER(void op_sw_short, 1, uint32_t, hart->x[insn->rs2])
STORE_HANDLER(void op_sd_short, 1, uint64_t, hart->x[insn->rs2])

/* Floating-point forms: the unit must be on, and uncached loads are worth a note. */
static inline bool fp_load_allowed(OPERATION_PARAMETERS)
{
	uint64_t address = effective_address(hart, insn);

	if (unlikely(hart->fs == FP_OFF)) {
		core_trap(hart, insn, remaining, CAUSE_ILLEGAL, 0);
		return false;
	}
	if (unlikely(page_is_uncached(hart, address)))
		memory_note_uncached_fp(hart, insn, remaining, address);
	return true;
}

#define FP_LOAD(name, slots, type, box)                              \
	LOAD_HANDLER(static inline void name##_enabled, slots, type, \
		     hart->f[insn->rd] = (box) | value;              \
		     hart->fs = FP_DIRTY)                            \
	void op_##name(OPERATION_PARAMETERS)                         \
	{                                                            \
		if (fp_load_allowed(hart, insn, remaining))          \
			name##_enabled(hart, insn, remaining);       \
	}
#define FP_STORE(name, slots, type)                                                       \
	STORE_HANDLER(static inline void name##_enabled, slots, type, hart->f[insn->rs2]) \
	void op_##name(OPERATION_PARAMETERS)                                              \
	{                                                                                 \
		if (likely(hart->fs != FP_OFF))                                           \
			name##_enabled(hart, insn, remaining);                            \
		else                                                                      \
			core_trap(hart, insn, remaining, CAUSE_ILLEGAL, 0);               \
	}

FP_LOAD(flw_wide, 2, uint32_t, (uint64_t)0xffffffff << 32)
FP_LOAD(fld_wide, 2, uint64_t, (uint64_t)0)
FP_LOAD(fld_short, 1, uint64_t, (uint64_t)0)
FP_STORE(fsw_wide, 2, uint32_t)
FP_STORE(fsd_wide, 2, uint64_t)
FP_STORE(fsd_short, 1, uint64_t)

/* One hart runs at a time and stores are seen at once: nothing to order. */
void op_fence_wide(OPERATION_PARAMETERS)
{
	core_next(hart, insn + 2, remaining);
}

/* Stores drop decoded code themselves; this also covers memory changed behind the hart's back. */
void op_fence_i_wide(OPERATION_PARAMETERS)
{
	code_drop_all(hart);
	core_next(hart, insn + 2, remaining);
}
