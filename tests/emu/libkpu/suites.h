/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef TESTS_EMU_LIBKPU_SUITES_H
#define TESTS_EMU_LIBKPU_SUITES_H

#include <check.h>
#include <kpu.h>

TCase *memory_tests(void);
TCase *asynchronous_tests(void);
TCase *speed_tests(void);
TCase *flash_tests(void);

/* An emulated board; fails the test when there is none. */
struct kpu_device *open_emulated(const char *options);
double seconds(void);

#endif
