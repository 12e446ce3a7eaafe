/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Reset cause, crash record, boot number. */
#include "firmware_k210/hal/reset.h"

#include "firmware_k210/hal/memory.h"
#include "firmware_k210/hal/mmio.h"
#include "k210/memory_map.h"
#include "k210/sysctl.h"

#define SYSCTL(offset) (K210_SYSCTL_BASE + (uintptr_t)(offset))

#define RECORD_MAGIC      0x6b70755f63726173ull
#define STACK_GUARD       0x57ac6a7d57ac6a7dull
#define STACK_GUARD_WORDS 8
/* Not one of the exception codes: "stack overflow", with the return address as pc. */
#define CAUSE_STACK 0x100u

/*
 * Survives every reset but the loss of power. Written past the cache, which a reset throws away.
 */
struct crash_record {
	uint64_t magic;
	uint64_t boots;
	uint64_t pc, cause, address;
	uint64_t check;
};

static struct crash_record record_storage __attribute__((section(".noinit"), aligned(64)));
extern const volatile uint64_t __stack_guard[], __stack_top[];

static uint32_t cause_at_boot;
static uint64_t crash_pc, boot_id;

static volatile struct crash_record *record(void)
{
	return memory_uncached(&record_storage);
}

static uint64_t record_check(volatile const struct crash_record *r)
{
	return ~(r->magic ^ r->boots ^ r->pc ^ r->cause ^ r->address);
}

/* A step of splitmix64: spreads every input bit over the word. */
static uint64_t mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15ull;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
	value = (value ^ value >> 27) * 0x94d049bb133111ebull;
	return value ^ value >> 31;
}

/* What SRAM holds after power-on differs from time to time; after a reset the counter differs. */
static uint64_t make_boot_id(uint64_t boots)
{
	const volatile uint64_t *memory =
		memory_uncached_address(K210_SRAM_CACHED_BASE + K210_SRAM_SIZE - 4096);
	uint64_t id = mix(boots ^ hart_cycles());

	for (unsigned word = 0; word < 4096 / sizeof(*memory); word++)
		id = mix(id ^ memory[word]);
	return id ? id : 1;
}

void reset_init(void)
{
	volatile struct crash_record *r = record();

	cause_at_boot = mmio_read32(SYSCTL(K210_SYSCTL_RESET_STATUS));
	mmio_write32(SYSCTL(K210_SYSCTL_RESET_STATUS), K210_RESET_STATUS_CLEAR);
	if (r->magic == RECORD_MAGIC && r->check == record_check(r)) {
		crash_pc = r->pc;
	} else {
		r->magic = RECORD_MAGIC;
		r->boots = 0;
		r->pc = 0;
		r->cause = 0;
		r->address = 0;
	}
	r->boots++;
	r->check = record_check(r);
	boot_id = make_boot_id(r->boots);
}

uint32_t reset_cause(void)
{
	return cause_at_boot;
}

uint32_t reset_last_crash_pc(void)
{
	return (uint32_t)crash_pc;
}

uint64_t reset_boot_id(void)
{
	return boot_id;
}

void reset_board(void)
{
	interrupts_disable();
	mmio_barrier();
	for (;;)
		mmio_write32(SYSCTL(K210_SYSCTL_SOFT_RESET), K210_SOFT_RESET_CHIP);
}

void crash_report(uint64_t cause, uint64_t pc, uint64_t address)
{
	volatile struct crash_record *r = record();

	r->magic = RECORD_MAGIC;
	r->pc = pc;
	r->cause = cause;
	r->address = address;
	r->check = record_check(r);
	reset_board();
}

/* A function of its own: where it was called from is what the crash report says. */
__attribute__((noinline)) void stack_check(void)
{
	for (unsigned word = 0; word < STACK_GUARD_WORDS; word++)
		if (__stack_guard[word] != STACK_GUARD)
			crash_report(CAUSE_STACK, (uintptr_t)__builtin_return_address(0), 0);
}

uint32_t stack_unused(void)
{
	const uintptr_t bytes = (uintptr_t)__stack_top - (uintptr_t)__stack_guard;
	uint32_t word = STACK_GUARD_WORDS;

	while (word < bytes / sizeof(*__stack_guard) && __stack_guard[word] == STACK_GUARD)
		word++;
	return (word - STACK_GUARD_WORDS) * (uint32_t)sizeof(*__stack_guard);
}
