/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * An SPI bus with a board on it, as the engine uses it: transfers, the level of ready, and a
 * descriptor that wakes when ready changes.
 */
#ifndef KPU_LIB_SPI_PORT_H
#define KPU_LIB_SPI_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kpu.h>

struct kpu_spi_port;

struct kpu_spi_port_ops {
	/* One chip select; one of @out and @in is NULL. 0; a positive errno: this one failed, the
	 * next one may not; a negative one: the bus is gone. */
	int (*transfer)(struct kpu_spi_port *port, const uint8_t *out, uint8_t *in, size_t length,
			uint32_t hz);
	/* Takes what the descriptor has; 1: a falling edge was among it. Negative errno: gone. */
	int (*take_edges)(struct kpu_spi_port *port);
	bool (*ready)(struct kpu_spi_port *port);
	/* A port whose time is not the computer's has both of these: microseconds of its own clock,
	 * and word that nothing follows for @us of them (UINT64_MAX: until ready changes), after
	 * which its descriptor wakes. */
	uint64_t (*now)(struct kpu_spi_port *port);
	void (*rest)(struct kpu_spi_port *port, uint64_t us);
	void (*close)(struct kpu_spi_port *port);
};

/* Each kind's own structure begins with this. */
struct kpu_spi_port {
	const struct kpu_spi_port_ops *ops;
	int fd;              /* for poll(2), POLLIN */
	size_t transfer_max; /* bytes with one chip select */
	uint32_t hz_max;
	uint32_t patience; /* of struct kpu_spi_host_config */
};

/* The emulated board's SPI face at the other end of @fd (not blocking), which stays the caller's.
 * @delay_ns: what a host of silicon would need before each transfer, in the board's time. */
struct kpu_spi_port *kpu_spi_port_emulated(int fd, uint32_t hz_max, uint32_t delay_ns);

/* A bus of this computer: @bus is a device of spidev, @line is "/dev/gpiochip0:25". 0 or a negative
 * error. */
int kpu_spi_port_linux(const char *bus, const char *line, bool one_wire, uint32_t hz_max,
		       struct kpu_spi_port **opened, struct kpu_error *error);

#endif
