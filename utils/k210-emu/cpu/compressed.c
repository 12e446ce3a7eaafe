/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Expansion of the C extension, version 2.0 (RISC-V user-level ISA manual, chapter "C"). Runs once
 * per decoded slot, so there is no table of results.
 */
#include "utils/k210-emu/cpu/decode.h"

enum major {
	MAJOR_LOAD = 0x03,
	MAJOR_LOAD_FP = 0x07,
	MAJOR_OP_IMM = 0x13,
	MAJOR_OP_IMM_32 = 0x1b,
	MAJOR_STORE = 0x23,
	MAJOR_STORE_FP = 0x27,
	MAJOR_OP = 0x33,
	MAJOR_LUI = 0x37,
	MAJOR_OP_32 = 0x3b,
	MAJOR_BRANCH = 0x63,
	MAJOR_JALR = 0x67,
	MAJOR_JAL = 0x6f,
};

static uint32_t bits(uint32_t raw, unsigned low, unsigned count)
{
	return (raw >> low) & ((1u << count) - 1);
}

/* Moves the bit @from of @raw to the position @to. */
static uint32_t bit(uint32_t raw, unsigned from, unsigned to)
{
	return bits(raw, from, 1) << to;
}

static uint32_t make_i(enum major major, uint32_t funct3, uint32_t rd, uint32_t rs1, uint32_t imm)
{
	return (imm & 0xfff) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | major;
}

static uint32_t make_r(enum major major, uint32_t funct7, uint32_t funct3, uint32_t rd,
		       uint32_t rs1, uint32_t rs2)
{
	return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | major;
}

static uint32_t make_s(enum major major, uint32_t funct3, uint32_t rs1, uint32_t rs2, uint32_t imm)
{
	return bits(imm, 5, 7) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | bits(imm, 0, 5) << 7 |
	       major;
}

static uint32_t make_branch(uint32_t funct3, uint32_t rs1, uint32_t imm)
{
	return bit(imm, 12, 31) | bits(imm, 5, 6) << 25 | rs1 << 15 | funct3 << 12 |
	       bits(imm, 1, 4) << 8 | bit(imm, 11, 7) | MAJOR_BRANCH;
}

static uint32_t make_jump(uint32_t rd, uint32_t imm)
{
	return bit(imm, 20, 31) | bits(imm, 1, 10) << 21 | bit(imm, 11, 20) |
	       bits(imm, 12, 8) << 12 | rd << 7 | MAJOR_JAL;
}

/* Six-bit signed immediate of the CI format. */
static uint32_t immediate_ci(uint32_t raw)
{
	uint32_t imm = bits(raw, 2, 5);

	return bits(raw, 12, 1) ? imm | ~0x1fu : imm;
}

static uint32_t offset_word(uint32_t raw)
{
	return bit(raw, 6, 2) | bits(raw, 10, 3) << 3 | bit(raw, 5, 6);
}

static uint32_t offset_double(uint32_t raw)
{
	return bits(raw, 10, 3) << 3 | bits(raw, 5, 2) << 6;
}

static uint32_t expand_quadrant0(uint32_t raw)
{
	uint32_t rd = 8 + bits(raw, 2, 3);
	uint32_t rs1 = 8 + bits(raw, 7, 3);
	uint32_t imm;

	switch (bits(raw, 13, 3)) {
	case 0: /* c.addi4spn */
		imm = bits(raw, 11, 2) << 4 | bits(raw, 7, 4) << 6 | bit(raw, 6, 2) |
		      bit(raw, 5, 3);
		return imm ? make_i(MAJOR_OP_IMM, 0, rd, 2, imm) : 0;
	case 1:
		return make_i(MAJOR_LOAD_FP, 3, rd, rs1, offset_double(raw));
	case 2:
		return make_i(MAJOR_LOAD, 2, rd, rs1, offset_word(raw));
	case 3:
		return make_i(MAJOR_LOAD, 3, rd, rs1, offset_double(raw));
	case 5:
		return make_s(MAJOR_STORE_FP, 3, rs1, rd, offset_double(raw));
	case 6:
		return make_s(MAJOR_STORE, 2, rs1, rd, offset_word(raw));
	case 7:
		return make_s(MAJOR_STORE, 3, rs1, rd, offset_double(raw));
	default:
		return 0;
	}
}

/* c.srli, c.srai, c.andi and the register-register group. */
static uint32_t expand_arithmetic(uint32_t raw)
{
	static const uint8_t funct3[4] = { 0, 4, 6, 7 }; /* sub xor or and */
	uint32_t rd = 8 + bits(raw, 7, 3);
	uint32_t rs2 = 8 + bits(raw, 2, 3);
	uint32_t shift = bits(raw, 12, 1) << 5 | bits(raw, 2, 5);
	uint32_t which = bits(raw, 5, 2);

	switch (bits(raw, 10, 2)) {
	case 0:
		return make_i(MAJOR_OP_IMM, 5, rd, rd, shift);
	case 1:
		return make_i(MAJOR_OP_IMM, 5, rd, rd, shift | 0x400);
	case 2:
		return make_i(MAJOR_OP_IMM, 7, rd, rd, immediate_ci(raw));
	default:
		break;
	}
	if (!bits(raw, 12, 1))
		return make_r(MAJOR_OP, which ? 0 : 0x20, funct3[which], rd, rd, rs2);
	if (which > 1)
		return 0;
	return make_r(MAJOR_OP_32, which ? 0 : 0x20, 0, rd, rd, rs2);
}

/* c.lui and c.addi16sp. */
static uint32_t expand_upper(uint32_t raw)
{
	uint32_t rd = bits(raw, 7, 5);
	uint32_t imm = immediate_ci(raw);

	if (rd != 2)
		return imm ? (imm & 0xfffff) << 12 | rd << 7 | MAJOR_LUI : 0;
	imm = bit(raw, 6, 4) | bit(raw, 2, 5) | bit(raw, 5, 6) | bits(raw, 3, 2) << 7;
	if (bits(raw, 12, 1))
		imm |= ~0x1ffu;
	return imm ? make_i(MAJOR_OP_IMM, 0, 2, 2, imm) : 0;
}

static uint32_t jump_offset(uint32_t raw)
{
	uint32_t imm = bits(raw, 3, 3) << 1 | bit(raw, 11, 4) | bit(raw, 2, 5) | bit(raw, 7, 6) |
		       bit(raw, 6, 7) | bits(raw, 9, 2) << 8 | bit(raw, 8, 10);

	return bits(raw, 12, 1) ? imm | ~0x7ffu : imm;
}

static uint32_t branch_offset(uint32_t raw)
{
	uint32_t imm = bits(raw, 3, 2) << 1 | bits(raw, 10, 2) << 3 | bit(raw, 2, 5) |
		       bits(raw, 5, 2) << 6;

	return bits(raw, 12, 1) ? imm | ~0xffu : imm;
}

static uint32_t expand_quadrant1(uint32_t raw)
{
	uint32_t rd = bits(raw, 7, 5);
	uint32_t rs1 = 8 + bits(raw, 7, 3);

	switch (bits(raw, 13, 3)) {
	case 0:
		return make_i(MAJOR_OP_IMM, 0, rd, rd, immediate_ci(raw));
	case 1:
		return rd ? make_i(MAJOR_OP_IMM_32, 0, rd, rd, immediate_ci(raw)) : 0;
	case 2:
		return make_i(MAJOR_OP_IMM, 0, rd, 0, immediate_ci(raw));
	case 3:
		return expand_upper(raw);
	case 4:
		return expand_arithmetic(raw);
	case 5:
		return make_jump(0, jump_offset(raw));
	case 6:
		return make_branch(0, rs1, branch_offset(raw));
	default:
		return make_branch(1, rs1, branch_offset(raw));
	}
}

/* c.jr, c.mv, c.ebreak, c.jalr, c.add. */
static uint32_t expand_register(uint32_t raw)
{
	uint32_t rd = bits(raw, 7, 5);
	uint32_t rs2 = bits(raw, 2, 5);

	if (!bits(raw, 12, 1)) {
		if (rs2)
			return make_r(MAJOR_OP, 0, 0, rd, 0, rs2);
		return rd ? make_i(MAJOR_JALR, 0, 0, rd, 0) : 0;
	}
	if (rs2)
		return make_r(MAJOR_OP, 0, 0, rd, rd, rs2);
	return rd ? make_i(MAJOR_JALR, 0, 1, rd, 0) : 0x00100073;
}

static uint32_t expand_quadrant2(uint32_t raw)
{
	uint32_t rd = bits(raw, 7, 5);
	uint32_t rs2 = bits(raw, 2, 5);
	uint32_t load_word = bits(raw, 4, 3) << 2 | bit(raw, 12, 5) | bits(raw, 2, 2) << 6;
	uint32_t load_double = bits(raw, 5, 2) << 3 | bit(raw, 12, 5) | bits(raw, 2, 3) << 6;
	uint32_t store_word = bits(raw, 9, 4) << 2 | bits(raw, 7, 2) << 6;
	uint32_t store_double = bits(raw, 10, 3) << 3 | bits(raw, 7, 3) << 6;

	switch (bits(raw, 13, 3)) {
	case 0:
		return make_i(MAJOR_OP_IMM, 1, rd, rd, bits(raw, 12, 1) << 5 | rs2);
	case 1:
		return make_i(MAJOR_LOAD_FP, 3, rd, 2, load_double);
	case 2:
		return rd ? make_i(MAJOR_LOAD, 2, rd, 2, load_word) : 0;
	case 3:
		return rd ? make_i(MAJOR_LOAD, 3, rd, 2, load_double) : 0;
	case 4:
		return expand_register(raw);
	case 5:
		return make_s(MAJOR_STORE_FP, 3, 2, rs2, store_double);
	case 6:
		return make_s(MAJOR_STORE, 2, 2, rs2, store_word);
	default:
		return make_s(MAJOR_STORE, 3, 2, rs2, store_double);
	}
}

uint32_t expand_compressed(uint16_t raw)
{
	switch (raw & 3) {
	case 0:
		return expand_quadrant0(raw);
	case 1:
		return expand_quadrant1(raw);
	case 2:
		return expand_quadrant2(raw);
	default:
		return 0;
	}
}
