/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * One end of a session: framing, packets, sequence numbers, window, acknowledgement, credit,
 * retransmission, start and loss of a session. Pure state machine: no I/O, no clock, no allocation.
 * Time is an argument in microseconds of any monotonic clock. Not locked: the owner serialises.
 *
 * The owner feeds received bytes to kpu_session_input(), fetches bytes to send with
 * kpu_session_output() whenever the transport has room, and calls kpu_session_poll() when
 * kpu_session_deadline() is reached. Payloads are pulled: when a window slot is free the session
 * asks ops->fill for the next one, so the owner chooses the order at the last moment.
 */
#ifndef KPU_LINK_SESSION_H
#define KPU_LINK_SESSION_H

#include "link/types.h"
#include "link/wire.h"

enum kpu_session_role {
	KPU_SESSION_HOST,
	KPU_SESSION_BOARD,
};

enum kpu_session_state {
	KPU_SESSION_DOWN,	 /* not started, or stopped */
	KPU_SESSION_SYNCING,	 /* host: SYNC sent, no answer yet; board: waiting for a SYNC */
	KPU_SESSION_ESTABLISHED,
};

enum kpu_session_loss {
	KPU_LOSS_NONE,
	KPU_LOSS_SILENT,	 /* no progress in spite of retransmission */
	KPU_LOSS_PEER_RESET,	 /* the board's boot id changed */
	KPU_LOSS_PEER_RESTART,	 /* a new SYNC arrived (board side) */
	KPU_LOSS_VERSION,	 /* no common version */
	KPU_LOSS_RESYNC,	 /* owner asked for it */
};

struct kpu_session_ops {
	/* A DATA payload, in order, exactly once. Returning false means "no room now": the packet is
	 * not acknowledged and comes again; call kpu_session_ready() when there is room. */
	bool (*deliver)(void *context, const uint8_t *payload, size_t length);
	/* Next payload to send: write up to @room bytes, return the length, 0 when there is nothing.
	 * The same payload is never asked for twice. */
	size_t (*fill)(void *context, uint8_t *payload, size_t room);
	/* A session is up. @kept: the board still has what this host loaded (same boot, same host). */
	void (*established)(void *context, bool kept);
	/* The session is gone; payloads not acknowledged may or may not have been delivered. The host
	 * end keeps sending SYNC by itself unless the reason is KPU_LOSS_VERSION. */
	void (*lost)(void *context, enum kpu_session_loss reason);
};

struct kpu_link_counters {
	uint32_t bytes_sent, bytes_received;
	uint32_t packets_sent, packets_received;
	uint32_t retransmitted;	   /* DATA packets sent again */
	uint32_t header_crc_errors, payload_crc_errors, frame_errors;
	uint32_t out_of_order;	   /* DATA packets dropped for their sequence */
	uint32_t duplicates;
	uint32_t naks_sent, naks_received;
	uint32_t timeouts;	   /* retransmission timer expired */
	uint32_t window_stalls;	   /* had data, had no credit */
	uint32_t syncs;		   /* sessions established */
	uint32_t overruns;	   /* bytes lost in the receiver's hardware, counted by the owner */
};

struct kpu_session_config {
	enum kpu_session_role role;
	uint16_t max_payload;	   /* what this end takes, KPU_WIRE_PAYLOAD_MIN..MAX */
	uint8_t window;		   /* packets this end can have unacknowledged and can take */
	uint32_t bytes_per_second; /* of the line, for timers; 0 = unknown, assume fast */
	uint64_t identity;	   /* host: host id; board: boot id */
	uint32_t firmware_version; /* board only */
	uint32_t silence_limit_us; /* no progress for this long: session lost (default 1 s) */
};

/* Working memory, owned by the caller, at least KPU_SESSION_MEMORY(max_payload, window) bytes. */
#define KPU_FRAME_BYTES(payload)                                                                  \
	((payload) + KPU_WIRE_HEADER_BYTES + KPU_WIRE_PAYLOAD_CRC_BYTES + (payload) / 254 + 3)
#define KPU_SESSION_MEMORY(payload, window)                                                       \
	((payload) * (window) + 2 * KPU_FRAME_BYTES(payload) + 64)

struct kpu_session_slot {
	uint16_t length;
	bool sent;
	uint64_t sent_at;
};

struct kpu_session {
	struct kpu_session_config config;
	const struct kpu_session_ops *ops;
	void *context;
	enum kpu_session_state state;
	struct kpu_link_counters counters;

	/* Everything below is private to session.c. */
	uint64_t peer_identity;	      /* host: boot id last seen; board: host id */
	uint32_t peer_firmware;
	uint16_t number;	      /* session number */
	uint8_t version;
	uint16_t payload_limit;	      /* negotiated, to send */
	uint8_t window_limit;
	uint32_t nonce;
	bool identity_known;

	struct kpu_session_slot slots[KPU_WIRE_WINDOW_MAX];
	uint8_t *slot_memory;
	uint8_t send_base, send_next, send_end; /* oldest unacked, next to put on the wire, next free */
	uint8_t peer_credit_end;
	uint8_t expected;
	uint8_t deliver_blocked;
	bool ack_pending, nak_pending, nak_sent_for_gap, ack_now;
	uint8_t packets_since_ack;
	uint8_t control_pending; /* type of SYNC / SYNC_ACK / ANNOUNCE / REJECT to send, 0 none */
	uint64_t ack_deadline, retransmit_deadline, sync_deadline, progress_deadline;
	unsigned retransmit_backoff, sync_attempts;
	bool fill_idle; /* fill had nothing; kpu_session_wake() clears it */

	uint8_t *frame; /* encoded bytes on their way out */
	size_t frame_length, frame_position;
	uint8_t *receive; /* frame being decoded */
	size_t receive_length;
	uint8_t cobs_code, cobs_left;
	bool receive_bad;
};

/* Fails (false) when a configuration value is out of range or @memory too small. */
bool kpu_session_init(struct kpu_session *session, const struct kpu_session_config *config,
		      const struct kpu_session_ops *ops, void *context, uint8_t *memory,
		      size_t memory_size);

/* Host: begin sending SYNC. Board: announce itself and wait for a SYNC. */
void kpu_session_start(struct kpu_session *session, uint64_t now);
/* Drop the session and start anew (host) with the same identity. */
void kpu_session_resync(struct kpu_session *session, uint64_t now);
/* After a change of the line's rate. */
void kpu_session_set_rate(struct kpu_session *session, uint32_t bytes_per_second);

void kpu_session_input(struct kpu_session *session, const uint8_t *bytes, size_t length,
		       uint64_t now);
/* Writes up to @room bytes to send now, returns how many; 0 = nothing to send at present. */
size_t kpu_session_output(struct kpu_session *session, uint8_t *out, size_t room, uint64_t now);
void kpu_session_poll(struct kpu_session *session, uint64_t now);
/* Time at which kpu_session_poll() is due; UINT64_MAX: no timer runs. */
uint64_t kpu_session_deadline(const struct kpu_session *session);

/* The owner has something to send / can take payloads again. */
void kpu_session_wake(struct kpu_session *session);
void kpu_session_ready(struct kpu_session *session);

/* All that was sent has been acknowledged. */
bool kpu_session_idle(const struct kpu_session *session);

#endif
