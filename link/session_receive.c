/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Receive half: order, gaps, fragments, acknowledgement. */
#include "link/session_private.h"

#define DATA_MIN_BYTES 14u /* a shorter damaged packet can have carried no data */

void kpu_receive_reset(struct kpu_session *session)
{
	struct kpu_session_receiver *receive = &session->receive;

	receive->expected = 0;
	receive->blocked = false;
	receive->ack_due = receive->ack_pending = false;
	receive->nak_due = receive->nak_open = receive->answer_due = false;
	receive->unacknowledged = 0;
	receive->round = 0;
	receive->heard_at = session->now;
}

static kpu_position position_of(const struct kpu_packet *packet)
{
	return (kpu_position)(packet->sequence << 8 | packet->flags >> KPU_PACKET_OFFSET_SHIFT);
}

/*
 * Something before the newest packet is missing. One NAK for it, until the sender has gone back
 * (its packets show another round then) or the NAK must have been lost itself.
 */
static void gap(struct kpu_session *session)
{
	struct kpu_session_receiver *receive = &session->receive;

	if (receive->blocked)
		return;
	if (receive->nak_open && receive->nak_round == receive->round &&
	    session->now - receive->nak_at < KPU_NAK_REPEAT)
		return;
	receive->nak_due = receive->nak_open = true;
	receive->nak_round = receive->round;
	receive->nak_at = session->now;
}

static void accepted(struct kpu_session *session, kpu_position next, bool at_once)
{
	struct kpu_session_receiver *receive = &session->receive;

	receive->expected = next;
	receive->nak_due = receive->nak_open = false;
	receive->unacknowledged++;
	if (at_once || receive->unacknowledged >= 2 || session->config.receive_window < 3) {
		receive->ack_due = true;
	} else if (!receive->ack_pending) {
		receive->ack_pending = true;
		receive->ack_deadline = session->now + KPU_ACK_DELAY;
	}
}

/* The packet that was expected. */
static void take_data(struct kpu_session *session, const struct kpu_packet *packet)
{
	struct kpu_session_receiver *receive = &session->receive;
	uint32_t offset = (receive->expected & 0xffu) * KPU_PACKET_OFFSET_UNIT;
	bool more = packet->flags & KPU_PACKET_FLAG_MORE;
	bool at_once = packet->flags & KPU_PACKET_FLAG_ACK_REQUEST;
	const uint8_t *payload = packet->payload;
	uint32_t end = offset + packet->length, epoch = session->epoch;

	if (packet->length == 0 || end > session->config.max_payload ||
	    (more &&
	     (packet->length % KPU_PACKET_OFFSET_UNIT || end == session->config.max_payload))) {
		session->counters.frame_errors++;
		return;
	}
	if (more || offset) {
		memcpy(receive->joined + offset, payload, packet->length);
		payload = receive->joined;
	}
	if (more) {
		accepted(session,
			 (kpu_position)(packet->sequence << 8 | end / KPU_PACKET_OFFSET_UNIT),
			 at_once);
		return;
	}
	if (session->ops->deliver(session->context, payload, end)) {
		if (epoch == session->epoch)
			accepted(session, (kpu_position)((packet->sequence + 1) << 8), at_once);
	} else if (epoch == session->epoch) {
		receive->blocked = true;
		receive->ack_due = true;
	}
}

static void data_received(struct kpu_session *session, const struct kpu_packet *packet)
{
	struct kpu_session_receiver *receive = &session->receive;
	kpu_position distance = (kpu_position)(position_of(packet) - receive->expected);

	if (receive->blocked) {
		/* Sent before our lack of credit was known. */
		session->counters.out_of_order++;
		receive->ack_due = true;
	} else if (distance == 0) {
		take_data(session, packet);
	} else if (distance < 0x8000) {
		session->counters.out_of_order++;
		gap(session);
	} else {
		session->counters.duplicates++;
		receive->ack_due = true;
	}
}

static bool of_this_session(const struct kpu_session *session, const struct kpu_packet *packet)
{
	return session->state == KPU_SESSION_ESTABLISHED && packet->session == session->number &&
	       packet->version == session->version;
}

static void note_header(struct kpu_session *session, const struct kpu_packet *packet)
{
	if (packet->type == KPU_PACKET_DATA)
		session->receive.round =
			(packet->flags & KPU_PACKET_ROUND_MASK) >> KPU_PACKET_ROUND_SHIFT;
	kpu_send_acknowledged(session, packet);
}

static void damaged_received(struct kpu_session *session, const struct kpu_packet *packet,
			     size_t length, enum kpu_packet_fault fault)
{
	if (fault == KPU_PACKET_BAD_HEADER) {
		if (session->state == KPU_SESSION_ESTABLISHED && length >= DATA_MIN_BYTES)
			gap(session);
		return;
	}
	/* The header has a CRC of its own and is worth something even so. */
	if (!of_this_session(session, packet) || packet->type != KPU_PACKET_DATA)
		return;
	note_header(session, packet);
	if ((kpu_position)(position_of(packet) - session->receive.expected) < 0x8000)
		gap(session);
	else
		session->receive.ack_due = true;
}

static void session_packet_received(struct kpu_session *session, const struct kpu_packet *packet)
{
	struct kpu_session_receiver *receive = &session->receive;

	receive->heard_at = session->now;
	kpu_send_heard(session);
	note_header(session, packet);
	if (packet->type == KPU_PACKET_DATA) {
		data_received(session, packet);
	} else if (packet->type == KPU_PACKET_ACK &&
		   (packet->flags & KPU_PACKET_FLAG_ACK_REQUEST)) {
		receive->answer_due = true;
		receive->answer_number = packet->sequence;
	}
}

void kpu_receive_packet(struct kpu_session *session, const uint8_t *bytes, size_t length,
			bool damaged)
{
	struct kpu_link_counters *counters = &session->counters;
	struct kpu_packet packet;
	enum kpu_packet_fault fault = kpu_packet_parse(bytes, length, &packet);

	if (damaged && fault == KPU_PACKET_GOOD)
		fault = KPU_PACKET_BAD_LENGTH;
	if (fault != KPU_PACKET_GOOD) {
		if (damaged || fault == KPU_PACKET_BAD_LENGTH)
			counters->frame_errors++;
		else if (fault == KPU_PACKET_BAD_HEADER)
			counters->header_crc_errors++;
		else
			counters->payload_crc_errors++;
		damaged_received(session, &packet, length, fault);
		return;
	}
	counters->packets_received++;
	if (packet.type >= KPU_PACKET_SYNC && packet.type <= KPU_PACKET_REJECT) {
		kpu_sync_received(session, &packet);
	} else if (packet.type < KPU_PACKET_DATA || packet.type > KPU_PACKET_REJECT) {
		counters->frame_errors++;
	} else if (of_this_session(session, &packet)) {
		session_packet_received(session, &packet);
	} else if (session->config.role == KPU_SESSION_BOARD &&
		   session->now - session->control_at >= KPU_ANNOUNCE_INTERVAL &&
		   session->control == 0) {
		/* A host that does not know of our restart, or that we gave up. */
		kpu_sync_announce(session);
	}
}

void kpu_session_ready(struct kpu_session *session)
{
	struct kpu_session_receiver *receive = &session->receive;

	if (!receive->blocked)
		return;
	receive->blocked = false;
	receive->nak_due = receive->nak_open = true;
	receive->nak_round = receive->round;
	receive->nak_at = session->now;
}
