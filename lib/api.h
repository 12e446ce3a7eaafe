/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Marks what the shared library exports; everything else stays inside. */
#ifndef KPU_LIB_API_H
#define KPU_LIB_API_H

#include <kpu.h>

#define KPU_API __attribute__((visibility("default")))

#endif
