/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Error numbers of errors.def as an enumeration: KPU_STATUS_OK, KPU_STATUS_PARAM, ... */
#ifndef KPU_LINK_ERROR_H
#define KPU_LINK_ERROR_H

enum kpu_status {
	KPU_STATUS_OK = 0,
#define KPU_ERROR(name, number, sentence, next_step) KPU_STATUS_##name = number,
#include "link/errors.def"
#undef KPU_ERROR
};

#endif
