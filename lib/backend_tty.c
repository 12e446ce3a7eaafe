/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * tty:/dev/ttyUSB0: the serial port from user space, no kernel module needed. A board that runs
 * something else than our firmware is booted first.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/boot/boards.h"
#include "lib/boot/probe.h"
#include "lib/engine.h"
#include "lib/error.h"
#include "lib/serial.h"
#include "link/wire.h"

#define DEFAULT_BAUD 2000000u
#define BAUD_MIN     9600u
#define BAUD_MAX     12000000u
/* Firmware that runs answers the first or second SYNC. */
#define PROBE_US 500000u

static bool set_baud(struct kpu_transport *transport, uint32_t baud)
{
	return kpu_serial_set_baud(transport->fd, baud);
}

static void close_port(struct kpu_transport *transport)
{
	close(transport->fd);
}

/* The rates at which the firmware may be, from an earlier session. 1: it answers. */
static int firmware_answers(const struct kpu_transport *transport)
{
	const uint32_t rates[] = { transport->baud, transport->other_baud };
	struct kpu_boot_tty tty;
	int rc = 0;

	kpu_boot_tty_init(&tty, transport->fd);
	for (size_t i = 0; i < 2 && rc == 0 && rates[i]; i++) {
		if (kpu_serial_set_baud(transport->fd, rates[i]))
			rc = kpu_boot_probe(&tty.port, rates[i], PROBE_US);
	}
	kpu_serial_set_baud(transport->fd, transport->baud);
	return rc;
}

static int boot(struct kpu_transport *transport, const struct kpu_uri *uri, struct kpu_error *error)
{
	struct kpu_boot_options options = { .style = kpu_uri_option(uri, "style") };
	struct kpu_boot_result result;
	int rc;

	if (kpu_uri_option(uri, "baud"))
		options.max_rate =
			transport->raise_to > KPU_BOOT_BAUD ? transport->raise_to : KPU_BOOT_BAUD;
	rc = kpu_boot_fd(transport->fd, &options, &result, error);
	if (rc < 0)
		return rc;
	transport->raise_to = result.rate;
	transport->other_baud = result.rate == transport->baud ? 0 : result.rate;
	return 0;
}

/* A port without DTR and RTS has nothing to reset a board with. */
static int boot_if_needed(struct kpu_transport *transport, const struct kpu_uri *uri,
			  struct kpu_error *error)
{
	const char *wish = kpu_uri_option(uri, "boot");
	int rc;

	if (wish && !strcmp(wish, "no"))
		return 0;
	if (!kpu_serial_has_lines(transport->fd))
		return 0;
	rc = firmware_answers(transport);
	if (rc < 0)
		return kpu_fail(error, -rc, "%s: the port does not work", transport->name);
	return rc ? 0 : boot(transport, uri, error);
}

static int take_options(const struct kpu_uri *uri, uint32_t *baud, struct kpu_error *error)
{
	const struct kpu_uri_known known[] = {
		{ .key = "baud", .number = baud, .least = BAUD_MIN, .most = BAUD_MAX },
		{ .key = "boot", .words = "yes no" },
		{ .key = "style" },
	};
	const char *style = kpu_uri_option(uri, "style");
	int rc = kpu_uri_take(uri, known, KPU_URI_COUNT(known), false, error);

	if (rc == 0 && style && !kpu_boot_find_style(style))
		return kpu_fail(error, KPU_ERR_PARAM,
				"tty: style=%s is none of dan, kd233, goe, god", style);
	return rc;
}

static int open_tty(const struct kpu_uri *uri, struct kpu_backend **backend,
		    struct kpu_error *error)
{
	struct kpu_transport transport = {
		.log_fd = -1,
		.baud = KPU_BOOT_BAUD,
		.raise_to = DEFAULT_BAUD,
		.set_baud = set_baud,
		.close = close_port,
	};
	int rc = take_options(uri, &transport.raise_to, error);

	if (rc < 0)
		return rc;
	if (!*uri->address)
		return kpu_fail(error, KPU_ERR_PARAM, "tty: needs a path, e.g. tty:/dev/ttyUSB0");
	if (transport.raise_to != transport.baud)
		transport.other_baud = transport.raise_to;
	snprintf(transport.name, sizeof(transport.name), "tty %.20s", kpu_uri_base(uri));
	transport.fd = kpu_serial_open(uri->address, transport.baud, error);
	if (transport.fd < 0)
		return transport.fd;
	rc = boot_if_needed(&transport, uri, error);
	if (rc < 0) {
		close_port(&transport);
		return rc;
	}
	return kpu_engine_open(&transport, &kpu_backend_tty, backend, error);
}

const struct kpu_backend_ops kpu_backend_tty = {
	.scheme = "tty",
	.open = open_tty,
	KPU_ENGINE_OPS,
};
