/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What the files of the session share among themselves; nobody else includes this. */
#ifndef KPU_LINK_SESSION_PRIVATE_H
#define KPU_LINK_SESSION_PRIVATE_H

#include "link/packet.h"
#include "link/session.h"

#define KPU_NEVER UINT64_MAX

/* Times in microseconds. */
#define KPU_ACK_DELAY         2000u  /* an acknowledgement waits this long for company */
#define KPU_PROBE_DELAY       10000u /* beyond the time that the line needs */
#define KPU_PROBE_DELAY_BAD   2000u  /* the same on a line so bad that payloads are cut */
#define KPU_PROBE_DELAY_MAX   200000u
#define KPU_NAK_REPEAT        5000u
#define KPU_SYNC_INTERVAL     100000u /* doubles up to the maximum */
#define KPU_SYNC_INTERVAL_MAX 1000000u
#define KPU_ANNOUNCE_INTERVAL 10000u
#define KPU_SILENCE_LIMIT     1000000u

#define KPU_FRAGMENT_MIN    32u
#define KPU_FRAGMENT_BAD    128u /* at most this: the line is so bad that it must never be idle */
#define KPU_FRAGMENTS_AHEAD 16u  /* in flight, once payloads are cut */

/* session.c */
void kpu_session_begin(struct kpu_session *session, bool kept);
void kpu_session_lose(struct kpu_session *session, enum kpu_session_loss reason);
/* Time that @bytes take on the line. */
uint64_t kpu_session_line_time(const struct kpu_session *session, uint32_t bytes);

/* session_sync.c: SYNC, SYNC_ACK, ANNOUNCE and REJECT */
void kpu_sync_begin(struct kpu_session *session);
void kpu_sync_timer(struct kpu_session *session);
void kpu_sync_announce(struct kpu_session *session);
void kpu_sync_received(struct kpu_session *session, const struct kpu_packet *packet);
/* Fills in the waiting control packet and writes its payload; false if none waits. */
bool kpu_sync_build(struct kpu_session *session, struct kpu_packet *packet, uint8_t *payload);

/* session_send.c */
void kpu_send_reset(struct kpu_session *session);
/* A header of the peer with valid acknowledge and credit fields. */
void kpu_send_acknowledged(struct kpu_session *session, const struct kpu_packet *packet);
/* An intact packet of the peer: it is alive. */
void kpu_send_heard(struct kpu_session *session);
/* Aborts the frame on its way out; the peer sees a damaged frame. */
void kpu_send_cut(struct kpu_session *session);
void kpu_send_timer(struct kpu_session *session);
/* Something of ours is unanswered: the peer's silence counts. */
bool kpu_send_outstanding(const struct kpu_session *session);
/* Builds the next packet that should go out; false if there is none. */
bool kpu_send_next(struct kpu_session *session, struct kpu_packet *packet);

/* session_receive.c */
void kpu_receive_reset(struct kpu_session *session);
/* A packet, complete or damaged, as it came from the wire. */
void kpu_receive_packet(struct kpu_session *session, const uint8_t *bytes, size_t length,
			bool damaged);

#endif
