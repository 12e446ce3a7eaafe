/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* RUN and CANCEL, and what the runtime has to say about a run. */
#include "firmware_k210/server/commands.h"

#include "link/bytes.h"

#include <stddef.h>

/* The request keeps the arguments for the run, decoded where they arrived: each field is read
 * before it is written to the same place. */
_Static_assert(offsetof(struct kpu_run_arguments, taps) == 12 && sizeof(struct kpu_tap) == 8 &&
		       offsetof(struct kpu_tap, index) == 2 && offsetof(struct kpu_tap, limit) == 4,
	       "struct kpu_run_arguments has its fields where the wire has them");

static void run_begin(struct server *server, struct kpu_board_request *request)
{
	struct runtime_run *run;
	uint16_t status;

	if (!kpu_decode_run_arguments(request->arguments, request->argument_length,
				      &request->run)) {
		server_reply_status(server, request, KPU_STATUS_PARAM);
		return;
	}
	status = runtime_run_begin(&server->runtime, &request->run, request->bulk_out_length,
				   request->bulk_in_limit, request, &run);
	if (status == KPU_STATUS_OK)
		request->owner = run;
	else
		server_reply_status(server, request, status);
}

static bool run_bulk(struct server *server, struct kpu_board_request *request, uint32_t offset,
		     const uint8_t *data, size_t length)
{
	return runtime_run_input(&server->runtime, request->owner, offset, data, length);
}

static void run_complete(struct server *server, struct kpu_board_request *request)
{
	runtime_run_start(&server->runtime, request->owner);
}

static size_t run_produce(struct server *server, struct kpu_board_request *request, uint32_t offset,
			  uint8_t *out, size_t room)
{
	/* The run gave up before everything announced was fetched; the rest means nothing. */
	if (!request->owner) {
		memset(out, 0, room);
		return room;
	}
	return runtime_run_output(&server->runtime, request->owner, offset, out, room);
}

static void run_aborted(struct server *server, struct kpu_board_request *request)
{
	(void)server;
	if (request->owner)
		runtime_run_forget(request->owner);
	request->owner = NULL;
}

static void cancel_begin(struct server *server, struct kpu_board_request *request)
{
	struct kpu_board_request *target =
		kpu_board_find(&server->board, kpu_get_u16(request->arguments));

	if (!target || target->opcode != KPU_OP_RUN || !target->owner) {
		server_reply_status(server, request, KPU_STATUS_NO_HANDLE);
		return;
	}
	runtime_run_cancel(target->owner);
	server_reply_status(server, request, KPU_STATUS_OK);
}

/* --- events of the runtime; a run's owner is its request ------------------------------------- */

static void output_ready(void *context, struct runtime_run *run, uint32_t bytes)
{
	struct server *server = context;

	if (run->owner)
		kpu_board_send_bulk(&server->board, run->owner, bytes);
}

static bool output_taken(void *context, struct runtime_run *run)
{
	(void)context;
	return kpu_board_bulk_drained(run->owner);
}

static void finished(void *context, struct runtime_run *run, uint16_t status,
		     const struct kpu_run_result *result)
{
	struct server *server = context;
	struct kpu_board_request *request = run->owner;

	request->owner = NULL;
	kpu_board_reply(&server->board, request, status, request->arguments,
			kpu_encode_run_result(request->arguments, result));
}

static void input_room(void *context)
{
	struct server *server = context;

	kpu_session_ready(&server->session);
}

const struct runtime_events server_run_events = {
	.output_ready = output_ready,
	.output_taken = output_taken,
	.finished = finished,
	.input_room = input_room,
};

const struct server_command server_run = {
	.opcode = KPU_OP_RUN,
	.least_arguments = 12,
	.most_arguments = KPU_WIRE_ARGUMENTS_MAX,
	.begin = run_begin,
	.bulk = run_bulk,
	.complete = run_complete,
	.produce = run_produce,
	.aborted = run_aborted,
};
const struct server_command server_cancel = {
	.opcode = KPU_OP_CANCEL,
	.least_arguments = 2,
	.most_arguments = 2,
	.begin = cancel_begin,
};
