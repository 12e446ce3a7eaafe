/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* How the library's functions say what went wrong. */
#ifndef KPU_LIB_ERROR_H
#define KPU_LIB_ERROR_H

#include <kpu.h>

/*
 * Fills *error (may be NULL) with @code (enum kpu_error_code, positive), the sentence and the
 * code's usual next step. A NULL @format takes the code's usual sentence. Returns -code.
 */
int kpu_fail(struct kpu_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Replaces the next step of an error set by kpu_fail(). */
void kpu_error_advise(struct kpu_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* kpu_fail() for memory that malloc() would not give. */
int kpu_fail_memory(struct kpu_error *error);
/* kpu_fail() for one job more than the @most that a device may have. */
int kpu_fail_jobs(struct kpu_error *error, unsigned most);

/* Does the table have this (positive) number? Numbers from a board or driver are not trusted. */
bool kpu_error_known(int code);

#endif
