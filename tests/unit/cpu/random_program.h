/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A Linux user-mode program made of many short random cases. Each case loads all registers from its
 * frame, runs its instructions, and stores all registers to a second frame; at the end the program
 * writes the whole data area to standard output and exits.
 */
#ifndef TESTS_UNIT_CPU_RANDOM_PROGRAM_H
#define TESTS_UNIT_CPU_RANDOM_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#define PROGRAM_BASE      0x10000000u
#define PROGRAM_BYTES     0x400000u
#define PROGRAM_DATA      0x200000u /* offset of the data area: scratch, then frames */
#define PROGRAM_CASES     1000u
#define INSTRUCTIONS_EACH 10u

/* Register image of a case: x1..x30, f0..f31, fcsr. */
#define FRAME_F     30u
#define FRAME_FCSR  62u
#define FRAME_WORDS 64u

#define RANDOM_KINDS_MAX 256u

struct random_program {
	uint8_t *image; /* PROGRAM_BYTES */
	size_t data_bytes;
	/* Where the random instructions of a case lie, offsets into the image. */
	size_t case_begin[PROGRAM_CASES];
	size_t case_end[PROGRAM_CASES];
	unsigned kind_count[RANDOM_KINDS_MAX]; /* by index in random_kinds[] */
};

/* Image memory is the caller's, zeroed. */
void random_program_build(struct random_program *program, uint8_t *image, uint64_t seed);
/* Offsets of the frames of a case in the image. */
size_t random_program_input(size_t index);
size_t random_program_output(size_t index);
/* Writes a static executable. Returns 0, or -1 with errno. */
int random_program_write_elf(const struct random_program *program, const char *path);

#endif
