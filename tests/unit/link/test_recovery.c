/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * One damaged byte, at every position of a request, of bulk packets in the middle and at the end,
 * and of everything the board sends: nobody above notices but by a delay of less than 50 ms.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "tests/unit/link/damage.h"
#include "tests/unit/link/test_board.h"

#define LIMIT_US 50000u
#define BULK     16384u

static struct line line;
static struct kpu_host host;
static struct test_board board;
static uint8_t data[BULK], returned[BULK];
static bool done;

static void completed(struct kpu_transaction *transaction)
{
	(void)transaction;
	done = true;
}

static bool is_done(void *context)
{
	(void)context;
	return done;
}

static bool is_up(void *context)
{
	(void)context;
	return line.host_session.state == KPU_SESSION_ESTABLISHED;
}

static void prepare(uint16_t opcode, struct kpu_transaction *transaction)
{
	memset(transaction, 0, sizeof(*transaction));
	transaction->opcode = opcode;
	transaction->complete = completed;
	transaction->argument_length = 4;
	if (opcode == KPU_OP_SINK) {
		transaction->bulk_out = data;
		transaction->bulk_out_length = BULK;
	} else if (opcode == KPU_OP_SOURCE) {
		kpu_put_u32(transaction->arguments, BULK);
		transaction->bulk_in = returned;
		transaction->bulk_in_limit = BULK;
	} else {
		memcpy(transaction->arguments, "echo", 4);
	}
}

static void check_result(uint16_t opcode, const struct kpu_transaction *transaction)
{
	expect(transaction->status == KPU_STATUS_OK);
	if (opcode == KPU_OP_SINK)
		expect(kpu_get_u32(transaction->results) == kpu_crc32(0, data, BULK));
	else if (opcode == KPU_OP_SOURCE)
		for (uint32_t i = 0; i < BULK; i++)
			expect(returned[i] == (uint8_t)(i * 167 >> 3));
	else
		expect(memcmp(transaction->results, "echo", 4) == 0);
	expect(board.begun == 1);
	expect(line.host_session.counters.syncs == 1);
}

/* Runs one transaction; @damage may be NULL. Returns how long it took. */
static uint64_t run(uint16_t opcode, uint32_t rate, bool to_board, struct single_damage *damage)
{
	struct line_config config = line_2mbaud;
	struct direction *direction = to_board ? &line.to_board : &line.to_host;
	static struct kpu_transaction transaction;
	uint64_t began;

	config.bytes_per_second = rate;
	config.payload = kpu_session_payload_for_rate(rate);
	memset(&board.board, 0, sizeof(board.board));
	board.begun = 0;
	line_init(&line, &config, &host, &board.board, &test_board_ops, &board);
	line_start(&line);
	expect(line_run(&line, is_up, NULL, 1000000));
	line_run_for(&line, 20000);
	direction->damage = damage ? damage_single : NULL;
	direction->damage_context = damage;
	direction->bytes_carried = 0;
	prepare(opcode, &transaction);
	done = false;
	began = line_now(&line);
	kpu_host_submit(&host, &transaction, began);
	expect(line_run(&line, is_done, NULL, 5000000));
	check_result(opcode, &transaction);
	return line_now(&line) - began;
}

static const struct {
	const char *name;
	uint16_t opcode;
	bool to_board;
	uint32_t rate;
	unsigned stride; /* in the middle of the stream */
} cases[] = {
	{ "request alone", KPU_OP_ECHO, true, 200000, 1 },
	{ "reply alone", KPU_OP_ECHO, false, 200000, 1 },
	{ "bulk to the board", KPU_OP_SINK, true, 200000, 13 },
	{ "acknowledgements and reply", KPU_OP_SINK, false, 200000, 1 },
	{ "acknowledgements and request", KPU_OP_SOURCE, true, 200000, 1 },
	{ "bulk to the host", KPU_OP_SOURCE, false, 200000, 13 },
	{ "bulk to the board, 1.5 Mbaud", KPU_OP_SINK, true, 150000, 53 },
	{ "bulk to the board, 5 Mbaud", KPU_OP_SINK, true, 500000, 53 },
};

/* All positions at both ends of the stream and of one packet in the middle, some in between. */
static uint64_t next_position(uint64_t at, uint64_t total, unsigned stride)
{
	bool all = at < 60 || (at >= 4300 && at < 6400 && stride < 50) || at + 60 > total;

	return all ? at + 1 : at + stride;
}

START_TEST(single_error)
{
	uint64_t undisturbed = run(cases[_i].opcode, cases[_i].rate, cases[_i].to_board, NULL);
	uint64_t total =
		cases[_i].to_board ? line.to_board.bytes_carried : line.to_host.bytes_carried;
	uint64_t worst = 0, worst_at = 0;
	unsigned worst_kind = 0, runs = 0;

	for (unsigned kind = 0; kind < DAMAGE_KINDS; kind++)
		for (uint64_t at = 0; at < total; at = next_position(at, total, cases[_i].stride)) {
			struct single_damage damage = { .kind = kind, .at = at };
			uint64_t delay =
				run(cases[_i].opcode, cases[_i].rate, cases[_i].to_board, &damage) -
				undisturbed;

			runs++;
			if ((int64_t)delay > (int64_t)worst) {
				worst = delay;
				worst_at = at;
				worst_kind = kind;
			}
		}
	printf("%s: %u errors, worst delay %.1f ms (kind %u at byte %u of %u)\n", cases[_i].name,
	       runs, (double)worst / 1000, worst_kind, (unsigned)worst_at, (unsigned)total);
	ck_assert(worst < LIMIT_US);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("link: recovery");
	TCase *recovery = tcase_create("single errors");
	SRunner *runner;
	int failed;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * i >> 5);
	tcase_set_timeout(recovery, 300);
	tcase_add_loop_test(recovery, single_error, 0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, recovery);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
