/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Life of a session, and the byte and packet interfaces to the transport. */
#include "link/session.h"

#include "link/bytes.h"
#include "link/crc.h"
#include "link/session_private.h"

#define RATE_LARGE  450000u
#define RATE_MEDIUM 140000u

uint16_t kpu_session_payload_for_rate(uint32_t bytes_per_second)
{
	if (bytes_per_second >= RATE_LARGE)
		return 4096;
	return bytes_per_second >= RATE_MEDIUM ? 2048 : 1536;
}

uint64_t kpu_session_line_time(const struct kpu_session *session, uint32_t bytes)
{
	return (uint64_t)bytes * session->us_per_kib >> 10;
}

void kpu_session_set_rate(struct kpu_session *session, uint32_t bytes_per_second)
{
	session->config.bytes_per_second = bytes_per_second;
	session->us_per_kib = bytes_per_second ? 1024u * 1000000u / bytes_per_second : 0;
}

static bool config_valid(const struct kpu_session_config *config)
{
	return (config->role == KPU_SESSION_HOST || config->role == KPU_SESSION_BOARD) &&
	       config->max_payload >= KPU_WIRE_PAYLOAD_MIN &&
	       config->max_payload <= KPU_WIRE_PAYLOAD_MAX &&
	       config->max_payload % KPU_PACKET_OFFSET_UNIT == 0 && config->window >= 1 &&
	       config->window <= KPU_WIRE_WINDOW_MAX &&
	       config->receive_window <= KPU_WIRE_WINDOW_MAX &&
	       config->version_oldest <= config->version_newest && config->version_newest < 16;
}

static void set_defaults(struct kpu_session_config *config)
{
	if (config->receive_window == 0)
		config->receive_window = config->window;
	if (config->silence_limit_us == 0)
		config->silence_limit_us = KPU_SILENCE_LIMIT;
	if (config->version_newest == 0) {
		config->version_newest = KPU_WIRE_VERSION;
		config->version_oldest = KPU_WIRE_VERSION_OLDEST;
	}
}

/* Everything that is copied in bulk starts on eight bytes; a received payload does so when its
 * frame starts four bytes behind such an address. */
static void lay_out(struct kpu_session *session, uint8_t *memory)
{
	size_t payload = session->config.max_payload;
	size_t room = payload + KPU_WIRE_HEADER_BYTES + KPU_WIRE_PAYLOAD_CRC_BYTES;
	uint8_t *p = memory + (-(size_t)memory & 7);

	session->send.slots = p;
	p += payload * session->config.window;
	session->receive.joined = p;
	p += payload;
	kpu_cobs_decoder_init(&session->receive.decoder, p + 4, room);
	p += 8 + room;
	session->send.frame = p;
}

bool kpu_session_init(struct kpu_session *session, const struct kpu_session_config *config,
		      const struct kpu_session_ops *ops, void *context, uint8_t *memory,
		      size_t memory_size)
{
	if (!config_valid(config) ||
	    memory_size < KPU_SESSION_MEMORY((size_t)config->max_payload, config->window))
		return false;
	memset(session, 0, sizeof(*session));
	session->config = *config;
	set_defaults(&session->config);
	session->ops = ops;
	session->context = context;
	session->state = KPU_SESSION_DOWN;
	session->payload_limit = config->max_payload;
	session->number = (uint16_t)config->identity;
	session->nonce = (uint32_t)(config->identity >> 16);
	kpu_session_set_rate(session, config->bytes_per_second);
	lay_out(session, memory);
	kpu_send_reset(session);
	kpu_receive_reset(session);
	return true;
}

void kpu_session_start(struct kpu_session *session, uint64_t now)
{
	session->now = now;
	session->state = KPU_SESSION_SYNCING;
	session->send.nothing_to_send = true;
	if (session->config.role == KPU_SESSION_HOST)
		kpu_sync_begin(session);
	else
		kpu_sync_announce(session);
}

void kpu_session_begin(struct kpu_session *session, bool kept)
{
	session->epoch++;
	session->state = KPU_SESSION_ESTABLISHED;
	session->kept = kept;
	session->counters.syncs++;
	kpu_send_reset(session);
	kpu_receive_reset(session);
	session->ops->established(session->context, kept);
}

void kpu_session_lose(struct kpu_session *session, enum kpu_session_loss reason)
{
	session->epoch++;
	session->state = KPU_SESSION_SYNCING;
	session->control = 0;
	kpu_send_reset(session);
	kpu_receive_reset(session);
	if (session->config.role == KPU_SESSION_HOST)
		kpu_sync_begin(session);
	else if (reason == KPU_LOSS_SILENT || reason == KPU_LOSS_RESYNC)
		kpu_sync_announce(session);
	session->ops->lost(session->context, reason);
}

void kpu_session_resync(struct kpu_session *session, uint64_t now)
{
	session->now = now;
	if (session->state == KPU_SESSION_ESTABLISHED)
		kpu_session_lose(session, KPU_LOSS_RESYNC);
	else
		kpu_session_start(session, now);
}

void kpu_session_stop(struct kpu_session *session)
{
	session->epoch++;
	session->state = KPU_SESSION_DOWN;
	session->control = 0;
	kpu_send_reset(session);
	kpu_receive_reset(session);
	session->send.frame_length = session->send.frame_position = 0;
}

void kpu_session_input(struct kpu_session *session, const uint8_t *bytes, size_t length,
		       uint64_t now)
{
	struct kpu_cobs_decoder *decoder = &session->receive.decoder;

	session->now = now;
	session->counters.bytes_received += (uint32_t)length;
	while (length && session->state != KPU_SESSION_DOWN) {
		enum kpu_cobs_event event;
		size_t used = kpu_cobs_decode(decoder, bytes, length, &event);

		if (event != KPU_COBS_MORE)
			kpu_receive_packet(session, decoder->frame, decoder->length,
					   event == KPU_COBS_BAD);
		bytes += used;
		length -= used;
	}
}

void kpu_session_input_packet(struct kpu_session *session, const uint8_t *packet, size_t length,
			      uint64_t now)
{
	session->now = now;
	session->counters.bytes_received += (uint32_t)length;
	if (session->state != KPU_SESSION_DOWN)
		kpu_receive_packet(session, packet, length, false);
}

static void run_timers(struct kpu_session *session)
{
	if (session->state == KPU_SESSION_SYNCING) {
		kpu_sync_timer(session);
	} else if (session->state == KPU_SESSION_ESTABLISHED) {
		struct kpu_session_receiver *receive = &session->receive;

		if (receive->ack_pending && session->now >= receive->ack_deadline)
			receive->ack_due = true;
		kpu_send_timer(session);
	}
}

void kpu_session_poll(struct kpu_session *session, uint64_t now)
{
	session->now = now;
	run_timers(session);
}

static bool next_packet(struct kpu_session *session, struct kpu_packet *packet, uint8_t *control)
{
	bool found;

	if (session->state == KPU_SESSION_DOWN)
		return false;
	run_timers(session);
	found = kpu_sync_build(session, packet, control) ||
		(session->state == KPU_SESSION_ESTABLISHED && kpu_send_next(session, packet));
	if (found)
		session->counters.packets_sent++;
	return found;
}

static bool build_frame(struct kpu_session *session)
{
	struct kpu_session_sender *send = &session->send;
	uint8_t header[KPU_WIRE_HEADER_BYTES], crc[KPU_WIRE_PAYLOAD_CRC_BYTES];
	uint8_t control[KPU_SYNC_ACK_BYTES];
	struct kpu_cobs_encoder encoder;
	struct kpu_packet packet;
	uint32_t lead = 0;

	if (!next_packet(session, &packet, control)) {
		send->nothing_to_send = true;
		return false;
	}
	/* Closes what noise left at the receiver, or a frame that lost its end. */
	if (send->nothing_to_send)
		send->frame[lead++] = 0;
	send->nothing_to_send = false;
	kpu_packet_put_header(header, &packet);
	kpu_cobs_begin(&encoder, send->frame + lead);
	kpu_cobs_add(&encoder, header, sizeof(header));
	if (packet.length) {
		kpu_put_u32(crc, kpu_crc32(KPU_CRC32_START, packet.payload, packet.length));
		kpu_cobs_add(&encoder, packet.payload, packet.length);
		kpu_cobs_add(&encoder, crc, sizeof(crc));
	}
	send->frame_length = lead + (uint32_t)kpu_cobs_end(&encoder);
	send->frame_position = 0;
	send->data_in_frame = packet.type == KPU_PACKET_DATA;
	return true;
}

size_t kpu_session_output(struct kpu_session *session, uint8_t *out, size_t room, uint64_t now)
{
	struct kpu_session_sender *send = &session->send;
	size_t written = 0;

	session->now = now;
	while (written < room) {
		size_t n;

		if (send->frame_position == send->frame_length && !build_frame(session))
			break;
		n = send->frame_length - send->frame_position;
		if (n > room - written)
			n = room - written;
		memcpy(out + written, send->frame + send->frame_position, n);
		send->frame_position += (uint32_t)n;
		written += n;
	}
	session->counters.bytes_sent += (uint32_t)written;
	return written;
}

size_t kpu_session_output_packet(struct kpu_session *session, uint8_t *packet, size_t room,
				 uint64_t now)
{
	uint8_t control[KPU_SYNC_ACK_BYTES];
	struct kpu_packet built;
	size_t length = KPU_WIRE_HEADER_BYTES;

	session->now = now;
	if (room < KPU_WIRE_HEADER_BYTES + session->payload_limit + KPU_WIRE_PAYLOAD_CRC_BYTES ||
	    !next_packet(session, &built, control))
		return 0;
	kpu_packet_put_header(packet, &built);
	if (built.length) {
		memcpy(packet + length, built.payload, built.length);
		length += built.length;
		kpu_put_u32(packet + length,
			    kpu_crc32(KPU_CRC32_START, built.payload, built.length));
		length += KPU_WIRE_PAYLOAD_CRC_BYTES;
	}
	session->counters.bytes_sent += (uint32_t)length;
	return length;
}

uint64_t kpu_session_deadline(const struct kpu_session *session)
{
	const struct kpu_session_receiver *receive = &session->receive;
	uint64_t deadline = KPU_NEVER;

	if (session->state == KPU_SESSION_SYNCING)
		return session->sync_deadline;
	if (session->state == KPU_SESSION_ESTABLISHED) {
		deadline = session->send.probe_deadline;
		if (receive->ack_pending && !receive->ack_due && receive->ack_deadline < deadline)
			deadline = receive->ack_deadline;
	}
	return deadline;
}

bool kpu_session_idle(const struct kpu_session *session)
{
	const struct kpu_session_sender *send = &session->send;

	return send->base == (kpu_position)(send->end << 8) &&
	       send->frame_position == send->frame_length && session->control == 0;
}
