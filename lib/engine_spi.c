/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The engine on SPI: exchanges instead of a stream of bytes. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/engine.h"
#include "lib/spi_port.h"
#include "link/host_spi.h"

#define LONGEST_SLEEP_US 500000u
#define BUFFER_BYTES     KPU_SPI_FRAME_MAX
/* Transfers that fail are healed like bad wires, unless none succeeds any more. */
#define FAILING_MAX_US 1000000u
#define FAILURES_LEAST 5u

struct kpu_engine_spi {
	struct kpu_spi_port *port;
	struct kpu_spi_host host;
	uint64_t failing_since; /* when the first of @failures in a row came */
	unsigned failures;
	uint8_t out[BUFFER_BYTES], in[BUFFER_BYTES];
};

static size_t next_packet(void *context, uint8_t *packet, size_t room)
{
	struct kpu_engine *engine = context;

	return kpu_session_output_packet(&engine->session, packet, room, kpu_engine_now_us());
}

static void take_packet(void *context, const uint8_t *packet, size_t length)
{
	struct kpu_engine *engine = context;

	kpu_session_input_packet(&engine->session, packet, length, kpu_engine_now_us());
}

static void silent(void *context)
{
	struct kpu_engine *engine = context;

	/* A board that comes back announces itself; until then everybody shall see it is away. */
	kpu_session_resync(&engine->session, kpu_engine_now_us());
}

static void clock_changed(void *context, uint32_t hz)
{
	struct kpu_engine *engine = context;

	kpu_session_set_rate(&engine->session, hz / 8);
}

static const struct kpu_spi_host_ops host_ops = {
	.next_packet = next_packet,
	.take_packet = take_packet,
	.silent = silent,
	.clock_changed = clock_changed,
};

/* On the clock of the exchanges, which may be another one than that of everything else. */
static uint64_t port_now(struct kpu_spi_port *port)
{
	return port->ops->now ? port->ops->now(port) : kpu_engine_now_us();
}

struct kpu_engine_spi *kpu_engine_spi_new(struct kpu_engine *engine, struct kpu_spi_port *port)
{
	struct kpu_engine_spi *spi = calloc(1, sizeof(*spi));
	struct kpu_spi_host_config config = { .hz_max = port->hz_max,
					      .patience = port->patience,
					      .transfer_max = port->transfer_max,
					      .room = BUFFER_BYTES };

	if (!spi)
		return NULL;
	spi->port = port;
	config.out = spi->out;
	config.in = spi->in;
	if (!kpu_spi_host_init(&spi->host, &config, &host_ops, engine, port_now(port))) {
		free(spi);
		return NULL;
	}
	return spi;
}

void kpu_engine_spi_free(struct kpu_engine_spi *spi)
{
	free(spi);
}

static void bus_gone(struct kpu_engine *engine, int error)
{
	char reason[64];

	kpu_engine_line_gone(engine, error == -EPIPE ? "the board's end of the bus was closed"
						     : strerror_r(-error, reason, sizeof(reason)));
}

/* @error is positive: this transfer failed, and whether all of them do is what counts. */
static bool keeps_failing(struct kpu_engine *engine, int error)
{
	struct kpu_engine_spi *spi = engine->spi;
	uint64_t now = kpu_engine_now_us();
	char why[64], reason[96];

	if (spi->failures++ == 0)
		spi->failing_since = now;
	if (spi->failures < FAILURES_LEAST || now - spi->failing_since < FAILING_MAX_US)
		return false;
	snprintf(reason, sizeof(reason), "every transfer fails: %s",
		 strerror_r(error, why, sizeof(why)));
	kpu_engine_line_gone(engine, reason);
	return true;
}

/* With the lock; lets go of it during the transfer. */
static void transfer(struct kpu_engine *engine, const struct kpu_spi_transfer *wanted)
{
	struct kpu_engine_spi *spi = engine->spi;
	int rc, fell;

	pthread_mutex_unlock(&engine->lock);
	rc = spi->port->ops->transfer(spi->port, wanted->out, wanted->in, wanted->length,
				      wanted->hz);
	pthread_mutex_lock(&engine->lock);
	fell = rc < 0 ? rc : spi->port->ops->take_edges(spi->port);
	if (fell < 0) {
		bus_gone(engine, fell);
		return;
	}
	if (rc > 0 && keeps_failing(engine, rc))
		return;
	if (rc == 0)
		spi->failures = 0;
	kpu_spi_host_done(&spi->host, rc == 0, fell, port_now(spi->port));
}

/* With the lock; lets go of it while it sleeps. */
static void sleep_until(struct kpu_engine *engine, uint64_t due)
{
	struct pollfd polls[] = {
		{ .fd = engine->spi->port->fd, .events = POLLIN },
		{ .fd = engine->wake_fd, .events = POLLIN },
		{ .fd = engine->transport.log_fd, .events = POLLIN },
	};
	uint64_t now = kpu_engine_now_us(), left = due > now ? due - now : 0, wakes;
	struct timespec sleep;

	if (left > LONGEST_SLEEP_US)
		left = LONGEST_SLEEP_US;
	sleep.tv_sec = (time_t)(left / 1000000);
	sleep.tv_nsec = (long)(left % 1000000) * 1000;
	pthread_mutex_unlock(&engine->lock);
	ppoll(polls, 3, &sleep, NULL);
	pthread_mutex_lock(&engine->lock);
	if (polls[1].revents) {
		ssize_t ignored = read(engine->wake_fd, &wakes, sizeof(wakes));

		(void)ignored;
	}
	if (polls[2].revents)
		kpu_engine_read_log(&engine->transport);
}

/* Nothing to transfer: when the engine, by its own clock, has to look again. */
static uint64_t rest(struct kpu_engine_spi *spi, uint64_t due)
{
	struct kpu_spi_port *port = spi->port;
	uint64_t deadline = kpu_spi_host_deadline(&spi->host), now = port_now(port);

	if (!port->ops->rest)
		return deadline < due ? deadline : due;
	if (deadline != UINT64_MAX)
		deadline = deadline > now ? deadline - now : 0;
	port->ops->rest(port, deadline);
	return due;
}

void kpu_engine_spi_turn(struct kpu_engine *engine)
{
	struct kpu_engine_spi *spi = engine->spi;
	struct kpu_spi_port *port = spi->port;
	struct kpu_spi_transfer wanted;
	uint64_t now = kpu_engine_now_us(), due, other;
	int fell = port->ops->take_edges(port);

	if (fell < 0) {
		bus_gone(engine, fell);
		return;
	}
	if (fell)
		kpu_spi_host_attention(&spi->host);
	kpu_host_poll(&engine->host, now);
	due = kpu_engine_expire_jobs(engine, now);
	if (kpu_spi_host_next(&spi->host, port->ops->ready(port), port_now(port), &wanted) !=
	    KPU_SPI_REST) {
		transfer(engine, &wanted);
		return;
	}
	other = kpu_host_deadline(&engine->host);
	sleep_until(engine, rest(spi, other < due ? other : due));
}
