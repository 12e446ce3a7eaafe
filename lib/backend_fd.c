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

static void close_descriptor(struct kpu_transport *transport)
{
	close(transport->fd);
}

static int open_fd(const struct kpu_uri *uri, struct kpu_backend **backend, struct kpu_error *error)
{
	struct kpu_transport transport = { .log_fd = -1, .close = close_descriptor };
	struct kpu_uri number = *uri;
	uint32_t fd;
	int rc;

	number.options[0] = (struct kpu_uri_option){ "fd", uri->address };
	number.option_count = 1;
	rc = kpu_uri_number(&number, "fd", 0, 1u << 20, 0, &fd, error);
	if (rc == 0)
		rc = kpu_uri_number(uri, "silence", 1, 60000, 1000, &transport.silence_ms, error);
	if (rc == 0)
		rc = kpu_uri_check_options(uri, "silence", error);
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
