/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Decoder of the 32-bit forms (RISC-V user-level ISA manual 2.2, instruction set listings). */
#include <stdbool.h>

#include "utils/k210-emu/cpu/decode.h"

#define OP(name) OPERATION_##name

static uint32_t bits(uint32_t raw, unsigned low, unsigned count)
{
	return (raw >> low) & ((1u << count) - 1);
}

static uint32_t funct3(uint32_t raw)
{
	return bits(raw, 12, 3);
}

static uint32_t funct7(uint32_t raw)
{
	return bits(raw, 25, 7);
}

static int32_t sign_extend(uint32_t value, unsigned width)
{
	uint32_t sign = 1u << (width - 1);

	return (int32_t)((value ^ sign) - sign);
}

static int32_t immediate_i(uint32_t raw)
{
	return sign_extend(bits(raw, 20, 12), 12);
}

static int32_t immediate_s(uint32_t raw)
{
	return sign_extend(bits(raw, 25, 7) << 5 | bits(raw, 7, 5), 12);
}

static int32_t immediate_branch(uint32_t raw)
{
	return sign_extend(bits(raw, 31, 1) << 12 | bits(raw, 7, 1) << 11 | bits(raw, 25, 6) << 5 |
				   bits(raw, 8, 4) << 1,
			   13);
}

static int32_t immediate_jump(uint32_t raw)
{
	return sign_extend(bits(raw, 31, 1) << 20 | bits(raw, 12, 8) << 12 |
				   bits(raw, 20, 1) << 11 | bits(raw, 21, 10) << 1,
			   21);
}

static enum operation decode_load(uint32_t raw)
{
	static const enum operation table[8] = { OP(lb),  OP(lh),  OP(lw),  OP(ld),
						 OP(lbu), OP(lhu), OP(lwu), OP(illegal) };

	return table[funct3(raw)];
}

static enum operation decode_store(uint32_t raw)
{
	static const enum operation table[4] = { OP(sb), OP(sh), OP(sw), OP(sd) };

	return funct3(raw) < 4 ? table[funct3(raw)] : OP(illegal);
}

static enum operation decode_branch(uint32_t raw)
{
	static const enum operation table[8] = { OP(beq), OP(bne), OP(illegal), OP(illegal),
						 OP(blt), OP(bge), OP(bltu),    OP(bgeu) };

	return table[funct3(raw)];
}

static enum operation decode_op_imm(uint32_t raw, struct decoded *out)
{
	static const enum operation table[8] = { OP(addi), OP(slli), OP(slti), OP(sltiu),
						 OP(xori), OP(srli), OP(ori),  OP(andi) };
	uint32_t upper = bits(raw, 26, 6);

	if (funct3(raw) != 1 && funct3(raw) != 5)
		return table[funct3(raw)];
	out->imm = (int32_t)bits(raw, 20, 6);
	if (upper == 0x10 && funct3(raw) == 5)
		return OP(srai);
	return upper == 0 ? table[funct3(raw)] : OP(illegal);
}

static enum operation decode_op_imm_32(uint32_t raw, struct decoded *out)
{
	if (funct3(raw) == 0)
		return OP(addiw);
	out->imm = (int32_t)bits(raw, 20, 5);
	if (funct3(raw) == 1 && funct7(raw) == 0)
		return OP(slliw);
	if (funct3(raw) == 5 && funct7(raw) == 0)
		return OP(srliw);
	if (funct3(raw) == 5 && funct7(raw) == 0x20)
		return OP(sraiw);
	return OP(illegal);
}

static enum operation decode_op(uint32_t raw)
{
	static const enum operation base[8] = { OP(add), OP(sll), OP(slt), OP(sltu),
						OP(xor), OP(srl), OP(or),  OP(and) };
	static const enum operation multiply[8] = { OP(mul), OP(mulh), OP(mulhsu), OP(mulhu),
						    OP(div), OP(divu), OP(rem),    OP(remu) };

	switch (funct7(raw)) {
	case 0:
		return base[funct3(raw)];
	case 1:
		return multiply[funct3(raw)];
	case 0x20:
		if (funct3(raw) == 0)
			return OP(sub);
		return funct3(raw) == 5 ? OP(sra) : OP(illegal);
	default:
		return OP(illegal);
	}
}

static enum operation decode_op_32(uint32_t raw)
{
	switch (funct7(raw) << 3 | funct3(raw)) {
	case 0x000:
		return OP(addw);
	case 0x001:
		return OP(sllw);
	case 0x005:
		return OP(srlw);
	case 0x100:
		return OP(subw);
	case 0x105:
		return OP(sraw);
	case 0x008:
		return OP(mulw);
	case 0x00c:
		return OP(divw);
	case 0x00d:
		return OP(divuw);
	case 0x00e:
		return OP(remw);
	case 0x00f:
		return OP(remuw);
	default:
		return OP(illegal);
	}
}

static enum operation decode_amo(uint32_t raw)
{
	bool wide = funct3(raw) == 3;

	if (funct3(raw) != 2 && funct3(raw) != 3)
		return OP(illegal);
	switch (bits(raw, 27, 5)) {
	case 0x00:
		return wide ? OP(amoadd_d) : OP(amoadd_w);
	case 0x01:
		return wide ? OP(amoswap_d) : OP(amoswap_w);
	case 0x02:
		if (bits(raw, 20, 5))
			return OP(illegal);
		return wide ? OP(lr_d) : OP(lr_w);
	case 0x03:
		return wide ? OP(sc_d) : OP(sc_w);
	case 0x04:
		return wide ? OP(amoxor_d) : OP(amoxor_w);
	case 0x08:
		return wide ? OP(amoor_d) : OP(amoor_w);
	case 0x0c:
		return wide ? OP(amoand_d) : OP(amoand_w);
	case 0x10:
		return wide ? OP(amomin_d) : OP(amomin_w);
	case 0x14:
		return wide ? OP(amomax_d) : OP(amomax_w);
	case 0x18:
		return wide ? OP(amominu_d) : OP(amominu_w);
	case 0x1c:
		return wide ? OP(amomaxu_d) : OP(amomaxu_w);
	default:
		return OP(illegal);
	}
}

static enum operation decode_system(uint32_t raw, struct decoded *out)
{
	static const enum operation table[8] = { OP(illegal), OP(csrrw),  OP(csrrs),  OP(csrrc),
						 OP(illegal), OP(csrrwi), OP(csrrsi), OP(csrrci) };

	out->imm = (int32_t)bits(raw, 20, 12);
	switch (raw) {
	case 0x00000073:
		return OP(ecall);
	case 0x00100073:
		return OP(ebreak);
	case 0x30200073:
		return OP(mret);
	case 0x10500073:
		return OP(wfi);
	default:
		return table[funct3(raw)];
	}
}

static enum operation decode_misc_mem(uint32_t raw)
{
	if (funct3(raw) == 0)
		return OP(fence);
	return funct3(raw) == 1 ? OP(fence_i) : OP(illegal);
}

static enum operation decode_fused(uint32_t raw)
{
	static const enum operation table[4][2] = { { OP(fmadd_s), OP(fmadd_d) },
						    { OP(fmsub_s), OP(fmsub_d) },
						    { OP(fnmsub_s), OP(fnmsub_d) },
						    { OP(fnmadd_s), OP(fnmadd_d) } };
	uint32_t format = bits(raw, 25, 2);
	uint32_t rounding = funct3(raw);

	if (format > 1 || rounding == 5 || rounding == 6)
		return OP(illegal);
	return table[bits(raw, 2, 2)][format];
}

/* Operations without a rounding mode: funct3 selects among them. */
static enum operation decode_fp_select(uint32_t group, uint32_t select, bool wide)
{
	switch (group << 3 | select) {
	case 0x04 << 3 | 0:
		return wide ? OP(fsgnj_d) : OP(fsgnj_s);
	case 0x04 << 3 | 1:
		return wide ? OP(fsgnjn_d) : OP(fsgnjn_s);
	case 0x04 << 3 | 2:
		return wide ? OP(fsgnjx_d) : OP(fsgnjx_s);
	case 0x05 << 3 | 0:
		return wide ? OP(fmin_d) : OP(fmin_s);
	case 0x05 << 3 | 1:
		return wide ? OP(fmax_d) : OP(fmax_s);
	case 0x14 << 3 | 0:
		return wide ? OP(fle_d) : OP(fle_s);
	case 0x14 << 3 | 1:
		return wide ? OP(flt_d) : OP(flt_s);
	case 0x14 << 3 | 2:
		return wide ? OP(feq_d) : OP(feq_s);
	default:
		return OP(illegal);
	}
}

/* Moves and classification: rs2 is zero. */
static enum operation decode_fp_move(uint32_t group, uint32_t select, bool wide)
{
	if (group == 0x1c && select == 0)
		return wide ? OP(fmv_x_d) : OP(fmv_x_w);
	if (group == 0x1c && select == 1)
		return wide ? OP(fclass_d) : OP(fclass_s);
	if (group == 0x1e && select == 0)
		return wide ? OP(fmv_d_x) : OP(fmv_w_x);
	return OP(illegal);
}

static enum operation decode_fp_convert(uint32_t group, uint32_t rs2, bool wide)
{
	static const enum operation to_integer[4][2] = { { OP(fcvt_w_s), OP(fcvt_w_d) },
							 { OP(fcvt_wu_s), OP(fcvt_wu_d) },
							 { OP(fcvt_l_s), OP(fcvt_l_d) },
							 { OP(fcvt_lu_s), OP(fcvt_lu_d) } };
	static const enum operation from_integer[4][2] = { { OP(fcvt_s_w), OP(fcvt_d_w) },
							   { OP(fcvt_s_wu), OP(fcvt_d_wu) },
							   { OP(fcvt_s_l), OP(fcvt_d_l) },
							   { OP(fcvt_s_lu), OP(fcvt_d_lu) } };

	if (group == 0x08)
		return rs2 == !wide ? (wide ? OP(fcvt_d_s) : OP(fcvt_s_d)) : OP(illegal);
	if (rs2 > 3)
		return OP(illegal);
	return group == 0x18 ? to_integer[rs2][wide] : from_integer[rs2][wide];
}

static enum operation decode_fp(uint32_t raw)
{
	uint32_t group = bits(raw, 27, 5);
	uint32_t rs2 = bits(raw, 20, 5);
	bool wide = bits(raw, 25, 1);

	if (bits(raw, 25, 2) > 1)
		return OP(illegal);
	if (group == 0x04 || group == 0x05 || group == 0x14)
		return decode_fp_select(group, funct3(raw), wide);
	if (group == 0x1c || group == 0x1e)
		return rs2 ? OP(illegal) : decode_fp_move(group, funct3(raw), wide);
	if (funct3(raw) == 5 || funct3(raw) == 6)
		return OP(illegal);
	switch (group) {
	case 0x00:
		return wide ? OP(fadd_d) : OP(fadd_s);
	case 0x01:
		return wide ? OP(fsub_d) : OP(fsub_s);
	case 0x02:
		return wide ? OP(fmul_d) : OP(fmul_s);
	case 0x03:
		return wide ? OP(fdiv_d) : OP(fdiv_s);
	case 0x0b:
		if (rs2)
			return OP(illegal);
		return wide ? OP(fsqrt_d) : OP(fsqrt_s);
	case 0x08:
	case 0x18:
	case 0x1a:
		return decode_fp_convert(group, rs2, wide);
	default:
		return OP(illegal);
	}
}

static enum operation decode_fp_memory(uint32_t raw, enum operation single, enum operation dual)
{
	if (funct3(raw) == 2)
		return single;
	return funct3(raw) == 3 ? dual : OP(illegal);
}

static enum operation decode_upper(uint32_t raw, struct decoded *out, enum operation operation)
{
	out->imm = (int32_t)(raw & 0xfffff000);
	return operation;
}

struct decoded decode_wide(uint32_t raw)
{
	struct decoded out = {
		.operation = OP(illegal),
		.rd = (uint8_t)bits(raw, 7, 5),
		.rs1 = (uint8_t)bits(raw, 15, 5),
		.rs2 = (uint8_t)bits(raw, 20, 5),
		.rs3 = (uint8_t)bits(raw, 27, 5),
		.rounding = (uint8_t)funct3(raw),
		.imm = immediate_i(raw),
	};

	switch (raw & 0x7f) {
	case 0x03:
		out.operation = decode_load(raw);
		break;
	case 0x07:
		out.operation = decode_fp_memory(raw, OP(flw), OP(fld));
		break;
	case 0x0f:
		out.operation = decode_misc_mem(raw);
		break;
	case 0x13:
		out.operation = decode_op_imm(raw, &out);
		break;
	case 0x17:
		out.operation = decode_upper(raw, &out, OP(auipc));
		break;
	case 0x1b:
		out.operation = decode_op_imm_32(raw, &out);
		break;
	case 0x23:
		out.imm = immediate_s(raw);
		out.operation = decode_store(raw);
		break;
	case 0x27:
		out.imm = immediate_s(raw);
		out.operation = decode_fp_memory(raw, OP(fsw), OP(fsd));
		break;
	case 0x2f:
		out.operation = decode_amo(raw);
		break;
	case 0x33:
		out.operation = decode_op(raw);
		break;
	case 0x37:
		out.operation = decode_upper(raw, &out, OP(li));
		break;
	case 0x3b:
		out.operation = decode_op_32(raw);
		break;
	case 0x43:
	case 0x47:
	case 0x4b:
	case 0x4f:
		out.operation = decode_fused(raw);
		break;
	case 0x53:
		out.operation = decode_fp(raw);
		break;
	case 0x63:
		out.imm = immediate_branch(raw);
		out.operation = decode_branch(raw);
		break;
	case 0x67:
		out.operation = funct3(raw) == 0 ? OP(jalr) : OP(illegal);
		break;
	case 0x6f:
		out.imm = immediate_jump(raw);
		out.operation = OP(jal);
		break;
	case 0x73:
		out.operation = decode_system(raw, &out);
		break;
	default:
		break;
	}
	return out;
}
