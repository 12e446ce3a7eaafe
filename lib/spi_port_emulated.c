/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * SPI controller of an emulated board. It works in lockstep: the board's time stands still while it
 * is the host's turn to speak, so results do not depend on the speed of this program. Time-outs of
 * the exchanges are those of a real board, on the board's clock.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/spi_port.h"
#include "link/bytes.h"
#include "utils/k210-emu/faces/spi_protocol.h"

#define HEADER       SPI_FACE_HEADER_BYTES
#define PATIENCE_MS  60000 /* a transfer ends when the emulated board has done it */
#define TRANSFER_MAX 65536u
/* The longest time that the board is asked for at once; more than that is without end. */
#define REST_MAX_US 4000000u
#define FOREVER     0u

struct emulated_port {
	struct kpu_spi_port port;
	int fd;
	uint32_t delay_ns;
	uint64_t now_us, asked_until; /* on the board's clock, as far as it has told */
	bool level, fell, must_answer;
};

static int wait_for(int fd, short events)
{
	struct pollfd wait = { .fd = fd, .events = events };
	int rc;

	do
		rc = poll(&wait, 1, PATIENCE_MS);
	while (rc < 0 && errno == EINTR);
	if (rc == 0)
		return -ETIMEDOUT;
	return rc < 0 ? -errno : 0;
}

static int send_all(int fd, const uint8_t *bytes, size_t length)
{
	while (length) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN) {
			int rc = wait_for(fd, POLLOUT);

			if (rc < 0)
				return rc;
		} else if (sent < 0 && errno != EINTR) {
			return -errno;
		} else if (sent > 0) {
			bytes += sent;
			length -= (size_t)sent;
		}
	}
	return 0;
}

static int send_quiet(struct emulated_port *port, uint32_t ns)
{
	uint8_t header[HEADER] = { SPI_FACE_QUIET };

	kpu_put_u32(header + 12, ns);
	return send_all(port->fd, header, sizeof(header));
}

static int receive_all(int fd, uint8_t *bytes, size_t length)
{
	while (length) {
		ssize_t got = recv(fd, bytes, length, 0);

		if (got == 0)
			return -EPIPE;
		if (got < 0 && errno == EAGAIN) {
			int rc = wait_for(fd, POLLIN);

			if (rc < 0)
				return rc;
		} else if (got < 0 && errno != EINTR) {
			return -errno;
		} else if (got > 0) {
			bytes += got;
			length -= (size_t)got;
		}
	}
	return 0;
}

static void take_time(struct emulated_port *port, const uint8_t *header)
{
	port->now_us = (kpu_get_u32(header + 8) | (uint64_t)kpu_get_u32(header + 12) << 32) / 1000;
	port->must_answer = true;
}

static void take_ready(struct emulated_port *port, const uint8_t *header)
{
	bool level = header[1];

	port->fell |= port->level && !level && !header[2];
	port->level = level;
	take_time(port, header);
}

static int take_done(struct emulated_port *port, const uint8_t *header, uint8_t *in, size_t length)
{
	if (kpu_get_u32(header + 4) != (in ? length : 0))
		return -EPROTO;
	return in ? receive_all(port->fd, in, length) : 0;
}

static int transfer(struct kpu_spi_port *base, const uint8_t *out, uint8_t *in, size_t length,
		    uint32_t hz)
{
	struct emulated_port *port = (struct emulated_port *)base;
	uint8_t header[HEADER] = { SPI_FACE_TRANSFER, (uint8_t)((out ? SPI_FACE_DRIVE : 0) |
								(in ? 0 : SPI_FACE_DISCARD)) };
	int rc;

	kpu_put_u32(header + 4, hz);
	kpu_put_u32(header + 8, (uint32_t)length);
	kpu_put_u32(header + 12, port->delay_ns);
	port->must_answer = false;
	rc = send_all(port->fd, header, sizeof(header));
	if (rc == 0 && out)
		rc = send_all(port->fd, out, length);
	for (;;) {
		if (rc == 0)
			rc = receive_all(port->fd, header, sizeof(header));
		if (rc < 0)
			return rc;
		if (header[0] == SPI_FACE_DONE)
			break;
		/* In the middle of a transfer: it goes on once we have taken note. */
		if (header[0] == SPI_FACE_READY)
			take_ready(port, header);
		rc = send_quiet(port, FOREVER);
	}
	take_time(port, header);
	return take_done(port, header, in, length);
}

static int take_edges(struct kpu_spi_port *base)
{
	struct emulated_port *port = (struct emulated_port *)base;
	uint8_t header[HEADER];
	bool fell;

	for (;;) {
		ssize_t got = recv(port->fd, header, sizeof(header), MSG_PEEK);

		if (got == 0)
			return -EPIPE;
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (got < (ssize_t)sizeof(header))
			break;
		if (receive_all(port->fd, header, sizeof(header)) < 0)
			return -EPROTO;
		if (header[0] == SPI_FACE_READY)
			take_ready(port, header);
		else if (header[0] == SPI_FACE_TIME)
			take_time(port, header);
		else
			return -EPROTO;
	}
	fell = port->fell;
	port->fell = false;
	return fell;
}

static bool ready(struct kpu_spi_port *base)
{
	return ((struct emulated_port *)base)->level;
}

static uint64_t now(struct kpu_spi_port *base)
{
	return ((struct emulated_port *)base)->now_us;
}

static void rest(struct kpu_spi_port *base, uint64_t us)
{
	struct emulated_port *port = (struct emulated_port *)base;
	uint64_t until = us == UINT64_MAX ? us : port->now_us + us;

	if (!port->must_answer && until == port->asked_until)
		return;
	if (us == UINT64_MAX)
		us = FOREVER;
	else if (us == 0)
		us = 1;
	else if (us > REST_MAX_US)
		us = REST_MAX_US;
	send_quiet(port, (uint32_t)us * 1000);
	port->must_answer = false;
	port->asked_until = until;
}

static void close_port(struct kpu_spi_port *base)
{
	free(base);
}

static const struct kpu_spi_port_ops emulated_ops = {
	.transfer = transfer,
	.take_edges = take_edges,
	.ready = ready,
	.now = now,
	.rest = rest,
	.close = close_port,
};

struct kpu_spi_port *kpu_spi_port_emulated(int fd, uint32_t hz_max, uint32_t delay_ns)
{
	struct emulated_port *port = calloc(1, sizeof(*port));
	uint8_t header[HEADER] = { SPI_FACE_LOCKSTEP };

	if (!port)
		return NULL;
	port->port = (struct kpu_spi_port){ .ops = &emulated_ops,
					    .patience = 1,
					    .fd = fd,
					    .transfer_max = TRANSFER_MAX,
					    .hz_max = hz_max };
	port->fd = fd;
	port->delay_ns = delay_ns;
	/* A board that has gone already is found out, with its last words, by the first turn. */
	send_all(fd, header, sizeof(header));
	return &port->port;
}
