/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Boards on this host: USB bridges that lead to a K210, by the table in lib/boot/boards.c. */
#ifndef KPUCTL_FIND_BOARDS_H
#define KPUCTL_FIND_BOARDS_H

#include <kpu.h>

#include "lib/boot/boards.h"

/* One serial line of a bridge. Strings are empty where nothing is known. */
struct found_board {
	const struct kpu_boot_board *board; /* never NULL */
	uint16_t vendor, product;
	int interface;
	char usb[32];          /* name in sysfs, "1-1.4:1.0" */
	char product_name[64]; /* what the device calls itself */
	char serial[64];       /* number */
	char driver[32];       /* of the kernel, that has the interface */
	char tty[32];          /* "ttyUSB0" */
};

struct found_boards {
	struct found_board *boards;
	size_t count;
};

/*
 * All of them in the order of their USB names; free_boards() afterwards. @root is "" for this
 * system, else a folder that is looked at in place of it (its sys/bus/usb). No board is no error.
 */
int find_boards(const char *root, struct found_boards *found, struct kpu_error *error);
void free_boards(struct found_boards *found);
/* The one whose port this is ("/dev/ttyUSB0", a link to it, or "ttyUSB0"); NULL: none of them. */
const struct found_board *board_of_tty(const struct found_boards *found, const char *tty);

#endif
