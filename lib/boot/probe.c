/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Does our firmware run already? A session that ends as soon as it is up. */
#include "lib/boot/probe.h"

#include <stdlib.h>

#include "link/session.h"
#include "link/wire.h"

#define WINDOW 1
/* The longest sleep between two looks at the line. */
#define STEP_US 20000u

struct probe {
	struct kpu_boot_port *port;
	struct kpu_session session;
	bool up;
};

static void established(void *context, bool kept)
{
	struct probe *probe = context;

	(void)kept;
	probe->up = true;
}

static void lost(void *context, enum kpu_session_loss reason)
{
	struct probe *probe = context;

	/* Firmware of another version is firmware all the same; whoever opens it is told. */
	probe->up |= reason == KPU_LOSS_VERSION;
}

static size_t fill(void *context, uint8_t *payload, size_t room)
{
	(void)context;
	(void)payload;
	(void)room;
	return 0;
}

static bool deliver(void *context, const uint8_t *payload, size_t length)
{
	(void)context;
	(void)payload;
	(void)length;
	return true;
}

static const struct kpu_session_ops session_ops = {
	.established = established,
	.lost = lost,
	.fill = fill,
	.deliver = deliver,
};

static int turn(struct probe *probe)
{
	struct kpu_boot_port *port = probe->port;
	uint64_t now = port->ops->now_us(port), due = kpu_session_deadline(&probe->session);
	uint8_t bytes[512];
	size_t length;
	int rc;

	kpu_session_poll(&probe->session, now);
	length = kpu_session_output(&probe->session, bytes, sizeof(bytes), now);
	if (length) {
		rc = port->ops->write(port, bytes, length);
		if (rc < 0)
			return rc;
	}
	due = due > now + STEP_US ? STEP_US : due > now ? due - now : 1000;
	rc = port->ops->read(port, bytes, sizeof(bytes), (uint32_t)due);
	if (rc > 0)
		kpu_session_input(&probe->session, bytes, (size_t)rc, port->ops->now_us(port));
	return rc < 0 ? rc : 0;
}

int kpu_boot_probe(struct kpu_boot_port *port, uint32_t baud, uint32_t timeout_us)
{
	struct kpu_session_config config = {
		.role = KPU_SESSION_HOST,
		.max_payload = KPU_WIRE_PAYLOAD_MIN,
		.window = WINDOW,
		.bytes_per_second = baud / 10,
	};
	size_t size = KPU_SESSION_MEMORY(KPU_WIRE_PAYLOAD_MIN, WINDOW);
	uint64_t end = port->ops->now_us(port) + timeout_us;
	struct probe *probe = calloc(1, sizeof(*probe));
	uint8_t *memory = malloc(size);
	int rc = -KPU_ERR_HOST_MEMORY;

	/* Another number than that of the session that follows, which takes the board over. */
	config.identity = port->ops->now_us(port) * 0x9e3779b97f4a7c15ull | 1;
	if (probe && memory &&
	    kpu_session_init(&probe->session, &config, &session_ops, probe, memory, size)) {
		probe->port = port;
		kpu_session_start(&probe->session, port->ops->now_us(port));
		do {
			rc = turn(probe);
		} while (rc == 0 && !probe->up && port->ops->now_us(port) < end);
		if (rc == 0)
			rc = probe->up;
	}
	free(memory);
	free(probe);
	return rc;
}
