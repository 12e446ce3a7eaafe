/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Board end of the transactions: receives requests and bulk data, guarantees at-most-once, sends
 * bulk results and replies. What a command does is the business of the firmware (or of a test).
 */
#ifndef KPU_LINK_BOARD_H
#define KPU_LINK_BOARD_H

#include "link/commands.h"
#include "link/error.h"
#include "link/session.h"

/* Longest event; a board that sends none needs no room for it. */
#ifndef KPU_BOARD_EVENT_MAX
#define KPU_BOARD_EVENT_MAX 160u
#endif

#define KPU_BOARD_REQUESTS_MAX KPU_WIRE_REQUESTS_MAX /* accepted and not yet answered */

struct kpu_board_request {
	uint16_t id, opcode, argument_length;
	uint32_t bulk_out_length; /* announced by the host */
	uint32_t bulk_received;
	uint32_t bulk_in_limit;
	union {
		uint8_t arguments[KPU_WIRE_ARGUMENTS_MAX]; /* until kpu_board_reply() */
		struct kpu_run_arguments run;              /* the same, decoded in place */
		uint8_t results[KPU_WIRE_RESULTS_MAX];     /* private, from then on */
	};
	void *owner; /* for the command's use */

	/* Private. */
	uint8_t state;
	uint16_t status, result_length;
	uint32_t bulk_in_length, bulk_in_sent;
	bool bulk_lost;
};

struct kpu_board_ops {
	/* A new request; its arguments are complete, its bulk data follows. */
	void (*begin)(void *context, struct kpu_board_request *request);
	/* Bulk data in ascending order, up to the announced length. Return false for "no room now":
	 * the whole line then waits until kpu_session_ready(), so take it whenever possible. Not
	 * called after kpu_board_reply(): bulk data that still comes is dropped. */
	bool (*bulk)(void *context, struct kpu_board_request *request, uint32_t offset,
		     const uint8_t *data, size_t length);
	/* All bulk data has arrived (called at once when there is none). */
	void (*complete)(void *context, struct kpu_board_request *request);
	/* Next bulk result bytes: write up to @room at @offset, return how many (0 = not ready yet;
	 * call kpu_session_wake() when they are). Ascending offsets, each asked for once. */
	size_t (*produce)(void *context, struct kpu_board_request *request, uint32_t offset,
			  uint8_t *out, size_t room);
	/* The request has ended without an answer: its bulk data was incomplete when the session
	 * ended or the host gave up, or another host took over. @request is free after the call. A
	 * request that is complete outlives its session; if some of its bulk result was sent by
	 * then, produce() is not called any more and the host is told RESULT_LOST. */
	void (*aborted)(void *context, struct kpu_board_request *request);
	/* The reply and all bulk results have been handed to the session, or are lost: memory they
	 * came from is free, and so is @request after the call. Not called after aborted(). May be
	 * NULL. */
	void (*released)(void *context, struct kpu_board_request *request);
	/* Another host took over: free everything. */
	void (*host_changed)(void *context);
};

struct kpu_board_cached_reply {
	uint16_t id, status, result_length;
	bool pending;        /* to be sent (again) */
	bool bulk_lost;      /* had bulk results, or results too long for this cache */
	uint8_t results[72]; /* longer results are not kept: answered with RESULT_LOST */
};

struct kpu_board {
	struct kpu_session *session;
	const struct kpu_board_ops *ops;
	void *context;
	struct kpu_board_request requests[KPU_BOARD_REQUESTS_MAX];
	struct kpu_board_cached_reply cache[KPU_WIRE_REPLY_CACHE];
	unsigned cache_next;
	uint8_t event[KPU_BOARD_EVENT_MAX];
	uint16_t event_length, event_code;
	bool event_ready, had_host;
	uint32_t protocol_errors; /* messages of the host that made no sense; for the log */
};

extern const struct kpu_session_ops kpu_board_session_ops; /* context = struct kpu_board */

/* @session has been initialised with the operations above. */
void kpu_board_init(struct kpu_board *board, struct kpu_session *session,
		    const struct kpu_board_ops *ops, void *context);

/* Announces @length bulk result bytes of @request (at most its bulk_in_limit): ops->produce is
 * asked for them, in order, as the window allows. May be called several times, lengths add up. */
void kpu_board_send_bulk(struct kpu_board *board, struct kpu_board_request *request,
			 uint32_t length);
/* The answer; it leaves after all announced bulk results. Before the bulk data to the board is
 * complete it ends that as well (e.g. with an error). @results may be request->arguments, so that
 * nobody needs a buffer of their size. It may be called from within any of the ops; @request stays
 * valid until released(). */
void kpu_board_reply(struct kpu_board *board, struct kpu_board_request *request, uint16_t status,
		     const uint8_t *results, size_t length);
/* All announced bulk results of @request have been handed to the session. */
bool kpu_board_bulk_drained(const struct kpu_board_request *request);
/* Sends an EVENT when the line is free; false if one is still waiting or @length is above
 * KPU_BOARD_EVENT_MAX. */
bool kpu_board_event(struct kpu_board *board, uint16_t code, const uint8_t *data, size_t length);
/* The open request with this id, or NULL. */
struct kpu_board_request *kpu_board_find(struct kpu_board *board, uint16_t id);

#endif
