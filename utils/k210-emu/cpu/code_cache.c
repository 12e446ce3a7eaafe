/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Pre-decoded instructions: one code page per executed guest page and hart. Aliases of the same
 * memory are decoded separately, because jumps depend on the address.
 */
#include <stdlib.h>

#include "utils/k210-emu/cpu/core.h"
#include "utils/k210-emu/cpu/decode.h"

static void reset_slots(struct code_page *page)
{
	for (unsigned slot = 0; slot < SLOTS_PER_PAGE; slot++)
		page->slots[slot].run = op_decode;
	page->slots[SLOTS_PER_PAGE].run = op_page_end;
	page->slots[SLOTS_PER_PAGE + 1].run = op_page_end;
	page->code_lines = 0;
}

static struct code_page *code_page_get(struct hart *hart, uint32_t number)
{
	struct code_page *page = hart->code[number];

	if (page || !hart->load_page[number])
		return page;
	page = malloc(sizeof(*page));
	if (!page)
		return NULL;
	page->number = number;
	reset_slots(page);
	page->next = hart->code_pages;
	hart->code_pages = page;
	hart->code[number] = page;
	return page;
}

const struct insn *code_lookup(struct hart *hart, uint64_t pc)
{
	struct code_page *page = code_page_get(hart, page_number(pc));

	if (!page)
		return NULL;
	hart->page_pc = pc & ~(uint64_t)(PAGE_BYTES - 1);
	hart->page_slots = page->slots;
	return &page->slots[page_offset(pc) / 2];
}

void code_drop_all(struct hart *hart)
{
	for (struct code_page *page = hart->code_pages; page; page = page->next)
		if (page->code_lines)
			reset_slots(page);
}

void code_free(struct hart *hart)
{
	struct code_page *next;

	for (struct code_page *page = hart->code_pages; page; page = next) {
		next = page->next;
		free(page);
	}
	hart->code_pages = NULL;
}

/* Remembers that a decoded slot depends on these bytes and has stores to them watched. */
static void mark_code(struct hart *hart, struct code_page *page, unsigned offset, unsigned size)
{
	uint8_t *host = hart->load_page[page->number];

	page->code_lines |= (uint64_t)1 << (offset >> LINE_SHIFT);
	page->code_lines |= (uint64_t)1 << ((offset + size - 1) >> LINE_SHIFT);
	watch_range(hart, host, PAGE_BYTES);
}

/* Fetches the instruction at @offset; length 0: its second half lies in no memory. */
static unsigned fetch(struct hart *hart, struct code_page *page, unsigned offset, uint32_t *raw)
{
	const uint8_t *host = hart->load_page[page->number] + offset;
	uint16_t half;
	struct code_page *next;

	memcpy(&half, host, sizeof(half));
	*raw = half;
	if ((half & 3) != 3) {
		mark_code(hart, page, offset, 2);
		return 2;
	}
	if (offset + 4 <= PAGE_BYTES) {
		memcpy(raw, host, sizeof(*raw));
		mark_code(hart, page, offset, 4);
		return 4;
	}
	next = code_page_get(hart, (page->number + 1) & (PAGE_COUNT - 1));
	if (!next)
		return 0;
	memcpy(&half, hart->load_page[next->number], sizeof(half));
	*raw |= (uint32_t)half << 16;
	mark_code(hart, page, offset, 2);
	mark_code(hart, next, 0, 2);
	return 4;
}

static enum operation far_form(enum operation operation)
{
	switch (operation) {
	case OPERATION_beq:
		return OPERATION_beq_far;
	case OPERATION_bne:
		return OPERATION_bne_far;
	case OPERATION_blt:
		return OPERATION_blt_far;
	case OPERATION_bge:
		return OPERATION_bge_far;
	case OPERATION_bltu:
		return OPERATION_bltu_far;
	case OPERATION_bgeu:
		return OPERATION_bgeu_far;
	case OPERATION_jal:
		return OPERATION_jal_far;
	case OPERATION_j:
		return OPERATION_j_far;
	default:
		return operation;
	}
}

/* Replaces what depends on the place of the instruction or has a cheaper form. */
static void specialise(struct decoded *decoded, unsigned offset)
{
	enum operation operation = decoded->operation;

	if (operation == OPERATION_addi && decoded->rs1 == 0)
		decoded->operation = OPERATION_li;
	if (operation == OPERATION_addi && decoded->imm == 0)
		decoded->operation = OPERATION_mv;
	if (operation == OPERATION_add && decoded->rs1 == 0) {
		decoded->operation = OPERATION_mv;
		decoded->rs1 = decoded->rs2;
	}
	if (operation == OPERATION_auipc)
		decoded->imm += (int32_t)offset;
	if (operation == OPERATION_jal && decoded->rd == 0)
		decoded->operation = OPERATION_j;
	if (far_form(decoded->operation) == decoded->operation)
		return;
	if ((uint32_t)((int32_t)offset + decoded->imm) < PAGE_BYTES)
		decoded->imm /= 2;
	else
		decoded->operation = far_form(decoded->operation);
}

static bool is_fused(enum operation operation)
{
	return (operation >= OPERATION_fmadd_s && operation <= OPERATION_fnmadd_s) ||
	       (operation >= OPERATION_fmadd_d && operation <= OPERATION_fnmadd_d);
}

/* Operations whose destination is a floating-point register, where number 0 is an ordinary one. */
static bool writes_fp(enum operation operation)
{
	if (operation == OPERATION_fld || operation == OPERATION_flw)
		return true;
	if (operation < OPERATION_fadd_s)
		return false;
	switch (operation) {
	case OPERATION_fle_s:
	case OPERATION_flt_s:
	case OPERATION_feq_s:
	case OPERATION_fclass_s:
	case OPERATION_fmv_x_w:
	case OPERATION_fcvt_w_s:
	case OPERATION_fcvt_wu_s:
	case OPERATION_fcvt_l_s:
	case OPERATION_fcvt_lu_s:
	case OPERATION_fle_d:
	case OPERATION_flt_d:
	case OPERATION_feq_d:
	case OPERATION_fclass_d:
	case OPERATION_fmv_x_d:
	case OPERATION_fcvt_w_d:
	case OPERATION_fcvt_wu_d:
	case OPERATION_fcvt_l_d:
	case OPERATION_fcvt_lu_d:
		return false;
	default:
		return true;
	}
}

bool code_decode(struct hart *hart, struct code_page *page, unsigned slot)
{
	struct insn *insn = &page->slots[slot];
	struct decoded decoded;
	uint32_t raw;
	unsigned length = fetch(hart, page, slot * 2, &raw);

	if (!length)
		return false;
	decoded = decode_wide(length == 2 ? expand_compressed((uint16_t)raw) : raw);
	specialise(&decoded, slot * 2);
	insn->imm = is_fused(decoded.operation) ? decoded.rs3 : decoded.imm;
	insn->rd = decoded.rd;
	if (insn->rd == 0 && !writes_fp(decoded.operation))
		insn->rd = REGISTER_SINK;
	insn->rs1 = decoded.rs1;
	insn->rs2 = decoded.rs2;
	insn->extra = decoded.rounding;
	if (decoded.operation < OPERATION_FIRST_IMPURE)
		insn->extra = INSN_PURE;
	insn->run = operation_handler(decoded.operation, length);
	return true;
}

void op_decode(OPERATION_PARAMETERS)
{
	struct code_page *page = hart->code[page_number(hart->page_pc)];

	if (!code_decode(hart, page, (unsigned)(insn - page->slots))) {
		core_trap(hart, insn, remaining, CAUSE_FETCH_ACCESS, hart->page_pc + PAGE_BYTES);
		return;
	}
	core_dispatch(hart, insn, remaining);
}

void op_page_end(OPERATION_PARAMETERS)
{
	core_goto(hart, insn_pc(hart, insn), remaining);
}
