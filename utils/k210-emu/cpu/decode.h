/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_CPU_DECODE_H
#define K210_EMU_CPU_DECODE_H

#include <stdint.h>

#include "utils/k210-emu/cpu/operations.h"

/* Instruction as the manual writes it, independent of where it stands. */
struct decoded {
	enum operation operation;
	uint8_t rd;
	uint8_t rs1; /* or the 5-bit immediate of CSR instructions */
	uint8_t rs2;
	uint8_t rs3;
	uint8_t rounding; /* rm field of floating-point instructions */
	int32_t imm;      /* sign-extended; shift amount; CSR number */
};

/* Decodes a 32-bit instruction. Unknown ones give OPERATION_illegal. */
struct decoded decode_wide(uint32_t raw);

/*
 * The 32-bit instruction that a compressed one abbreviates, 0 (which is illegal) for reserved ones.
 * RV64C with double-precision loads and stores.
 */
uint32_t expand_compressed(uint16_t raw);

#endif
