/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Inside of the interpreter, shared by the files of this folder only.
 *
 * How it runs: each 4 KiB guest page that is executed has a code page with one slot per halfword. A
 * slot names the handler function of the instruction that starts there and its operands. A handler
 * does its work and calls the next slot's handler in tail position, which the compiler turns into a
 * jump; registers hold the hart, the slot and the instructions left. A handler that cannot go on
 * stores pc and what is left in the hart and returns to hart_run().
 */
#ifndef K210_EMU_CPU_CORE_H
#define K210_EMU_CPU_CORE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "utils/k210-emu/cpu/hart.h"
#include "utils/k210-emu/cpu/operations.h"

#define likely(condition)   __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

#define PAGE_SHIFT     12
#define PAGE_BYTES     (1u << PAGE_SHIFT)
#define PAGE_COUNT     (1u << (32 - PAGE_SHIFT))
#define SLOTS_PER_PAGE (PAGE_BYTES / 2)
#define LINE_SHIFT     6
#define LINE_BYTES     (1u << LINE_SHIFT)

/* Writes to x0 land in this extra register, so that no handler has to test for it. */
#define REGISTER_SINK 32

struct insn;
typedef void operation_fn(struct hart *hart, const struct insn *insn, uint64_t remaining);
#define OPERATION_PARAMETERS struct hart *hart, const struct insn *insn, uint64_t remaining

/* One pre-decoded instruction. */
struct insn {
	operation_fn *run;
	/* Immediate; near jumps: slots to go; CSR number; fused multiply-add: third source. */
	int32_t imm;
	uint8_t rd;
	uint8_t rs1;
	uint8_t rs2;
	/* Rounding mode of floating-point operations, else INSN_PURE or 0. */
	uint8_t extra;
};

#define INSN_PURE 0x80

struct code_page {
	/* Two more: where running off the end arrives (the last one may be 4 bytes long). */
	struct insn slots[SLOTS_PER_PAGE + 2];
	uint32_t number;     /* guest address / PAGE_BYTES */
	uint64_t code_lines; /* bit n: some instruction touches bytes of the 64-byte line n */
	struct code_page *next;
};

enum trap_cause {
	CAUSE_FETCH_ACCESS = 1,
	CAUSE_ILLEGAL = 2,
	CAUSE_BREAKPOINT = 3,
	CAUSE_LOAD_MISALIGNED = 4,
	CAUSE_LOAD_ACCESS = 5,
	CAUSE_STORE_MISALIGNED = 6,
	CAUSE_STORE_ACCESS = 7,
	CAUSE_ECALL_M = 11,
	CAUSE_COUNT = 12,
};

enum fp_status {
	FP_OFF = 0,
	FP_DIRTY = 3,
};

/* fflags bits, RISC-V order. */
enum fp_flag {
	FLAG_INEXACT = 1,
	FLAG_UNDERFLOW = 2,
	FLAG_OVERFLOW = 4,
	FLAG_DIVIDE = 8,
	FLAG_INVALID = 16,
};

enum rounding {
	ROUND_NEAREST_EVEN = 0,
	ROUND_TO_ZERO = 1,
	ROUND_DOWN = 2,
	ROUND_UP = 3,
	ROUND_NEAREST_AWAY = 4,
	ROUND_DYNAMIC = 7,
};

struct spin_history {
	uint64_t slice_pc;
	unsigned skip;
	unsigned backoff;
};

struct hart {
	uint64_t x[33];
	uint64_t f[32];

	/* Indexed by guest page. Null: slow path (device, or a page that stores must watch). */
	uint8_t **load_page;
	uint8_t **store_page;
	struct code_page **code;
	uint8_t *uncached; /* bit map over guest pages */

	/* The page being executed, for turning slots into addresses. */
	uint64_t page_pc;
	const struct insn *page_slots;

	/* Valid whenever no handler runs, and inside bus callbacks. */
	uint64_t pc;
	uint64_t remaining;
	const struct insn *next; /* only without tail calls: next slot, null to leave */

	/* Counters are kept as their value when remaining reaches 0. */
	uint64_t cycles_end;
	uint64_t instructions_end;
	uint64_t trapped; /* instructions counted above that did not retire */
	uint64_t mcycle_offset;
	uint64_t minstret_offset;

	/* Reasons to come back to hart_run() after the instruction. */
	bool attention;
	bool stop_requested;
	bool in_wfi;

	bool mie_enabled; /* mstatus.MIE */
	bool mpie;
	uint8_t fs; /* enum fp_status */
	uint8_t frm;
	uint8_t fflags; /* without what is still in the host's flags */
	bool fp_owned;  /* implies that fs is not FP_OFF */

	uint64_t mie;
	uint64_t mip;
	uint64_t mtvec;
	uint64_t mepc;
	uint64_t mcause;
	uint64_t mtval;
	uint64_t mscratch;

	const uint8_t *reserved_line; /* host address, null: no reservation */
	unsigned reserved_size;       /* bytes of the line */

	uint64_t loaded; /* result of the slow load path */
	uint64_t device_loads;

	struct code_page *code_pages;
	struct hart *peer;
	struct hart_config config;
	struct spin_history spin;
	uint64_t error_count[CAUSE_COUNT + 1]; /* last one: floating-point loads uncached */
};

static inline uint32_t page_number(uint64_t address)
{
	return (uint32_t)address >> PAGE_SHIFT;
}

static inline uint32_t page_offset(uint64_t address)
{
	return (uint32_t)address & (PAGE_BYTES - 1);
}

static inline uint64_t insn_pc(const struct hart *hart, const struct insn *insn)
{
	return hart->page_pc + (uint64_t)(insn - hart->page_slots) * 2;
}

static inline uint64_t cycles_now(const struct hart *hart)
{
	return hart->cycles_end - hart->remaining;
}

/* Makes pc and remaining valid: before anything outside the handler looks at the hart. */
static inline void core_sync(OPERATION_PARAMETERS)
{
	hart->pc = insn_pc(hart, insn);
	hart->remaining = remaining;
}

/*
 * Tail calls need an optimising compiler and no instrumentation; otherwise a loop in execute()
 * calls the handlers one by one.
 */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(K210_NO_TAIL_CALLS)
#define CORE_TAIL_CALLS 1
#else
#define CORE_TAIL_CALLS 0
#endif

/* run.c: stops before @insn with @remaining instructions left. */
void core_leave(OPERATION_PARAMETERS);
/* run.c: stops before the instruction at @pc. */
void core_leave_at(struct hart *hart, uint64_t pc, uint64_t remaining);

/* Runs @insn without counting the instruction before it. */
static inline __attribute__((always_inline)) void core_dispatch(OPERATION_PARAMETERS)
{
#if CORE_TAIL_CALLS
	insn->run(hart, insn, remaining);
#else
	hart->next = insn;
	hart->remaining = remaining;
#endif
}

/* Ends an instruction; @insn is the next one. */
static inline __attribute__((always_inline)) void core_next(OPERATION_PARAMETERS)
{
	remaining--;
	if (unlikely(remaining == 0))
		core_leave(hart, insn, 0);
	else
		core_dispatch(hart, insn, remaining);
}

/* Ends an instruction after which interrupts or stop requests may be due. */
static inline __attribute__((always_inline)) void core_next_checked(OPERATION_PARAMETERS)
{
	if (hart->attention)
		core_leave(hart, insn, remaining - 1);
	else
		core_next(hart, insn, remaining);
}

/* Goes on at @pc, in whatever page; counts nothing. */
static inline __attribute__((always_inline)) void core_goto(struct hart *hart, uint64_t pc,
							    uint64_t remaining)
{
	const struct code_page *page = hart->code[page_number(pc)];

	if (unlikely(!page || remaining == 0)) {
		core_leave_at(hart, pc, remaining);
		return;
	}
	hart->page_pc = pc & ~(uint64_t)(PAGE_BYTES - 1);
	hart->page_slots = page->slots;
	core_dispatch(hart, &page->slots[page_offset(pc) / 2], remaining);
}

/* trap.c */

/* Ends the handler with an exception of the current instruction. */
void core_trap(OPERATION_PARAMETERS, enum trap_cause cause, uint64_t address);
/* Exception at hart->pc, hart->remaining being valid; uses up one instruction. */
void raise_exception(struct hart *hart, enum trap_cause cause, uint64_t address);
/* Takes the highest pending enabled interrupt, if any. */
bool take_interrupt(struct hart *hart);
/* Rate-limited call of the board's guest_error(). @slot: a cause or CAUSE_COUNT. */
void report_guest_error(struct hart *hart, unsigned slot, const char *what, uint64_t address);

static inline bool interrupt_due(const struct hart *hart)
{
	return hart->mie_enabled && (hart->mip & hart->mie);
}

/* csr.c. hart->pc and hart->remaining must be valid, host floating-point flags collected. */
bool csr_read(const struct hart *hart, unsigned number, uint64_t *value);
bool csr_write(struct hart *hart, unsigned number, uint64_t value);

/* code_cache.c */

/* Slot for @pc with page_pc and page_slots set, null when nothing executable is there. */
const struct insn *code_lookup(struct hart *hart, uint64_t pc);
/* Decodes the slot; false: the second half of the instruction lies in no memory. */
bool code_decode(struct hart *hart, struct code_page *page, unsigned slot);
/* Handlers of slots that are not decoded, and of the end of the page. */
operation_fn op_decode, op_page_end;
void code_drop_all(struct hart *hart);
void code_free(struct hart *hart);

/* watch.c: what a store has to invalidate */

/* From now on stores of the hart and its peer into [host, host + size) take the slow path. */
void watch_range(struct hart *hart, const uint8_t *host, size_t size);
/* Restores fast stores on a guest page if nothing there has to be watched any more. */
void watch_relax(struct hart *hart, uint32_t page);
/* Drops decoded code of one hart in [host, host + size). */
void watch_drop_code(struct hart *hart, const uint8_t *host, size_t size);
/* A store of @hart to memory through a watched page happened. */
void watch_stored(struct hart *hart, uint64_t address, const uint8_t *host, size_t size);

/* memory.c: everything but aligned access to plain memory. On false the handler must return. */
bool memory_load_slow(OPERATION_PARAMETERS, uint64_t address, unsigned size);
bool memory_store_slow(OPERATION_PARAMETERS, uint64_t address, unsigned size, uint64_t value);
void memory_note_uncached_fp(OPERATION_PARAMETERS, uint64_t address);

static inline bool page_is_uncached(const struct hart *hart, uint64_t address)
{
	uint32_t page = page_number(address);

	return hart->uncached[page >> 3] & (1u << (page & 7));
}

/*
 * fp_rounding.c. While the hart owns the host's floating-point unit, the sticky flags there are its
 * own and complete fflags. It takes the unit at the first operation that needs it and has to
 * release it before any foreign code runs.
 */
void fp_acquire(struct hart *hart);
void fp_release(struct hart *hart);
/* Moves the host's flags into fflags. */
void fp_collect(struct hart *hart);

/* spin.c: runs a few instructions; true if the hart turns out to idle. */
bool spin_probe(struct hart *hart);
/* Cheap test whether probing is worth while, once per slice. */
bool spin_suspected(struct hart *hart);

/* run.c: runs hart->remaining instructions at most, from hart->pc. */
void execute(struct hart *hart);
/* run.c: makes @count instructions available, keeping the counters. */
void begin_slice(struct hart *hart, uint64_t count);

/* operation_table.c: handler of @operation in an instruction of @length bytes (2 or 4). */
operation_fn *operation_handler(enum operation operation, unsigned length);

#define DECLARE_SHORT(name) operation_fn op_##name##_short, op_##name##_wide;
#define DECLARE_WIDE(name)  operation_fn op_##name##_wide;
OPERATIONS_PURE_SHORT(DECLARE_SHORT)
OPERATIONS_PURE_WIDE(DECLARE_WIDE)
OPERATIONS_OTHER_SHORT(DECLARE_SHORT)
OPERATIONS_OTHER_WIDE(DECLARE_WIDE)
#undef DECLARE_SHORT
#undef DECLARE_WIDE

#endif
