/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Raising the rate of the line after the start (KPU_OP_SET_RATE). */
#include <time.h>

#include "lib/engine.h"
#include "lib/error.h"
#include "link/bytes.h"

/* For the acknowledgement of the reply to get out and the board to switch, link/wire.h. */
#define SETTLE_MS 40

static void switch_rate(struct kpu_engine *engine, uint32_t baud)
{
	struct kpu_transport *transport = &engine->transport;

	if (transport->set_baud)
		transport->set_baud(transport, baud);
	transport->baud = baud;
	kpu_session_set_rate(&engine->session, baud / 10);
	kpu_session_resync(&engine->session, kpu_engine_now_us());
	engine->up = false;
	kpu_engine_wake(engine);
}

static bool up_within(struct kpu_engine *engine, uint32_t ms)
{
	uint64_t end = kpu_engine_now_us() + ms * 1000ull;

	while (!engine->up && !engine->dead && kpu_engine_sleep(engine, end))
		;
	return engine->up;
}

int kpu_engine_raise_rate(struct kpu_engine *engine, struct kpu_error *error)
{
	uint32_t before = engine->transport.baud, agreed;
	struct timespec settle = { 0, SETTLE_MS * 1000000L };
	struct kpu_engine_call call;
	int rc;

	if (engine->transport.raise_to == before)
		return 0;
	kpu_engine_call_init(&call, engine, KPU_OP_SET_RATE);
	kpu_put_u32(call.transaction.arguments, engine->transport.raise_to);
	call.transaction.argument_length = 4;
	rc = kpu_engine_call(&call, KPU_CONTROL_TIMEOUT_MS, NULL, error);
	/* A board that cannot do it stays usable at the old rate. */
	if (rc < 0 || call.transaction.result_length < 4)
		return rc == -KPU_ERR_DEVICE_GONE ? rc : 0;
	agreed = kpu_get_u32(call.transaction.results);
	if (agreed < 9600 || agreed > 20000000)
		return kpu_fail(error, KPU_ERR_PROTOCOL, "the board offers a rate of %u baud",
				agreed);
	nanosleep(&settle, NULL);
	pthread_mutex_lock(&engine->lock);
	switch_rate(engine, agreed);
	if (!up_within(engine, KPU_SET_RATE_FALLBACK_MS)) {
		/* The board has gone back by itself now. */
		switch_rate(engine, before);
		if (!up_within(engine, KPU_OPEN_TIMEOUT_MS / 2))
			rc = kpu_fail(error, KPU_ERR_TIMEOUT,
				      "%s: the board was lost while the rate changed to %u baud",
				      engine->transport.name, agreed);
	}
	pthread_mutex_unlock(&engine->lock);
	return rc;
}
