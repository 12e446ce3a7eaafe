/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Control and status registers of draft 1.9.1 with machine mode only (numbers and fields: K210
 * standalone SDK, bsp/include/encoding.h).
 */
#include "utils/k210-emu/cpu/core.h"

enum csr_number {
	CSR_FFLAGS = 0x001,
	CSR_FRM = 0x002,
	CSR_FCSR = 0x003,
	CSR_MSTATUS = 0x300,
	CSR_MISA = 0x301,
	CSR_MEDELEG = 0x302,
	CSR_MIDELEG = 0x303,
	CSR_MIE = 0x304,
	CSR_MTVEC = 0x305,
	CSR_MUCOUNTEREN = 0x320,
	CSR_MHCOUNTEREN = 0x322,
	CSR_MHPMEVENT3 = 0x323,
	CSR_MHPMEVENT31 = 0x33f,
	CSR_MSCRATCH = 0x340,
	CSR_MEPC = 0x341,
	CSR_MCAUSE = 0x342,
	CSR_MBADADDR = 0x343,
	CSR_MIP = 0x344,
	CSR_MCYCLE = 0xb00,
	CSR_MINSTRET = 0xb02,
	CSR_MHPMCOUNTER3 = 0xb03,
	CSR_MHPMCOUNTER31 = 0xb1f,
	CSR_CYCLE = 0xc00,
	CSR_INSTRET = 0xc02,
	CSR_HPMCOUNTER3 = 0xc03,
	CSR_HPMCOUNTER31 = 0xc1f,
	CSR_MVENDORID = 0xf11,
	CSR_MIMPID = 0xf13,
	CSR_MHARTID = 0xf14,
};

#define MSTATUS_MIE      ((uint64_t)1 << 3)
#define MSTATUS_MPIE     ((uint64_t)1 << 7)
#define MSTATUS_MPP      ((uint64_t)3 << 11)
#define MSTATUS_FS_SHIFT 13
#define MSTATUS_SD       ((uint64_t)1 << 63)

/* RV64 with A, C, D, F, I, M; S and U are not modelled and not claimed. */
#define MISA ((uint64_t)2 << 62 | 1u << 0 | 1u << 2 | 1u << 3 | 1u << 5 | 1u << 8 | 1u << 12)

#define INTERRUPT_MASK                                                        \
	((uint64_t)1 << HART_LINE_SOFTWARE | (uint64_t)1 << HART_LINE_TIMER | \
	 (uint64_t)1 << HART_LINE_EXTERNAL)

static uint64_t read_mstatus(const struct hart *hart)
{
	uint64_t value = MSTATUS_MPP | (uint64_t)hart->fs << MSTATUS_FS_SHIFT;

	if (hart->mie_enabled)
		value |= MSTATUS_MIE;
	if (hart->mpie)
		value |= MSTATUS_MPIE;
	if (hart->fs == FP_DIRTY)
		value |= MSTATUS_SD;
	return value;
}

static uint64_t read_mcycle(const struct hart *hart)
{
	return cycles_now(hart) + hart->mcycle_offset;
}

static uint64_t read_minstret(const struct hart *hart)
{
	return hart->instructions_end - hart->remaining - hart->trapped + hart->minstret_offset;
}

/* Present, but without content: delegation, event counters, counter enables, identification. */
static bool reads_as_zero(unsigned number)
{
	return number == CSR_MEDELEG || number == CSR_MIDELEG ||
	       (number >= CSR_MUCOUNTEREN && number <= CSR_MHCOUNTEREN) ||
	       (number >= CSR_MHPMEVENT3 && number <= CSR_MHPMEVENT31) ||
	       (number >= CSR_MHPMCOUNTER3 && number <= CSR_MHPMCOUNTER31) ||
	       (number >= CSR_HPMCOUNTER3 && number <= CSR_HPMCOUNTER31) ||
	       (number >= CSR_MVENDORID && number <= CSR_MIMPID);
}

static bool read_machine(const struct hart *hart, unsigned number, uint64_t *value)
{
	switch (number) {
	case CSR_MSTATUS:
		*value = read_mstatus(hart);
		return true;
	case CSR_MISA:
		*value = MISA;
		return true;
	case CSR_MIE:
		*value = hart->mie;
		return true;
	case CSR_MTVEC:
		*value = hart->mtvec;
		return true;
	case CSR_MSCRATCH:
		*value = hart->mscratch;
		return true;
	case CSR_MEPC:
		*value = hart->mepc;
		return true;
	case CSR_MCAUSE:
		*value = hart->mcause;
		return true;
	case CSR_MBADADDR:
		*value = hart->mtval;
		return true;
	case CSR_MIP:
		*value = hart->mip;
		return true;
	case CSR_MHARTID:
		*value = hart->config.id;
		return true;
	default:
		*value = 0;
		return reads_as_zero(number);
	}
}

bool csr_read(const struct hart *hart, unsigned number, uint64_t *value)
{
	switch (number) {
	case CSR_FFLAGS:
		*value = hart->fflags;
		return true;
	case CSR_FRM:
		*value = hart->frm;
		return true;
	case CSR_FCSR:
		*value = (uint64_t)hart->frm << 5 | hart->fflags;
		return true;
	case CSR_MCYCLE:
	case CSR_CYCLE:
		*value = read_mcycle(hart);
		return true;
	case CSR_MINSTRET:
	case CSR_INSTRET:
		*value = read_minstret(hart);
		return true;
	default:
		return read_machine(hart, number, value);
	}
}

static void write_fp(struct hart *hart, unsigned number, uint64_t value)
{
	if (number == CSR_FRM)
		hart->frm = value & 7;
	else
		hart->fflags = value & 31;
	if (number == CSR_FCSR)
		hart->frm = value >> 5 & 7;
	hart->fs = FP_DIRTY;
}

static void write_mstatus(struct hart *hart, uint64_t value)
{
	hart->mie_enabled = value & MSTATUS_MIE;
	hart->mpie = value & MSTATUS_MPIE;
	hart->fs = value >> MSTATUS_FS_SHIFT & 3;
	if (hart->fs == FP_OFF)
		hart->fp_owned = false;
}

bool csr_write(struct hart *hart, unsigned number, uint64_t value)
{
	uint64_t old;

	switch (number) {
	case CSR_FFLAGS:
	case CSR_FRM:
	case CSR_FCSR:
		write_fp(hart, number, value);
		return true;
	case CSR_MSTATUS:
		write_mstatus(hart, value);
		return true;
	case CSR_MIE:
		hart->mie = value & INTERRUPT_MASK;
		return true;
	case CSR_MTVEC:
		hart->mtvec = value & ~(uint64_t)3;
		return true;
	case CSR_MSCRATCH:
		hart->mscratch = value;
		return true;
	case CSR_MEPC:
		hart->mepc = value & ~(uint64_t)1;
		return true;
	case CSR_MCAUSE:
		hart->mcause = value;
		return true;
	case CSR_MBADADDR:
		hart->mtval = value;
		return true;
	/* The next instruction reads what was written: this one's own step does not count. */
	case CSR_MCYCLE:
		hart->mcycle_offset = value - (cycles_now(hart) + 1);
		return true;
	case CSR_MINSTRET:
		hart->minstret_offset += value - (read_minstret(hart) + 1);
		return true;
	default:
		/* Both top bits of the number set: read-only; the rest ignores writes. */
		return (number >> 10 & 3) != 3 && csr_read(hart, number, &old);
	}
}

bool hart_read_csr(const struct hart *hart, unsigned number, uint64_t *value)
{
	return csr_read(hart, number, value);
}
