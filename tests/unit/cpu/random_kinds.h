/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The instructions that the generator of random programs knows. */
#ifndef TESTS_UNIT_CPU_RANDOM_KINDS_H
#define TESTS_UNIT_CPU_RANDOM_KINDS_H

#include <stddef.h>
#include <stdint.h>

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
	uint32_t base; /* the encoding with empty fields */
	enum format format;
	enum domain domain;
	unsigned size; /* of memory accesses */
};

extern const struct kind random_kinds[];
extern const size_t random_kind_count;

#endif
