/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Random instruction sequences of RV64IMAFDC that run the same on any correct implementation in
 * user mode: straight-line code with forward and backward jumps, aligned accesses to a scratch
 * area, valid rounding modes.
 */
#ifndef TESTS_UNIT_CPU_RANDOM_CODE_H
#define TESTS_UNIT_CPU_RANDOM_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/cpu/random_values.h"

/* Never written by generated code: the frame's own pointer. */
#define RESERVED_REGISTER 31
#define SCRATCH_BYTES     4096

struct code_writer {
	uint8_t *bytes;
	size_t length;
	size_t capacity;
	uint64_t address; /* of bytes[0] */
	uint64_t scratch; /* guest address of the scratch area, 4 KiB aligned, below 2 GiB */
};

/* The capacity must suffice: overflow aborts. */
void write_wide(struct code_writer *writer, uint32_t instruction);
void write_short(struct code_writer *writer, uint16_t instruction);
/* lui and addi: any value of 31 bits. */
void write_address(struct code_writer *writer, unsigned rd, uint32_t address);

/*
 * One random instruction, with what it needs around it. @single: prefer F to D. Returns the index
 * of its kind in random_kinds[].
 */
size_t write_random(struct code_writer *writer, struct random *random, bool single);

#endif
