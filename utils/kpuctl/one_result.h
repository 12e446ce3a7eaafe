/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_ONE_RESULT_H
#define KPUCTL_ONE_RESULT_H

#include <kpu.h>

/* One run of a model, and what becomes of the one tensor that it brings back. */
struct one_result {
	const char *out; /* where it is written to; NULL: nowhere */
	struct kpu_target target;
	enum kpu_resize resize;
	/* Returns an exit code. */
	int (*use)(const struct kpu_tensor *tensor, const void *request);
	const void *request;
};

/*
 * @arguments: the model, and a picture or file of numbers. All that can be wrong with them, the
 * target and @out is found before a board is asked for. Returns an exit code, the message has been
 * printed.
 */
int run_for_one_result(char **arguments, const struct one_result *wanted);

#endif
