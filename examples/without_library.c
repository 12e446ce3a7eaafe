/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Uses libkpu if it is installed and does without if it is not: nothing of it is linked.
 *
 *	without_library DEVICE
 */
#include <dlfcn.h>
#include <err.h>
#include <stdio.h>

#include <kpu.h>

int main(int argc, char **argv)
{
	int (*open_board)(const char *uri, struct kpu_device **device, struct kpu_error *error);
	int (*board_info)(struct kpu_device * device, struct kpu_device_info * info);
	void (*close_board)(struct kpu_device * device);
	struct kpu_device_info info;
	struct kpu_device *device;
	struct kpu_error error;
	void *library;

	if (argc != 2)
		errx(2, "usage: without_library DEVICE");
	/* The name with the version: the one without belongs to the development files. */
	library = dlopen("libkpu.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		printf("no libkpu here, computing on the CPU instead\n");
		return 0;
	}
	*(void **)&open_board = dlsym(library, "kpu_open");
	*(void **)&board_info = dlsym(library, "kpu_device_info");
	*(void **)&close_board = dlsym(library, "kpu_close");
	if (!open_board || !board_info || !close_board)
		errx(1, "%s", dlerror());
	if (open_board(argv[1], &device, &error) < 0)
		errx(1, "%s (%s)", error.message, error.next_step);
	board_info(device, &info);
	printf("%s, firmware %u.%u.%u\n", info.board, info.firmware >> 16, info.firmware >> 8 & 255,
	       info.firmware & 255);
	close_board(device);
	dlclose(library);
	return 0;
}
