/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef TESTS_UNIT_CPU_SUITES_H
#define TESTS_UNIT_CPU_SUITES_H

#include <check.h>

TCase *traps_case(void);
TCase *csr_case(void);
TCase *run_case(void);
TCase *atomic_case(void);
TCase *code_cache_case(void);
TCase *spin_case(void);
TCase *floating_point_case(void);

#endif
