/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "lib/engine.h"
#include "lib/error.h"
#include "lib/spi_port.h"
#include "link/spi_frame.h"

#define HOST_WINDOW KPU_WIRE_WINDOW_MAX

uint64_t kpu_engine_now_us(void)
{
	return kpu_now_ns() / 1000;
}

void kpu_engine_wake(struct kpu_engine *engine)
{
	uint64_t one = 1;
	ssize_t ignored = write(engine->wake_fd, &one, sizeof(one));

	(void)ignored;
}

void kpu_engine_die(struct kpu_engine *engine, int code, const char *format, ...)
{
	va_list arguments;

	if (engine->dead)
		return;
	engine->dead = code;
	va_start(arguments, format);
	vsnprintf(engine->dead_message, sizeof(engine->dead_message), format, arguments);
	va_end(arguments);
	engine->up = false;
	kpu_host_fail_all(&engine->host, (uint16_t)code);
	kpu_engine_fail_jobs(engine, -1, code);
	pthread_cond_broadcast(&engine->changed);
}

int kpu_engine_check(struct kpu_engine *engine, struct kpu_error *error)
{
	if (engine->dead)
		return kpu_fail(error, engine->dead, "%s", engine->dead_message);
	if (engine->stop)
		return kpu_fail(error, KPU_ERR_NO_HANDLE, "the device has been closed");
	return 0;
}

static void info_answered(struct kpu_engine *engine, const struct kpu_transaction *transaction)
{
	kpu_engine_take_info(engine, transaction);
}

static void session_up(void *context, bool kept)
{
	struct kpu_engine *engine = context;

	if (!kept) {
		engine->generation++;
		kpu_engine_fail_jobs(engine, -1, KPU_ERR_BOARD_RESET);
		if (engine->generation > 1)
			kpu_engine_post(engine, KPU_OP_INFO, NULL, 0, info_answered);
	}
	engine->up = true;
	pthread_cond_broadcast(&engine->changed);
}

static void session_down(void *context, enum kpu_session_loss reason)
{
	struct kpu_engine *engine = context;

	engine->up = false;
	if (reason == KPU_LOSS_VERSION)
		kpu_engine_die(engine, KPU_ERR_VERSION_MISMATCH,
			       "the board's firmware speaks protocol versions %u..%u, this library "
			       "%u..%u: the %s is too old",
			       engine->session.peer_oldest, engine->session.peer_newest,
			       KPU_WIRE_VERSION_OLDEST, KPU_WIRE_VERSION,
			       engine->session.peer_newest < KPU_WIRE_VERSION_OLDEST ? "firmware"
										     : "library");
}

static bool start_session(struct kpu_engine *engine)
{
	const struct kpu_transport *transport = &engine->transport;
	uint32_t baud = transport->raise_to ? transport->raise_to : transport->baud;
	/* Of the rate that most of the traffic will have; a line without a rate is fast. */
	uint16_t payload = baud ? kpu_session_payload_for_rate(baud / 10) : KPU_WIRE_PAYLOAD_MAX;
	uint16_t fits = transport->spi ? kpu_spi_payload_for_room(transport->spi->transfer_max) : 0;
	struct kpu_session_config config = {
		.role = KPU_SESSION_HOST,
		.max_payload = fits && fits < payload ? fits : payload,
		.window = HOST_WINDOW,
		.bytes_per_second = transport->baud / 10,
		.silence_limit_us = transport->silence_ms * 1000,
	};
	size_t memory = KPU_SESSION_MEMORY(payload, HOST_WINDOW);

	/* A clash of two hosts' numbers would only let one see the other's models. */
	if (getrandom(&config.identity, sizeof(config.identity), GRND_NONBLOCK) < 0)
		config.identity = kpu_now_ns() ^ (uint64_t)getpid() << 40;
	engine->session_memory = malloc(memory);
	if (!engine->session_memory)
		return false;
	if (!kpu_session_init(&engine->session, &config, &kpu_host_session_ops, &engine->host,
			      engine->session_memory, memory))
		return false;
	kpu_host_init(&engine->host, &engine->session);
	engine->host.context = engine;
	engine->host.session_up = session_up;
	engine->host.session_down = session_down;
	kpu_session_start(&engine->session, kpu_engine_now_us());
	return true;
}

static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* Signals are the application's business, not of our thread. */
static int start_thread(struct kpu_engine *engine)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&engine->thread, NULL, kpu_engine_run, engine);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static int wait_up(struct kpu_engine *engine, uint64_t deadline_us, struct kpu_error *error)
{
	int rc;

	while (!engine->up) {
		rc = kpu_engine_check(engine, error);
		if (rc < 0)
			return rc;
		if (!kpu_engine_sleep(engine, deadline_us))
			break;
	}
	return engine->up ? 0 : -KPU_ERR_TIMEOUT;
}

/* The board may have kept the rate of an earlier session: tries both in turn. */
static int find_board(struct kpu_engine *engine, struct kpu_error *error)
{
	struct kpu_transport *transport = &engine->transport;
	uint64_t end = kpu_engine_now_us() + KPU_OPEN_TIMEOUT_MS * 1000ull;
	int rc;

	do {
		uint64_t now = kpu_engine_now_us();
		uint64_t step = transport->other_baud ? now + 1200000 : end;

		rc = wait_up(engine, step < end ? step : end, error);
		if (rc == -KPU_ERR_TIMEOUT && transport->other_baud) {
			uint32_t next = transport->other_baud;

			transport->other_baud = transport->baud;
			transport->baud = next;
			transport->set_baud(transport, next);
			kpu_session_set_rate(&engine->session, next / 10);
			kpu_session_resync(&engine->session, kpu_engine_now_us());
			kpu_engine_wake(engine);
		}
	} while (rc == -KPU_ERR_TIMEOUT && kpu_engine_now_us() < end);
	if (rc == -KPU_ERR_TIMEOUT) {
		kpu_fail(error, KPU_ERR_TIMEOUT, "%s: no firmware answers within %d s",
			 transport->name, KPU_OPEN_TIMEOUT_MS / 1000);
		kpu_error_advise(error, "check that the board runs the kpu firmware");
	}
	return rc;
}

static int connect_board(struct kpu_engine *engine, struct kpu_error *error)
{
	struct kpu_engine_call call;
	int rc;

	pthread_mutex_lock(&engine->lock);
	rc = find_board(engine, error);
	pthread_mutex_unlock(&engine->lock);
	if (rc < 0)
		return rc;
	kpu_engine_call_init(&call, engine, KPU_OP_INFO);
	rc = kpu_engine_call(&call, KPU_OPEN_TIMEOUT_MS, NULL, error);
	if (rc < 0)
		return rc;
	pthread_mutex_lock(&engine->lock);
	if (!kpu_engine_take_info(engine, &call.transaction))
		rc = kpu_fail(error, KPU_ERR_PROTOCOL, "the board's answer to INFO is damaged");
	pthread_mutex_unlock(&engine->lock);
	if (rc == 0 && engine->transport.raise_to)
		rc = kpu_engine_raise_rate(engine, error);
	return rc;
}

/* False: no memory. */
static bool start_spi(struct kpu_engine *engine)
{
	if (!engine->transport.spi)
		return true;
	engine->spi = kpu_engine_spi_new(engine, engine->transport.spi);
	return engine->spi;
}

static int start(struct kpu_engine *engine, struct kpu_error *error)
{
	pthread_mutex_init(&engine->lock, NULL);
	init_condition(&engine->changed);
	engine->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (engine->wake_fd < 0 || !start_session(engine) || !start_spi(engine) ||
	    start_thread(engine)) {
		if (engine->wake_fd >= 0)
			close(engine->wake_fd);
		engine->transport.close(&engine->transport);
		engine->stop = true;
		return kpu_fail(error, KPU_ERR_HOST_MEMORY, "cannot start a thread");
	}
	return 0;
}

int kpu_engine_open(const struct kpu_transport *transport, const struct kpu_backend_ops *ops,
		    struct kpu_backend **backend, struct kpu_error *error)
{
	struct kpu_engine *engine = calloc(1, sizeof(*engine));
	struct kpu_transport unused = *transport;
	int rc;

	if (!engine) {
		unused.close(&unused);
		return kpu_fail_memory(error);
	}
	engine->base.ops = ops;
	engine->transport = *transport;
	rc = start(engine, error);
	if (rc == 0)
		rc = connect_board(engine, error);
	if (rc < 0) {
		kpu_engine_shutdown(&engine->base);
		kpu_engine_destroy(&engine->base);
		return rc;
	}
	*backend = &engine->base;
	return 0;
}

void kpu_engine_shutdown(struct kpu_backend *backend)
{
	struct kpu_engine *engine = (struct kpu_engine *)backend;
	bool stopped;

	pthread_mutex_lock(&engine->lock);
	stopped = engine->stop;
	engine->stop = true;
	pthread_mutex_unlock(&engine->lock);
	if (stopped)
		return;
	kpu_engine_wake(engine);
	pthread_join(engine->thread, NULL);
	close(engine->wake_fd);
	engine->transport.close(&engine->transport);
}

void kpu_engine_destroy(struct kpu_backend *backend)
{
	struct kpu_engine *engine = (struct kpu_engine *)backend;

	pthread_cond_destroy(&engine->changed);
	pthread_mutex_destroy(&engine->lock);
	kpu_engine_spi_free(engine->spi);
	free(engine->session_memory);
	free(engine);
}
