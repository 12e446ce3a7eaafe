/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The thread of the engine: bytes in, bytes out, timers. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/engine.h"

/* An upper bound of each sleep, so that nothing can be overslept for long. */
#define LONGEST_SLEEP_US 500000u

enum {
	POLL_LINE,
	POLL_WAKE,
	POLL_LOG,
	POLL_COUNT
};

/* Keeps the last line that a child process wrote, for error messages. */
void kpu_engine_read_log(struct kpu_transport *transport)
{
	char text[256];
	ssize_t length = read(transport->log_fd, text, sizeof(text));

	if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR)) {
		close(transport->log_fd);
		transport->log_fd = -1;
	}
	for (ssize_t i = 0; i < length; i++) {
		if (text[i] == '\n') {
			transport->last_words_ended = true;
			continue;
		}
		if (transport->last_words_ended) {
			transport->last_words_ended = false;
			transport->last_words_length = 0;
		}
		if (transport->last_words_length < sizeof(transport->last_words) - 1)
			transport->last_words[transport->last_words_length++] =
				text[i] >= ' ' && text[i] < 127 ? text[i] : '?';
		transport->last_words[transport->last_words_length] = 0;
	}
}

void kpu_engine_line_gone(struct kpu_engine *engine, const char *reason)
{
	struct kpu_transport *transport = &engine->transport;

	if (transport->log_fd >= 0)
		kpu_engine_read_log(transport);
	if (!engine->up && transport->child_refused_options &&
	    transport->child_refused_options(transport))
		kpu_engine_die(engine, KPU_ERR_PARAM, "%s: %s", transport->name,
			       transport->last_words);
	else if (transport->last_words[0])
		kpu_engine_die(engine, KPU_ERR_DEVICE_GONE, "%s: %s; it said \"%s\"",
			       transport->name, reason, transport->last_words);
	else
		kpu_engine_die(engine, KPU_ERR_DEVICE_GONE, "%s: %s", transport->name, reason);
}

static void receive(struct kpu_engine *engine)
{
	ssize_t length = read(engine->transport.fd, engine->in, sizeof(engine->in));
	char reason[64];

	if (length > 0) {
		kpu_session_input(&engine->session, engine->in, (size_t)length,
				  kpu_engine_now_us());
		return;
	}
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length == 0)
		kpu_engine_line_gone(engine, "the board's end of the line was closed");
	else
		kpu_engine_line_gone(engine, strerror_r(errno, reason, sizeof(reason)));
}

static void transmit(struct kpu_engine *engine)
{
	ssize_t length = write(engine->transport.fd, engine->out + engine->out_position,
			       engine->out_length - engine->out_position);
	char reason[64];

	if (length >= 0) {
		engine->out_position += (size_t)length;
		if (engine->out_position == engine->out_length)
			engine->out_position = engine->out_length = 0;
		return;
	}
	if (errno != EAGAIN && errno != EINTR)
		kpu_engine_line_gone(engine, strerror_r(errno, reason, sizeof(reason)));
}

static void to_timespec(uint64_t us, struct timespec *out)
{
	out->tv_sec = (time_t)(us / 1000000);
	out->tv_nsec = (long)(us % 1000000) * 1000;
}

/* With the lock; lets go of it while it sleeps. */
static void turn(struct kpu_engine *engine)
{
	struct pollfd polls[POLL_COUNT] = {
		[POLL_LINE] = { .fd = engine->transport.fd, .events = POLLIN },
		[POLL_WAKE] = { .fd = engine->wake_fd, .events = POLLIN },
		[POLL_LOG] = { .fd = engine->transport.log_fd, .events = POLLIN },
	};
	uint64_t now = kpu_engine_now_us(), due, jobs_due, wakes;
	struct timespec sleep;

	kpu_host_poll(&engine->host, now);
	jobs_due = kpu_engine_expire_jobs(engine, now);
	if (engine->out_length == 0)
		engine->out_length =
			kpu_session_output(&engine->session, engine->out, sizeof(engine->out), now);
	if (engine->out_length)
		polls[POLL_LINE].events |= POLLOUT;
	due = kpu_host_deadline(&engine->host);
	due = jobs_due < due ? jobs_due : due;
	due = due > now ? due - now : 0;
	to_timespec(due < LONGEST_SLEEP_US ? due : LONGEST_SLEEP_US, &sleep);

	pthread_mutex_unlock(&engine->lock);
	ppoll(polls, POLL_COUNT, &sleep, NULL);
	pthread_mutex_lock(&engine->lock);

	if (polls[POLL_WAKE].revents) {
		ssize_t ignored = read(engine->wake_fd, &wakes, sizeof(wakes));

		(void)ignored;
	}
	if (polls[POLL_LOG].revents)
		kpu_engine_read_log(&engine->transport);
	if (polls[POLL_LINE].revents & POLLOUT)
		transmit(engine);
	if (polls[POLL_LINE].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL) && !engine->dead)
		receive(engine);
}

void *kpu_engine_run(void *context)
{
	struct kpu_engine *engine = context;

	pthread_mutex_lock(&engine->lock);
	while (!engine->stop && !engine->dead) {
		if (engine->spi)
			kpu_engine_spi_turn(engine);
		else
			turn(engine);
	}
	kpu_engine_die(engine, KPU_ERR_NO_HANDLE, "the device has been closed");
	pthread_mutex_unlock(&engine->lock);
	return NULL;
}
