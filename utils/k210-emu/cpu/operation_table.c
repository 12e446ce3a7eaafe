/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/cpu/core.h"

#define SHORT_ROW(name) [OPERATION_##name] = { op_##name##_short, op_##name##_wide },
#define WIDE_ROW(name)  [OPERATION_##name] = { op_illegal_short, op_##name##_wide },

static operation_fn *const handlers[OPERATION_COUNT][2] = {
	OPERATIONS_PURE_SHORT(SHORT_ROW) OPERATIONS_PURE_WIDE(WIDE_ROW)
		OPERATIONS_OTHER_SHORT(SHORT_ROW) OPERATIONS_OTHER_WIDE(WIDE_ROW)
};

operation_fn *operation_handler(enum operation operation, unsigned length)
{
	return handlers[operation][length == 4];
}
