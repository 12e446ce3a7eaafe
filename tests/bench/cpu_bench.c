/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Speed of the interpreter in million guest instructions per second, as rows of a Markdown table.
 * A quantum is the number of instructions between two looks at the board's other parts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/cpu/assembler.h"
#include "utils/k210-emu/cpu/hart.h"

#define BASE         0x80000000u
#define MEMORY_SIZE  (1u << 20)
#define INSTRUCTIONS 200000000u
#define DEVICE       0x38000000u

static uint8_t memory[MEMORY_SIZE];

static bool device_load(void *context, struct hart *hart, uint64_t address, unsigned size,
			uint64_t *value)
{
	(void)context;
	(void)hart;
	(void)address;
	(void)size;
	*value = 0;
	return true;
}

static bool device_store(void *context, struct hart *hart, uint64_t address, unsigned size,
			 uint64_t value)
{
	(void)context;
	(void)hart;
	(void)address;
	(void)size;
	(void)value;
	return true;
}

static const struct hart_bus bus = { .load = device_load, .store = device_store };

/* Arithmetic without memory. */
static const uint32_t arithmetic[] = {
	0x00350513, /* addi a0, a0, 3 */
	0x00a5c5b3, /* xor a1, a1, a0 */
	0x00359613, /* slli a2, a1, 3 */
	0x00c586b3, /* add a3, a1, a2 */
	0x00d54733, /* xor a4, a0, a3 */
	0x0017b793, /* sltiu a5, a5, 1 */
	0xfe0514e3, /* bnez a0, -24 */
};

/* Sums and copies a 4 KiB array of words: load, add, store, two pointers, branch. */
static const uint32_t copy[] = {
	0x80010537, /* lui a0, 0x80010 */
	0x00001637, /* lui a2, 1 */
	0x00a60633, /* add a2, a2, a0 */
	0x00052683, /* lw a3, 0(a0) */
	0x00d705b3, /* add a1, a4, a3 */
	0x00b52223, /* sw a1, 4(a0) */
	0x00450513, /* addi a0, a0, 4 */
	0xfec518e3, /* bne a0, a2, -16 */
	0xfe1ff06f, /* j -32 */
};

/* Calls through registers with a stack frame, as compiled code does all the time. */
static const uint32_t calls[] = {
	0x80020137, /* lui sp, 0x80020 */
	0x00000597, /* auipc a1, 0 */
	0x010580e7, /* jalr ra, 16(a1) */
	0x00150513, /* addi a0, a0, 1 */
	0xff5ff06f, /* j -12 */
	0xfe010113, /* addi sp, sp, -32 */
	0x00113c23, /* sd ra, 24(sp) */
	0x00a13823, /* sd a0, 16(sp) */
	0x01013503, /* ld a0, 16(sp) */
	0x01813083, /* ld ra, 24(sp) */
	0x02010113, /* addi sp, sp, 32 */
	0x00008067, /* ret */
};

/* Double-precision multiply and add on registers. */
static const uint32_t floating[] = {
	0x000062b7, /* lui t0, 6 (mstatus.FS) */
	0x3002a073, /* csrs mstatus, t0 */
	0xd2250053, /* fcvt.d.l ft0, a0 */
	0x02007053, /* fadd.d ft0, ft0, ft0 */
	0x120070d3, /* fmul.d ft1, ft0, ft0 */
	0x02107153, /* fadd.d ft2, ft0, ft1 */
	0x00150513, /* addi a0, a0, 1 */
	0xff1ff06f, /* j -16 */
};

/* Stores to the page that the code is in. */
static const uint32_t mixed_page[] = {
	0x80001537, /* lui a0, 0x80001 */
	0x80050513, /* addi a0, a0, -2048 */
	0x00a52023, /* sw a0, 0(a0) */
	0x00160613, /* addi a2, a2, 1 */
	0xff9ff06f, /* j -8 */
};

/* Reads a device register for ever. */
static const uint32_t device[] = {
	0x38000537, /* lui a0, 0x38000 */
	0x00052583, /* lw a1, 0(a0) */
	0x00160613, /* addi a2, a2, 1 */
	0xff9ff06f, /* j -8 */
};

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
	return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static void measure(const char *name, const uint32_t *program, size_t size, uint64_t quantum)
{
	const struct hart_memory_region region = { .base = BASE,
						   .size = MEMORY_SIZE,
						   .host = memory };
	const struct hart_config config = { .bus = &bus, .regions = &region, .region_count = 1 };
	struct hart *hart;
	enum hart_stop stop;
	uint64_t done = 0;
	double start;

	memset(memory, 0, sizeof(memory));
	memcpy(memory, program, size);
	hart = hart_new(&config);
	if (!hart)
		exit(1);
	hart_reset(hart, BASE);
	start = now();
	while (done < INSTRUCTIONS)
		done += hart_run(hart, quantum, &stop);
	if (stop != HART_STOP_BUDGET)
		exit(1);
	printf("| %s | %lu | %.0f |\n", name, (unsigned long)quantum,
	       (double)done / (now() - start) * 1e-6);
	fflush(stdout);
	hart_free(hart);
}

int main(void)
{
	static const uint64_t quanta[] = { 100, 1000, 100000 };

	puts("| program | quantum | MIPS |");
	puts("|---|--:|--:|");
	for (size_t i = 0; i < sizeof(quanta) / sizeof(quanta[0]); i++)
		measure("arithmetic", arithmetic, sizeof(arithmetic), quanta[i]);
	measure("copy", copy, sizeof(copy), 1000);
	measure("calls", calls, sizeof(calls), 1000);
	measure("double", floating, sizeof(floating), 1000);
	measure("mixed page", mixed_page, sizeof(mixed_page), 1000);
	measure("device", device, sizeof(device), 1000);
	return 0;
}
