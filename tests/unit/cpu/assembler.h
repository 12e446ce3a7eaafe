/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Encoders for the few instructions that tests write by hand (RISC-V user-level ISA manual 2.2). */
#ifndef TESTS_UNIT_CPU_ASSEMBLER_H
#define TESTS_UNIT_CPU_ASSEMBLER_H

#include <stdint.h>

enum {
	ZERO = 0,
	RA = 1,
	SP = 2,
	T0 = 5,
	T1 = 6,
	T2 = 7,
	A0 = 10,
	A1 = 11,
	A2 = 12,
	A3 = 13,
	A4 = 14,
	A5 = 15,
};

#define CSR_FFLAGS   0x001
#define CSR_FRM      0x002
#define CSR_FCSR     0x003
#define CSR_MSTATUS  0x300
#define CSR_MISA     0x301
#define CSR_MIE      0x304
#define CSR_MTVEC    0x305
#define CSR_MSCRATCH 0x340
#define CSR_MEPC     0x341
#define CSR_MCAUSE   0x342
#define CSR_MBADADDR 0x343
#define CSR_MIP      0x344
#define CSR_MCYCLE   0xb00
#define CSR_MINSTRET 0xb02
#define CSR_MHARTID  0xf14

#define RV_ECALL   0x00000073u
#define RV_EBREAK  0x00100073u
#define RV_MRET    0x30200073u
#define RV_WFI     0x10500073u
#define RV_FENCE   0x0ff0000fu
#define RV_FENCE_I 0x0000100fu
#define RV_NOP     0x00000013u
#define RV_C_NOP   0x0001u

static inline uint32_t rv_i(unsigned major, unsigned funct3, unsigned rd, unsigned rs1, int imm)
{
	return ((uint32_t)imm & 0xfff) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | major;
}

static inline uint32_t rv_r(unsigned major, unsigned funct7, unsigned funct3, unsigned rd,
			    unsigned rs1, unsigned rs2)
{
	return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | major;
}

static inline uint32_t rv_s(unsigned major, unsigned funct3, unsigned rs2, unsigned rs1, int imm)
{
	uint32_t bits = (uint32_t)imm;

	return (bits >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
	       (bits & 0x1f) << 7 | major;
}

static inline uint32_t rv_branch(unsigned funct3, unsigned rs1, unsigned rs2, int offset)
{
	uint32_t bits = (uint32_t)offset;

	return (bits >> 12 & 1) << 31 | (bits >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 |
	       funct3 << 12 | (bits >> 1 & 0xf) << 8 | (bits >> 11 & 1) << 7 | 0x63;
}

static inline uint32_t rv_jal(unsigned rd, int offset)
{
	uint32_t bits = (uint32_t)offset;

	return (bits >> 20 & 1) << 31 | (bits >> 1 & 0x3ff) << 21 | (bits >> 11 & 1) << 20 |
	       (bits >> 12 & 0xff) << 12 | rd << 7 | 0x6f;
}

static inline uint32_t rv_jalr(unsigned rd, unsigned rs1, int imm)
{
	return rv_i(0x67, 0, rd, rs1, imm);
}

static inline uint32_t rv_addi(unsigned rd, unsigned rs1, int imm)
{
	return rv_i(0x13, 0, rd, rs1, imm);
}

static inline uint32_t rv_lui(unsigned rd, uint32_t upper)
{
	return (upper & 0xfffff000) | rd << 7 | 0x37;
}

static inline uint32_t rv_auipc(unsigned rd, uint32_t upper)
{
	return (upper & 0xfffff000) | rd << 7 | 0x17;
}

static inline uint32_t rv_add(unsigned rd, unsigned rs1, unsigned rs2)
{
	return rv_r(0x33, 0, 0, rd, rs1, rs2);
}

static inline uint32_t rv_beq(unsigned rs1, unsigned rs2, int offset)
{
	return rv_branch(0, rs1, rs2, offset);
}

static inline uint32_t rv_bne(unsigned rs1, unsigned rs2, int offset)
{
	return rv_branch(1, rs1, rs2, offset);
}

static inline uint32_t rv_lw(unsigned rd, unsigned rs1, int imm)
{
	return rv_i(0x03, 2, rd, rs1, imm);
}

static inline uint32_t rv_ld(unsigned rd, unsigned rs1, int imm)
{
	return rv_i(0x03, 3, rd, rs1, imm);
}

static inline uint32_t rv_sw(unsigned rs2, unsigned rs1, int imm)
{
	return rv_s(0x23, 2, rs2, rs1, imm);
}

static inline uint32_t rv_sd(unsigned rs2, unsigned rs1, int imm)
{
	return rv_s(0x23, 3, rs2, rs1, imm);
}

static inline uint32_t rv_csrrw(unsigned rd, unsigned csr, unsigned rs1)
{
	return rv_i(0x73, 1, rd, rs1, (int)csr);
}

static inline uint32_t rv_csrrs(unsigned rd, unsigned csr, unsigned rs1)
{
	return rv_i(0x73, 2, rd, rs1, (int)csr);
}

static inline uint32_t rv_csrrc(unsigned rd, unsigned csr, unsigned rs1)
{
	return rv_i(0x73, 3, rd, rs1, (int)csr);
}

static inline uint32_t rv_csrr(unsigned rd, unsigned csr)
{
	return rv_csrrs(rd, csr, ZERO);
}

static inline uint32_t rv_lr_w(unsigned rd, unsigned rs1)
{
	return rv_r(0x2f, 0x02 << 2, 2, rd, rs1, 0);
}

static inline uint32_t rv_sc_w(unsigned rd, unsigned rs2, unsigned rs1)
{
	return rv_r(0x2f, 0x03 << 2, 2, rd, rs1, rs2);
}

static inline uint32_t rv_amoadd_w(unsigned rd, unsigned rs2, unsigned rs1)
{
	return rv_r(0x2f, 0x00, 2, rd, rs1, rs2);
}

/* Two compressed instructions in one word. */
static inline uint32_t rv_pair(uint16_t first, uint16_t second)
{
	return first | (uint32_t)second << 16;
}

static inline uint16_t rv_c_li(unsigned rd, int imm)
{
	uint32_t bits = (uint32_t)imm;

	return (uint16_t)(2u << 13 | (bits >> 5 & 1) << 12 | rd << 7 | (bits & 0x1f) << 2 | 1);
}

static inline uint16_t rv_c_addi(unsigned rd, int imm)
{
	uint32_t bits = (uint32_t)imm;

	return (uint16_t)((bits >> 5 & 1) << 12 | rd << 7 | (bits & 0x1f) << 2 | 1);
}

#endif
