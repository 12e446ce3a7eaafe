/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * RV64IMAFDC interpreter, machine mode only, as the two Rocket-style cores of the K210 need it
 * (privileged architecture draft 1.9.1, no PMP, no S or U mode).
 *
 * The core knows nothing of the board: memory comes as directly mapped regions, everything else
 * through the bus callbacks. It reads no host clock and has no global state, so a run is a pure
 * function of memory, interrupt lines and bus answers.
 *
 * Not modelled: virtual memory, U and S mode, PMP, caches, debug module, performance counters other
 * than mcycle and minstret.
 */
#ifndef K210_EMU_CPU_HART_H
#define K210_EMU_CPU_HART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hart;

/*
 * Directly accessible memory. Regions may alias the same host bytes (0x4... and 0x8... windows).
 * Base and size are multiples of 4 KiB and lie below 4 GiB; the upper 32 address bits of the guest
 * are ignored.
 */
struct hart_memory_region {
	uint64_t base;
	uint64_t size;
	uint8_t *host;
	/* Floating-point loads from here do not work on silicon: counted and reported. */
	bool uncached;
};

/* mip / mie bit numbers that the board drives. */
enum hart_interrupt_line {
	HART_LINE_SOFTWARE = 3,
	HART_LINE_TIMER = 7,
	HART_LINE_EXTERNAL = 11,
};

/* Why hart_run() came back before its budget was used up. */
enum hart_stop {
	HART_STOP_BUDGET,  /* executed the instructions asked for */
	HART_STOP_WFI,     /* waiting for an interrupt, none pending and enabled */
	HART_STOP_REQUEST, /* the board called hart_request_stop() from a callback */
	HART_STOP_SPIN,    /* provably idle loop, see hart_run() */
};

struct hart_bus {
	void *context;
	/*
	 * Device access of 1, 2, 4 or 8 bytes, naturally aligned, @address below 4 GiB. Return
	 * false for an access fault. They may call hart_request_stop(), hart_set_line(),
	 * hart_memory_written() and the inspection functions (pc is the access's own), but not
	 * hart_run(), hart_reset() or hart_set_cycles() for the same hart. Host floating-point
	 * flags they raise do not reach the guest.
	 */
	bool (*load)(void *context, struct hart *hart, uint64_t address, unsigned size,
		     uint64_t *value);
	bool (*store)(void *context, struct hart *hart, uint64_t address, unsigned size,
		      uint64_t value);
	/*
	 * Something a correct program does not do (illegal instruction, fault, uncached FP load),
	 * with a one-line text. May be null. The first 16 of a kind are reported, later ones when
	 * their number is a power of two.
	 */
	void (*guest_error)(void *context, struct hart *hart, const char *text);
};

struct hart_config {
	unsigned id; /* value of mhartid */
	const struct hart_bus *bus;
	const struct hart_memory_region *regions;
	size_t region_count;
};

/*
 * Returns NULL when out of memory or when a region is not as described above. The configuration's
 * arrays and the bus must outlive the hart. Harts are not thread-safe; linked harts belong to one
 * thread.
 */
struct hart *hart_new(const struct hart_config *config);
void hart_free(struct hart *hart);

/*
 * Links two harts that share memory, in both directions: stores of one cancel the load reservation
 * of the other (64-byte granule) and drop code it has decoded.
 */
void hart_set_peer(struct hart *hart, struct hart *peer);

/*
 * Power-on state: registers and CSRs zero, interrupts off, pc as given. Interrupt lines, cycles and
 * the instruction count go on.
 */
void hart_reset(struct hart *hart, uint64_t pc);

/*
 * What a boot program has left in the CSRs, after hart_reset(): mtvec, mie (bits of
 * hart_interrupt_line) and floating point switched on (mstatus.FS).
 */
void hart_leave_boot_program(struct hart *hart, uint64_t trap_vector, uint64_t enabled_interrupts);

/*
 * Executes up to @budget instructions and returns how many were executed. *stop says why it
 * returned. Pending enabled interrupts are taken at entry, after CSR writes that enable them, after
 * mret, and when a line changes. A hart in WFI returns 0 with HART_STOP_WFI until a line wakes it
 * (a pending line wakes it even if mstatus.MIE is 0, as the architecture says).
 *
 * An instruction that raises an exception counts as executed (in budget and cycles, not in
 * minstret); taking an interrupt costs nothing.
 *
 * HART_STOP_SPIN: the hart ran a short loop (up to 96 instructions) of integer computation, jumps
 * and loads from memory, and came back to the same pc with the same registers: nothing but memory
 * written by another agent or an interrupt can end it. The board may then treat it as waiting.
 * Never reported wrongly; found within some thousand instructions, and again within two rounds of
 * the loop when the hart still idles at the next call.
 *
 * Host floating-point flags are undefined afterwards; a rounding mode other than nearest may have
 * been reset to that.
 */
uint64_t hart_run(struct hart *hart, uint64_t budget, enum hart_stop *stop);

/* From a bus callback: return from hart_run() after the current instruction. */
void hart_request_stop(struct hart *hart);

/* Level of an interrupt line; mip shows it live. */
void hart_set_line(struct hart *hart, enum hart_interrupt_line line, bool level);

/*
 * Another agent (DMA, KPU, loader) wrote [host, host+size): drop decoded code and reservations on
 * it, of this hart and its peer. Cheap where no code was decoded: some nanoseconds per 4 KiB.
 */
void hart_memory_written(struct hart *hart, const uint8_t *host, size_t size);

/*
 * The board's virtual time in CPU cycles; mcycle reads as this plus a writable offset. It is set by
 * the board before hart_run() and advances by one per instruction inside it. In a bus callback it
 * is the time before the accessing instruction.
 */
void hart_set_cycles(struct hart *hart, uint64_t cycles);
uint64_t hart_cycles(const struct hart *hart);

/* Inspection, for traces and tests. */
unsigned hart_id(const struct hart *hart);
uint64_t hart_pc(const struct hart *hart);
uint64_t hart_instruction_count(const struct hart *hart);
bool hart_in_wfi(const struct hart *hart);
uint64_t hart_read_x(const struct hart *hart, unsigned index);
void hart_write_x(struct hart *hart, unsigned index, uint64_t value);
uint64_t hart_read_f(const struct hart *hart, unsigned index);
void hart_write_f(struct hart *hart, unsigned index, uint64_t value);
/* Reads a CSR as an instruction would, without side effects. False: no such CSR. */
bool hart_read_csr(const struct hart *hart, unsigned number, uint64_t *value);

#endif
