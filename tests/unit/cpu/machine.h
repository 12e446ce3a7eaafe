/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What the CPU tests run on: two harts, memory under two addresses, a recording device. */
#ifndef TESTS_UNIT_CPU_MACHINE_H
#define TESTS_UNIT_CPU_MACHINE_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/cpu/assembler.h"
#include "utils/k210-emu/cpu/hart.h"

#define BASE         0x80000000u
#define UNCACHED     0x40000000u
#define MEMORY_BYTES (64u << 10)
#define DEVICE       0x38000000u
#define DEVICE_BYTES 0x1000u
/* Where tests put trap handlers and data. */
#define HANDLER (BASE + 0x4000)
#define DATA    (BASE + 0x8000)

#define MSTATUS_MIE  0x8u
#define MSTATUS_MPIE 0x80u
#define MSTATUS_MPP  0x1800u
#define MSTATUS_FS   0x6000u

struct machine {
	uint8_t memory[MEMORY_BYTES];
	struct hart_memory_region regions[2];
	struct hart_bus bus;
	struct hart *hart[2];

	/* The device answers loads with this and remembers the last access. */
	uint64_t device_value;
	unsigned loads;
	unsigned stores;
	uint64_t last_address;
	uint64_t last_value;
	unsigned last_size;
	uint64_t cycles_seen;
	uint64_t pc_seen;
	/* Called at each device access if set. */
	void (*on_access)(struct machine *machine, struct hart *hart);
	unsigned errors;
	char last_error[200];
};

extern struct machine *machine;

/* Check fixtures. */
void machine_setup(void);
void machine_teardown(void);

/* Copies instructions to a guest address, telling the harts. */
void machine_write_words(uint64_t address, const uint32_t *words, size_t count);
#define PROGRAM(address, ...)                                           \
	machine_write_words(address, (const uint32_t[]){ __VA_ARGS__ }, \
			    sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

uint32_t machine_read_word(uint64_t address);
/* Writes without telling the harts. */
void machine_poke_word(uint64_t address, uint32_t value);

/* Runs hart 0 and checks that exactly @count instructions were executed. */
void run(uint64_t count);
uint64_t csr(unsigned number);
uint64_t x(unsigned index);
void set_x(unsigned index, uint64_t value);
/* Executes one instruction on hart 0 at BASE. */
void step(uint32_t instruction);
/* Writes a CSR by executing csrrw. */
void write_csr(unsigned number, uint64_t value);

#endif
