/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "testing.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static atomic_uint passed, failed;

bool testing_check(bool good, const char *file, int line, const char *text)
{
	if (good) {
		atomic_fetch_add(&passed, 1);
	} else {
		atomic_fetch_add(&failed, 1);
		printf("%s:%d: FAILED: %s\n", file, line, text);
		fflush(stdout);
	}
	return good;
}

bool testing_check_errno(long result, int number, const char *file, int line, const char *text)
{
	int error = errno;
	char message[256];

	if (result == -1 && error == number)
		return testing_check(true, file, line, text);
	snprintf(message, sizeof(message), "%s: wanted %s, got %ld %s", text, strerror(number),
		 result, result == -1 ? strerror(error) : "");
	return testing_check(false, file, line, message);
}

int testing_finish(const char *name)
{
	printf("%s: %u passed, %u failed\n", name, atomic_load(&passed), atomic_load(&failed));
	fflush(stdout);
	return atomic_load(&failed) || !atomic_load(&passed);
}

double testing_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void testing_sleep(double seconds)
{
	struct timespec left = { .tv_sec = (time_t)seconds };

	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (nanosleep(&left, &left) && errno == EINTR)
		;
}
