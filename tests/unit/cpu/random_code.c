/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cpu/assembler.h"
#include "tests/unit/cpu/random_code.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the fields of an instruction hold. */
enum format {
	FORMAT_R,          /* rd rs1 rs2 */
	FORMAT_I,          /* rd rs1 imm12 */
	FORMAT_SHIFT_64,   /* rd rs1 shamt6 */
	FORMAT_SHIFT_32,   /* rd rs1 shamt5 */
	FORMAT_U,          /* rd imm20 */
	FORMAT_FIXED,      /* nothing to fill in */
	FORMAT_LOAD,       /* rd, base register set up before */
	FORMAT_STORE,      /* rs2, base */
	FORMAT_AMO,        /* rd rs2, base */
	FORMAT_RESERVE,    /* lr and two sc on the same address */
	FORMAT_BRANCH,     /* rs1 rs2, to places before and behind */
	FORMAT_JAL,        /* rd, to places before and behind */
	FORMAT_JALR,       /* rd, target register set up before */
	FORMAT_FP_R,       /* fd fs1 fs2 rm */
	FORMAT_FP_UNARY,   /* fd fs1 rm */
	FORMAT_FP_R4,      /* fd fs1 fs2 fs3 rm */
	FORMAT_FP_SELECT,  /* fd fs1 fs2, funct3 given */
	FORMAT_FP_COMPARE, /* rd fs1 fs2, funct3 given */
	FORMAT_FP_TO_X,    /* rd fs1 rm */
	FORMAT_FP_FROM_X,  /* fd rs1 rm */
	FORMAT_FP_MOVE,    /* rd or fd, rs1 or fs1, funct3 given */
	FORMAT_CSR_FLAGS,  /* any write to fflags */
	FORMAT_CSR_MODE,   /* valid write to frm or fcsr */
	/* compressed */
	FORMAT_C_ALU,     /* rd and imm6, rd not 0 */
	FORMAT_C_LUI,     /* imm6 not 0, rd not 0 or 2 */
	FORMAT_C_SP,      /* c.addi16sp, c.addi4spn: imm bits not 0 */
	FORMAT_C_SHIFT,   /* rd' and shamt6 not 0 */
	FORMAT_C_ANDI,    /* rd' and imm6 */
	FORMAT_C_ARITH,   /* rd' and rs2' */
	FORMAT_C_MOVE,    /* rd and rs2, neither 0 */
	FORMAT_C_MEMORY,  /* rd' and base in rs1' */
	FORMAT_C_STACK,   /* base in sp */
	FORMAT_C_JUMP,    /* like FORMAT_JAL */
	FORMAT_C_BRANCH,  /* rs1' */
	FORMAT_C_JUMP_REG /* target register set up before */
};

enum domain {
	ANY,
	SINGLE,
	DOUBLE
};

struct kind {
	const char *name;
	uint32_t base;
	enum format format;
	enum domain domain;
	unsigned size; /* of memory accesses */
};

/* Encodings with all variable fields zero (user-level ISA manual 2.2, instruction listings). */
/* clang-format off */
static const struct kind kinds[] = {
	{ "lui", 0x37, FORMAT_U, ANY, 0 }, { "auipc", 0x17, FORMAT_U, ANY, 0 },
	{ "jal", 0x6f, FORMAT_JAL, ANY, 0 }, { "jalr", 0x67, FORMAT_JALR, ANY, 0 },
	{ "beq", 0x0063, FORMAT_BRANCH, ANY, 0 }, { "bne", 0x1063, FORMAT_BRANCH, ANY, 0 },
	{ "blt", 0x4063, FORMAT_BRANCH, ANY, 0 }, { "bge", 0x5063, FORMAT_BRANCH, ANY, 0 },
	{ "bltu", 0x6063, FORMAT_BRANCH, ANY, 0 }, { "bgeu", 0x7063, FORMAT_BRANCH, ANY, 0 },
	{ "lb", 0x0003, FORMAT_LOAD, ANY, 1 }, { "lh", 0x1003, FORMAT_LOAD, ANY, 2 },
	{ "lw", 0x2003, FORMAT_LOAD, ANY, 4 }, { "ld", 0x3003, FORMAT_LOAD, ANY, 8 },
	{ "lbu", 0x4003, FORMAT_LOAD, ANY, 1 }, { "lhu", 0x5003, FORMAT_LOAD, ANY, 2 },
	{ "lwu", 0x6003, FORMAT_LOAD, ANY, 4 },
	{ "sb", 0x0023, FORMAT_STORE, ANY, 1 }, { "sh", 0x1023, FORMAT_STORE, ANY, 2 },
	{ "sw", 0x2023, FORMAT_STORE, ANY, 4 }, { "sd", 0x3023, FORMAT_STORE, ANY, 8 },
	{ "addi", 0x0013, FORMAT_I, ANY, 0 }, { "slti", 0x2013, FORMAT_I, ANY, 0 },
	{ "sltiu", 0x3013, FORMAT_I, ANY, 0 }, { "xori", 0x4013, FORMAT_I, ANY, 0 },
	{ "ori", 0x6013, FORMAT_I, ANY, 0 }, { "andi", 0x7013, FORMAT_I, ANY, 0 },
	{ "slli", 0x1013, FORMAT_SHIFT_64, ANY, 0 }, { "srli", 0x5013, FORMAT_SHIFT_64, ANY, 0 },
	{ "srai", 0x40005013, FORMAT_SHIFT_64, ANY, 0 },
	{ "addiw", 0x001b, FORMAT_I, ANY, 0 }, { "slliw", 0x101b, FORMAT_SHIFT_32, ANY, 0 },
	{ "srliw", 0x501b, FORMAT_SHIFT_32, ANY, 0 },
	{ "sraiw", 0x4000501b, FORMAT_SHIFT_32, ANY, 0 },
	{ "add", 0x0033, FORMAT_R, ANY, 0 }, { "sub", 0x40000033, FORMAT_R, ANY, 0 },
	{ "sll", 0x1033, FORMAT_R, ANY, 0 }, { "slt", 0x2033, FORMAT_R, ANY, 0 },
	{ "sltu", 0x3033, FORMAT_R, ANY, 0 }, { "xor", 0x4033, FORMAT_R, ANY, 0 },
	{ "srl", 0x5033, FORMAT_R, ANY, 0 }, { "sra", 0x40005033, FORMAT_R, ANY, 0 },
	{ "or", 0x6033, FORMAT_R, ANY, 0 }, { "and", 0x7033, FORMAT_R, ANY, 0 },
	{ "addw", 0x003b, FORMAT_R, ANY, 0 }, { "subw", 0x4000003b, FORMAT_R, ANY, 0 },
	{ "sllw", 0x103b, FORMAT_R, ANY, 0 }, { "srlw", 0x503b, FORMAT_R, ANY, 0 },
	{ "sraw", 0x4000503b, FORMAT_R, ANY, 0 },
	{ "fence", 0x0ff0000f, FORMAT_FIXED, ANY, 0 }, { "fence.i", 0x100f, FORMAT_FIXED, ANY, 0 },
	{ "mul", 0x02000033, FORMAT_R, ANY, 0 }, { "mulh", 0x02001033, FORMAT_R, ANY, 0 },
	{ "mulhsu", 0x02002033, FORMAT_R, ANY, 0 }, { "mulhu", 0x02003033, FORMAT_R, ANY, 0 },
	{ "div", 0x02004033, FORMAT_R, ANY, 0 }, { "divu", 0x02005033, FORMAT_R, ANY, 0 },
	{ "rem", 0x02006033, FORMAT_R, ANY, 0 }, { "remu", 0x02007033, FORMAT_R, ANY, 0 },
	{ "mulw", 0x0200003b, FORMAT_R, ANY, 0 }, { "divw", 0x0200403b, FORMAT_R, ANY, 0 },
	{ "divuw", 0x0200503b, FORMAT_R, ANY, 0 }, { "remw", 0x0200603b, FORMAT_R, ANY, 0 },
	{ "remuw", 0x0200703b, FORMAT_R, ANY, 0 },
	{ "lr/sc.w", 0x202f, FORMAT_RESERVE, ANY, 4 }, { "lr/sc.d", 0x302f, FORMAT_RESERVE, ANY, 8 },
	{ "amoswap.w", 0x0800202f, FORMAT_AMO, ANY, 4 }, { "amoadd.w", 0x202f, FORMAT_AMO, ANY, 4 },
	{ "amoxor.w", 0x2000202f, FORMAT_AMO, ANY, 4 }, { "amoand.w", 0x6000202f, FORMAT_AMO, ANY, 4 },
	{ "amoor.w", 0x4000202f, FORMAT_AMO, ANY, 4 }, { "amomin.w", 0x8000202f, FORMAT_AMO, ANY, 4 },
	{ "amomax.w", 0xa000202f, FORMAT_AMO, ANY, 4 },
	{ "amominu.w", 0xc000202f, FORMAT_AMO, ANY, 4 },
	{ "amomaxu.w", 0xe000202f, FORMAT_AMO, ANY, 4 },
	{ "amoswap.d", 0x0800302f, FORMAT_AMO, ANY, 8 }, { "amoadd.d", 0x302f, FORMAT_AMO, ANY, 8 },
	{ "amoxor.d", 0x2000302f, FORMAT_AMO, ANY, 8 }, { "amoand.d", 0x6000302f, FORMAT_AMO, ANY, 8 },
	{ "amoor.d", 0x4000302f, FORMAT_AMO, ANY, 8 }, { "amomin.d", 0x8000302f, FORMAT_AMO, ANY, 8 },
	{ "amomax.d", 0xa000302f, FORMAT_AMO, ANY, 8 },
	{ "amominu.d", 0xc000302f, FORMAT_AMO, ANY, 8 },
	{ "amomaxu.d", 0xe000302f, FORMAT_AMO, ANY, 8 },
	{ "csr fflags", 0x73, FORMAT_CSR_FLAGS, ANY, 0 }, { "csr frm", 0x73, FORMAT_CSR_MODE, ANY, 0 },

	{ "flw", 0x2007, FORMAT_LOAD, SINGLE, 4 }, { "fsw", 0x2027, FORMAT_STORE, SINGLE, 4 },
	{ "fmadd.s", 0x43, FORMAT_FP_R4, SINGLE, 0 }, { "fmsub.s", 0x47, FORMAT_FP_R4, SINGLE, 0 },
	{ "fnmsub.s", 0x4b, FORMAT_FP_R4, SINGLE, 0 }, { "fnmadd.s", 0x4f, FORMAT_FP_R4, SINGLE, 0 },
	{ "fadd.s", 0x00000053, FORMAT_FP_R, SINGLE, 0 }, { "fsub.s", 0x08000053, FORMAT_FP_R, SINGLE, 0 },
	{ "fmul.s", 0x10000053, FORMAT_FP_R, SINGLE, 0 }, { "fdiv.s", 0x18000053, FORMAT_FP_R, SINGLE, 0 },
	{ "fsqrt.s", 0x58000053, FORMAT_FP_UNARY, SINGLE, 0 },
	{ "fsgnj.s", 0x20000053, FORMAT_FP_SELECT, SINGLE, 0 },
	{ "fsgnjn.s", 0x20001053, FORMAT_FP_SELECT, SINGLE, 0 },
	{ "fsgnjx.s", 0x20002053, FORMAT_FP_SELECT, SINGLE, 0 },
	{ "fmin.s", 0x28000053, FORMAT_FP_SELECT, SINGLE, 0 },
	{ "fmax.s", 0x28001053, FORMAT_FP_SELECT, SINGLE, 0 },
	{ "fle.s", 0xa0000053, FORMAT_FP_COMPARE, SINGLE, 0 },
	{ "flt.s", 0xa0001053, FORMAT_FP_COMPARE, SINGLE, 0 },
	{ "feq.s", 0xa0002053, FORMAT_FP_COMPARE, SINGLE, 0 },
	{ "fclass.s", 0xe0001053, FORMAT_FP_MOVE, SINGLE, 0 },
	{ "fmv.x.w", 0xe0000053, FORMAT_FP_MOVE, SINGLE, 0 },
	{ "fmv.w.x", 0xf0000053, FORMAT_FP_MOVE, SINGLE, 0 },
	{ "fcvt.w.s", 0xc0000053, FORMAT_FP_TO_X, SINGLE, 0 },
	{ "fcvt.wu.s", 0xc0100053, FORMAT_FP_TO_X, SINGLE, 0 },
	{ "fcvt.l.s", 0xc0200053, FORMAT_FP_TO_X, SINGLE, 0 },
	{ "fcvt.lu.s", 0xc0300053, FORMAT_FP_TO_X, SINGLE, 0 },
	{ "fcvt.s.w", 0xd0000053, FORMAT_FP_FROM_X, SINGLE, 0 },
	{ "fcvt.s.wu", 0xd0100053, FORMAT_FP_FROM_X, SINGLE, 0 },
	{ "fcvt.s.l", 0xd0200053, FORMAT_FP_FROM_X, SINGLE, 0 },
	{ "fcvt.s.lu", 0xd0300053, FORMAT_FP_FROM_X, SINGLE, 0 },
	{ "fcvt.d.s", 0x42000053, FORMAT_FP_UNARY, SINGLE, 0 },

	{ "fld", 0x3007, FORMAT_LOAD, DOUBLE, 8 }, { "fsd", 0x3027, FORMAT_STORE, DOUBLE, 8 },
	{ "fmadd.d", 0x02000043, FORMAT_FP_R4, DOUBLE, 0 },
	{ "fmsub.d", 0x02000047, FORMAT_FP_R4, DOUBLE, 0 },
	{ "fnmsub.d", 0x0200004b, FORMAT_FP_R4, DOUBLE, 0 },
	{ "fnmadd.d", 0x0200004f, FORMAT_FP_R4, DOUBLE, 0 },
	{ "fadd.d", 0x02000053, FORMAT_FP_R, DOUBLE, 0 }, { "fsub.d", 0x0a000053, FORMAT_FP_R, DOUBLE, 0 },
	{ "fmul.d", 0x12000053, FORMAT_FP_R, DOUBLE, 0 }, { "fdiv.d", 0x1a000053, FORMAT_FP_R, DOUBLE, 0 },
	{ "fsqrt.d", 0x5a000053, FORMAT_FP_UNARY, DOUBLE, 0 },
	{ "fsgnj.d", 0x22000053, FORMAT_FP_SELECT, DOUBLE, 0 },
	{ "fsgnjn.d", 0x22001053, FORMAT_FP_SELECT, DOUBLE, 0 },
	{ "fsgnjx.d", 0x22002053, FORMAT_FP_SELECT, DOUBLE, 0 },
	{ "fmin.d", 0x2a000053, FORMAT_FP_SELECT, DOUBLE, 0 },
	{ "fmax.d", 0x2a001053, FORMAT_FP_SELECT, DOUBLE, 0 },
	{ "fle.d", 0xa2000053, FORMAT_FP_COMPARE, DOUBLE, 0 },
	{ "flt.d", 0xa2001053, FORMAT_FP_COMPARE, DOUBLE, 0 },
	{ "feq.d", 0xa2002053, FORMAT_FP_COMPARE, DOUBLE, 0 },
	{ "fclass.d", 0xe2001053, FORMAT_FP_MOVE, DOUBLE, 0 },
	{ "fmv.x.d", 0xe2000053, FORMAT_FP_MOVE, DOUBLE, 0 },
	{ "fmv.d.x", 0xf2000053, FORMAT_FP_MOVE, DOUBLE, 0 },
	{ "fcvt.w.d", 0xc2000053, FORMAT_FP_TO_X, DOUBLE, 0 },
	{ "fcvt.wu.d", 0xc2100053, FORMAT_FP_TO_X, DOUBLE, 0 },
	{ "fcvt.l.d", 0xc2200053, FORMAT_FP_TO_X, DOUBLE, 0 },
	{ "fcvt.lu.d", 0xc2300053, FORMAT_FP_TO_X, DOUBLE, 0 },
	{ "fcvt.d.w", 0xd2000053, FORMAT_FP_FROM_X, DOUBLE, 0 },
	{ "fcvt.d.wu", 0xd2100053, FORMAT_FP_FROM_X, DOUBLE, 0 },
	{ "fcvt.d.l", 0xd2200053, FORMAT_FP_FROM_X, DOUBLE, 0 },
	{ "fcvt.d.lu", 0xd2300053, FORMAT_FP_FROM_X, DOUBLE, 0 },
	{ "fcvt.s.d", 0x40100053, FORMAT_FP_UNARY, DOUBLE, 0 },

	{ "c.addi4spn", 0x0000, FORMAT_C_SP, ANY, 0 }, { "c.addi16sp", 0x6101, FORMAT_C_SP, ANY, 0 },
	{ "c.addi", 0x0001, FORMAT_C_ALU, ANY, 0 }, { "c.addiw", 0x2001, FORMAT_C_ALU, ANY, 0 },
	{ "c.li", 0x4001, FORMAT_C_ALU, ANY, 0 }, { "c.lui", 0x6001, FORMAT_C_LUI, ANY, 0 },
	{ "c.slli", 0x0002, FORMAT_C_ALU, ANY, 0 }, { "c.srli", 0x8001, FORMAT_C_SHIFT, ANY, 0 },
	{ "c.srai", 0x8401, FORMAT_C_SHIFT, ANY, 0 }, { "c.andi", 0x8801, FORMAT_C_ANDI, ANY, 0 },
	{ "c.sub", 0x8c01, FORMAT_C_ARITH, ANY, 0 }, { "c.xor", 0x8c21, FORMAT_C_ARITH, ANY, 0 },
	{ "c.or", 0x8c41, FORMAT_C_ARITH, ANY, 0 }, { "c.and", 0x8c61, FORMAT_C_ARITH, ANY, 0 },
	{ "c.subw", 0x9c01, FORMAT_C_ARITH, ANY, 0 }, { "c.addw", 0x9c21, FORMAT_C_ARITH, ANY, 0 },
	{ "c.mv", 0x8002, FORMAT_C_MOVE, ANY, 0 }, { "c.add", 0x9002, FORMAT_C_MOVE, ANY, 0 },
	{ "c.lw", 0x4000, FORMAT_C_MEMORY, ANY, 4 }, { "c.ld", 0x6000, FORMAT_C_MEMORY, ANY, 8 },
	{ "c.fld", 0x2000, FORMAT_C_MEMORY, DOUBLE, 8 }, { "c.sw", 0xc000, FORMAT_C_MEMORY, ANY, 4 },
	{ "c.sd", 0xe000, FORMAT_C_MEMORY, ANY, 8 }, { "c.fsd", 0xa000, FORMAT_C_MEMORY, DOUBLE, 8 },
	{ "c.lwsp", 0x4002, FORMAT_C_STACK, ANY, 4 }, { "c.ldsp", 0x6002, FORMAT_C_STACK, ANY, 8 },
	{ "c.fldsp", 0x2002, FORMAT_C_STACK, DOUBLE, 8 }, { "c.swsp", 0xc002, FORMAT_C_STACK, ANY, 4 },
	{ "c.sdsp", 0xe002, FORMAT_C_STACK, ANY, 8 }, { "c.fsdsp", 0xa002, FORMAT_C_STACK, DOUBLE, 8 },
	{ "c.j", 0xa001, FORMAT_C_JUMP, ANY, 0 }, { "c.beqz", 0xc001, FORMAT_C_BRANCH, ANY, 0 },
	{ "c.bnez", 0xe001, FORMAT_C_BRANCH, ANY, 0 }, { "c.jr", 0x8002, FORMAT_C_JUMP_REG, ANY, 0 },
	{ "c.jalr", 0x9002, FORMAT_C_JUMP_REG, ANY, 0 },
};
/* clang-format on */

static unsigned counts[COUNT(kinds)];

size_t random_code_kinds(void)
{
	return COUNT(kinds);
}

const char *random_code_kind_name(size_t kind)
{
	return kinds[kind].name;
}

unsigned random_code_kind_count(size_t kind)
{
	return counts[kind];
}

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

void write_random(struct code_writer *writer, struct random *random, bool single)
{
	enum domain other = single ? DOUBLE : SINGLE;
	size_t kind = random_below(random, COUNT(kinds));

	/* Operations on registers of the other format only see NaNs or odd numbers: fewer of them. */
	while (kinds[kind].domain == other && random_below(random, 6))
		kind = random_below(random, COUNT(kinds));
	counts[kind]++;
	write_kind(writer, random, &kinds[kind]);
}
