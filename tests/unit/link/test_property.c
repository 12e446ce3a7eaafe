/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * 10 MiB through a line that loses, flips, doubles and inserts bytes: all data arrives, every
 * request is executed exactly once; and the same while the session is torn down at random.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "tests/unit/link/damage.h"
#include "tests/unit/link/test_board.h"

#define TOTAL (10u << 20)
#define OPEN  6u

struct job {
	struct kpu_transaction transaction;
	uint32_t index, length;
	bool busy;
	uint8_t out[32768], in[32768];
};

struct load {
	struct job jobs[OPEN];
	uint64_t random;
	uint32_t started, finished, lost, repeats;
	uint64_t bytes_submitted, bytes_moved, bytes_wanted;
	bool may_lose; /* results may be lost with their session */
};

static struct line line;
static struct kpu_host host;
static struct test_board board;
static struct load load;

static void verify(const struct job *job)
{
	const struct kpu_transaction *t = &job->transaction;

	if (t->opcode == OP_TRANSFORM) {
		expect(t->bulk_in_length == job->length);
		for (uint32_t i = 0; i < job->length; i++)
			expect(job->in[i] + job->out[i] == 0xff);
	} else if (job->length) {
		expect(t->result_length == 4);
		expect(kpu_get_u32(t->results) == kpu_crc32(0, job->out, job->length));
	} else {
		expect(t->result_length == t->argument_length);
		expect(memcmp(t->results, t->arguments, t->argument_length) == 0);
	}
}

static void completed(struct kpu_transaction *transaction)
{
	struct job *job = transaction->owner;

	job->busy = false;
	load.finished++;
	load.repeats += transaction->repeats;
	if (transaction->status == KPU_STATUS_RESULT_LOST && load.may_lose) {
		expect(!transaction->repeatable || transaction->repeats == KPU_HOST_REPEATS);
		load.lost++;
	} else {
		expect(transaction->status == KPU_STATUS_OK);
		verify(job);
		load.bytes_moved += job->length * (transaction->opcode == OP_TRANSFORM ? 2 : 1);
	}
	/* Reported as done, so it has been done, and once, or so often as it was asked for. */
	expect(board.marks[job->index] == 1u + transaction->repeats);
}

static void start(struct job *job)
{
	/* Their packets take turns. */
	static const uint16_t sinks[] = { KPU_OP_SINK, KPU_OP_MODEL_LOAD };
	struct kpu_transaction *t = &job->transaction;
	uint32_t kind = random_next(&load.random) % 4;

	memset(t, 0, sizeof(*t));
	job->index = load.started++;
	job->length = kind < 2 ? 1 + random_next(&load.random) % sizeof(job->out) : 0;
	job->busy = true;
	t->opcode = kind == 0 ? sinks[job->index % 2] : kind == 1 ? OP_TRANSFORM : OP_MARK;
	t->argument_length = kind == 3 ? 4 + random_next(&load.random) % 60 : 4;
	kpu_put_u32(t->arguments, job->index);
	for (unsigned i = 4; i < t->argument_length; i++)
		t->arguments[i] = (uint8_t)random_next(&load.random);
	for (uint32_t i = 0; i < job->length; i++)
		job->out[i] = (uint8_t)(random_next(&load.random) % 200);
	t->bulk_out = job->length ? job->out : NULL;
	t->bulk_out_length = job->length;
	if (kind == 1) {
		t->bulk_in = job->in;
		t->bulk_in_limit = job->length;
		t->repeatable = job->index % 2;
	}
	t->complete = completed;
	t->owner = job;
	load.bytes_submitted += job->length * (kind == 1 ? 2 : 1);
	kpu_host_submit(&host, t, line_now(&line));
}

static bool all_moved(void *context)
{
	bool busy = false;

	(void)context;
	for (unsigned i = 0; i < OPEN; i++) {
		if (!load.jobs[i].busy && load.bytes_submitted < load.bytes_wanted)
			start(&load.jobs[i]);
		busy = busy || load.jobs[i].busy;
	}
	return !busy;
}

static void set_up(const struct line_config *config, uint64_t seed, uint64_t wanted)
{
	memset(&board, 0, sizeof(board));
	memset(&load, 0, sizeof(load));
	load.random = seed;
	load.bytes_wanted = wanted;
	line_init(&line, config, &host, &board.board, &test_board_ops, &board);
	line_start(&line);
}

static void report(const char *name, uint64_t began)
{
	double seconds = (double)(line_now(&line) - began) / 1e6;
	const struct kpu_link_counters *c = &line.host_session.counters;

	printf("%s: %.1f MiB in %u requests, %.0f s of line time, goodput %.1f kB/s, "
	       "%u of %u packets sent again, %u sessions, fragments of %u at the end\n",
	       name, (double)load.bytes_moved / (1 << 20), load.started, seconds,
	       (double)load.bytes_moved / seconds / 1000, c->retransmitted, c->packets_sent,
	       c->syncs, line.host_session.send.fragment);
}

/* Nothing was done unasked. */
static void check_all_once(void)
{
	uint32_t done = 0;

	for (uint32_t i = 0; i < load.started; i++) {
		expect(board.marks[i] > 0);
		done += board.marks[i];
	}
	ck_assert_uint_eq(done, load.started + load.repeats);
	ck_assert_uint_eq(load.finished, load.started);
	ck_assert_uint_eq(host.protocol_errors, 0);
	ck_assert_uint_eq(board.board.protocol_errors, 0);
}

/* One packet in 25 is hit, in one of four ways. */
START_TEST(damaged_packets)
{
	struct chunk_damage out = { .random = 7, .one_in = 100, .chunk = 2048 };
	struct chunk_damage in = { .random = 8, .one_in = 100, .chunk = 2048 };
	uint64_t began;

	set_up(&line_2mbaud, 1, TOTAL);
	line.to_board.damage = line.to_host.damage = damage_chunks;
	line.to_board.damage_context = &out;
	line.to_host.damage_context = &in;
	began = line_now(&line);
	ck_assert(line_run(&line, all_moved, NULL, 1000000000));
	report("1 % of packets, each way of damage", began);
	check_all_once();
	ck_assert_uint_eq(line.host_session.counters.syncs, 1);
	ck_assert(load.bytes_moved >= TOTAL);
}
END_TEST

/* One byte in 25 is hit: a packet of 2 KiB has no chance to arrive, only short fragments have. */
START_TEST(damaged_bytes)
{
	struct line_config config = line_2mbaud;
	struct byte_damage out = { .random = 9, .one_in = 100 };
	struct byte_damage in = { .random = 10, .one_in = 100 };
	uint64_t began;

	config.host_queue = 64;
	set_up(&config, 2, TOTAL);
	line.to_board.damage = line.to_host.damage = damage_bytes;
	line.to_board.damage_context = &out;
	line.to_host.damage_context = &in;
	began = line_now(&line);
	ck_assert(line_run(&line, all_moved, NULL, 100000000000));
	report("1 % of bytes, each way of damage", began);
	check_all_once();
	ck_assert(load.bytes_moved >= TOTAL);
}
END_TEST

/* When a bad line gets well again, packets get long again. */
START_TEST(line_gets_well)
{
	struct line_config config = line_2mbaud;
	struct byte_damage out = { .random = 11, .one_in = 200 };

	config.host_queue = 64;
	set_up(&config, 3, TOTAL / 64);
	line.to_board.damage = damage_bytes;
	line.to_board.damage_context = &out;
	ck_assert(line_run(&line, all_moved, NULL, 1000000000));
	ck_assert_uint_lt(line.host_session.send.fragment, 256);
	line.to_board.damage = NULL;
	load.bytes_wanted += TOTAL / 16;
	ck_assert(line_run(&line, all_moved, NULL, 100000000));
	ck_assert_uint_eq(line.host_session.send.fragment, 2048);
	check_all_once();
}
END_TEST

static uint64_t kill_random;
static unsigned kills;

/* About every 50 ms one end drops the session, or the line is cut for longer than it lives. */
static void kill_sometimes(struct line *l)
{
	static uint64_t cut_until;
	uint32_t random = random_next(&kill_random);

	if (l->cut && line_now(l) >= cut_until)
		l->cut = false;
	if (random % 1500 || l->cut)
		return;
	kills++;
	random = random_next(&kill_random) % 8;
	if (random < 4) {
		kpu_session_resync(&l->host_session, line_now(l));
	} else if (random < 7) {
		kpu_session_resync(&l->board_session, line_now(l));
	} else {
		l->cut = true;
		cut_until = line_now(l) + 2500000;
	}
}

START_TEST(sessions_killed)
{
	struct chunk_damage out = { .random = 17, .one_in = 200, .chunk = 2048 };
	uint64_t began;

	set_up(&line_2mbaud, (uint64_t)_i + 4, TOTAL / 4);
	load.may_lose = true;
	kills = 0;
	kill_random = (uint64_t)_i + 100;
	line.tick = kill_sometimes;
	line.to_board.damage = damage_chunks;
	line.to_board.damage_context = &out;
	began = line_now(&line);
	ck_assert(line_run(&line, all_moved, NULL, 4000000000));
	report("sessions killed", began);
	printf("  %u kills, %u results lost, %u asked for anew\n", kills, load.lost, load.repeats);
	check_all_once();
	ck_assert_uint_ge(kills, 20);
	ck_assert_uint_eq(board.host_changes, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("link: property");
	TCase *property = tcase_create("damaged line");
	SRunner *runner;
	int failed;

	tcase_set_timeout(property, 300);
	tcase_add_test(property, damaged_packets);
	tcase_add_test(property, damaged_bytes);
	tcase_add_test(property, line_gets_well);
	tcase_add_loop_test(property, sessions_killed, 0, 3);
	suite_add_tcase(suite, property);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
