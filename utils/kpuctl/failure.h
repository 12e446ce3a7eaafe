/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_FAILURE_H
#define KPUCTL_FAILURE_H

#include <kpu.h>

/* Fills *error with the code, the sentence and the code's next step; returns -code. Characters that
 * a terminal would act upon become question marks: names come from files. */
int fail(struct kpu_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for any text that is printed. */
void make_printable(char *text);

#endif
