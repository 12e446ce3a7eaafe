/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The board of board_line.h as a port for lib/boot: time is the board's, so every figure is the
 * same in every run.
 */
#ifndef TESTS_UNIT_BOOT_BOARD_PORT_H
#define TESTS_UNIT_BOOT_BOARD_PORT_H

#include "lib/boot/boot.h"
#include "lib/boot/port.h"
#include "tests/unit/boot/board_line.h"

struct board_port {
	struct kpu_boot_port port;
	uint32_t line_max;     /* the bridge keeps its old rate when asked for more; 0: no limit */
	uint32_t refuse_above; /* the port says that it cannot; 0: never */
	uint32_t noise_ppm;    /* bytes per million that are damaged, both ways */
	uint32_t noise_state;
	unsigned damaged;
	uint32_t latency_us;               /* of each read: bridges hold bytes back */
	uint64_t held_from_us, held_to_us; /* bytes from the board wait in the bridge meanwhile */
	uint64_t gone_at_us;               /* the cable is pulled then; 0: never */
	uint64_t reset_at_us;              /* the reset button is pressed then; 0: never */
	uint64_t reset_again_us;           /* and each time so much later; 0: once */
	uint64_t stray_at_us;              /* a delimiter that nobody sent arrives; 0: never */
	uint64_t babble_from_us, babble_to_us; /* somebody sends without a pause */
	size_t cut_from, cut_to;               /* bytes from the host with these numbers are lost */
	size_t sent;
	bool dtr, rts;
};

/* The board must have been started. */
void board_port_init(struct board_port *port);

/* Files of the build folder; fails the test when one is missing. */
void board_port_read_images(struct kpu_boot_images *images);
void board_port_free_images(struct kpu_boot_images *images);

#endif
