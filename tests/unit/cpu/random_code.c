/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cpu/assembler.h"
#include "tests/unit/cpu/random_code.h"
#include "tests/unit/cpu/random_kinds.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void write_bytes(struct code_writer *writer, const void *bytes, size_t size)
{
	if (writer->length + size > writer->capacity)
		abort();
	memcpy(writer->bytes + writer->length, bytes, size);
	writer->length += size;
}

void write_wide(struct code_writer *writer, uint32_t instruction)
{
	write_bytes(writer, &instruction, sizeof(instruction));
}

void write_short(struct code_writer *writer, uint16_t instruction)
{
	write_bytes(writer, &instruction, sizeof(instruction));
}

void write_address(struct code_writer *writer, unsigned rd, uint32_t address)
{
	write_wide(writer, rv_lui(rd, address + 0x800));
	write_wide(writer, rv_addi(rd, rd, (int)(address & 0xfff)));
}

static unsigned any_register(struct random *random)
{
	return random_below(random, 32);
}

static unsigned target_register(struct random *random)
{
	return random_below(random, RESERVED_REGISTER);
}

/* A register that can hold an address: not x0 either. */
static unsigned base_register(struct random *random)
{
	return 1 + random_below(random, RESERVED_REGISTER - 1);
}

static uint32_t rounding(struct random *random)
{
	static const uint8_t modes[] = { 0, 1, 2, 3, 4, 7, 7, 7 };

	return (uint32_t)modes[random_below(random, COUNT(modes))] << 12;
}

/* An aligned place in the scratch area. */
static uint32_t scratch_place(const struct code_writer *writer, struct random *random,
			      unsigned size)
{
	return (uint32_t)writer->scratch + random_below(random, SCRATCH_BYTES / size) * size;
}

static void write_memory(struct code_writer *writer, struct random *random, const struct kind *kind)
{
	uint32_t place = scratch_place(writer, random, kind->size);
	unsigned base = base_register(random);
	int offset = (int)random_below(random, 4096) - 2048;
	bool is_load = kind->format == FORMAT_LOAD;
	bool is_fp = kind->base & 4;

	write_address(writer, base, place - (uint32_t)offset);
	if (is_load)
		write_wide(writer,
			   kind->base | rv_i(0, 0,
					     is_fp ? any_register(random) : target_register(random),
					     base, offset));
	else
		write_wide(writer, kind->base | rv_s(0, 0, any_register(random), base, offset));
}

static void write_atomic(struct code_writer *writer, struct random *random, const struct kind *kind)
{
	unsigned base = base_register(random);
	uint32_t order = random_below(random, 4) << 25;
	uint32_t conditional = kind->base | 3u << 27;
	unsigned loaded;

	write_address(writer, base, scratch_place(writer, random, kind->size));
	if (kind->format == FORMAT_AMO) {
		write_wide(writer, kind->base | order |
					   rv_r(0, 0, 0, target_register(random), base,
						any_register(random)));
		return;
	}
	do {
		loaded = target_register(random);
	} while (loaded == base);
	write_wide(writer, kind->base | 2u << 27 | order | rv_r(0, 0, 0, loaded, base, 0));
	do {
		loaded = target_register(random);
	} while (loaded == base);
	/* The first succeeds, the second has lost the reservation. */
	write_wide(writer, conditional | order | rv_r(0, 0, 0, loaded, base, any_register(random)));
	write_wide(writer, conditional | rv_r(0, 0, 0, target_register(random), base,
					      any_register(random)));
}

/* Farthest jumps written, in bytes; jal could go 1 MiB but the program has to end somewhere. */
#define FAR_JAL      0xfffe
#define FAR_BRANCH   0xffe
#define FAR_C_JUMP   0x7fe
#define FAR_C_BRANCH 0xfe

/* Zeros, which are illegal instructions. */
static void write_filler(struct code_writer *writer, unsigned size)
{
	while (size) {
		write_short(writer, 0);
		size -= 2;
	}
}

static uint16_t c_jump(int offset)
{
	uint32_t bits = (uint32_t)offset;

	return (uint16_t)(0xa001 | (bits >> 11 & 1) << 12 | (bits >> 4 & 1) << 11 |
			  (bits >> 8 & 3) << 9 | (bits >> 10 & 1) << 8 | (bits >> 6 & 1) << 7 |
			  (bits >> 7 & 1) << 6 | (bits >> 1 & 7) << 3 | (bits >> 5 & 1) << 2);
}

static uint16_t c_branch(uint32_t base, unsigned rs1, int offset)
{
	uint32_t bits = (uint32_t)offset;

	return (uint16_t)(base | (bits >> 8 & 1) << 12 | (bits >> 3 & 3) << 10 | rs1 << 7 |
			  (bits >> 6 & 3) << 5 | (bits >> 1 & 3) << 3 | (bits >> 5 & 1) << 2);
}

/* A jump or branch with its registers chosen; only the distance is open. */
struct jump {
	const struct kind *kind;
	unsigned rd;
	unsigned rs1;
	unsigned rs2;
	unsigned length;
	unsigned farthest;
};

static struct jump choose_jump(struct random *random, const struct kind *kind)
{
	struct jump jump = { .kind = kind, .length = 4, .farthest = FAR_BRANCH };

	jump.rd = target_register(random);
	jump.rs1 = any_register(random);
	/* Equal operands more often than chance would have it. */
	jump.rs2 = random_below(random, 4) ? any_register(random) : jump.rs1;
	if (kind->format == FORMAT_JAL)
		jump.farthest = FAR_JAL;
	if (kind->format == FORMAT_C_JUMP)
		jump.farthest = FAR_C_JUMP;
	if (kind->format == FORMAT_C_BRANCH)
		jump.farthest = FAR_C_BRANCH;
	if (kind->format >= FORMAT_C_ALU)
		jump.length = 2;
	return jump;
}

static void write_one_jump(struct code_writer *writer, const struct jump *jump, int offset)
{
	switch (jump->kind->format) {
	case FORMAT_JAL:
		write_wide(writer, rv_jal(jump->rd, offset));
		break;
	case FORMAT_BRANCH:
		write_wide(writer, jump->kind->base | rv_branch(0, jump->rs1, jump->rs2, offset));
		break;
	case FORMAT_C_JUMP:
		write_short(writer, c_jump(offset));
		break;
	default: /* FORMAT_C_BRANCH */
		write_short(writer, c_branch(jump->kind->base, jump->rs1 & 7, offset));
		break;
	}
}

/*
 * Both ways round a stretch of illegal instructions:
 *
 *	jump	2f		jal	x0, 2f
 *	jal	x0, 2f	     1:	jal	x0, 3f
 *	(illegal)		(illegal)
 * 2:			     2:	jump	1b
 *			     3:
 */
static void write_jump(struct code_writer *writer, struct random *random, const struct kind *kind)
{
	struct jump jump = choose_jump(random, kind);
	unsigned room = jump.farthest - 8;
	/* All magnitudes alike. */
	unsigned gap = room >> random_below(random, 16);

	gap = random_below(random, gap + 1) & ~1u;
	if (random_below(random, 2)) {
		write_one_jump(writer, &jump, (int)(jump.length + 4 + gap));
		write_wide(writer, rv_jal(ZERO, (int)(4 + gap)));
		write_filler(writer, gap);
	} else {
		write_wide(writer, rv_jal(ZERO, (int)(8 + gap)));
		write_wide(writer, rv_jal(ZERO, (int)(4 + gap + jump.length)));
		write_filler(writer, gap);
		write_one_jump(writer, &jump, -(int)(gap + 4));
	}
}

/* Jumps through a register, over something illegal. */
static void write_jump_register(struct code_writer *writer, struct random *random,
				const struct kind *kind)
{
	bool is_short = kind->format == FORMAT_C_JUMP_REG;
	unsigned base = base_register(random);
	unsigned gap = 2 * random_below(random, 4);
	int imm = is_short ? 0 : (int)random_below(random, 4096) - 2048;
	/* Behind lui, addi, the jump and the gap. */
	uint64_t target = writer->address + writer->length + 8 + (is_short ? 2 : 4) + gap;

	/* Bit 0 of the target is dropped. */
	write_address(writer, base, (uint32_t)target - (uint32_t)imm + random_below(random, 2));
	if (is_short)
		write_short(writer, (uint16_t)(kind->base | base << 7));
	else
		write_wide(writer, rv_jalr(target_register(random), base, imm));
	write_filler(writer, gap);
}

static void write_csr(struct code_writer *writer, struct random *random, const struct kind *kind)
{
	unsigned rd = target_register(random);
	uint32_t funct3 = 1 + random_below(random, 3);
	unsigned source;

	if (kind->format == FORMAT_CSR_FLAGS) {
		funct3 |= random_below(random, 2) << 2;
		write_wide(writer, rv_i(0x73, funct3, rd, any_register(random), CSR_FFLAGS));
	} else if (random_below(random, 2)) {
		write_wide(writer, rv_i(0x73, 5, rd, random_below(random, 5), CSR_FRM));
	} else {
		source = base_register(random);
		write_wide(writer,
			   rv_addi(source, ZERO,
				   (int)(random_below(random, 5) << 5 | random_below(random, 32))));
		write_wide(writer, rv_csrrw(rd, CSR_FCSR, source));
	}
}

/* Six-bit immediate of the CI format. */
static uint32_t immediate_ci(uint32_t value)
{
	return (value >> 5 & 1) << 12 | (value & 31) << 2;
}

static void write_c_register(struct code_writer *writer, struct random *random,
			     const struct kind *kind)
{
	uint32_t value = random_below(random, 64);
	uint32_t not_zero = 1 + random_below(random, 63);
	unsigned rd = base_register(random);
	unsigned small = random_below(random, 8);
	uint32_t code = kind->base;

	switch (kind->format) {
	case FORMAT_C_ALU:
		/* Shifts by 0 are hints. */
		code |= rd << 7 | immediate_ci(kind->base == 0x0002 ? not_zero : value);
		break;
	case FORMAT_C_LUI:
		code |= (rd == 2 ? 3 : rd) << 7 | immediate_ci(not_zero);
		break;
	case FORMAT_C_SP:
		code |= kind->base ? immediate_ci(not_zero)
				   : (1 + random_below(random, 255)) << 5 | small << 2;
		break;
	case FORMAT_C_SHIFT:
		code |= small << 7 | immediate_ci(not_zero);
		break;
	case FORMAT_C_ANDI:
		code |= small << 7 | immediate_ci(value);
		break;
	case FORMAT_C_ARITH:
		code |= small << 7 | random_below(random, 8) << 2;
		break;
	default: /* FORMAT_C_MOVE */
		code |= rd << 7 | (1 + random_below(random, 31)) << 2;
		break;
	}
	write_short(writer, (uint16_t)code);
}

/* Compressed loads and stores: the offset is always positive. */
static void write_c_memory(struct code_writer *writer, struct random *random,
			   const struct kind *kind)
{
	bool is_stack = kind->format == FORMAT_C_STACK;
	bool is_store = kind->base & 0x8000;
	bool is_fp = kind->domain == DOUBLE;
	unsigned base = is_stack ? 2 : 8 + random_below(random, 8);
	unsigned index = random_below(random, is_stack ? 64 : 32);
	uint32_t offset = index * kind->size;
	uint32_t code = kind->base;
	unsigned data;

	write_address(writer, base, scratch_place(writer, random, kind->size) - offset);
	if (!is_stack) {
		code |= (offset >> 3 & 7) << 10 | (base - 8) << 7 | random_below(random, 8) << 2;
		if (kind->size == 4)
			code |= (offset >> 2 & 1) << 6 | (offset >> 6 & 1) << 5;
		else
			code |= (offset >> 6 & 3) << 5;
	} else if (is_store) {
		code |= any_register(random) << 2;
		if (kind->size == 4)
			code |= (offset >> 2 & 15) << 9 | (offset >> 6 & 3) << 7;
		else
			code |= (offset >> 3 & 7) << 10 | (offset >> 6 & 7) << 7;
	} else {
		data = is_fp ? any_register(random) : base_register(random);
		code |= data << 7 | (offset >> 5 & 1) << 12;
		if (kind->size == 4)
			code |= (offset >> 2 & 7) << 4 | (offset >> 6 & 3) << 2;
		else
			code |= (offset >> 3 & 3) << 5 | (offset >> 6 & 7) << 2;
	}
	write_short(writer, (uint16_t)code);
}

static void write_fp(struct code_writer *writer, struct random *random, const struct kind *kind)
{
	unsigned rd = kind->format == FORMAT_FP_COMPARE || kind->format == FORMAT_FP_TO_X ||
				      kind->format == FORMAT_FP_MOVE
			      ? target_register(random)
			      : any_register(random);
	uint32_t code = kind->base | rv_r(0, 0, 0, rd, any_register(random), 0);

	if (kind->format == FORMAT_FP_R || kind->format == FORMAT_FP_R4 ||
	    kind->format == FORMAT_FP_SELECT || kind->format == FORMAT_FP_COMPARE)
		code |= (uint32_t)any_register(random) << 20;
	if (kind->format == FORMAT_FP_R4)
		code |= (uint32_t)any_register(random) << 27;
	if (kind->format == FORMAT_FP_R || kind->format == FORMAT_FP_R4 ||
	    kind->format == FORMAT_FP_UNARY || kind->format == FORMAT_FP_TO_X ||
	    kind->format == FORMAT_FP_FROM_X)
		code |= rounding(random);
	write_wide(writer, code);
	/* Now and then read and clear the flags, so that each operation's own show. */
	if (random_below(random, 2))
		write_wide(writer, rv_i(0x73, 5, target_register(random), 0, CSR_FFLAGS));
}

static void write_integer(struct code_writer *writer, struct random *random,
			  const struct kind *kind)
{
	unsigned rd = target_register(random);
	unsigned rs1 = any_register(random);
	uint32_t bits = (uint32_t)random_bits(random);

	switch (kind->format) {
	case FORMAT_R:
		write_wide(writer, kind->base | rv_r(0, 0, 0, rd, rs1, bits & 31));
		break;
	case FORMAT_SHIFT_64:
		write_wide(writer, kind->base | rv_i(0, 0, rd, rs1, (int)(bits & 63)));
		break;
	case FORMAT_SHIFT_32:
		write_wide(writer, kind->base | rv_i(0, 0, rd, rs1, (int)(bits & 31)));
		break;
	case FORMAT_U:
		write_wide(writer, kind->base | rv_i(0, 0, rd, 0, 0) | (bits & 0xfffff000));
		break;
	case FORMAT_I:
		write_wide(writer, kind->base | rv_i(0, 0, rd, rs1, (int)(bits & 0xfff)));
		break;
	default: /* FORMAT_FIXED */
		write_wide(writer, kind->base);
		break;
	}
}

static void write_kind(struct code_writer *writer, struct random *random, const struct kind *kind)
{
	switch (kind->format) {
	case FORMAT_LOAD:
	case FORMAT_STORE:
		write_memory(writer, random, kind);
		break;
	case FORMAT_AMO:
	case FORMAT_RESERVE:
		write_atomic(writer, random, kind);
		break;
	case FORMAT_JALR:
	case FORMAT_C_JUMP_REG:
		write_jump_register(writer, random, kind);
		break;
	case FORMAT_JAL:
	case FORMAT_BRANCH:
	case FORMAT_C_JUMP:
	case FORMAT_C_BRANCH:
		write_jump(writer, random, kind);
		break;
	case FORMAT_CSR_FLAGS:
	case FORMAT_CSR_MODE:
		write_csr(writer, random, kind);
		break;
	case FORMAT_C_MEMORY:
	case FORMAT_C_STACK:
		write_c_memory(writer, random, kind);
		break;
	default:
		if (kind->format >= FORMAT_C_ALU)
			write_c_register(writer, random, kind);
		else if (kind->format >= FORMAT_FP_R)
			write_fp(writer, random, kind);
		else
			write_integer(writer, random, kind);
		break;
	}
}

size_t write_random(struct code_writer *writer, struct random *random, bool single)
{
	enum domain other = single ? DOUBLE : SINGLE;
	size_t kind;

	/* Operations on registers of the other format see little but NaNs: fewer of them. */
	do {
		kind = random_below(random, (unsigned)random_kind_count);
	} while (random_kinds[kind].domain == other && random_below(random, 6));
	write_kind(writer, random, &random_kinds[kind]);
	return kind;
}
