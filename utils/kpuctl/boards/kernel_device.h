/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What sysfs says about /dev/kpuN (docs/uapi.md), and which programs have a port open. */
#ifndef KPUCTL_KERNEL_DEVICE_H
#define KPUCTL_KERNEL_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

struct kernel_device {
	char name[16];      /* "kpu0" */
	char state[16];     /* "ready", ... */
	char reason[128];   /* of the state; "": all is well */
	char transport[40]; /* "tty ttyUSB0", "spi spi0.0" */
	char firmware[24];  /* version, "0.0.0" while unknown */
	char board[24];     /* what the firmware calls it */
};

#define KERNEL_DEVICES_MAX 64

/* At most KERNEL_DEVICES_MAX, in the order of their numbers. */
size_t read_kernel_devices(const char *root, struct kernel_device *devices);
/* The one on "ttyUSB0", NULL: none. */
const struct kernel_device *kernel_device_of_tty(const struct kernel_device *devices, size_t count,
						 const char *tty);

struct port_holder {
	long process;
	char name[24];
};

#define PORT_HOLDERS_MAX 8

struct port_holders {
	struct port_holder holders[PORT_HOLDERS_MAX];
	size_t count;
	bool all_seen; /* false: open files of other users' programs could not be looked at */
};

/* Programs that have the file @path ("/dev/ttyUSB0") open. */
void find_port_holders(const char *root, const char *path, struct port_holders *holders);

#endif
