/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/emu/libkpu/suites.h"

struct kpu_device *open_emulated(const char *options)
{
	struct kpu_device *device;
	struct kpu_error error;
	char uri[256];

	snprintf(uri, sizeof(uri), "emu:%s", options);
	ck_assert_msg(kpu_open(uri, &device, &error) == 0, "%s", error.message);
	return device;
}

double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(void)
{
	Suite *suite = suite_create("libkpu on the firmware");
	SRunner *runner;
	int failed;

	/* Board and firmware are those of the plain build, whatever built this program. */
	setenv("KPU_EMULATOR", "build/bin/k210-emu", 0);
	setenv("KPU_FIRMWARE", "build/firmware/kpu-firmware.bin", 0);
	suite_add_tcase(suite, memory_tests());
	suite_add_tcase(suite, asynchronous_tests());
	suite_add_tcase(suite, speed_tests());
	suite_add_tcase(suite, flash_tests());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
