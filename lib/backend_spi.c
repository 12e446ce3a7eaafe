/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * spi:/dev/spidev0.0?ready=/dev/gpiochip0:25: an SPI bus from user space, for computers on which no
 * module can be loaded. One program at a time.
 */
#include <stdio.h>
#include <string.h>

#include "lib/engine.h"
#include "lib/error.h"
#include "lib/spi_port.h"

#define DEFAULT_HZ 10000000u

static void close_bus(struct kpu_transport *transport)
{
	transport->spi->ops->close(transport->spi);
}

static int open_spi(const struct kpu_uri *uri, struct kpu_backend **backend,
		    struct kpu_error *error)
{
	struct kpu_transport transport = { .fd = -1, .log_fd = -1, .close = close_bus };
	const char *base = strrchr(uri->address, '/'), *line = kpu_uri_option(uri, "ready");
	uint32_t hz, wires, patience;
	int rc = kpu_uri_check_options(uri, "ready hz wires patience", error);

	if (rc == 0)
		rc = kpu_uri_number(uri, "hz", 100000, 25000000, DEFAULT_HZ, &hz, error);
	if (rc == 0)
		rc = kpu_uri_number(uri, "wires", 1, 2, 2, &wires, error);
	if (rc == 0)
		rc = kpu_uri_number(uri, "patience", 1, 1000, 1, &patience, error);
	if (rc < 0)
		return rc;
	if (!*uri->address || !line || !*line)
		return kpu_fail(error, KPU_ERR_PARAM,
				"spi: needs a bus and a line, as "
				"spi:/dev/spidev0.0?ready=/dev/gpiochip0:25");
	rc = kpu_spi_port_linux(uri->address, line, wires == 1, hz, &transport.spi, error);
	if (rc < 0)
		return rc;
	transport.spi->patience = patience;
	snprintf(transport.name, sizeof(transport.name), "spi %.20s",
		 base ? base + 1 : uri->address);
	return kpu_engine_open(&transport, &kpu_backend_spi, backend, error);
}

const struct kpu_backend_ops kpu_backend_spi = {
	.scheme = "spi",
	.open = open_spi,
	.shutdown = kpu_engine_shutdown,
	.destroy = kpu_engine_destroy,
	.info = kpu_engine_info,
	.memory = kpu_engine_memory,
	.statistics = kpu_engine_statistics,
	.ping = kpu_engine_ping,
	.load = kpu_engine_load,
	KPU_ENGINE_FLASH_OPS,
	.unload = kpu_engine_unload,
	.submit = kpu_engine_submit,
	.wait = kpu_engine_wait,
	.cancel = kpu_engine_cancel,
	.release = kpu_engine_release,
	.memory_alloc = kpu_engine_memory_alloc,
	.memory_free = kpu_engine_memory_free,
};
