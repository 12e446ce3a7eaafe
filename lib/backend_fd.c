/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * fd:N: a stream descriptor that is open, e.g. one end of a socket pair with a board's software at
 * the other. For tests; the descriptor is duplicated, the caller closes its own.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/engine.h"
#include "lib/error.h"

#define SILENCE_MS 1000u

static void close_descriptor(struct kpu_transport *transport)
{
	close(transport->fd);
}

static int open_fd(const struct kpu_uri *uri, struct kpu_backend **backend, struct kpu_error *error)
{
	struct kpu_transport transport = { .log_fd = -1,
					   .silence_ms = SILENCE_MS,
					   .close = close_descriptor };
	uint32_t fd;
	const struct kpu_uri_known number[] = { { .key = "fd", .number = &fd, .most = 1u << 20 } };
	const struct kpu_uri_known known[] = {
		{ .key = "silence", .number = &transport.silence_ms, .least = 1, .most = 60000 },
	};
	struct kpu_uri address = { .scheme = uri->scheme, .option_count = 1 };
	int rc;

	address.options[0] = (struct kpu_uri_option){ "fd", uri->address };
	rc = kpu_uri_take(&address, number, KPU_URI_COUNT(number), false, error);
	if (rc == 0)
		rc = kpu_uri_take(uri, known, KPU_URI_COUNT(known), false, error);
	if (rc < 0)
		return rc;
	transport.fd = fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
	if (transport.fd < 0 || fcntl(transport.fd, F_SETFL, O_NONBLOCK) < 0)
		return kpu_fail(error, KPU_ERR_NO_DEVICE, "descriptor %u is not open", fd);
	snprintf(transport.name, sizeof(transport.name), "fd %u", fd);
	return kpu_engine_open(&transport, &kpu_backend_fd, backend, error);
}

const struct kpu_backend_ops kpu_backend_fd = {
	.scheme = "fd",
	.open = open_fd,
	KPU_ENGINE_OPS,
};
