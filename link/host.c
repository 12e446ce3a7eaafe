/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "link/host.h"

#include "link/bytes.h"

void kpu_host_init(struct kpu_host *host, struct kpu_session *session)
{
	memset(host, 0, sizeof(*host));
	host->session = session;
	host->next_id = 1;
}

/* --- the list of open transactions --- */

static void append(struct kpu_host *host, struct kpu_transaction *transaction)
{
	transaction->next = NULL;
	if (host->last)
		host->last->next = transaction;
	else
		host->first = transaction;
	host->last = transaction;
}

static void remove_from_list(struct kpu_host *host, struct kpu_transaction *transaction)
{
	struct kpu_transaction *before = NULL, *t;

	for (t = host->first; t && t != transaction; t = t->next)
		before = t;
	if (!t)
		return;
	if (before)
		before->next = t->next;
	else
		host->first = t->next;
	if (host->last == t)
		host->last = before;
	t->next = NULL;
}

/* Nothing of its bulk data has gone or come. */
static void queue_from_start(struct kpu_transaction *transaction)
{
	transaction->state = KPU_TRANSACTION_QUEUED;
	transaction->bulk_out_sent = 0;
	transaction->bulk_in_length = 0;
}

static struct kpu_transaction *find(const struct kpu_host *host, uint16_t id)
{
	struct kpu_transaction *t;

	for (t = host->first; t; t = t->next)
		if (t->id == id && id != 0)
			return t;
	return NULL;
}

static struct kpu_host_orphan *find_orphan(struct kpu_host *host, uint16_t id)
{
	for (unsigned i = 0; i < KPU_WIRE_REQUESTS_MAX; i++)
		if (host->orphans[i].id == id)
			return &host->orphans[i];
	return NULL;
}

/* Requests that the board holds or may hold, as far as this end knows. */
struct open_requests {
	unsigned all, bulk; /* what orphans were is not known */
};

static struct open_requests count_open(const struct kpu_host *host)
{
	struct open_requests open = { 0, 0 };
	const struct kpu_transaction *t;

	for (t = host->first; t; t = t->next) {
		open.all += t->id != 0;
		open.bulk += t->id && t->bulk_out_length;
	}
	for (unsigned i = 0; i < KPU_WIRE_REQUESTS_MAX; i++) {
		open.all += host->orphans[i].id != 0;
		open.bulk += host->orphans[i].id != 0;
	}
	return open;
}

/* Takes the transaction off the list and hands it back to its owner. */
static void finish(struct kpu_host *host, struct kpu_transaction *transaction, uint16_t status)
{
	remove_from_list(host, transaction);
	transaction->state = KPU_TRANSACTION_DONE;
	transaction->status = status;
	if (!host->first)
		kpu_session_expect(host->session, false);
	kpu_session_wake(host->session);
	transaction->complete(transaction);
}

/* Ends it while the board may still be at it. */
static void desert(struct kpu_host *host, struct kpu_transaction *transaction, uint16_t status)
{
	struct kpu_host_orphan *orphan = transaction->id ? find_orphan(host, 0) : NULL;

	if (orphan) {
		orphan->id = transaction->id;
		/* A queued one was sent in a former session: the board's answer to the ABORT tells
		 * whether it still knows of it. */
		orphan->abort_pending = transaction->state != KPU_TRANSACTION_WAITING;
	}
	finish(host, transaction, status);
}

static void finish_all(struct kpu_host *host, uint16_t status)
{
	struct kpu_transaction *t;

	memset(host->orphans, 0, sizeof(host->orphans));
	/* complete() may submit new ones, which are not meant, and end others of these. */
	for (t = host->first; t; t = t->next)
		t->doomed = true;
	t = host->first;
	while (t) {
		if (!t->doomed) {
			t = t->next;
			continue;
		}
		finish(host, t, status);
		t = host->first;
	}
}

/* --- sending --- */

static size_t put_abort(struct kpu_host_orphan *orphan, uint8_t *out)
{
	memset(out, 0, KPU_WIRE_ABORT_HEADER);
	out[0] = KPU_MESSAGE_ABORT;
	kpu_put_u16(out + 2, orphan->id);
	orphan->abort_pending = false;
	return KPU_WIRE_ABORT_HEADER;
}

static uint16_t new_id(struct kpu_host *host)
{
	uint16_t id;

	do {
		id = host->next_id++;
	} while (id == 0 || find(host, id) || find_orphan(host, id));
	return id;
}

static size_t put_request(struct kpu_host *host, struct kpu_transaction *t, uint8_t *out)
{
	if (t->id == 0)
		t->id = new_id(host);
	out[0] = KPU_MESSAGE_REQUEST;
	out[1] = 0;
	kpu_put_u16(out + 2, t->id);
	kpu_put_u16(out + 4, t->opcode);
	kpu_put_u16(out + 6, t->argument_length);
	kpu_put_u32(out + 8, t->bulk_out_length);
	kpu_put_u32(out + 12, t->bulk_in_limit);
	memcpy(out + KPU_WIRE_REQUEST_HEADER, t->arguments, t->argument_length);
	t->bulk_out_sent = 0;
	t->state = t->bulk_out_length ? KPU_TRANSACTION_SENDING : KPU_TRANSACTION_WAITING;
	return KPU_WIRE_REQUEST_HEADER + (size_t)t->argument_length;
}

static size_t put_bulk(struct kpu_transaction *t, uint8_t *out, size_t room)
{
	uint32_t n = t->bulk_out_length - t->bulk_out_sent;

	if (n > room - KPU_WIRE_BULK_HEADER)
		n = (uint32_t)(room - KPU_WIRE_BULK_HEADER);
	out[0] = KPU_MESSAGE_BULK;
	out[1] = 0;
	kpu_put_u16(out + 2, t->id);
	kpu_put_u32(out + 4, t->bulk_out_sent);
	memcpy(out + KPU_WIRE_BULK_HEADER, t->bulk_out + t->bulk_out_sent, n);
	t->bulk_out_sent += n;
	if (t->bulk_out_sent == t->bulk_out_length)
		t->state = KPU_TRANSACTION_WAITING;
	return KPU_WIRE_BULK_HEADER + (size_t)n;
}

/* A model takes minutes on a slow line: what is short does not wait for it. */
static bool takes_long(const struct kpu_transaction *t)
{
	return t->opcode == KPU_OP_MODEL_LOAD;
}

/* The first of each kind that wants to send. */
struct waiting {
	struct kpu_transaction *repeated, *control;
	struct kpu_transaction *sending[2], *bulk[2]; /* [0] short, [1] long */
};

static void note_first(struct kpu_transaction **place, struct kpu_transaction *t)
{
	if (!*place)
		*place = t;
}

static struct waiting find_waiting(const struct kpu_host *host)
{
	struct waiting waiting = { .repeated = NULL };
	struct kpu_transaction *t;

	for (t = host->first; t; t = t->next) {
		if (t->status)
			continue;
		if (t->state == KPU_TRANSACTION_SENDING)
			note_first(&waiting.sending[takes_long(t)], t);
		else if (t->state != KPU_TRANSACTION_QUEUED)
			continue;
		else if (t->id)
			note_first(&waiting.repeated, t);
		else if (t->bulk_out_length)
			note_first(&waiting.bulk[takes_long(t)], t);
		else
			note_first(&waiting.control, t);
	}
	return waiting;
}

/*
 * Which transaction may send next. Repeated ones go first: the board remembers the replies of a
 * limited number of requests only. Then control requests, but not so many that no bulk data can
 * begin. Then bulk data, one after the other, while a long one and short ones take turns.
 */
static struct kpu_transaction *choose(const struct kpu_host *host)
{
	struct open_requests open = count_open(host);
	bool may_begin = open.bulk < KPU_WIRE_BULK_REQUESTS_MAX;
	struct waiting waiting = find_waiting(host);
	unsigned kept_free = 0;

	if (waiting.repeated)
		return waiting.repeated;
	for (unsigned is_long = 0; is_long < 2; is_long++)
		if (may_begin && waiting.bulk[is_long] && !waiting.sending[is_long])
			kept_free = 1;
	if (waiting.control && open.all + kept_free < KPU_WIRE_REQUESTS_MAX)
		return waiting.control;
	for (unsigned turn = 0; turn < 2; turn++) {
		bool is_long = turn ? host->long_was_last : !host->long_was_last;

		if (waiting.sending[is_long])
			return waiting.sending[is_long];
		if (waiting.bulk[is_long] && may_begin && open.all < KPU_WIRE_REQUESTS_MAX)
			return waiting.bulk[is_long];
	}
	return NULL;
}

static size_t host_fill(void *context, uint8_t *payload, size_t room)
{
	struct kpu_host *host = context;
	struct kpu_transaction *t;

	for (unsigned i = 0; i < KPU_WIRE_REQUESTS_MAX; i++)
		if (host->orphans[i].id && host->orphans[i].abort_pending)
			return put_abort(&host->orphans[i], payload);
	t = choose(host);
	if (!t)
		return 0;
	if (t->bulk_out_length)
		host->long_was_last = takes_long(t);
	return t->state == KPU_TRANSACTION_SENDING ? put_bulk(t, payload, room)
						   : put_request(host, t, payload);
}

/* --- receiving --- */

/* In its former place, as another request: rule M11. */
static void ask_again(struct kpu_host *host, struct kpu_transaction *t)
{
	t->repeats++;
	t->id = 0;
	queue_from_start(t);
	kpu_session_wake(host->session);
}

static void reply_received(struct kpu_host *host, const uint8_t *payload, size_t length)
{
	uint16_t id = kpu_get_u16(payload + 2), status = kpu_get_u16(payload + 4);
	uint16_t result_length = kpu_get_u16(payload + 6);
	struct kpu_host_orphan *orphan = id ? find_orphan(host, id) : NULL;
	struct kpu_transaction *t = find(host, id);

	if (orphan) {
		memset(orphan, 0, sizeof(*orphan));
		kpu_session_wake(host->session);
		return;
	}
	if (!t) {
		host->late_messages++;
		return;
	}
	if (result_length > KPU_WIRE_RESULTS_MAX ||
	    result_length > length - KPU_WIRE_REPLY_HEADER ||
	    (status == KPU_STATUS_OK && kpu_get_u32(payload + 8) != t->bulk_in_length)) {
		host->protocol_errors++;
		finish(host, t, KPU_STATUS_PROTOCOL);
		return;
	}
	if (status == KPU_STATUS_RESULT_LOST && t->repeatable && t->repeats < KPU_HOST_REPEATS) {
		ask_again(host, t);
		return;
	}
	memcpy(t->results, payload + KPU_WIRE_REPLY_HEADER, result_length);
	t->result_length = result_length;
	finish(host, t, status);
}

static void bulk_received(struct kpu_host *host, const uint8_t *payload, size_t length)
{
	struct kpu_transaction *t = find(host, kpu_get_u16(payload + 2));
	size_t n = length - KPU_WIRE_BULK_HEADER;

	if (!t) {
		host->late_messages++;
		return;
	}
	if (kpu_get_u32(payload + 4) != t->bulk_in_length ||
	    n > t->bulk_in_limit - t->bulk_in_length) {
		host->protocol_errors++;
		desert(host, t, KPU_STATUS_PROTOCOL);
		return;
	}
	memcpy(t->bulk_in + t->bulk_in_length, payload + KPU_WIRE_BULK_HEADER, n);
	t->bulk_in_length += (uint32_t)n;
}

static bool host_deliver(void *context, const uint8_t *payload, size_t length)
{
	struct kpu_host *host = context;

	if (payload[0] == KPU_MESSAGE_REPLY && length >= KPU_WIRE_REPLY_HEADER)
		reply_received(host, payload, length);
	else if (payload[0] == KPU_MESSAGE_BULK && length > KPU_WIRE_BULK_HEADER)
		bulk_received(host, payload, length);
	else if (payload[0] != KPU_MESSAGE_EVENT || length < KPU_WIRE_EVENT_HEADER)
		host->protocol_errors++;
	else if (host->event)
		host->event(host->context, kpu_get_u16(payload + 2),
			    payload + KPU_WIRE_EVENT_HEADER, length - KPU_WIRE_EVENT_HEADER);
	return true;
}

static void host_established(void *context, bool kept)
{
	struct kpu_host *host = context;
	bool first = !host->had_session;

	host->had_session = true;
	if (!kept && !first)
		finish_all(host, KPU_STATUS_BOARD_RESET);
	for (unsigned i = 0; i < KPU_WIRE_REQUESTS_MAX; i++)
		host->orphans[i].abort_pending = host->orphans[i].id != 0;
	if (host->session_up)
		host->session_up(host->context, kept);
}

static void host_lost(void *context, enum kpu_session_loss reason)
{
	struct kpu_host *host = context;
	struct kpu_transaction *t;

	for (t = host->first; t; t = t->next)
		queue_from_start(t);
	if (host->session_down)
		host->session_down(host->context, reason);
}

const struct kpu_session_ops kpu_host_session_ops = {
	.deliver = host_deliver,
	.fill = host_fill,
	.established = host_established,
	.lost = host_lost,
};

/* --- the owner's side --- */

void kpu_host_submit(struct kpu_host *host, struct kpu_transaction *transaction, uint64_t now)
{
	host->now = now;
	transaction->status = KPU_STATUS_OK;
	transaction->result_length = 0;
	transaction->id = 0;
	transaction->repeats = 0;
	transaction->doomed = false;
	queue_from_start(transaction);
	transaction->deadline =
		transaction->timeout_us ? now + transaction->timeout_us : UINT64_MAX;
	if (transaction->argument_length > KPU_WIRE_ARGUMENTS_MAX ||
	    (transaction->bulk_out_length && !transaction->bulk_out) ||
	    (transaction->bulk_in_limit && !transaction->bulk_in)) {
		/* Never sent; the next poll reports it. */
		transaction->status = KPU_STATUS_PARAM;
		transaction->deadline = now;
	}
	append(host, transaction);
	kpu_session_expect(host->session, true);
	kpu_session_wake(host->session);
}

void kpu_host_abandon(struct kpu_host *host, struct kpu_transaction *transaction, uint16_t status)
{
	if (transaction->state == KPU_TRANSACTION_IDLE ||
	    transaction->state == KPU_TRANSACTION_DONE)
		return;
	desert(host, transaction, status);
}

void kpu_host_fail_all(struct kpu_host *host, uint16_t status)
{
	finish_all(host, status);
}

void kpu_host_expect_reset(struct kpu_host *host)
{
	finish_all(host, KPU_STATUS_BOARD_RESET);
	host->had_session = false;
}

void kpu_host_poll(struct kpu_host *host, uint64_t now)
{
	struct kpu_transaction *t = host->first;

	host->now = now;
	while (t) {
		if (t->deadline > now) {
			t = t->next;
			continue;
		}
		desert(host, t, t->status ? t->status : KPU_STATUS_TIMEOUT);
		t = host->first;
	}
	kpu_session_poll(host->session, now);
}

uint64_t kpu_host_deadline(const struct kpu_host *host)
{
	uint64_t deadline = kpu_session_deadline(host->session);
	const struct kpu_transaction *t;

	for (t = host->first; t; t = t->next)
		if (t->deadline < deadline)
			deadline = t->deadline;
	return deadline;
}

uint64_t kpu_host_bulk_left(const struct kpu_host *host)
{
	const struct kpu_transaction *t;
	uint64_t left = 0;

	for (t = host->first; t; t = t->next)
		left += t->bulk_out_length - t->bulk_out_sent;
	return left;
}

bool kpu_host_idle(const struct kpu_host *host)
{
	return !host->first && kpu_session_idle(host->session);
}
