/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Runs random programs in our core and under QEMU's user-mode RISC-V, which is an independent
 * implementation, and compares all registers after each case, the flags and the memory.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/cpu/assembler.h"
#include "tests/unit/cpu/random_kinds.h"
#include "tests/unit/cpu/random_program.h"
#include "utils/k210-emu/cpu/hart.h"

#define QEMU "qemu-riscv64"

/* Where the core starts and where the final system call lands. */
#define STUB_BASE  0x20000000u
#define STUB_BYTES 4096u
#define STUB_TRAP  0x100

/* A number on the command line replaces these by itself and its successors. */
#define SEED_COUNT 4
static uint64_t seeds[SEED_COUNT] = { 1, 20260711, 0xdeadbeef, 0x123456789abcdef };

static uint8_t image[PROGRAM_BYTES];
static uint8_t expected[PROGRAM_BYTES];
static uint8_t stub[STUB_BYTES];

static bool no_device_load(void *context, struct hart *hart, uint64_t address, unsigned size,
			   uint64_t *value)
{
	(void)context;
	(void)hart;
	(void)address;
	(void)size;
	(void)value;
	return false;
}

static bool no_device_store(void *context, struct hart *hart, uint64_t address, unsigned size,
			    uint64_t value)
{
	(void)context;
	(void)hart;
	(void)address;
	(void)size;
	(void)value;
	return false;
}

static void report_error(void *context, struct hart *hart, const char *text)
{
	(void)context;
	(void)hart;
	fprintf(stderr, "%s\n", text);
}

static void prepare_stub(void)
{
	static const uint32_t start[] = {
		0x200002b7, /* lui t0, 0x20000 */
		0x10028293, /* addi t0, t0, 0x100 */
		0x30529073, /* csrw mtvec, t0 */
		0x00006337, /* lui t1, 6 */
		0x30032073, /* csrs mstatus, t1 */
		0x100003b7, /* lui t2, 0x10000 */
		0x00038067, /* jr t2 */
	};
	static const uint32_t wait = RV_WFI;

	memcpy(stub, start, sizeof(start));
	memcpy(stub + STUB_TRAP, &wait, sizeof(wait));
}

/* Runs the program to its first system call; its data then lie in the image. */
static void run_core(void)
{
	const struct hart_bus bus = { .load = no_device_load,
				      .store = no_device_store,
				      .guest_error = report_error };
	const struct hart_memory_region regions[] = {
		{ .base = PROGRAM_BASE, .size = PROGRAM_BYTES, .host = image },
		{ .base = STUB_BASE, .size = STUB_BYTES, .host = stub },
	};
	const struct hart_config config = { .bus = &bus, .regions = regions, .region_count = 2 };
	struct hart *hart = hart_new(&config);
	enum hart_stop stop;
	uint64_t cause;

	ck_assert_ptr_nonnull(hart);
	prepare_stub();
	hart_reset(hart, STUB_BASE);
	hart_run(hart, 10000000, &stop);
	ck_assert_int_eq(stop, HART_STOP_WFI);
	ck_assert(hart_read_csr(hart, 0x342, &cause));
	ck_assert_msg(cause == 11, "stopped by trap %d at 0x%llx", (int)cause,
		      (unsigned long long)hart_pc(hart));
	hart_free(hart);
}

/* Runs the program under QEMU; its output goes to expected[]. */
static void run_qemu(const struct random_program *program)
{
	char directory[] = "/tmp/kpu-cpu-test-XXXXXX";
	char path[64];
	char command[160];
	FILE *pipe;
	size_t got;
	int status;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/program", directory);
	ck_assert_int_eq(random_program_write_elf(program, path), 0);
	snprintf(command, sizeof(command), "timeout 60 " QEMU " %s", path);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	got = fread(expected, 1, sizeof(expected), pipe);
	status = pclose(pipe);
	unlink(path);
	rmdir(directory);
	ck_assert_msg(status == 0, QEMU " ended with status 0x%x", (unsigned)status);
	ck_assert_uint_eq(got, program->data_bytes);
}

static uint64_t word_at(const uint8_t *bytes, size_t index)
{
	uint64_t value;

	memcpy(&value, bytes + 8 * index, sizeof(value));
	return value;
}

static void print_case(const struct random_program *program, size_t index)
{
	fprintf(stderr, "case %zu, code at 0x%zx:", index,
		(size_t)PROGRAM_BASE + program->case_begin[index]);
	for (size_t at = program->case_begin[index]; at < program->case_end[index];) {
		uint16_t half[2];
		bool is_wide;

		memcpy(half, image + at, sizeof(half));
		is_wide = (half[0] & 3) == 3;
		if (is_wide)
			fprintf(stderr, " %04x%04x", half[1], half[0]);
		else
			fprintf(stderr, " %04x", half[0]);
		at += is_wide ? 4 : 2;
	}
	fprintf(stderr, "\n");
}

/* Prints differing registers; returns their number. */
static unsigned compare_case(const struct random_program *program, size_t index)
{
	size_t offset = random_program_output(index);
	const uint8_t *ours = image + offset;
	const uint8_t *theirs = expected + (offset - PROGRAM_DATA);
	unsigned differences = 0;

	for (unsigned i = 0; i <= FRAME_FCSR; i++) {
		if (word_at(ours, i) == word_at(theirs, i))
			continue;
		if (!differences++)
			print_case(program, index);
		fprintf(stderr, "  %s%u: 0x%016llx, " QEMU " 0x%016llx\n",
			i < FRAME_F       ? "x"
			: i == FRAME_FCSR ? "fcsr "
					  : "f",
			i < FRAME_F ? i + 1 : i - FRAME_F, (unsigned long long)word_at(ours, i),
			(unsigned long long)word_at(theirs, i));
	}
	return differences;
}

START_TEST(test_against_qemu)
{
	struct random_program program;
	unsigned differences = 0;

	memset(image, 0, sizeof(image));
	random_program_build(&program, image, seeds[_i]);
	run_qemu(&program);
	run_core();
	for (size_t i = 0; i < PROGRAM_CASES && differences < 20; i++)
		differences += compare_case(&program, i);
	ck_assert_uint_eq(differences, 0);
	ck_assert_mem_eq(image + PROGRAM_DATA, expected, program.data_bytes);
}
END_TEST

/* No instruction is left out by chance. */
START_TEST(test_every_kind_generated)
{
	static unsigned sums[RANDOM_KINDS_MAX];
	struct random_program program;

	ck_assert_uint_le(random_kind_count, RANDOM_KINDS_MAX);
	for (size_t i = 0; i < SEED_COUNT; i++) {
		random_program_build(&program, image, seeds[i]);
		for (size_t kind = 0; kind < random_kind_count; kind++)
			sums[kind] += program.kind_count[kind];
	}
	for (size_t kind = 0; kind < random_kind_count; kind++)
		ck_assert_msg(sums[kind] >= 50, "%s: %u times", random_kinds[kind].name,
			      sums[kind]);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cpu against " QEMU);
	TCase *generator = tcase_create("generator");
	TCase *comparison = tcase_create("comparison");
	SRunner *runner;
	int failed;

	for (size_t i = 0; argc > 1 && i < SEED_COUNT; i++)
		seeds[i] = strtoull(argv[1], NULL, 0) + i;
	tcase_add_test(generator, test_every_kind_generated);
	suite_add_tcase(suite, generator);
	tcase_set_timeout(comparison, 120);
	tcase_add_loop_test(comparison, test_against_qemu, 0, SEED_COUNT);
	runner = srunner_create(suite);
	if (system("command -v " QEMU " >/dev/null 2>&1") == 0)
		suite_add_tcase(suite, comparison);
	else
		printf("SKIP comparison of the CPU with " QEMU ": not installed (qemu-user)\n");
	fflush(stdout);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
