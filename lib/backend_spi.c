/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * spi:/dev/spidev0.0?ready=/dev/gpiochip0:25: an SPI bus from user space, for computers on which no
 * module can be loaded. One program at a time.
 */
#include <stdio.h>

#include "lib/engine.h"
#include "lib/error.h"
#include "lib/spi_port.h"

#define DEFAULT_HZ 10000000u

static void close_bus(struct kpu_transport *transport)
{
	transport->spi->ops->close(transport->spi);
}

static int incomplete(const struct kpu_uri *uri, struct kpu_error *error)
{
	kpu_fail(error, KPU_ERR_PARAM,
		 "spi: needs %s, as spi:/dev/spidev0.0?ready=/dev/gpiochip0:25",
		 *uri->address ? "the board's ready line" : "a bus");
	kpu_error_advise(error, "ls /dev/spidev* shows the buses, gpiodetect the chips with lines");
	return -KPU_ERR_PARAM;
}

static int open_spi(const struct kpu_uri *uri, struct kpu_backend **backend,
		    struct kpu_error *error)
{
	struct kpu_transport transport = { .fd = -1, .log_fd = -1, .close = close_bus };
	uint32_t hz = DEFAULT_HZ, wires = 2, patience = 1;
	const struct kpu_uri_known known[] = {
		{ .key = "ready" },
		{ .key = "hz", .number = &hz, .least = 100000, .most = 25000000 },
		{ .key = "wires", .number = &wires, .least = 1, .most = 2 },
		{ .key = "patience", .number = &patience, .least = 1, .most = 1000 },
	};
	const char *line = kpu_uri_option(uri, "ready");
	int rc = kpu_uri_take(uri, known, KPU_URI_COUNT(known), false, error);

	if (rc == 0 && (!*uri->address || !line || !*line))
		rc = incomplete(uri, error);
	if (rc == 0)
		rc = kpu_spi_port_linux(uri->address, line, wires == 1, hz, &transport.spi, error);
	if (rc < 0)
		return rc;
	transport.spi->patience = patience;
	snprintf(transport.name, sizeof(transport.name), "spi %.20s", kpu_uri_base(uri));
	return kpu_engine_open(&transport, &kpu_backend_spi, backend, error);
}

const struct kpu_backend_ops kpu_backend_spi = {
	.scheme = "spi",
	.open = open_spi,
	KPU_ENGINE_OPS,
};
