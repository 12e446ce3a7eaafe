/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "link/board.h"

#include "link/bytes.h"

enum request_state {
	REQUEST_FREE,
	REQUEST_RECEIVING, /* its bulk data is on the way */
	REQUEST_COMPLETE,  /* the firmware works on it */
	REQUEST_ANSWERED,  /* its reply waits for bulk results and for the line */
};

void kpu_board_init(struct kpu_board *board, struct kpu_session *session,
		    const struct kpu_board_ops *ops, void *context)
{
	memset(board, 0, sizeof(*board));
	board->session = session;
	board->ops = ops;
	board->context = context;
}

struct kpu_board_request *kpu_board_find(struct kpu_board *board, uint16_t id)
{
	for (unsigned i = 0; i < KPU_BOARD_REQUESTS_MAX; i++)
		if (board->requests[i].state != REQUEST_FREE && board->requests[i].id == id)
			return &board->requests[i];
	return NULL;
}

bool kpu_board_bulk_drained(const struct kpu_board_request *request)
{
	return request->bulk_lost || request->bulk_in_sent == request->bulk_in_length;
}

/* --- replies kept for repetition --- */

static struct kpu_board_cached_reply *find_cached(struct kpu_board *board, uint16_t id)
{
	for (unsigned i = 0; i < KPU_WIRE_REPLY_CACHE; i++)
		if (board->cache[i].id == id && id != 0)
			return &board->cache[i];
	return NULL;
}

/* The oldest reply makes room, one without results for @id takes its place. */
static struct kpu_board_cached_reply *remember(struct kpu_board *board, uint16_t id,
					       uint16_t status)
{
	struct kpu_board_cached_reply *reply = &board->cache[board->cache_next];

	board->cache_next = (board->cache_next + 1) % KPU_WIRE_REPLY_CACHE;
	memset(reply, 0, sizeof(*reply));
	reply->id = id;
	reply->status = status;
	return reply;
}

static void answer_from_cache(struct kpu_board *board, struct kpu_board_cached_reply *reply)
{
	reply->pending = true;
	kpu_session_wake(board->session);
}

static void remember_answer(struct kpu_board *board, const struct kpu_board_request *request,
			    uint16_t status)
{
	struct kpu_board_cached_reply *reply = remember(board, request->id, status);

	if (request->result_length <= sizeof(reply->results)) {
		reply->result_length = request->result_length;
		memcpy(reply->results, request->results, request->result_length);
	}
	reply->bulk_lost =
		request->bulk_in_sent != 0 ||
		(status == KPU_STATUS_OK && reply->result_length != request->result_length);
}

static void abort_request(struct kpu_board *board, struct kpu_board_request *request)
{
	board->ops->aborted(board->context, request);
	request->state = REQUEST_FREE;
}

static void release(struct kpu_board *board, struct kpu_board_request *request)
{
	if (board->ops->released)
		board->ops->released(board->context, request);
	request->state = REQUEST_FREE;
}

/* --- receiving --- */

static struct kpu_board_request *free_request(struct kpu_board *board, bool bulk)
{
	struct kpu_board_request *found = NULL;
	unsigned with_bulk = 0;

	for (unsigned i = 0; i < KPU_BOARD_REQUESTS_MAX; i++) {
		struct kpu_board_request *request = &board->requests[i];

		if (request->state == REQUEST_FREE)
			found = request;
		else if (request->bulk_out_length)
			with_bulk++;
	}
	return bulk && with_bulk >= KPU_WIRE_BULK_REQUESTS_MAX ? NULL : found;
}

static void complete(struct kpu_board *board, struct kpu_board_request *request)
{
	if (request->state != REQUEST_RECEIVING ||
	    request->bulk_received != request->bulk_out_length)
		return;
	request->state = REQUEST_COMPLETE;
	board->ops->complete(board->context, request);
}

static void begin(struct kpu_board *board, const uint8_t *payload)
{
	uint32_t bulk_length = kpu_get_u32(payload + 8);
	struct kpu_board_request *request = free_request(board, bulk_length != 0);
	uint16_t id = kpu_get_u16(payload + 2);

	if (!request) {
		answer_from_cache(board, remember(board, id, KPU_STATUS_BUSY));
		return;
	}
	memset(request, 0, sizeof(*request));
	request->id = id;
	request->opcode = kpu_get_u16(payload + 4);
	request->argument_length = kpu_get_u16(payload + 6);
	request->bulk_out_length = bulk_length;
	request->bulk_in_limit = kpu_get_u32(payload + 12);
	request->state = REQUEST_RECEIVING;
	memcpy(request->arguments, payload + KPU_WIRE_REQUEST_HEADER, request->argument_length);
	board->ops->begin(board->context, request);
	complete(board, request);
}

static void request_received(struct kpu_board *board, const uint8_t *payload, size_t length)
{
	uint16_t id = kpu_get_u16(payload + 2), arguments = kpu_get_u16(payload + 6);
	struct kpu_board_cached_reply *reply = find_cached(board, id);

	if (id == 0 || arguments > KPU_WIRE_ARGUMENTS_MAX ||
	    arguments > length - KPU_WIRE_REQUEST_HEADER)
		board->protocol_errors++;
	else if (kpu_board_find(board, id))
		return; /* repeated after a restart of the session: still at it */
	else if (reply)
		answer_from_cache(board, reply);
	else
		begin(board, payload);
}

static bool bulk_received(struct kpu_board *board, const uint8_t *payload, size_t length)
{
	struct kpu_board_request *request = kpu_board_find(board, kpu_get_u16(payload + 2));
	uint32_t offset = kpu_get_u32(payload + 4);
	size_t n = length - KPU_WIRE_BULK_HEADER;

	if (!request || request->state != REQUEST_RECEIVING)
		return true; /* answered early, aborted, or repeated */
	if (offset != request->bulk_received || n > request->bulk_out_length - offset) {
		board->protocol_errors++;
		answer_from_cache(board, remember(board, request->id, KPU_STATUS_PROTOCOL));
		abort_request(board, request);
		return true;
	}
	if (!board->ops->bulk(board->context, request, offset, payload + KPU_WIRE_BULK_HEADER, n))
		return request->state != REQUEST_RECEIVING;
	request->bulk_received += (uint32_t)n;
	complete(board, request);
	return true;
}

static void abort_received(struct kpu_board *board, uint16_t id)
{
	struct kpu_board_request *request = kpu_board_find(board, id);
	struct kpu_board_cached_reply *reply = find_cached(board, id);

	if (id == 0) {
		board->protocol_errors++;
	} else if (request) {
		if (request->state != REQUEST_RECEIVING)
			return; /* its own reply comes */
		answer_from_cache(board, remember(board, id, KPU_STATUS_CANCELLED));
		abort_request(board, request);
	} else {
		answer_from_cache(board, reply ? reply : remember(board, id, KPU_STATUS_CANCELLED));
	}
}

static bool board_deliver(void *context, const uint8_t *payload, size_t length)
{
	struct kpu_board *board = context;

	if (payload[0] == KPU_MESSAGE_REQUEST && length >= KPU_WIRE_REQUEST_HEADER)
		request_received(board, payload, length);
	else if (payload[0] == KPU_MESSAGE_BULK && length > KPU_WIRE_BULK_HEADER)
		return bulk_received(board, payload, length);
	else if (payload[0] == KPU_MESSAGE_ABORT && length >= KPU_WIRE_ABORT_HEADER)
		abort_received(board, kpu_get_u16(payload + 2));
	else
		board->protocol_errors++;
	return true;
}

/* --- sending --- */

static size_t put_reply(uint8_t *out, uint16_t id, uint16_t status, uint32_t bulk_sent,
			const uint8_t *results, uint16_t length)
{
	memset(out, 0, KPU_WIRE_REPLY_HEADER);
	out[0] = KPU_MESSAGE_REPLY;
	kpu_put_u16(out + 2, id);
	kpu_put_u16(out + 4, status);
	kpu_put_u16(out + 6, length);
	kpu_put_u32(out + 8, bulk_sent);
	if (length)
		memcpy(out + KPU_WIRE_REPLY_HEADER, results, length);
	return KPU_WIRE_REPLY_HEADER + (size_t)length;
}

static size_t fill_cached(struct kpu_board *board, uint8_t *payload)
{
	/* Oldest first. */
	for (unsigned i = 0; i < KPU_WIRE_REPLY_CACHE; i++) {
		struct kpu_board_cached_reply *reply =
			&board->cache[(board->cache_next + i) % KPU_WIRE_REPLY_CACHE];

		if (!reply->pending)
			continue;
		reply->pending = false;
		if (reply->bulk_lost)
			return put_reply(payload, reply->id, KPU_STATUS_RESULT_LOST, 0, NULL, 0);
		return put_reply(payload, reply->id, reply->status, 0, reply->results,
				 reply->result_length);
	}
	return 0;
}

static size_t fill_answer(struct kpu_board *board, uint8_t *payload)
{
	for (unsigned i = 0; i < KPU_BOARD_REQUESTS_MAX; i++) {
		struct kpu_board_request *request = &board->requests[i];
		size_t length;

		if (request->state != REQUEST_ANSWERED || !kpu_board_bulk_drained(request))
			continue;
		if (request->bulk_lost) {
			request->status = KPU_STATUS_RESULT_LOST;
			request->bulk_in_sent = 0;
			request->result_length = 0;
		}
		length = put_reply(payload, request->id, request->status, request->bulk_in_sent,
				   request->results, request->result_length);
		remember_answer(board, request, request->status);
		release(board, request);
		return length;
	}
	return 0;
}

static size_t fill_event(struct kpu_board *board, uint8_t *payload)
{
	if (!board->event_ready)
		return 0;
	board->event_ready = false;
	memset(payload, 0, KPU_WIRE_EVENT_HEADER);
	payload[0] = KPU_MESSAGE_EVENT;
	kpu_put_u16(payload + 2, board->event_code);
	memcpy(payload + KPU_WIRE_EVENT_HEADER, board->event, board->event_length);
	return KPU_WIRE_EVENT_HEADER + (size_t)board->event_length;
}

static size_t fill_bulk(struct kpu_board *board, uint8_t *payload, size_t room)
{
	for (unsigned i = 0; i < KPU_BOARD_REQUESTS_MAX; i++) {
		struct kpu_board_request *request = &board->requests[i];
		uint32_t rest = request->bulk_in_length - request->bulk_in_sent;
		size_t n = room - KPU_WIRE_BULK_HEADER;

		if (request->state == REQUEST_FREE || kpu_board_bulk_drained(request))
			continue;
		if (n > rest)
			n = rest;
		n = board->ops->produce(board->context, request, request->bulk_in_sent,
					payload + KPU_WIRE_BULK_HEADER, n);
		if (n == 0 || n > rest)
			continue;
		payload[0] = KPU_MESSAGE_BULK;
		payload[1] = 0;
		kpu_put_u16(payload + 2, request->id);
		kpu_put_u32(payload + 4, request->bulk_in_sent);
		request->bulk_in_sent += (uint32_t)n;
		return KPU_WIRE_BULK_HEADER + n;
	}
	return 0;
}

static size_t board_fill(void *context, uint8_t *payload, size_t room)
{
	struct kpu_board *board = context;
	size_t length = fill_cached(board, payload);

	if (!length)
		length = fill_answer(board, payload);
	if (!length)
		length = fill_event(board, payload);
	return length ? length : fill_bulk(board, payload, room);
}

/* --- sessions --- */

static void board_lost(void *context, enum kpu_session_loss reason)
{
	struct kpu_board *board = context;

	(void)reason;
	for (unsigned i = 0; i < KPU_BOARD_REQUESTS_MAX; i++) {
		struct kpu_board_request *request = &board->requests[i];

		if (request->state == REQUEST_RECEIVING)
			abort_request(board, request);
		else if (request->bulk_in_sent)
			request->bulk_lost = true;
	}
	for (unsigned i = 0; i < KPU_WIRE_REPLY_CACHE; i++)
		board->cache[i].pending = false;
}

static void board_established(void *context, bool kept)
{
	struct kpu_board *board = context;

	if (!kept) {
		for (unsigned i = 0; i < KPU_BOARD_REQUESTS_MAX; i++)
			if (board->requests[i].state != REQUEST_FREE)
				abort_request(board, &board->requests[i]);
		memset(board->cache, 0, sizeof(board->cache));
		if (board->had_host)
			board->ops->host_changed(board->context);
	}
	board->had_host = true;
}

const struct kpu_session_ops kpu_board_session_ops = {
	.deliver = board_deliver,
	.fill = board_fill,
	.established = board_established,
	.lost = board_lost,
};

/* --- the firmware's side --- */

void kpu_board_send_bulk(struct kpu_board *board, struct kpu_board_request *request,
			 uint32_t length)
{
	uint32_t rest = request->bulk_in_limit - request->bulk_in_length;

	request->bulk_in_length += length < rest ? length : rest;
	kpu_session_wake(board->session);
}

void kpu_board_reply(struct kpu_board *board, struct kpu_board_request *request, uint16_t status,
		     const uint8_t *results, size_t length)
{
	if (request->state != REQUEST_RECEIVING && request->state != REQUEST_COMPLETE)
		return;
	if (length > KPU_WIRE_RESULTS_MAX)
		length = KPU_WIRE_RESULTS_MAX;
	if (length)
		memmove(request->results, results, length);
	request->result_length = (uint16_t)length;
	request->status = status;
	request->state = REQUEST_ANSWERED;
	kpu_session_wake(board->session);
}

bool kpu_board_event(struct kpu_board *board, uint16_t code, const uint8_t *data, size_t length)
{
	if (board->event_ready || length > sizeof(board->event))
		return false;
	memcpy(board->event, data, length);
	board->event_length = (uint16_t)length;
	board->event_code = code;
	board->event_ready = true;
	kpu_session_wake(board->session);
	return true;
}
