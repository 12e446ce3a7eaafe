/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Requests, bulk data, replies: order, limits, time-outs, repetition. */
#include <stdlib.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "tests/unit/link/damage.h"
#include "tests/unit/link/test_board.h"

#define MAX 32u

struct job {
	struct kpu_transaction t;
	bool done;
	unsigned order;
};

static struct line line;
static struct kpu_host host;
static struct test_board board;
static struct job jobs[MAX];
static unsigned finished, ups, downs, events;
static bool up_kept;
static unsigned finished_at_up;
static uint8_t data[65536], returned[65536], event_text[160];
static size_t event_length;

static void completed(struct kpu_transaction *transaction)
{
	struct job *job = transaction->owner;

	ck_assert(!job->done);
	job->done = true;
	job->order = finished++;
}

static void session_up(void *context, bool kept)
{
	(void)context;
	ups++;
	up_kept = kept;
	finished_at_up = finished;
}

static void session_down(void *context, enum kpu_session_loss reason)
{
	(void)context;
	(void)reason;
	downs++;
}

static void event(void *context, uint16_t code, const uint8_t *bytes, size_t length)
{
	(void)context;
	ck_assert_uint_eq(code, KPU_EVENT_LOG);
	memcpy(event_text, bytes, length);
	event_length = length;
	events++;
}

static void set_up(void)
{
	memset(&board, 0, sizeof(board));
	memset(jobs, 0, sizeof(jobs));
	finished = ups = downs = events = 0;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 >> 2);
	line_init(&line, &line_2mbaud, &host, &board.board, &test_board_ops, &board);
	host.session_up = session_up;
	host.session_down = session_down;
	host.event = event;
	line_start(&line);
	line_run_for(&line, 50000);
	ck_assert_uint_eq(ups, 1);
}

static struct kpu_transaction *submit(unsigned i, uint16_t opcode, uint32_t bulk)
{
	struct kpu_transaction *t = &jobs[i].t;

	memset(t, 0, sizeof(*t));
	jobs[i].done = false;
	t->opcode = opcode;
	t->owner = &jobs[i];
	t->complete = completed;
	t->argument_length = 4;
	kpu_put_u32(t->arguments, i);
	if (opcode == KPU_OP_SOURCE) {
		kpu_put_u32(t->arguments, bulk);
		t->bulk_in = returned;
		t->bulk_in_limit = bulk;
	} else {
		t->bulk_out = bulk ? data : NULL;
		t->bulk_out_length = bulk;
	}
	if (opcode == OP_TRANSFORM) {
		t->bulk_in = returned;
		t->bulk_in_limit = bulk;
	}
	kpu_host_submit(&host, t, line_now(&line));
	return t;
}

static bool job_done(void *context)
{
	struct job *job = context;

	return job->done;
}

static void wait_for(unsigned i, uint16_t status)
{
	ck_assert(line_run(&line, job_done, &jobs[i], 10000000));
	ck_assert_uint_eq(jobs[i].t.status, status);
}

static void boot_board(uint64_t boot_id)
{
	struct kpu_session_config config = line.board_session.config;

	config.identity = boot_id;
	ck_assert(kpu_session_init(&line.board_session, &config, &kpu_board_session_ops,
				   &board.board, line.board_memory, sizeof(line.board_memory)));
	kpu_board_init(&board.board, &line.board_session, &test_board_ops, &board);
	line.to_host.count = 0;
	kpu_session_start(&line.board_session, line_now(&line));
}

START_TEST(plain)
{
	set_up();
	submit(0, KPU_OP_ECHO, 0);
	wait_for(0, KPU_STATUS_OK);
	ck_assert_uint_eq(jobs[0].t.result_length, 4);
	submit(1, 0x7fff, 0);
	wait_for(1, KPU_STATUS_NOT_IMPLEMENT);
	submit(2, OP_TRANSFORM, 65536);
	wait_for(2, KPU_STATUS_OK);
	ck_assert_uint_eq(jobs[2].t.bulk_in_length, 65536);
	for (size_t i = 0; i < sizeof(data); i++)
		expect(data[i] + returned[i] == 0xff);
	submit(3, KPU_OP_SOURCE, 65536);
	wait_for(3, KPU_STATUS_OK);
	/* The host takes less than the board would send: the board is told, and obeys. */
	submit(4, KPU_OP_SOURCE, 10000);
	kpu_put_u32(jobs[4].t.arguments, 20000);
	wait_for(4, KPU_STATUS_OK);
	ck_assert_uint_eq(jobs[4].t.bulk_in_length, 10000);
	ck_assert_uint_eq(board.released, 5);
	ck_assert_uint_eq(board.aborted, 0);
	ck_assert(kpu_host_idle(&host));
}
END_TEST

START_TEST(early_submission_waits)
{
	memset(&board, 0, sizeof(board));
	finished = 0;
	line_init(&line, &line_2mbaud, &host, &board.board, &test_board_ops, &board);
	submit(0, KPU_OP_ECHO, 0);
	line_start(&line);
	wait_for(0, KPU_STATUS_OK);
}
END_TEST

START_TEST(bad_arguments)
{
	set_up();
	jobs[1].t.argument_length = 801;
	jobs[1].t.complete = completed;
	jobs[1].t.owner = &jobs[1];
	kpu_host_submit(&host, &jobs[1].t, line_now(&line));
	ck_assert(!jobs[1].done); /* never from within submit */
	wait_for(1, KPU_STATUS_PARAM);
	ck_assert_uint_eq(board.begun, 0);
}
END_TEST

START_TEST(control_overtakes_bulk)
{
	uint64_t began;

	set_up();
	submit(0, KPU_OP_SINK, 65536);
	submit(1, KPU_OP_SINK, 65536);
	line_run_for(&line, 100000);
	began = line_now(&line);
	submit(2, KPU_OP_ECHO, 0);
	wait_for(2, KPU_STATUS_OK);
	/* The host's queue and one packet are before it, not the rest of the bulk data. */
	ck_assert(line_now(&line) - began < 45000);
	ck_assert(!jobs[0].done);
	wait_for(1, KPU_STATUS_OK);
	ck_assert(jobs[0].order < jobs[1].order);
}
END_TEST

static bool crowd_goes_on;

static void submit_again(struct kpu_transaction *transaction)
{
	struct job *job = transaction->owner;

	completed(transaction);
	if (!crowd_goes_on)
		return;
	submit((unsigned)(job - jobs), transaction->opcode, transaction->bulk_out_length);
	transaction->complete = submit_again;
}

static void start_crowd(unsigned first, unsigned end, uint16_t opcode, uint32_t bulk)
{
	crowd_goes_on = true;
	for (unsigned i = first; i < end; i++)
		submit(i, opcode, bulk)->complete = submit_again;
}

/* More requests than the board takes, all the time: bulk data begins all the same. */
START_TEST(control_leaves_room_for_bulk)
{
	set_up();
	start_crowd(1, 21, KPU_OP_ECHO, 0);
	line_run_for(&line, 50000);
	submit(0, KPU_OP_SINK, 3000);
	ck_assert(line_run(&line, job_done, &jobs[0], 500000));
	ck_assert_uint_eq(jobs[0].t.status, KPU_STATUS_OK);
	submit(0, KPU_OP_MODEL_LOAD, 3000);
	ck_assert(line_run(&line, job_done, &jobs[0], 500000));
	crowd_goes_on = false;
}
END_TEST

/* Inputs of runs go out while models are sent, and they do not hold those up for ever either. */
START_TEST(models_and_runs_take_turns)
{
	uint64_t began;

	set_up();
	for (unsigned i = 0; i < 4; i++)
		submit(i, KPU_OP_MODEL_LOAD, 65536);
	line_run_for(&line, 50000);
	began = line_now(&line);
	submit(4, KPU_OP_RUN, 10000);
	ck_assert(line_run(&line, job_done, &jobs[4], 1000000));
	/* Twice its own time on the line, and what was in the queues. */
	ck_assert(line_now(&line) - began < 200000);
	ck_assert(!jobs[0].done);
	start_crowd(5, 7, KPU_OP_RUN, 20000);
	ck_assert(line_run(&line, job_done, &jobs[3], 4000000));
	for (unsigned i = 1; i < 4; i++)
		ck_assert(jobs[i - 1].order < jobs[i].order);
	crowd_goes_on = false;
}
END_TEST

START_TEST(what_is_left_to_send)
{
	uint64_t left;

	set_up();
	ck_assert_uint_eq(kpu_host_bulk_left(&host), 0);
	submit(0, KPU_OP_MODEL_LOAD, 65536);
	submit(1, KPU_OP_SINK, 65536);
	submit(2, KPU_OP_ECHO, 0);
	ck_assert_uint_eq(kpu_host_bulk_left(&host), 131072);
	line_run_for(&line, 200000);
	left = kpu_host_bulk_left(&host);
	/* 40000 bytes at the most have left the host; some are in queue and window. */
	ck_assert(left < 131072 - 30000 && left > 131072 - 40000 - 4096 - 8 * 2048);
	kpu_session_resync(&line.host_session, line_now(&line));
	ck_assert_uint_eq(kpu_host_bulk_left(&host), 131072);
	wait_for(1, KPU_STATUS_OK);
	line_run_for(&line, 500000);
	ck_assert_uint_eq(kpu_host_bulk_left(&host), 0);
}
END_TEST

START_TEST(board_is_not_flooded)
{
	set_up();
	for (unsigned i = 0; i < 10; i++)
		submit(i, OP_HOLD, 100);
	for (unsigned i = 10; i < 20; i++)
		submit(i, OP_HOLD, 0);
	line_run_for(&line, 500000);
	ck_assert_uint_eq(board.begun, KPU_WIRE_REQUESTS_MAX);
	for (unsigned i = 0; i < 20; i++)
		kpu_host_abandon(&host, &jobs[i].t, KPU_STATUS_CANCELLED);
	ck_assert_uint_eq(finished, 20);
	line_run_for(&line, 100000);
	ck_assert_uint_eq(board.begun, KPU_WIRE_REQUESTS_MAX);
}
END_TEST

START_TEST(time_out)
{
	uint64_t began;

	set_up();
	began = line_now(&line);
	jobs[0].t.opcode = OP_HOLD;
	jobs[0].t.timeout_us = 100000;
	jobs[0].t.complete = completed;
	jobs[0].t.owner = &jobs[0];
	kpu_host_submit(&host, &jobs[0].t, line_now(&line));
	wait_for(0, KPU_STATUS_TIMEOUT);
	ck_assert(line_now(&line) - began >= 100000);
	ck_assert(line_now(&line) - began <= 110000);
	test_board_answer_held(&board);
	line_run_for(&line, 50000);
	ck_assert_uint_eq(finished, 1);
	ck_assert_uint_eq(host.protocol_errors, 0);
	for (unsigned i = 0; i < KPU_WIRE_REQUESTS_MAX; i++)
		ck_assert_uint_eq(host.orphans[i].id, 0);
}
END_TEST

START_TEST(abandoned_bulk_is_not_sent)
{
	uint64_t before;

	set_up();
	submit(0, KPU_OP_SINK, 65536);
	line_run_for(&line, 60000);
	before = line.to_board.bytes_carried;
	kpu_host_abandon(&host, &jobs[0].t, KPU_STATUS_CANCELLED);
	ck_assert(jobs[0].done);
	submit(1, KPU_OP_SINK, 1000);
	wait_for(1, KPU_STATUS_OK);
	line_run_for(&line, 100000);
	/* The queue and the packets already numbered, no more. */
	ck_assert_uint_le(line.to_board.bytes_carried - before, 4096 + 9 * 2100);
	ck_assert_uint_eq(board.aborted, 1);
	ck_assert_uint_eq(board.completed, 1);
	ck_assert_uint_eq(host.protocol_errors, 0);
	for (unsigned i = 0; i < KPU_WIRE_REQUESTS_MAX; i++)
		ck_assert_uint_eq(host.orphans[i].id, 0);
}
END_TEST

START_TEST(early_reply_stops_bulk)
{
	static uint8_t big[200000];
	uint64_t before;

	set_up();
	before = line.to_board.bytes_carried;
	memset(&jobs[2], 0, sizeof(jobs[2]));
	jobs[2].t.opcode = OP_TRANSFORM;
	jobs[2].t.bulk_out = big;
	jobs[2].t.bulk_out_length = sizeof(big);
	jobs[2].t.complete = completed;
	jobs[2].t.owner = &jobs[2];
	kpu_host_submit(&host, &jobs[2].t, line_now(&line));
	wait_for(2, KPU_STATUS_NO_MEM);
	line_run_for(&line, 200000);
	ck_assert_uint_le(line.to_board.bytes_carried - before, 30000);
	submit(3, KPU_OP_ECHO, 0);
	wait_for(3, KPU_STATUS_OK);
}
END_TEST

static void submit_another(struct kpu_transaction *transaction)
{
	completed(transaction);
	submit(20, KPU_OP_ECHO, 0);
}

START_TEST(all_fail)
{
	set_up();
	for (unsigned i = 0; i < 6; i++)
		submit(i, i & 1 ? OP_HOLD : KPU_OP_SINK, i & 1 ? 0 : 30000);
	jobs[2].t.complete = submit_another;
	line_run_for(&line, 20000);
	kpu_host_fail_all(&host, KPU_STATUS_DEVICE_GONE);
	for (unsigned i = 0; i < 6; i++) {
		ck_assert(jobs[i].done);
		ck_assert_uint_eq(jobs[i].t.status, KPU_STATUS_DEVICE_GONE);
	}
	ck_assert(!jobs[20].done);
	wait_for(20, KPU_STATUS_OK);
}
END_TEST

START_TEST(session_restart_repeats)
{
	set_up();
	submit(0, OP_HOLD, 5000);
	line_run_for(&line, 60000);
	ck_assert_uint_ne(board.held, 0);
	submit(1, KPU_OP_SINK, 65536);
	line_run_for(&line, 30000);
	kpu_session_resync(&line.host_session, line_now(&line));
	wait_for(1, KPU_STATUS_OK);
	ck_assert_uint_eq(kpu_get_u32(jobs[1].t.results), kpu_crc32(0, data, 65536));
	ck_assert(!jobs[0].done);
	test_board_answer_held(&board);
	wait_for(0, KPU_STATUS_OK);
	ck_assert_uint_eq(downs, 1);
	ck_assert(up_kept);
	ck_assert_uint_eq(board.aborted, 1); /* the half-sent SINK, which began again */
	ck_assert_uint_eq(board.completed, 2);
	ck_assert_uint_eq(board.marks[1], 1);
}
END_TEST

/* The board has answered, but the answer does not arrive in this session. */
START_TEST(lost_reply_is_repeated)
{
	set_up();
	submit(0, _i ? OP_TRANSFORM : OP_MARK, _i ? 1000 : 0);
	while (board.completed == 0)
		line_step(&line, UINT64_MAX);
	line.cut = true;
	line_run_for(&line, 100000);
	ck_assert(!jobs[0].done);
	line.cut = false;
	kpu_session_resync(&line.host_session, line_now(&line));
	/* Bulk results are not kept. */
	wait_for(0, _i ? KPU_STATUS_RESULT_LOST : KPU_STATUS_OK);
	ck_assert_uint_eq(board.marks[0], 1);
	if (!_i)
		ck_assert_mem_eq(jobs[0].t.results, jobs[0].t.arguments, 4);
}
END_TEST

/* Its results are on the way when the session breaks, so many times. */
static struct kpu_transaction *submit_repeatable(unsigned breaks)
{
	struct kpu_transaction *t = submit(0, OP_TRANSFORM, 40000);

	t->repeatable = true;
	for (unsigned i = 0; i < breaks; i++) {
		while (board.completed == i || t->bulk_in_length == 0)
			line_step(&line, UINT64_MAX);
		kpu_session_resync(&line.host_session, line_now(&line));
	}
	return t;
}

START_TEST(lost_result_is_asked_for_anew)
{
	struct kpu_transaction *t;

	set_up();
	t = submit_repeatable(KPU_HOST_REPEATS);
	wait_for(0, KPU_STATUS_OK);
	ck_assert_uint_eq(t->bulk_in_length, 40000);
	for (size_t i = 0; i < t->bulk_in_length; i++)
		ck_assert_uint_eq(returned[i], (uint8_t)~data[i]);
	ck_assert_uint_eq(board.marks[0], 1 + KPU_HOST_REPEATS);
	ck_assert_uint_eq(host.protocol_errors + board.board.protocol_errors, 0);
}
END_TEST

START_TEST(lost_result_is_given_up)
{
	set_up();
	submit_repeatable(KPU_HOST_REPEATS + 1);
	wait_for(0, KPU_STATUS_RESULT_LOST);
	ck_assert_uint_eq(board.marks[0], 1 + KPU_HOST_REPEATS);
}
END_TEST

/* Whoever has cancelled it meanwhile does not want it done once more. */
START_TEST(lost_result_is_not_wanted)
{
	set_up();
	submit_repeatable(1)->repeatable = false;
	wait_for(0, KPU_STATUS_RESULT_LOST);
	ck_assert_uint_eq(board.marks[0], 1);
}
END_TEST

START_TEST(abandoned_across_restart)
{
	set_up();
	submit(0, KPU_OP_SINK, 65536);
	submit(1, OP_HOLD, 0);
	line_run_for(&line, 60000);
	kpu_session_resync(&line.host_session, line_now(&line));
	kpu_host_abandon(&host, &jobs[0].t, KPU_STATUS_CANCELLED);
	kpu_host_abandon(&host, &jobs[1].t, KPU_STATUS_CANCELLED);
	line_run_for(&line, 100000);
	test_board_answer_held(&board);
	line_run_for(&line, 100000);
	for (unsigned i = 0; i < KPU_WIRE_REQUESTS_MAX; i++)
		ck_assert_uint_eq(host.orphans[i].id, 0);
	ck_assert_uint_eq(board.completed, 1);
	submit(2, KPU_OP_ECHO, 0);
	wait_for(2, KPU_STATUS_OK);
}
END_TEST

START_TEST(board_reset_ends_all)
{
	set_up();
	submit(0, OP_HOLD, 0);
	submit(1, KPU_OP_SINK, 65536);
	for (unsigned i = 2; i < 12; i++)
		submit(i, OP_HOLD, 10);
	line_run_for(&line, 50000);
	jobs[0].t.complete = submit_another;
	boot_board(0x777);
	line_run_for(&line, 100000);
	for (unsigned i = 0; i < 12; i++) {
		ck_assert(jobs[i].done);
		ck_assert_uint_eq(jobs[i].t.status, KPU_STATUS_BOARD_RESET);
	}
	ck_assert_uint_eq(ups, 2);
	ck_assert(!up_kept);
	ck_assert_uint_eq(finished_at_up, 12);
	wait_for(20, KPU_STATUS_OK);
}
END_TEST

/* The owner resets the board himself: what is under way ends at once, what comes then waits. */
START_TEST(expected_reset)
{
	set_up();
	submit(0, OP_HOLD, 0);
	submit(1, KPU_OP_SINK, 65536);
	line_run_for(&line, 20000);
	kpu_host_expect_reset(&host);
	ck_assert(jobs[0].done && jobs[1].done);
	ck_assert_uint_eq(jobs[0].t.status, KPU_STATUS_BOARD_RESET);
	ck_assert_uint_eq(jobs[1].t.status, KPU_STATUS_BOARD_RESET);
	kpu_session_stop(&line.host_session);
	submit(2, KPU_OP_SINK, 65536);
	boot_board(0x888);
	line_run_for(&line, 50000);
	ck_assert(!jobs[2].done);
	kpu_session_start(&line.host_session, line_now(&line));
	wait_for(2, KPU_STATUS_OK);
	ck_assert_uint_eq(ups, 2);
	ck_assert(!up_kept);
}
END_TEST

START_TEST(another_host)
{
	set_up();
	submit(0, OP_HOLD, 0);
	line_run_for(&line, 50000);
	line.host_session.config.identity++;
	kpu_session_resync(&line.host_session, line_now(&line));
	wait_for(0, KPU_STATUS_BOARD_RESET);
	ck_assert_uint_eq(board.host_changes, 1);
	ck_assert_uint_eq(board.aborted, 1);
	submit(1, KPU_OP_ECHO, 0);
	wait_for(1, KPU_STATUS_OK);
}
END_TEST

START_TEST(events_arrive)
{
	set_up();
	ck_assert(kpu_board_event(&board.board, KPU_EVENT_LOG, (const uint8_t *)"hello", 5));
	ck_assert(!kpu_board_event(&board.board, KPU_EVENT_LOG, data, 5));
	line_run_for(&line, 20000);
	ck_assert_uint_eq(events, 1);
	ck_assert_uint_eq(event_length, 5);
	ck_assert_mem_eq(event_text, "hello", 5);
	ck_assert(!kpu_board_event(&board.board, KPU_EVENT_LOG, data, 161));
	ck_assert(kpu_board_event(&board.board, KPU_EVENT_LOG, data, 160));
	line_run_for(&line, 20000);
	ck_assert_uint_eq(event_length, 160);
}
END_TEST

START_TEST(board_without_room)
{
	set_up();
	board.full = true;
	submit(0, KPU_OP_SINK, 65536);
	line_run_for(&line, 300000);
	board.full = false;
	kpu_session_ready(&line.board_session);
	wait_for(0, KPU_STATUS_OK);
	ck_assert_uint_eq(kpu_get_u32(jobs[0].t.results), kpu_crc32(0, data, 65536));
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *test, int cases)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test, 0, cases);
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	Suite *suite = suite_create("link: transactions");
	SRunner *runner;
	int failed;

	add(suite, "plain", plain, 1);
	add(suite, "early", early_submission_waits, 1);
	add(suite, "arguments", bad_arguments, 1);
	add(suite, "order", control_overtakes_bulk, 1);
	add(suite, "room", control_leaves_room_for_bulk, 1);
	add(suite, "turns", models_and_runs_take_turns, 1);
	add(suite, "left", what_is_left_to_send, 1);
	add(suite, "limit", board_is_not_flooded, 1);
	add(suite, "time-out", time_out, 1);
	add(suite, "abandon", abandoned_bulk_is_not_sent, 1);
	add(suite, "early reply", early_reply_stops_bulk, 1);
	add(suite, "fail all", all_fail, 1);
	add(suite, "restart", session_restart_repeats, 1);
	add(suite, "lost reply", lost_reply_is_repeated, 2);
	add(suite, "lost result", lost_result_is_asked_for_anew, 1);
	add(suite, "lost once too often", lost_result_is_given_up, 1);
	add(suite, "lost and not wanted", lost_result_is_not_wanted, 1);
	add(suite, "abandon and restart", abandoned_across_restart, 1);
	add(suite, "board reset", board_reset_ends_all, 1);
	add(suite, "expected reset", expected_reset, 1);
	add(suite, "another host", another_host, 1);
	add(suite, "events", events_arrive, 1);
	add(suite, "no room", board_without_room, 1);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
