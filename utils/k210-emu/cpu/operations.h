/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The list of operations the decoder can produce. Every operation is one function (a "handler"); an
 * operation with a compressed encoding has two, because the length of the instruction is a constant
 * in the handler: reading it from memory would put a load on the critical path of every step.
 *
 * Some operations have no encoding of their own: li and mv are addi and add with x0, the *_far
 * forms are jumps that leave the 4 KiB page.
 */
#ifndef K210_EMU_CPU_OPERATIONS_H
#define K210_EMU_CPU_OPERATIONS_H

/* clang-format off */

/* Pure: changes only integer registers and pc. Loads count; device loads are noticed apart. */
#define OPERATIONS_PURE_SHORT(X) \
	X(addi) X(li) X(mv) X(addiw) X(add) X(addw) X(sub) X(subw) X(xor) X(or) X(and) X(andi) \
	X(slli) X(srli) X(srai) X(lw) X(ld) X(j) X(j_far) X(jalr) \
	X(beq) X(bne) X(beq_far) X(bne_far)

#define OPERATIONS_PURE_WIDE(X) \
	X(slti) X(sltiu) X(xori) X(ori) X(slliw) X(srliw) X(sraiw) X(auipc) \
	X(sll) X(slt) X(sltu) X(srl) X(sra) X(sllw) X(srlw) X(sraw) \
	X(mul) X(mulh) X(mulhsu) X(mulhu) X(div) X(divu) X(rem) X(remu) \
	X(mulw) X(divw) X(divuw) X(remw) X(remuw) \
	X(lb) X(lh) X(lbu) X(lhu) X(lwu) X(fence) X(jal) X(jal_far) \
	X(blt) X(bge) X(bltu) X(bgeu) X(blt_far) X(bge_far) X(bltu_far) X(bgeu_far)

#define OPERATIONS_OTHER_SHORT(X) \
	X(sw) X(sd) X(fld) X(fsd) X(ebreak) X(illegal)

#define OPERATIONS_OTHER_WIDE(X) \
	X(sb) X(sh) X(fence_i) X(ecall) X(mret) X(wfi) \
	X(csrrw) X(csrrs) X(csrrc) X(csrrwi) X(csrrsi) X(csrrci) \
	X(lr_w) X(sc_w) X(amoswap_w) X(amoadd_w) X(amoxor_w) X(amoand_w) X(amoor_w) \
	X(amomin_w) X(amomax_w) X(amominu_w) X(amomaxu_w) \
	X(lr_d) X(sc_d) X(amoswap_d) X(amoadd_d) X(amoxor_d) X(amoand_d) X(amoor_d) \
	X(amomin_d) X(amomax_d) X(amominu_d) X(amomaxu_d) \
	X(flw) X(fsw) \
	X(fadd_s) X(fsub_s) X(fmul_s) X(fdiv_s) X(fsqrt_s) \
	X(fmadd_s) X(fmsub_s) X(fnmsub_s) X(fnmadd_s) \
	X(fsgnj_s) X(fsgnjn_s) X(fsgnjx_s) X(fmin_s) X(fmax_s) X(fle_s) X(flt_s) X(feq_s) \
	X(fclass_s) X(fmv_x_w) X(fmv_w_x) \
	X(fcvt_w_s) X(fcvt_wu_s) X(fcvt_l_s) X(fcvt_lu_s) \
	X(fcvt_s_w) X(fcvt_s_wu) X(fcvt_s_l) X(fcvt_s_lu) X(fcvt_s_d) \
	X(fadd_d) X(fsub_d) X(fmul_d) X(fdiv_d) X(fsqrt_d) \
	X(fmadd_d) X(fmsub_d) X(fnmsub_d) X(fnmadd_d) \
	X(fsgnj_d) X(fsgnjn_d) X(fsgnjx_d) X(fmin_d) X(fmax_d) X(fle_d) X(flt_d) X(feq_d) \
	X(fclass_d) X(fmv_x_d) X(fmv_d_x) \
	X(fcvt_w_d) X(fcvt_wu_d) X(fcvt_l_d) X(fcvt_lu_d) \
	X(fcvt_d_w) X(fcvt_d_wu) X(fcvt_d_l) X(fcvt_d_lu) X(fcvt_d_s)

/* clang-format on */

#define OPERATION_NAME(name) OPERATION_##name,
enum operation {
	OPERATIONS_PURE_SHORT(OPERATION_NAME)
	OPERATIONS_PURE_WIDE(OPERATION_NAME) OPERATION_FIRST_IMPURE,
	OPERATION_BEFORE_IMPURE = OPERATION_FIRST_IMPURE - 1,
	OPERATIONS_OTHER_SHORT(OPERATION_NAME) OPERATIONS_OTHER_WIDE(OPERATION_NAME) OPERATION_COUNT
};
#undef OPERATION_NAME

#endif
