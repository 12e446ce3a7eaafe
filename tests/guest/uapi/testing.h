/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Counting checks in a static program without a test framework. Thread safe. */
#ifndef KPU_UAPI_TESTING_H
#define KPU_UAPI_TESTING_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

/* One pass or one failure; a failure is printed with its place. Returns the condition. */
#define CHECK(condition) testing_check((condition), __FILE__, __LINE__, #condition)
/* @call must return -1 with this errno. */
#define CHECK_ERRNO(number, call) testing_check_errno((call), (number), __FILE__, __LINE__, #call)

bool testing_check(bool good, const char *file, int line, const char *text);
bool testing_check_errno(long result, int number, const char *file, int line, const char *text);
/* Prints "NAME: N passed, N failed"; returns the exit status. */
int testing_finish(const char *name);
/* Added to bounds of what has to come: how long a host that is busy elsewhere may leave a guest
 * alone. Still well below what would come instead. */
#define TESTING_SLACK_S 5.0

/* Monotonic seconds. */
double testing_now(void);
void testing_sleep(double seconds);

#endif
