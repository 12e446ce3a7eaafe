/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The table of known boards and the ways in which their bridges reset them. One place: a new board
 * is a line in boards.c.
 */
#ifndef KPU_LIB_BOOT_BOARDS_H
#define KPU_LIB_BOOT_BOARDS_H

#include <kpu.h>

/* The bridge's lines, true: asserted. */
struct kpu_boot_lines {
	bool dtr, rts;
};

/*
 * How DTR and RTS are wired. Both lines always change together: on some boards two transistors make
 * a pin low only while the other line is high.
 */
struct kpu_boot_style {
	const char *name, *other_names; /* separated by commas; NULL: none */
	struct kpu_boot_lines
		steps[3];           /* into ISP; stays at the last one until the ROM was asked */
	struct kpu_boot_lines idle; /* chip runs, IO16 high */
};

/*
 * One line of a USB bridge that may lead to a K210. Boards whose bridges look alike share an entry,
 * with the best that any of them can do.
 */
struct kpu_boot_board {
	uint16_t vendor, product; /* USB ids */
	int interface;            /* USB interface number of the line; -1: the only one */
	const char *usb_match;    /* part of the device's USB product name; NULL: any */
	const char *name;         /* of the board or boards */
	const char *bridge;       /* chip */
	const char *style;        /* of kpu_boot_styles, the one to try first */
	uint32_t max_rate;        /* of the bridge, baud */
	bool is_generic;          /* devices that are no K210 boards have the same ids */
	bool is_by_hand;          /* wired by its owner, no board is sold like that */
};

/* Ended by an entry without a name. */
extern const struct kpu_boot_style kpu_boot_styles[];
extern const struct kpu_boot_board kpu_boot_boards[];

/* By name or other name, in capitals or not; NULL: none. */
const struct kpu_boot_style *kpu_boot_find_style(const char *name);
/*
 * The first line that fits. @product_name may be NULL. @interface -1: unknown, fits any. NULL: none
 * does, and this line leads to no K210.
 */
const struct kpu_boot_board *kpu_boot_find_board(uint16_t vendor, uint16_t product, int interface,
						 const char *product_name);

#endif
