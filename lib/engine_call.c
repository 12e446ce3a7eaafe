/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Requests: those that somebody waits for, and those whose answer nobody needs. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/engine.h"
#include "lib/error.h"

#define PROGRESS_INTERVAL_US 50000u
/* The transaction's own time-out comes first; this one only bounds a defect. */
#define GRACE_US 1000000u

bool kpu_engine_sleep(struct kpu_engine *engine, uint64_t deadline_us)
{
	struct timespec until = {
		.tv_sec = (time_t)(deadline_us / 1000000),
		.tv_nsec = (long)(deadline_us % 1000000) * 1000,
	};

	if (kpu_engine_now_us() >= deadline_us)
		return false;
	pthread_cond_timedwait(&engine->changed, &engine->lock, &until);
	return true;
}

uint32_t kpu_engine_line_ms(const struct kpu_engine *engine, uint64_t bytes)
{
	uint64_t rate = engine->transport.baud / 10;

	return rate ? (uint32_t)(bytes * 1000 / rate) : 0;
}

static void call_complete(struct kpu_transaction *transaction)
{
	struct kpu_engine_call *call = transaction->owner;

	call->done = true;
	pthread_cond_broadcast(&call->engine->changed);
}

void kpu_engine_call_init(struct kpu_engine_call *call, struct kpu_engine *engine, uint16_t opcode)
{
	memset(call, 0, sizeof(*call));
	call->engine = engine;
	call->transaction.opcode = opcode;
	call->transaction.complete = call_complete;
	call->transaction.owner = call;
}

/* The callback runs without the lock; it may take its time. */
static void report(struct kpu_engine_call *call, const struct kpu_load_options *progress)
{
	struct kpu_engine *engine = call->engine;
	size_t done = call->transaction.bulk_out_sent;
	bool go_on;

	pthread_mutex_unlock(&engine->lock);
	go_on = progress->progress(progress->context, done, call->transaction.bulk_out_length);
	pthread_mutex_lock(&engine->lock);
	if (!go_on && !call->done)
		kpu_host_abandon(&engine->host, &call->transaction, KPU_STATUS_CANCELLED);
}

static void wait_call(struct kpu_engine_call *call, uint64_t deadline_us,
		      const struct kpu_load_options *progress)
{
	struct kpu_engine *engine = call->engine;
	bool reporting = progress && progress->progress;

	while (!call->done) {
		uint64_t until = deadline_us;

		if (reporting) {
			until = kpu_engine_now_us() + PROGRESS_INTERVAL_US;
			report(call, progress);
			if (call->done)
				break;
		}
		kpu_engine_sleep(engine, until < deadline_us ? until : deadline_us);
		if (!call->done && kpu_engine_now_us() >= deadline_us)
			kpu_host_abandon(&engine->host, &call->transaction, KPU_STATUS_TIMEOUT);
	}
	if (reporting && call->transaction.status == KPU_STATUS_OK)
		report(call, progress);
}

static int call_result(struct kpu_engine_call *call, struct kpu_error *error)
{
	struct kpu_engine *engine = call->engine;
	int code = call->transaction.status;

	if (code == 0)
		return 0;
	if (engine->dead)
		return kpu_fail(error, engine->dead, "%s", engine->dead_message);
	if (!kpu_error_known(code))
		return kpu_fail(error, KPU_ERR_PROTOCOL,
				"the board answered with status %d, which has no meaning", code);
	return kpu_fail(error, code, NULL);
}

int kpu_engine_call(struct kpu_engine_call *call, uint32_t timeout_ms,
		    const struct kpu_load_options *progress, struct kpu_error *error)
{
	struct kpu_engine *engine = call->engine;
	uint64_t now = kpu_engine_now_us();
	uint64_t timeout_us = timeout_ms * 1000ull;
	int rc;

	if (timeout_us > 0xffffffffu)
		timeout_us = 0xffffffffu;
	call->transaction.timeout_us = (uint32_t)timeout_us;
	/* Asked before the first byte, so that refusing does not depend on how fast the line is. */
	if (progress && progress->progress &&
	    !progress->progress(progress->context, 0, call->transaction.bulk_out_length))
		return kpu_fail(error, KPU_ERR_CANCELLED, NULL);
	pthread_mutex_lock(&engine->lock);
	rc = kpu_engine_check(engine, error);
	if (rc == 0) {
		kpu_host_submit(&engine->host, &call->transaction, now);
		kpu_engine_wake(engine);
		wait_call(call, now + timeout_us + GRACE_US, progress);
		rc = call_result(call, error);
	}
	pthread_mutex_unlock(&engine->lock);
	return rc;
}

struct posted {
	struct kpu_transaction transaction;
	struct kpu_engine *engine;
	void (*answered)(struct kpu_engine *engine, const struct kpu_transaction *transaction);
};

static void post_complete(struct kpu_transaction *transaction)
{
	struct posted *posted = transaction->owner;

	if (posted->answered && transaction->status == KPU_STATUS_OK)
		posted->answered(posted->engine, transaction);
	free(posted);
}

void kpu_engine_post(struct kpu_engine *engine, uint16_t opcode, const uint8_t *arguments,
		     size_t length,
		     void (*answered)(struct kpu_engine *engine,
				      const struct kpu_transaction *transaction))
{
	struct posted *posted = calloc(1, sizeof(*posted));

	/* Without memory the request is left out; none of them is needed for correctness. */
	if (!posted)
		return;
	posted->engine = engine;
	posted->answered = answered;
	posted->transaction.opcode = opcode;
	posted->transaction.argument_length = (uint16_t)length;
	if (length)
		memcpy(posted->transaction.arguments, arguments, length);
	posted->transaction.timeout_us = KPU_CONTROL_TIMEOUT_MS * 1000u;
	posted->transaction.complete = post_complete;
	posted->transaction.owner = posted;
	kpu_host_submit(&engine->host, &posted->transaction, kpu_engine_now_us());
}
