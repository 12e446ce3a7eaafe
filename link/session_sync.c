/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Start of a session: SYNC, SYNC_ACK, ANNOUNCE, REJECT. */
#include "link/bytes.h"
#include "link/session_private.h"

void kpu_sync_begin(struct kpu_session *session)
{
	/* One nonce for all repetitions, so that the board can tell them from another start. */
	session->nonce++;
	session->control = KPU_PACKET_SYNC;
	session->control_at = session->now;
	session->sync_attempts = 0;
	session->sync_deadline = session->now + KPU_SYNC_INTERVAL;
}

void kpu_sync_announce(struct kpu_session *session)
{
	session->control = KPU_PACKET_ANNOUNCE;
	session->control_at = session->now;
	session->sync_deadline = KPU_NEVER;
}

void kpu_sync_timer(struct kpu_session *session)
{
	uint32_t interval = KPU_SYNC_INTERVAL;

	if (session->now < session->sync_deadline)
		return;
	session->control = KPU_PACKET_SYNC;
	session->control_at = session->now;
	if (session->sync_attempts < 4)
		session->sync_attempts++;
	interval <<= session->sync_attempts;
	if (interval > KPU_SYNC_INTERVAL_MAX)
		interval = KPU_SYNC_INTERVAL_MAX;
	session->sync_deadline = session->now + interval;
}

static uint16_t put_sync(const struct kpu_session *session, uint8_t *payload)
{
	const struct kpu_session_config *config = &session->config;

	payload[0] = config->version_newest;
	payload[1] = config->version_oldest;
	kpu_put_u16(payload + 2, config->max_payload);
	payload[4] = config->receive_window;
	kpu_put_u64(payload + 8, config->identity);
	kpu_put_u32(payload + 16, session->nonce);
	return KPU_SYNC_BYTES;
}

static uint16_t put_sync_ack(const struct kpu_session *session, uint8_t *payload)
{
	const struct kpu_session_config *config = &session->config;

	payload[0] = session->version;
	kpu_put_u16(payload + 2, config->max_payload);
	payload[4] = config->receive_window;
	payload[5] = session->kept ? KPU_SYNC_FLAG_HOST_KNOWN : 0;
	kpu_put_u64(payload + 8, config->identity);
	kpu_put_u32(payload + 16, session->nonce);
	kpu_put_u32(payload + 20, config->firmware_version);
	return KPU_SYNC_ACK_BYTES;
}

static uint16_t put_announce(const struct kpu_session *session, uint8_t *payload)
{
	const struct kpu_session_config *config = &session->config;

	payload[0] = config->version_newest;
	payload[1] = config->version_oldest;
	kpu_put_u32(payload + 4, config->firmware_version);
	kpu_put_u64(payload + 8, config->identity);
	return KPU_ANNOUNCE_BYTES;
}

bool kpu_sync_build(struct kpu_session *session, struct kpu_packet *packet, uint8_t *payload)
{
	uint8_t type = session->control;

	if (type == 0)
		return false;
	memset(packet, 0, sizeof(*packet));
	memset(payload, 0, KPU_SYNC_ACK_BYTES);
	packet->type = type;
	packet->version = session->config.version_newest;
	packet->payload = payload;
	if (type == KPU_PACKET_SYNC) {
		packet->length = put_sync(session, payload);
	} else if (type == KPU_PACKET_SYNC_ACK) {
		packet->length = put_sync_ack(session, payload);
		packet->session = session->number;
	} else {
		packet->length = put_announce(session, payload);
	}
	session->control = 0;
	return true;
}

static void limit_to_peer(struct kpu_session *session, const uint8_t *payload)
{
	uint16_t theirs = kpu_get_u16(payload + 2);

	session->payload_limit = session->config.max_payload;
	if (theirs < session->payload_limit)
		session->payload_limit = theirs & (uint16_t) ~(KPU_PACKET_OFFSET_UNIT - 1);
	session->peer_window = payload[4];
	if (session->peer_window > KPU_WIRE_WINDOW_MAX)
		session->peer_window = KPU_WIRE_WINDOW_MAX;
}

static bool limits_valid(const uint8_t *payload)
{
	return kpu_get_u16(payload + 2) >= KPU_WIRE_PAYLOAD_MIN && payload[4] >= 1;
}

/* Board. */
static void sync_received(struct kpu_session *session, const uint8_t *payload)
{
	const struct kpu_session_config *config = &session->config;
	uint64_t identity = kpu_get_u64(payload + 8);
	uint32_t nonce = kpu_get_u32(payload + 16);
	bool same_host = session->identity_known && identity == session->peer_identity;

	session->peer_newest = payload[0];
	session->peer_oldest = payload[1];
	if (payload[0] < config->version_oldest || payload[1] > config->version_newest) {
		session->control = KPU_PACKET_REJECT;
		return;
	}
	if (session->state == KPU_SESSION_ESTABLISHED && same_host && nonce == session->nonce) {
		session->control = KPU_PACKET_SYNC_ACK;
		return;
	}
	if (session->state == KPU_SESSION_ESTABLISHED)
		kpu_session_lose(session, KPU_LOSS_PEER_RESTART);
	if (session->state == KPU_SESSION_DOWN)
		return;
	session->version =
		payload[0] < config->version_newest ? payload[0] : config->version_newest;
	limit_to_peer(session, payload);
	session->peer_identity = identity;
	session->identity_known = true;
	session->nonce = nonce;
	if (++session->number == 0)
		session->number = 1;
	session->control = KPU_PACKET_SYNC_ACK;
	kpu_session_begin(session, same_host);
}

/* Host: the peer cannot speak any version of ours. */
static void give_up(struct kpu_session *session)
{
	kpu_session_stop(session);
	session->ops->lost(session->context, KPU_LOSS_VERSION);
}

static void sync_ack_received(struct kpu_session *session, const struct kpu_packet *packet)
{
	const uint8_t *payload = packet->payload;
	uint64_t identity = kpu_get_u64(payload + 8);
	bool kept = session->identity_known && identity == session->peer_identity &&
		    (payload[5] & KPU_SYNC_FLAG_HOST_KNOWN);

	if (session->state != KPU_SESSION_SYNCING || packet->session == 0 ||
	    kpu_get_u32(payload + 16) != session->nonce)
		return;
	if (payload[0] < session->config.version_oldest ||
	    payload[0] > session->config.version_newest) {
		session->peer_newest = session->peer_oldest = payload[0];
		give_up(session);
		return;
	}
	session->version = payload[0];
	limit_to_peer(session, payload);
	session->peer_identity = identity;
	session->peer_firmware = kpu_get_u32(payload + 20);
	session->identity_known = true;
	session->number = packet->session;
	session->control = 0;
	kpu_session_begin(session, kept);
}

static void announce_received(struct kpu_session *session, const uint8_t *payload)
{
	session->peer_newest = payload[0];
	session->peer_oldest = payload[1];
	session->peer_firmware = kpu_get_u32(payload + 4);
	if (session->state == KPU_SESSION_ESTABLISHED) {
		bool reset = kpu_get_u64(payload + 8) != session->peer_identity;

		kpu_session_lose(session, reset ? KPU_LOSS_PEER_RESET : KPU_LOSS_PEER_RESTART);
	} else if (session->now - session->control_at >= KPU_ANNOUNCE_INTERVAL) {
		/* A board has just come up: do not let it wait for the next interval. */
		session->control = KPU_PACKET_SYNC;
		session->control_at = session->now;
		session->sync_attempts = 0;
		session->sync_deadline = session->now + KPU_SYNC_INTERVAL;
	}
}

void kpu_sync_received(struct kpu_session *session, const struct kpu_packet *packet)
{
	bool host = session->config.role == KPU_SESSION_HOST;
	const uint8_t *payload = packet->payload;

	if (packet->type == KPU_PACKET_SYNC && !host && packet->length >= KPU_SYNC_BYTES &&
	    limits_valid(payload)) {
		sync_received(session, payload);
	} else if (packet->type == KPU_PACKET_SYNC_ACK && host &&
		   packet->length >= KPU_SYNC_ACK_BYTES && limits_valid(payload)) {
		sync_ack_received(session, packet);
	} else if (packet->type == KPU_PACKET_ANNOUNCE && host &&
		   packet->length >= KPU_ANNOUNCE_BYTES) {
		announce_received(session, payload);
	} else if (packet->type == KPU_PACKET_REJECT && host &&
		   packet->length >= KPU_ANNOUNCE_BYTES && session->state == KPU_SESSION_SYNCING) {
		session->peer_newest = payload[0];
		session->peer_oldest = payload[1];
		session->peer_firmware = kpu_get_u32(payload + 4);
		give_up(session);
	}
}
