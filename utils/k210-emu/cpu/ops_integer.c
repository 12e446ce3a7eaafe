/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Integer computation: RV64I without memory and control flow, and RV64M. */
#include "utils/k210-emu/cpu/core.h"

#define RS1    (hart->x[insn->rs1])
#define RS2    (hart->x[insn->rs2])
#define SIGNED (int64_t)
#define IMM    ((uint64_t)(int64_t)insn->imm)

/* Sign-extends a 32-bit result. */
static inline uint64_t word(uint32_t value)
{
	return (uint64_t)(int64_t)(int32_t)value;
}

#define HANDLER(suffix, slots, expression)                  \
	void op_##suffix(OPERATION_PARAMETERS)              \
	{                                                   \
		hart->x[insn->rd] = (expression);           \
		core_next(hart, insn + (slots), remaining); \
	}
#define SHORT(name, expression)              \
	HANDLER(name##_short, 1, expression) \
	HANDLER(name##_wide, 2, expression)
#define WIDE(name, expression) HANDLER(name##_wide, 2, expression)

static inline uint64_t multiply_high(uint64_t a, uint64_t b)
{
	return (uint64_t)((unsigned __int128)a * b >> 64);
}

/* High half of signed products from the unsigned one: a negative factor counts 2^64 too much. */
static inline uint64_t multiply_high_signed(uint64_t a, uint64_t b)
{
	return multiply_high(a, b) - (SIGNED a < 0 ? b : 0) - (SIGNED b < 0 ? a : 0);
}

static inline uint64_t multiply_high_mixed(uint64_t a, uint64_t b)
{
	return multiply_high(a, b) - (SIGNED a < 0 ? b : 0);
}

/* Division never traps: by zero gives all ones, overflow the dividend. */
static inline uint64_t divide(int64_t a, int64_t b)
{
	if (b == 0)
		return UINT64_MAX;
	if (b == -1)
		return -(uint64_t)a;
	return (uint64_t)(a / b);
}

static inline uint64_t remainder_signed(int64_t a, int64_t b)
{
	if (b == 0)
		return (uint64_t)a;
	if (b == -1)
		return 0;
	return (uint64_t)(a % b);
}

static inline uint64_t divide_unsigned(uint64_t a, uint64_t b)
{
	return b ? a / b : UINT64_MAX;
}

static inline uint64_t remainder_unsigned(uint64_t a, uint64_t b)
{
	return b ? a % b : a;
}

SHORT(addi, RS1 + IMM)
SHORT(li, IMM)
SHORT(mv, RS1)
SHORT(addiw, word((uint32_t)(RS1 + IMM)))
SHORT(add, RS1 + RS2)
SHORT(addw, word((uint32_t)(RS1 + RS2)))
SHORT(sub, RS1 - RS2)
SHORT(subw, word((uint32_t)(RS1 - RS2)))
SHORT(xor, RS1 ^ RS2)
SHORT(or, RS1 | RS2)
SHORT(and, RS1 &RS2)
SHORT(andi, RS1 &IMM)
SHORT(slli, RS1 << insn->imm)
SHORT(srli, RS1 >> insn->imm)
SHORT(srai, (uint64_t)(SIGNED RS1 >> insn->imm))

WIDE(slti, SIGNED RS1 < SIGNED IMM)
WIDE(sltiu, RS1 < IMM)
WIDE(xori, RS1 ^ IMM)
WIDE(ori, RS1 | IMM)
WIDE(slliw, word((uint32_t)RS1 << insn->imm))
WIDE(srliw, word((uint32_t)RS1 >> insn->imm))
WIDE(sraiw, word((uint32_t)((int32_t)RS1 >> insn->imm)))
WIDE(auipc, hart->page_pc + IMM)
WIDE(sll, RS1 << (RS2 & 63))
WIDE(slt, SIGNED RS1 < SIGNED RS2)
WIDE(sltu, RS1 < RS2)
WIDE(srl, RS1 >> (RS2 & 63))
WIDE(sra, (uint64_t)(SIGNED RS1 >> (RS2 & 63)))
WIDE(sllw, word((uint32_t)RS1 << (RS2 & 31)))
WIDE(srlw, word((uint32_t)RS1 >> (RS2 & 31)))
WIDE(sraw, word((uint32_t)((int32_t)RS1 >> (RS2 & 31))))

WIDE(mul, RS1 *RS2)
WIDE(mulh, multiply_high_signed(RS1, RS2))
WIDE(mulhsu, multiply_high_mixed(RS1, RS2))
WIDE(mulhu, multiply_high(RS1, RS2))
WIDE(div, divide(SIGNED RS1, SIGNED RS2))
WIDE(divu, divide_unsigned(RS1, RS2))
WIDE(rem, remainder_signed(SIGNED RS1, SIGNED RS2))
WIDE(remu, remainder_unsigned(RS1, RS2))
WIDE(mulw, word((uint32_t)(RS1 *RS2)))
WIDE(divw, word((uint32_t)divide((int32_t)RS1, (int32_t)RS2)))
WIDE(divuw, word((uint32_t)divide_unsigned((uint32_t)RS1, (uint32_t)RS2)))
WIDE(remw, word((uint32_t)remainder_signed((int32_t)RS1, (int32_t)RS2)))
WIDE(remuw, word((uint32_t)remainder_unsigned((uint32_t)RS1, (uint32_t)RS2)))
