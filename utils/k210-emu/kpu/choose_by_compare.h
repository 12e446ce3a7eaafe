/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Picks the activation segment of each lane by one comparison per segment; see the template. */
#ifndef K210_EMU_KPU_CHOOSE_BY_COMPARE_H
#define K210_EMU_KPU_CHOOSE_BY_COMPARE_H

static inline __attribute__((always_inline)) void choose_by_compare(
	const struct kpu_finish_plan *plan, const lanes *value, lanes *offset, lanes *slope,
	lanes *bias)
{
	for (unsigned v = 0; v < VECTORS_AT_ONCE; v++) {
		offset[v] = lanes_set(plan->offset[0]);
		slope[v] = lanes_set(plan->slope[0]);
		bias[v] = lanes_set(plan->bias[0]);
	}
	for (unsigned i = 1; i < plan->segments; i++) {
		lanes above = lanes_set(plan->above[i]);
		lanes new_offset = lanes_set(plan->offset[i]);
		lanes new_slope = lanes_set(plan->slope[i]), new_bias = lanes_set(plan->bias[i]);

		for (unsigned v = 0; v < VECTORS_AT_ONCE; v++) {
			offset[v] = lanes_choose_above(value[v], above, new_offset, offset[v]);
			slope[v] = lanes_choose_above(value[v], above, new_slope, slope[v]);
			bias[v] = lanes_choose_above(value[v], above, new_bias, bias[v]);
		}
	}
}

#endif
