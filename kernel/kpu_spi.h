/* SPDX-License-Identifier: GPL-2.0-only */
/* SPDX-FileCopyrightText: the kpu authors */
/* What the files of kpu_spi.ko share. */
#ifndef KPU_SPI_H
#define KPU_SPI_H

#include <linux/atomic.h>
#include <linux/gpio/consumer.h>
#include <linux/interrupt.h>
#include <linux/spi/spi.h>

#include "kpu_transport.h"
#include "link/host_spi.h"

struct kpu_spi {
	struct kpu_transport transport;
	struct spi_device *spi;
	struct gpio_desc *ready, *reset, *boot; /* the latter two may be NULL */
	struct kpu_spi_host host;               /* engine thread */
	u8 *out, *in;
	struct spi_transfer *pieces; /* of a frame; chip select stays between them */
	size_t piece_bytes;
	atomic_t calls; /* the board wants something */
	bool arming;    /* the next rise of ready ends our own exchange */
	u64 done_at;    /* when the last transfer was over */
	u32 resets;     /* pulses of the reset line */
};

/* kpu_spi_exchange.c */
extern const struct kpu_transport_ops kpu_spi_transport_ops;
/* Both edges of ready. @context is the struct kpu_spi. */
irqreturn_t kpu_spi_ready_changed(int irq, void *context);
/* Buffers and the host's end of the exchange; times are multiplied by @patience. */
int kpu_spi_start_host(struct kpu_spi *board, unsigned int patience);
/* The board starts anew, from its flash; needs a reset line. Sleeps for some milliseconds. */
void kpu_spi_pulse_reset(struct kpu_spi *board);

/* kpu_spi_sysfs.c */
extern const struct attribute_group *kpu_spi_attribute_groups[];

#endif
