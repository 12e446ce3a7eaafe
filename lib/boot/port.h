/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The line to a board as the boot needs it: bytes, a rate, the bridge's DTR and RTS, and a clock.
 * A serial port (tty_port.c) or, in tests, an emulated board in its own time.
 */
#ifndef KPU_LIB_BOOT_PORT_H
#define KPU_LIB_BOOT_PORT_H

#include <kpu.h>

struct kpu_boot_port;

/* Functions that can fail return a negative enum kpu_error_code. */
struct kpu_boot_port_ops {
	/* Bytes that have arrived, after waiting for them for up to @timeout_us; 0: none came. */
	int (*read)(struct kpu_boot_port *port, uint8_t *bytes, size_t size, uint32_t timeout_us);
	/* All of them, within a time that the rate makes reasonable. */
	int (*write)(struct kpu_boot_port *port, const uint8_t *bytes, size_t size);
	/* What was written before leaves at the old rate. */
	int (*set_baud)(struct kpu_boot_port *port, uint32_t baud);
	/* Both at once; true: asserted, which is low on the board. */
	int (*set_lines)(struct kpu_boot_port *port, bool dtr, bool rts);
	/* Forgets what has arrived. */
	void (*discard)(struct kpu_boot_port *port);
	uint64_t (*now_us)(struct kpu_boot_port *port);
	void (*sleep)(struct kpu_boot_port *port, uint32_t microseconds);
};

/* Each port's own structure begins with this. */
struct kpu_boot_port {
	const struct kpu_boot_port_ops *ops;
};

/* A tty that is open, not blocking. */
struct kpu_boot_tty {
	struct kpu_boot_port port;
	int fd;
	uint32_t baud;
};

void kpu_boot_tty_init(struct kpu_boot_tty *tty, int fd);

#endif
