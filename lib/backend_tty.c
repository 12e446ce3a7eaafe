/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* tty:/dev/ttyUSB0?baud=N: the serial port from user space, no kernel module needed. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/engine.h"
#include "lib/error.h"
#include "lib/serial.h"
#include "link/wire.h"

#define DEFAULT_BAUD 2000000u
#define BAUD_MIN     9600u
#define BAUD_MAX     12000000u

static bool set_baud(struct kpu_transport *transport, uint32_t baud)
{
	return kpu_serial_set_baud(transport->fd, baud);
}

static void close_port(struct kpu_transport *transport)
{
	close(transport->fd);
}

static int open_tty(const struct kpu_uri *uri, struct kpu_backend **backend,
		    struct kpu_error *error)
{
	struct kpu_transport transport = {
		.log_fd = -1,
		.baud = KPU_BOOT_BAUD,
		.set_baud = set_baud,
		.close = close_port,
	};
	const char *base = strrchr(uri->address, '/');
	int rc = kpu_uri_check_options(uri, "baud", error);

	if (rc == 0)
		rc = kpu_uri_number(uri, "baud", BAUD_MIN, BAUD_MAX, DEFAULT_BAUD,
				    &transport.raise_to, error);
	if (rc < 0)
		return rc;
	if (!*uri->address)
		return kpu_fail(error, KPU_ERR_PARAM, "tty: needs a path, e.g. tty:/dev/ttyUSB0");
	if (transport.raise_to != transport.baud)
		transport.other_baud = transport.raise_to;
	snprintf(transport.name, sizeof(transport.name), "tty %.20s",
		 base ? base + 1 : uri->address);
	transport.fd = kpu_serial_open(uri->address, transport.baud, error);
	if (transport.fd < 0)
		return transport.fd;
	return kpu_engine_open(&transport, &kpu_backend_tty, backend, error);
}

const struct kpu_backend_ops kpu_backend_tty = {
	.scheme = "tty",
	.open = open_tty,
	.shutdown = kpu_engine_shutdown,
	.destroy = kpu_engine_destroy,
	.info = kpu_engine_info,
	.memory = kpu_engine_memory,
	.statistics = kpu_engine_statistics,
	.ping = kpu_engine_ping,
	.load = kpu_engine_load,
	.unload = kpu_engine_unload,
	.submit = kpu_engine_submit,
	.wait = kpu_engine_wait,
	.cancel = kpu_engine_cancel,
	.release = kpu_engine_release,
	.memory_alloc = kpu_engine_memory_alloc,
	.memory_free = kpu_engine_memory_free,
};
