/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Send half: window, credit, going back, fragments, probes.
 *
 * Data is never repeated on the strength of a timer alone. A NAK says what is missing; when
 * nothing is heard, a probe of 14 bytes asks. The line keeps its order, so the answer to a probe
 * tells exactly what of everything sent before it has arrived.
 */
#include "link/session_private.h"

#define TROUBLE_BACK   8u  /* added when we go back; each acknowledgement takes one away */
#define TROUBLE_SHRINK 16u /* shorter fragments from here on */
#define CLEAN_GROW     16u /* acknowledgements without trouble until fragments grow again */
#define UNANSWERED_MIN 3u  /* probes before silence counts, should the clock have jumped */

void kpu_send_reset(struct kpu_session *session)
{
	struct kpu_session_sender *send = &session->send;

	kpu_send_cut(session);
	send->base_slot = 0;
	send->end = 0;
	send->credit_end = session->peer_window;
	send->base = send->next = send->high = 0;
	send->round = 0;
	send->stalled = send->fill_idle = false;
	send->fragment = session->payload_limit;
	send->trouble = 0;
	send->clean = 0;
	send->probe_due = send->probe_open = false;
	send->probe_backoff = 0;
	send->probe_deadline = session->expecting ? session->now : KPU_NEVER;
	send->progress_at = session->now;
}

void kpu_send_cut(struct kpu_session *session)
{
	struct kpu_session_sender *send = &session->send;

	if (send->frame_position > 0 && send->frame_position < send->frame_length) {
		send->frame[send->frame_position] = 0;
		send->frame_length = send->frame_position + 1;
	} else {
		send->frame_length = send->frame_position = 0;
	}
	send->data_in_frame = false;
}

static uint8_t sequence_of(kpu_position position)
{
	return (uint8_t)(position >> 8);
}

static uint32_t offset_of(kpu_position position)
{
	return (position & 0xffu) * KPU_PACKET_OFFSET_UNIT;
}

/* Packets from the oldest one that is not acknowledged to @sequence. */
static uint8_t ahead(const struct kpu_session_sender *send, uint8_t sequence)
{
	return (uint8_t)(sequence - sequence_of(send->base));
}

static unsigned slot_of(const struct kpu_session *session, uint8_t sequence)
{
	unsigned slot = session->send.base_slot + ahead(&session->send, sequence);

	return slot < session->config.window ? slot : slot - session->config.window;
}

static uint8_t *slot_bytes(const struct kpu_session *session, unsigned slot)
{
	return session->send.slots + (size_t)slot * session->config.max_payload;
}

/* Payload bytes sent and not acknowledged. */
static uint32_t bytes_in_flight(const struct kpu_session *session)
{
	const struct kpu_session_sender *send = &session->send;
	uint8_t sequence = sequence_of(send->base);
	uint32_t bytes = 0;

	for (; sequence != sequence_of(send->next); sequence++)
		bytes += send->lengths[slot_of(session, sequence)];
	return bytes + offset_of(send->next) - offset_of(send->base);
}

bool kpu_send_outstanding(const struct kpu_session *session)
{
	return session->send.base != session->send.high || session->send.stalled;
}

static void arm_probe(struct kpu_session *session)
{
	struct kpu_session_sender *send = &session->send;
	bool bad = send->fragment < session->payload_limit;
	uint64_t delay = (uint64_t)(bad ? KPU_PROBE_DELAY_BAD : KPU_PROBE_DELAY)
			 << send->probe_backoff;

	if (kpu_send_outstanding(session)) {
		if (delay > KPU_PROBE_DELAY_MAX)
			delay = KPU_PROBE_DELAY_MAX;
		delay += kpu_session_line_time(session, bytes_in_flight(session));
		send->probe_deadline = session->now + delay;
	} else if (session->expecting) {
		send->probe_deadline = session->now + (session->config.silence_limit_us >> 2);
	} else {
		send->probe_deadline = KPU_NEVER;
	}
}

static bool peer_lost(const struct kpu_session *session)
{
	const struct kpu_session_sender *send = &session->send;
	uint64_t since = send->progress_at;
	uint64_t limit = session->config.silence_limit_us +
			 kpu_session_line_time(session, (uint32_t)session->payload_limit *
								session->config.window);

	/* Alive, but nothing gets through to it. */
	if (kpu_send_outstanding(session) && session->now - since > 4 * limit && send->probe_open)
		return true;
	if (session->receive.heard_at > since)
		since = session->receive.heard_at;
	return session->now - since > limit && send->probe_backoff >= UNANSWERED_MIN;
}

void kpu_send_timer(struct kpu_session *session)
{
	struct kpu_session_sender *send = &session->send;
	bool outstanding = kpu_send_outstanding(session);

	if (send->probe_deadline == KPU_NEVER && (outstanding || session->expecting))
		arm_probe(session);
	if (session->now < send->probe_deadline)
		return;
	if (!outstanding && !session->expecting) {
		send->probe_deadline = KPU_NEVER;
		return;
	}
	if (peer_lost(session)) {
		kpu_session_lose(session, KPU_LOSS_SILENT);
		return;
	}
	send->probe_due = true;
	if (outstanding)
		session->counters.timeouts++;
	if (send->probe_backoff < 8)
		send->probe_backoff++;
	arm_probe(session);
}

/* Shorter packets have a better chance on a bad line; on a good one they only cost. */
static void shrink(struct kpu_session_sender *send)
{
	send->clean = 0;
	send->trouble = (uint8_t)(send->trouble + TROUBLE_BACK);
	if (send->trouble < TROUBLE_SHRINK)
		return;
	send->trouble = TROUBLE_BACK;
	send->fragment = send->fragment / 2 & (uint16_t) ~(KPU_PACKET_OFFSET_UNIT - 1);
	if (send->fragment < KPU_FRAGMENT_MIN)
		send->fragment = KPU_FRAGMENT_MIN;
}

static void grow(struct kpu_session *session)
{
	struct kpu_session_sender *send = &session->send;

	if (send->trouble)
		send->trouble--;
	if (send->fragment == session->payload_limit || ++send->clean < CLEAN_GROW)
		return;
	send->clean = 0;
	send->fragment = (uint16_t)(send->fragment * 2);
	if (send->fragment > session->payload_limit)
		send->fragment = session->payload_limit;
}

static void go_back(struct kpu_session *session)
{
	struct kpu_session_sender *send = &session->send;

	send->next = send->base;
	send->round = (send->round + 1) & (KPU_PACKET_ROUND_MASK >> KPU_PACKET_ROUND_SHIFT);
	send->probe_open = send->probe_due = false;
	shrink(send);
	if (send->data_in_frame)
		kpu_send_cut(session);
	arm_probe(session);
}

static void advance_to(struct kpu_session *session, kpu_position position)
{
	struct kpu_session_sender *send = &session->send;

	send->base_slot = (uint8_t)slot_of(session, sequence_of(position));
	send->base = position;
	/* The receiver had more than the NAK said that made us go back. */
	if ((kpu_position)(send->next - position) > (kpu_position)(send->high - position))
		send->next = position;
	send->progress_at = session->now;
	send->probe_backoff = 0;
	grow(session);
	arm_probe(session);
}

static void take_credit(struct kpu_session *session, uint8_t credit)
{
	struct kpu_session_sender *send = &session->send;

	if (credit > KPU_WIRE_WINDOW_MAX)
		credit = KPU_WIRE_WINDOW_MAX;
	send->credit_end = (uint8_t)(sequence_of(send->base) + credit);
	if (credit) {
		send->stalled = false;
		return;
	}
	/* It dropped what it had no room for; that is no lack of progress. */
	send->progress_at = session->now;
	if (send->next != send->base) {
		send->next = send->base;
		if (send->data_in_frame)
			kpu_send_cut(session);
	}
}

static void answer_received(struct kpu_session *session)
{
	struct kpu_session_sender *send = &session->send;
	kpu_position missing = (kpu_position)(send->probe_position - send->base);

	send->probe_open = false;
	send->probe_backoff = 0;
	if (send->probe_round == send->round && missing != 0 && missing < 0x8000 &&
	    send->next != send->base)
		go_back(session);
	else
		arm_probe(session);
}

void kpu_send_heard(struct kpu_session *session)
{
	/* Waiting longer and longer is for a peer that may have gone. */
	session->send.probe_backoff = 0;
}

/* Positions lie where a packet ends: behind a payload, or inside one that was cut. */
static bool was_sent(const struct kpu_session *session, kpu_position position)
{
	const struct kpu_session_sender *send = &session->send;

	if ((kpu_position)(position - send->base) > (kpu_position)(send->high - send->base))
		return false;
	return offset_of(position) == 0 ||
	       offset_of(position) < send->lengths[slot_of(session, sequence_of(position))];
}

void kpu_send_acknowledged(struct kpu_session *session, const struct kpu_packet *packet)
{
	struct kpu_session_sender *send = &session->send;
	unsigned offset = 0,
		 round = (packet->flags & KPU_PACKET_ROUND_MASK) >> KPU_PACKET_ROUND_SHIFT;
	kpu_position position;

	if (packet->type != KPU_PACKET_DATA)
		offset = packet->flags >> KPU_PACKET_OFFSET_SHIFT;
	position = (kpu_position)(packet->acknowledge << 8 | offset);
	if (position != send->base && was_sent(session, position))
		advance_to(session, position);
	if (packet->acknowledge == sequence_of(send->base))
		take_credit(session, packet->credit);
	if (packet->type == KPU_PACKET_NAK) {
		session->counters.naks_received++;
		if (round == send->round && position == send->base && send->next != send->base)
			go_back(session);
	} else if ((packet->flags & KPU_PACKET_FLAG_ANSWER) && send->probe_open &&
		   packet->sequence == send->probe_number) {
		answer_received(session);
	}
}

static bool has_credit(struct kpu_session *session, uint8_t sequence)
{
	struct kpu_session_sender *send = &session->send;
	bool credit = ahead(send, sequence) < ahead(send, send->credit_end);

	if (!credit && !send->stalled) {
		session->counters.window_stalls++;
		if (send->base == send->high)
			send->progress_at = session->now;
		send->stalled = true;
		if (send->probe_deadline == KPU_NEVER)
			arm_probe(session);
	} else if (credit) {
		send->stalled = false;
	}
	return credit;
}

/* Asks the owner for a payload. */
static bool fill_slot(struct kpu_session *session)
{
	struct kpu_session_sender *send = &session->send;
	uint32_t epoch = session->epoch;
	unsigned slot;
	size_t length;

	if (send->fill_idle || ahead(send, send->end) >= session->config.window)
		return false;
	if (!has_credit(session, send->end))
		return false;
	slot = slot_of(session, send->end);
	/* Set first: the owner may wake us from inside. */
	send->fill_idle = true;
	length = session->ops->fill(session->context, slot_bytes(session, slot),
				    session->payload_limit);
	if (epoch != session->epoch || length == 0 || length > session->payload_limit)
		return false;
	send->fill_idle = false;
	send->lengths[slot] = (uint16_t)length;
	send->end++;
	return true;
}

/* Fewer fragments ahead the shorter they are: most of what follows a damaged one is wasted. */
static uint32_t bytes_ahead_max(const struct kpu_session_sender *send)
{
	uint32_t fragments = send->fragment / 16u;

	if (fragments > KPU_FRAGMENTS_AHEAD)
		fragments = KPU_FRAGMENTS_AHEAD;
	return fragments * send->fragment;
}

/* There is a payload, or a rest of one, that is new or asked for and may be sent now. */
static bool data_wanted(struct kpu_session *session)
{
	struct kpu_session_sender *send = &session->send;

	if (send->next == (kpu_position)(send->end << 8)) {
		if (!fill_slot(session))
			return false;
	} else if (!has_credit(session, sequence_of(send->next))) {
		return false;
	}
	return send->fragment == session->payload_limit ||
	       bytes_in_flight(session) < bytes_ahead_max(send);
}

/*
 * On a really bad line waiting for a NAK or an answer that is probably damaged itself costs more
 * than sending the same again.
 */
static bool data_ready(struct kpu_session *session)
{
	struct kpu_session_sender *send = &session->send;

	if (data_wanted(session))
		return true;
	if (session->state != KPU_SESSION_ESTABLISHED || send->fragment > KPU_FRAGMENT_BAD ||
	    send->next == send->base || send->credit_end == sequence_of(send->base))
		return false;
	send->next = send->base;
	return true;
}

static void acknowledged_now(struct kpu_session_receiver *receive)
{
	receive->ack_due = receive->ack_pending = false;
	receive->unacknowledged = 0;
}

static void build_data(struct kpu_session *session, struct kpu_packet *packet)
{
	struct kpu_session_sender *send = &session->send;
	kpu_position position = send->next;
	unsigned slot = slot_of(session, sequence_of(position));
	uint32_t offset = offset_of(position), rest = send->lengths[slot] - offset;
	bool repeated = position != send->high;

	packet->type = KPU_PACKET_DATA;
	packet->sequence = sequence_of(position);
	packet->payload = slot_bytes(session, slot) + offset;
	packet->flags = (uint16_t)(send->round << KPU_PACKET_ROUND_SHIFT |
				   (position & 0xffu) << KPU_PACKET_OFFSET_SHIFT);
	if (rest > send->fragment) {
		packet->length = send->fragment;
		packet->flags |= KPU_PACKET_FLAG_MORE;
		send->next = (kpu_position)(position + packet->length / KPU_PACKET_OFFSET_UNIT);
	} else {
		packet->length = (uint16_t)rest;
		send->next = (kpu_position)((sequence_of(position) + 1) << 8);
	}
	if (repeated)
		session->counters.retransmitted++;
	if (send->base == send->high)
		send->progress_at = session->now;
	if ((kpu_position)(send->next - send->base) > (kpu_position)(send->high - send->base))
		send->high = send->next;
	if (offset_of(session->receive.expected) == 0)
		acknowledged_now(&session->receive);
	arm_probe(session);
}

static void build_acknowledge(struct kpu_session *session, struct kpu_packet *packet)
{
	struct kpu_session_receiver *receive = &session->receive;
	struct kpu_session_sender *send = &session->send;

	packet->type = KPU_PACKET_ACK;
	packet->flags = (uint16_t)((receive->expected & 0xffu) << KPU_PACKET_OFFSET_SHIFT);
	if (receive->nak_due) {
		packet->type = KPU_PACKET_NAK;
		packet->flags |= (uint16_t)(receive->nak_round << KPU_PACKET_ROUND_SHIFT);
		receive->nak_due = false;
		session->counters.naks_sent++;
	} else if (receive->answer_due) {
		packet->flags |= KPU_PACKET_FLAG_ANSWER;
		packet->sequence = receive->answer_number;
		receive->answer_due = false;
	} else if (send->probe_due) {
		packet->flags |= KPU_PACKET_FLAG_ACK_REQUEST;
		packet->sequence = ++send->probe_number;
		send->probe_due = false;
		send->probe_open = true;
		send->probe_position = send->next;
		send->probe_round = send->round;
	}
	acknowledged_now(receive);
}

bool kpu_send_next(struct kpu_session *session, struct kpu_packet *packet)
{
	struct kpu_session_receiver *receive = &session->receive;
	bool first = receive->nak_due || receive->answer_due || session->send.probe_due ||
		     (receive->ack_due && offset_of(receive->expected));
	uint32_t epoch = session->epoch;

	memset(packet, 0, sizeof(*packet));
	if (!first && data_ready(session))
		build_data(session, packet);
	else if (epoch == session->epoch && (first || receive->ack_due))
		build_acknowledge(session, packet);
	else
		return false;
	packet->version = session->version;
	packet->acknowledge = (uint8_t)(receive->expected >> 8);
	packet->credit = receive->blocked ? 0 : session->config.receive_window;
	packet->session = session->number;
	return true;
}

void kpu_session_wake(struct kpu_session *session)
{
	session->send.fill_idle = false;
}

void kpu_session_expect(struct kpu_session *session, bool expecting)
{
	struct kpu_session_sender *send = &session->send;

	if (expecting == session->expecting)
		return;
	session->expecting = expecting;
	if (kpu_send_outstanding(session) || session->state != KPU_SESSION_ESTABLISHED)
		return;
	send->progress_at = session->now;
	arm_probe(session);
}
