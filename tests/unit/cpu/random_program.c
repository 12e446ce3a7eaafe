/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/cpu/assembler.h"
#include "tests/unit/cpu/random_code.h"
#include "tests/unit/cpu/random_program.h"

#define SYSCALL_WRITE 64
#define SYSCALL_EXIT  93
#define A7            17
#define FRAME_BYTES   (8 * FRAME_WORDS)

size_t random_program_input(size_t index)
{
	return PROGRAM_DATA + SCRATCH_BYTES + 2 * index * FRAME_BYTES;
}

size_t random_program_output(size_t index)
{
	return random_program_input(index) + FRAME_BYTES;
}

static void fill_input(uint8_t *frame, struct random *random, bool single)
{
	uint64_t words[FRAME_WORDS] = { 0 };
	bool mixed = random_below(random, 8) == 0;

	for (unsigned i = 0; i < FRAME_F; i++)
		words[i] = random_integer(random);
	for (unsigned i = 0; i < 32; i++) {
		bool as_single = mixed ? random_below(random, 2) : single;

		words[FRAME_F + i] = as_single ? random_single(random) : random_double(random);
	}
	words[FRAME_FCSR] = random_below(random, 5) << 5 | random_below(random, 32);
	memcpy(frame, words, sizeof(words));
}

static void write_load_frame(struct code_writer *writer, size_t offset)
{
	write_address(writer, RESERVED_REGISTER, (uint32_t)(PROGRAM_BASE + offset));
	write_wide(writer, rv_ld(1, RESERVED_REGISTER, 8 * FRAME_FCSR));
	write_wide(writer, rv_csrrw(ZERO, CSR_FCSR, 1));
	for (unsigned i = 0; i < 32; i++)
		write_wide(writer, rv_i(0x07, 3, i, RESERVED_REGISTER, (int)(8 * (FRAME_F + i))));
	for (unsigned i = 1; i <= 30; i++)
		write_wide(writer, rv_ld(i, RESERVED_REGISTER, (int)(8 * (i - 1))));
}

static void write_store_frame(struct code_writer *writer, size_t offset)
{
	write_address(writer, RESERVED_REGISTER, (uint32_t)(PROGRAM_BASE + offset));
	for (unsigned i = 1; i <= 30; i++)
		write_wide(writer, rv_sd(i, RESERVED_REGISTER, (int)(8 * (i - 1))));
	for (unsigned i = 0; i < 32; i++)
		write_wide(writer, rv_s(0x27, 3, i, RESERVED_REGISTER, (int)(8 * (FRAME_F + i))));
	write_wide(writer, rv_csrr(1, CSR_FCSR));
	write_wide(writer, rv_sd(1, RESERVED_REGISTER, 8 * FRAME_FCSR));
}

/* write(1, data, size), exit(0) */
static void write_epilogue(struct code_writer *writer, size_t data_bytes)
{
	write_wide(writer, rv_addi(A7, ZERO, SYSCALL_WRITE));
	write_wide(writer, rv_addi(A0, ZERO, 1));
	write_address(writer, A1, PROGRAM_BASE + PROGRAM_DATA);
	write_address(writer, A2, (uint32_t)data_bytes);
	write_wide(writer, RV_ECALL);
	write_wide(writer, rv_addi(A7, ZERO, SYSCALL_EXIT));
	write_wide(writer, rv_addi(A0, ZERO, 0));
	write_wide(writer, RV_ECALL);
}

void random_program_build(struct random_program *program, uint8_t *image, uint64_t seed)
{
	struct random random = { seed };
	struct code_writer writer = { .bytes = image,
				      .capacity = PROGRAM_DATA,
				      .address = PROGRAM_BASE,
				      .scratch = PROGRAM_BASE + PROGRAM_DATA };

	program->image = image;
	program->data_bytes = random_program_input(PROGRAM_CASES) - PROGRAM_DATA;
	memset(program->kind_count, 0, sizeof(program->kind_count));
	for (size_t i = 0; i < SCRATCH_BYTES; i += 8) {
		uint64_t value =
			random_below(&random, 2) ? random_double(&random) : random_integer(&random);

		memcpy(image + PROGRAM_DATA + i, &value, sizeof(value));
	}
	for (size_t i = 0; i < PROGRAM_CASES; i++) {
		bool single = random_below(&random, 2);

		fill_input(image + random_program_input(i), &random, single);
		write_load_frame(&writer, random_program_input(i));
		program->case_begin[i] = writer.length;
		for (unsigned j = 0; j < INSTRUCTIONS_EACH; j++)
			program->kind_count[write_random(&writer, &random, single)]++;
		program->case_end[i] = writer.length;
		write_store_frame(&writer, random_program_output(i));
	}
	write_epilogue(&writer, program->data_bytes);
}

int random_program_write_elf(const struct random_program *program, const char *path)
{
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr segment;
		uint8_t padding[4096 - sizeof(Elf64_Ehdr) - sizeof(Elf64_Phdr)];
	} elf = {
		.header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					 ELFDATA2LSB, EV_CURRENT, ELFOSABI_NONE },
			    .e_type = ET_EXEC,
			    .e_machine = EM_RISCV,
			    .e_version = EV_CURRENT,
			    .e_entry = PROGRAM_BASE,
			    .e_phoff = sizeof(Elf64_Ehdr),
			    .e_flags = 0x0005, /* compressed, double-precision ABI */
			    .e_ehsize = sizeof(Elf64_Ehdr),
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = 1 },
		.segment = { .p_type = PT_LOAD,
			     .p_flags = PF_R | PF_W | PF_X,
			     .p_offset = 4096,
			     .p_vaddr = PROGRAM_BASE,
			     .p_paddr = PROGRAM_BASE,
			     .p_filesz = PROGRAM_BYTES,
			     .p_memsz = PROGRAM_BYTES,
			     .p_align = 4096 },
	};
	FILE *file = fopen(path, "wb");
	int failed;

	if (!file)
		return -1;
	failed = fwrite(&elf, sizeof(elf), 1, file) != 1 ||
		 fwrite(program->image, PROGRAM_BYTES, 1, file) != 1;
	if (fclose(file) || failed)
		return -1;
	return chmod(path, 0700);
}
