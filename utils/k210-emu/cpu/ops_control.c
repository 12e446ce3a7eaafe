/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Branches and jumps. "Near" targets lie in the same page: their distance is decoded into slots. */
#include "utils/k210-emu/cpu/core.h"

#define RS1    (hart->x[insn->rs1])
#define RS2    (hart->x[insn->rs2])
#define SIGNED (int64_t)

static inline uint64_t target_of(const struct hart *hart, const struct insn *insn)
{
	return insn_pc(hart, insn) + (uint64_t)(int64_t)insn->imm;
}

#define BRANCH_HANDLERS(name, form, slots, condition)                          \
	void op_##name##_##form(OPERATION_PARAMETERS)                          \
	{                                                                      \
		if (condition)                                                 \
			core_next(hart, insn + insn->imm, remaining);          \
		else                                                           \
			core_next(hart, insn + (slots), remaining);            \
	}                                                                      \
	void op_##name##_far_##form(OPERATION_PARAMETERS)                      \
	{                                                                      \
		if (condition)                                                 \
			core_goto(hart, target_of(hart, insn), remaining - 1); \
		else                                                           \
			core_next(hart, insn + (slots), remaining);            \
	}

BRANCH_HANDLERS(beq, short, 1, RS1 == RS2)
BRANCH_HANDLERS(bne, short, 1, RS1 != RS2)
BRANCH_HANDLERS(beq, wide, 2, RS1 == RS2)
BRANCH_HANDLERS(bne, wide, 2, RS1 != RS2)
BRANCH_HANDLERS(blt, wide, 2, SIGNED RS1 < SIGNED RS2)
BRANCH_HANDLERS(bge, wide, 2, SIGNED RS1 >= SIGNED RS2)
BRANCH_HANDLERS(bltu, wide, 2, RS1 < RS2)
BRANCH_HANDLERS(bgeu, wide, 2, RS1 >= RS2)

void op_j_short(OPERATION_PARAMETERS)
{
	core_next(hart, insn + insn->imm, remaining);
}

void op_j_wide(OPERATION_PARAMETERS)
{
	core_next(hart, insn + insn->imm, remaining);
}

void op_j_far_short(OPERATION_PARAMETERS)
{
	core_goto(hart, target_of(hart, insn), remaining - 1);
}

void op_j_far_wide(OPERATION_PARAMETERS)
{
	core_goto(hart, target_of(hart, insn), remaining - 1);
}

void op_jal_wide(OPERATION_PARAMETERS)
{
	hart->x[insn->rd] = insn_pc(hart, insn) + 4;
	core_next(hart, insn + insn->imm, remaining);
}

void op_jal_far_wide(OPERATION_PARAMETERS)
{
	uint64_t target = target_of(hart, insn);

	hart->x[insn->rd] = insn_pc(hart, insn) + 4;
	core_goto(hart, target, remaining - 1);
}

#define JALR_HANDLER(form, length)                                                     \
	void op_jalr_##form(OPERATION_PARAMETERS)                                      \
	{                                                                              \
		uint64_t target = (RS1 + (uint64_t)(int64_t)insn->imm) & ~(uint64_t)1; \
                                                                                       \
		hart->x[insn->rd] = insn_pc(hart, insn) + (length);                    \
		core_goto(hart, target, remaining - 1);                                \
	}

JALR_HANDLER(short, 2)
JALR_HANDLER(wide, 4)
