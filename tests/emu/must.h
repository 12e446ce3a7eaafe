/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Calls of libkpu that may not fail; with the line of the test and the library's own sentence. */
#ifndef TESTS_EMU_MUST_H
#define TESTS_EMU_MUST_H

#include <check.h>
#include <kpu.h>

static inline void must_succeed(struct kpu_device *device, int rc, int line)
{
	struct kpu_error error = { 0 };

	if (rc < 0)
		kpu_last_error(device, &error);
	ck_assert_msg(rc >= 0, "line %d: %d: %s", line, rc, error.message);
}

/* Of the file's `device`. */
#define must(rc) must_succeed(device, rc, __LINE__)

#endif
