/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A client that has the device open while the board dies: asks for the board's memory until that
 * fails for good, and prints what it was told. Time-outs and resets come before the end.
 *
 *   until_dead URI
 */
#include <kpu.h>
#include <stdio.h>
#include <unistd.h>

#define ATTEMPTS 600

int main(int argc, char **argv)
{
	struct kpu_device *device;
	struct kpu_memory memory;
	struct kpu_error error;

	if (argc != 2 || kpu_open(argv[1], &device, &error) < 0) {
		fprintf(stderr, "until_dead: %s\n", argc == 2 ? error.message : "one URI");
		return 2;
	}
	for (int i = 0; i < ATTEMPTS; i++) {
		int rc = kpu_memory(device, &memory);

		if (rc < 0 && rc != -KPU_ERR_TIMEOUT && rc != -KPU_ERR_BOARD_RESET) {
			kpu_last_error(device, &error);
			printf("%s: %s\n", kpu_error_name(rc), error.message);
			break;
		}
		usleep(100000);
	}
	kpu_close(device);
	return 0;
}
