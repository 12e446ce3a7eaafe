/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Compiled by staged.sh with nothing but what pkg-config says about the installed library. */
#include <kpu.h>
#include <stdio.h>

int main(void)
{
	struct kpu_device *device;
	struct kpu_error error;
	struct kpu_memory memory;

	if (kpu_open("emu:", &device, &error) < 0) {
		fprintf(stderr, "%s (%s)\n", error.message, error.next_step);
		return 1;
	}
	if (kpu_memory(device, &memory) < 0)
		return 1;
	printf("%u bytes free\n", memory.free);
	kpu_close(device);
	return 0;
}
