/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * One end of a session: framing, packets, sequence numbers, window, acknowledgement, credit,
 * retransmission, start and loss of a session. Pure state machine: no I/O, no clock, no allocation.
 * Time is an argument in microseconds of any monotonic clock. Not locked: the owner serialises.
 * The callbacks may call every function of this header but kpu_session_init(), _input(), _output()
 * and _poll() (and their packet variants).
 *
 * The owner feeds received bytes to kpu_session_input(), fetches bytes to send with
 * kpu_session_output() whenever the transport has room, and calls kpu_session_poll() when
 * kpu_session_deadline() is reached. Payloads are pulled: when a window slot is free the session
 * asks ops->fill for the next one, so the owner chooses the order at the last moment.
 */
#ifndef KPU_LINK_SESSION_H
#define KPU_LINK_SESSION_H

#include "link/cobs.h"
#include "link/types.h"
#include "link/wire.h"

enum kpu_session_role {
	KPU_SESSION_HOST,
	KPU_SESSION_BOARD,
};

enum kpu_session_state {
	KPU_SESSION_DOWN,    /* not started, or stopped */
	KPU_SESSION_SYNCING, /* host: SYNC sent, no answer yet; board: waiting for a SYNC */
	KPU_SESSION_ESTABLISHED,
};

enum kpu_session_loss {
	KPU_LOSS_NONE,
	KPU_LOSS_SILENT,       /* no progress in spite of retransmission */
	KPU_LOSS_PEER_RESET,   /* the board's boot id changed */
	KPU_LOSS_PEER_RESTART, /* a new SYNC arrived (board); the board has no session (host) */
	KPU_LOSS_VERSION,      /* no common version */
	KPU_LOSS_RESYNC,       /* owner asked for it */
};

struct kpu_session_ops {
	/* A DATA payload, in order, exactly once. Returning false means "no room now": the packet
	 * is not acknowledged and comes again; call kpu_session_ready() when there is room. */
	bool (*deliver)(void *context, const uint8_t *payload, size_t length);
	/* Next payload to send: write up to @room bytes (KPU_WIRE_PAYLOAD_MIN or more), return the
	 * length, 0 when there is nothing. The same payload is never asked for twice. */
	size_t (*fill)(void *context, uint8_t *payload, size_t room);
	/* Session up. @kept: the board still has what this host loaded (same boot and host). */
	void (*established)(void *context, bool kept);
	/* The session is gone (or, with KPU_LOSS_VERSION, cannot start); payloads not acknowledged
	 * may or may not have been delivered. The host end keeps sending SYNC by itself unless the
	 * reason is KPU_LOSS_VERSION; peer_newest and peer_oldest tell which side is old then.
	 * Called from input, output, poll or resync. */
	void (*lost)(void *context, enum kpu_session_loss reason);
};

struct kpu_link_counters {
	uint32_t bytes_sent, bytes_received;
	uint32_t packets_sent, packets_received;
	uint32_t retransmitted; /* DATA packets sent again */
	uint32_t header_crc_errors, payload_crc_errors, frame_errors;
	uint32_t out_of_order; /* DATA packets dropped for their sequence */
	uint32_t duplicates;
	uint32_t naks_sent, naks_received;
	uint32_t timeouts;      /* retransmission timer expired */
	uint32_t window_stalls; /* had data, had no credit */
	uint32_t syncs;         /* sessions established */
	uint32_t overruns;      /* bytes lost in the receiver's hardware, counted by the owner */
};

struct kpu_session_config {
	enum kpu_session_role role;
	uint16_t max_payload;   /* what this end takes, KPU_WIRE_PAYLOAD_MIN..MAX, multiple of 16 */
	uint8_t window;         /* packets this end can have unacknowledged, 1..WINDOW_MAX */
	uint8_t receive_window; /* packets the peer may send ahead, 1..WINDOW_MAX; 0 = window */
	uint32_t bytes_per_second; /* of the line, for timers; 0 = unknown, assume fast */
	uint64_t identity;         /* host: host id; board: boot id */
	uint32_t firmware_version; /* board only */
	uint32_t silence_limit_us; /* no progress for this long: session lost (0 = 1 s) */
	uint8_t version_newest;    /* 0 = KPU_WIRE_VERSION */
	uint8_t version_oldest;    /* 0 = KPU_WIRE_VERSION_OLDEST */
};

/* Working memory, owned by the caller, at least KPU_SESSION_MEMORY(max_payload, window) bytes:
 * the payloads not yet acknowledged, a frame on its way out, a frame coming in, a payload that is
 * being joined from fragments. */
#define KPU_FRAME_BYTES(payload) \
	((payload) + KPU_WIRE_HEADER_BYTES + KPU_WIRE_PAYLOAD_CRC_BYTES + (payload) / 254 + 4)
#define KPU_SESSION_MEMORY(payload, window) \
	((payload) * ((window) + 1u) + 2u * KPU_FRAME_BYTES(payload) + 64u)

/* A position in the stream of payloads: sequence << 8 | offset in units of 16 bytes. */
typedef uint16_t kpu_position;

/* Private to the send half. */
struct kpu_session_sender {
	uint16_t lengths[KPU_WIRE_WINDOW_MAX]; /* of the payload in each slot */
	uint8_t *slots;
	uint8_t base_slot;    /* slot of the sequence of base */
	uint8_t end;          /* sequence of the next payload to be filled */
	uint8_t credit_end;   /* first sequence that may not be sent */
	kpu_position base;    /* all before it is acknowledged */
	kpu_position next;    /* to be sent next */
	kpu_position high;    /* end of what was ever sent */
	uint8_t round;        /* how often we went back, modulo 16 */
	bool stalled;         /* has data but no credit */
	bool fill_idle;       /* fill had nothing; kpu_session_wake() clears it */
	bool nothing_to_send; /* the line was idle: lead the next frame with a delimiter */

	uint16_t fragment; /* largest payload part of a packet at present */
	uint8_t trouble;   /* rises when we go back, sinks with each acknowledged packet */
	uint16_t clean;    /* acknowledged packets since the last trouble */

	bool probe_due, probe_open;
	uint8_t probe_number, probe_round, probe_backoff;
	kpu_position probe_position;
	uint64_t probe_deadline; /* UINT64_MAX: off */
	uint64_t progress_at;

	bool data_in_frame; /* the frame on its way out is DATA */
	uint8_t *frame;
	uint32_t frame_length, frame_position;
};

/* Private to the receive half. */
struct kpu_session_receiver {
	kpu_position expected;
	uint8_t *joined; /* fragments of the payload at expected */
	bool blocked;    /* deliver() had no room */
	bool ack_due, ack_pending, nak_due, answer_due;
	uint8_t answer_number, unacknowledged;
	bool nak_open; /* a NAK has gone out for the gap at expected */
	uint8_t round, nak_round;
	uint64_t ack_deadline, nak_at;
	uint64_t heard_at; /* last intact packet of this session */

	struct kpu_cobs_decoder decoder;
};

struct kpu_session {
	struct kpu_session_config config;
	const struct kpu_session_ops *ops;
	void *context;
	enum kpu_session_state state;
	struct kpu_link_counters counters;
	uint64_t peer_identity; /* host: boot id last seen; board: host id */
	uint32_t peer_firmware; /* host: firmware version of the board */
	uint8_t peer_newest, peer_oldest;
	uint8_t version;        /* of this session */
	uint16_t payload_limit; /* negotiated: smaller of both ends */

	/* Everything below is private. */
	uint16_t number; /* session number */
	uint32_t nonce;
	bool identity_known, kept, expecting;
	uint8_t peer_window; /* credit at the start of the session */
	uint8_t control;     /* enum kpu_wire_packet_type waiting to be sent, 0: none */
	uint8_t sync_attempts;
	uint64_t sync_deadline, control_at, now;
	uint32_t us_per_kib; /* of the line */
	uint32_t epoch;      /* changes when a session starts or ends */
	struct kpu_session_sender send;
	struct kpu_session_receiver receive;
};

/* Payload that keeps headers small and one packet short enough in time: 4096 from 450 kB/s on,
 * 2048 from 140 kB/s on, else 1536. */
uint16_t kpu_session_payload_for_rate(uint32_t bytes_per_second);

/* Fails (false) when a configuration value is out of range or @memory too small. */
bool kpu_session_init(struct kpu_session *session, const struct kpu_session_config *config,
		      const struct kpu_session_ops *ops, void *context, uint8_t *memory,
		      size_t memory_size);

/* Host: begin sending SYNC. Board: announce itself and wait for a SYNC. */
void kpu_session_start(struct kpu_session *session, uint64_t now);
/* Drop the session and start anew (host) with the same identity; ops->lost is called if one was
 * up. A board announces itself. */
void kpu_session_resync(struct kpu_session *session, uint64_t now);
/* No more output, input is dropped, no timer runs. No callback. */
void kpu_session_stop(struct kpu_session *session);
/* After a change of the line's rate. */
void kpu_session_set_rate(struct kpu_session *session, uint32_t bytes_per_second);

/* Byte streams: COBS frames. */
void kpu_session_input(struct kpu_session *session, const uint8_t *bytes, size_t length,
		       uint64_t now);
/* Writes up to @room bytes to send now, returns how many; 0 = nothing to send at present. */
size_t kpu_session_output(struct kpu_session *session, uint8_t *out, size_t room, uint64_t now);

/* Transports that keep packets apart by themselves (SPI): whole packets, no COBS. Use either these
 * or the two above. @room must be at least KPU_WIRE_HEADER_BYTES + payload_limit +
 * KPU_WIRE_PAYLOAD_CRC_BYTES. */
void kpu_session_input_packet(struct kpu_session *session, const uint8_t *packet, size_t length,
			      uint64_t now);
size_t kpu_session_output_packet(struct kpu_session *session, uint8_t *packet, size_t room,
				 uint64_t now);

/* Does what time has brought: probes, SYNCs again, the end of a session that got no answer. */
void kpu_session_poll(struct kpu_session *session, uint64_t now);
/* Time at which kpu_session_poll() is due; UINT64_MAX: no timer runs. Ask again after each input,
 * output or poll. */
uint64_t kpu_session_deadline(const struct kpu_session *session);

/* The owner has something to send / can take payloads again. Ask for output afterwards. */
void kpu_session_wake(struct kpu_session *session);
void kpu_session_ready(struct kpu_session *session);
/* While @expecting, a peer that stays silent is probed, so that its loss is noticed even when
 * nothing is being sent. */
void kpu_session_expect(struct kpu_session *session, bool expecting);

/* All that was sent has been acknowledged, and nothing waits to be sent but what fill has. */
bool kpu_session_idle(const struct kpu_session *session);

#endif
