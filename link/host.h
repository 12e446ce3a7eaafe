/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Host end of the transactions: sends requests and their bulk data, collects bulk results and
 * replies, repeats requests by id after a session restart, reports every end exactly once.
 * Like the session it has no I/O, clock, locks or allocation; the owner serialises all calls.
 */
#ifndef KPU_LINK_HOST_H
#define KPU_LINK_HOST_H

#include "link/error.h"
#include "link/session.h"

#define KPU_HOST_REPEATS 3u

enum kpu_transaction_state {
	KPU_TRANSACTION_IDLE,
	KPU_TRANSACTION_QUEUED,  /* waiting to send its request */
	KPU_TRANSACTION_SENDING, /* request sent, bulk data under way */
	KPU_TRANSACTION_WAITING, /* all sent, waiting for the reply */
	KPU_TRANSACTION_DONE,
};

struct kpu_transaction {
	/* Set by the owner before submission; the memory must stay until complete() is called. */
	uint16_t opcode;
	uint16_t argument_length;
	uint8_t arguments[KPU_WIRE_ARGUMENTS_MAX];
	const uint8_t
		*bulk_out; /* may change under way (user memory); each packet is one snapshot */
	uint32_t bulk_out_length;
	uint8_t *bulk_in;
	uint32_t bulk_in_limit;
	uint32_t timeout_us; /* from submission to reply; 0 = none */
	/* Done twice is as good as done once, as for RUN: should its bulk result be lost with a
	 * session, it is asked for anew, KPU_HOST_REPEATS times at most. May be cleared under
	 * way. */
	bool repeatable;
	void (*complete)(struct kpu_transaction *transaction); /* may submit new ones */
	void *owner;

	/* Valid in complete(). */
	uint16_t status; /* enum kpu_status */
	uint16_t result_length;
	uint8_t results[KPU_WIRE_RESULTS_MAX];
	uint32_t bulk_in_length;

	/* Private. */
	enum kpu_transaction_state state;
	uint16_t id;
	uint32_t bulk_out_sent;
	uint64_t deadline;
	uint8_t repeats;
	bool doomed; /* being ended together with others */
	struct kpu_transaction *next;
};

/* A transaction that ended here while the board still works on it. */
struct kpu_host_orphan {
	uint16_t id; /* 0: free */
	bool abort_pending;
};

struct kpu_host {
	struct kpu_session *session;
	/* Told about sessions and events; each may be NULL. @kept false: the board has lost all
	 * models, every open transaction has been completed with KPU_STATUS_BOARD_RESET before this
	 * call (not so for the host's first session: what was submitted early is sent then). */
	void (*session_up)(void *context, bool kept);
	void (*session_down)(void *context, enum kpu_session_loss reason);
	void (*event)(void *context, uint16_t code, const uint8_t *data, size_t length);
	void *context;

	struct kpu_transaction *first, *last; /* private: submission order */
	struct kpu_host_orphan orphans[KPU_WIRE_REQUESTS_MAX];
	uint16_t next_id;
	uint64_t now;
	bool had_session;
	bool long_was_last;       /* private: whose turn with bulk data it was */
	uint32_t late_messages;   /* for transactions that are no longer open; harmless */
	uint32_t protocol_errors; /* messages of the board that made no sense; for the log */
};

extern const struct kpu_session_ops kpu_host_session_ops; /* context = struct kpu_host */

/* @session has been initialised with the operations above; the owner fills in context, session_up,
 * session_down and event afterwards. */
void kpu_host_init(struct kpu_host *host, struct kpu_session *session);
/*
 * Queues @transaction. Control requests (no bulk to the board) overtake bulk data of others, but
 * leave it room to begin. Bulk data of models and of all else take turns, packet by packet.
 * complete() is called from kpu_session_input(), kpu_host_poll(), kpu_host_abandon() or
 * kpu_host_fail_all(), never from here; it may call any function of this header and
 * kpu_session_resync(). Transactions wait while no session is up. After a restart of the session
 * they are sent again with their id, so bulk_out must stay valid until complete().
 */
void kpu_host_submit(struct kpu_host *host, struct kpu_transaction *transaction, uint64_t now);
/* Ends @transaction now with @status; late answers of the board are dropped. If bulk data that was
 * announced has not all been sent, the board is told with an ABORT message instead of the rest.
 * A run that the board has got completely goes on there: submit KPU_OP_CANCEL to end it. */
void kpu_host_abandon(struct kpu_host *host, struct kpu_transaction *transaction, uint16_t status);
/* Ends all with @status, e.g. when the transport is gone. */
void kpu_host_fail_all(struct kpu_host *host, uint16_t status);
/* The owner starts the board anew: ends all with KPU_STATUS_BOARD_RESET; what is submitted from now
 * on waits for the next session, as before the first one. The owner stops the session meanwhile. */
void kpu_host_expect_reset(struct kpu_host *host);
/* Time-outs of transactions, and kpu_session_poll(). */
void kpu_host_poll(struct kpu_host *host, uint64_t now);
uint64_t kpu_host_deadline(const struct kpu_host *host);
bool kpu_host_idle(const struct kpu_host *host);
/* Bytes of bulk data that open transactions still have to send; what is submitted next waits for
 * them, or shares the line with them. */
uint64_t kpu_host_bulk_left(const struct kpu_host *host);

#endif
