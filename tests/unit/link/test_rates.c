/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* How much of an undisturbed line is payload. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "tests/unit/link/test_board.h"

static struct line line;
static struct kpu_host host;
static struct test_board board;
static uint8_t data[1 << 20], returned[1 << 20];
static unsigned open_count;

static void completed(struct kpu_transaction *transaction)
{
	ck_assert_uint_eq(transaction->status, KPU_STATUS_OK);
	open_count--;
}

static bool all_done(void *context)
{
	(void)context;
	return open_count == 0;
}

static bool is_up(void *context)
{
	(void)context;
	return line.host_session.state == KPU_SESSION_ESTABLISHED;
}

static void set_up(const struct line_config *config)
{
	uint64_t random = 99;

	memset(&board, 0, sizeof(board));
	line_init(&line, config, &host, &board.board, &test_board_ops, &board);
	line_start(&line);
	ck_assert(line_run(&line, is_up, NULL, 1000000));
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)random_next(&random);
}

static void submit(struct kpu_transaction *transaction)
{
	transaction->complete = completed;
	open_count++;
	kpu_host_submit(&host, transaction, line_now(&line));
}

static const struct {
	uint32_t bytes_per_second;
	uint32_t length;
} cases[] = {
	{ 150000, 65536 }, { 200000, 65536 },   { 200000, 1 << 20 },
	{ 500000, 65536 }, { 500000, 1 << 20 }, { 11520, 65536 },
};

/* Line time of the payload alone over the time from submission to completion. */
static double efficiency(uint64_t began, uint32_t rate, uint32_t length)
{
	return (double)length / rate * 1e6 / (double)(line_now(&line) - began);
}

static struct line_config config_of(int index)
{
	struct line_config config = line_2mbaud;

	config.bytes_per_second = cases[index].bytes_per_second;
	config.payload = kpu_session_payload_for_rate(config.bytes_per_second);
	return config;
}

START_TEST(to_board)
{
	struct line_config config = config_of(_i);
	static struct kpu_transaction sink;
	uint64_t began;
	double share;

	set_up(&config);
	memset(&sink, 0, sizeof(sink));
	sink.opcode = KPU_OP_SINK;
	sink.bulk_out = data;
	sink.bulk_out_length = cases[_i].length;
	began = line_now(&line);
	submit(&sink);
	ck_assert(line_run(&line, all_done, NULL, 100000000));
	ck_assert_uint_eq(kpu_get_u32(sink.results), kpu_crc32(0, data, cases[_i].length));
	share = efficiency(began, cases[_i].bytes_per_second, cases[_i].length);
	printf("to board   %7u bytes/s %7u bytes: %.2f %%\n", cases[_i].bytes_per_second,
	       cases[_i].length, share * 100);
	ck_assert(share >= 0.97);
	ck_assert_uint_eq(line.host_session.counters.retransmitted, 0);
}
END_TEST

START_TEST(to_host)
{
	struct line_config config = config_of(_i);
	static struct kpu_transaction source;
	uint64_t began;
	double share;

	set_up(&config);
	memset(&source, 0, sizeof(source));
	source.opcode = KPU_OP_SOURCE;
	source.argument_length = 4;
	kpu_put_u32(source.arguments, cases[_i].length);
	source.bulk_in = returned;
	source.bulk_in_limit = cases[_i].length;
	began = line_now(&line);
	submit(&source);
	ck_assert(line_run(&line, all_done, NULL, 100000000));
	ck_assert_uint_eq(source.bulk_in_length, cases[_i].length);
	for (uint32_t i = 0; i < cases[_i].length; i++)
		expect(returned[i] == (uint8_t)(i * 167 >> 3));
	share = efficiency(began, cases[_i].bytes_per_second, cases[_i].length);
	printf("to host    %7u bytes/s %7u bytes: %.2f %%\n", cases[_i].bytes_per_second,
	       cases[_i].length, share * 100);
	ck_assert(share >= 0.97);
	ck_assert_uint_eq(line.board_session.counters.retransmitted, 0);
}
END_TEST

/* Acknowledgements travel with the data of the other direction. */
START_TEST(both_ways)
{
	struct line_config config = config_of(_i);
	static struct kpu_transaction source, sink;
	uint64_t began;
	double share;

	set_up(&config);
	memset(&source, 0, sizeof(source));
	memset(&sink, 0, sizeof(sink));
	source.opcode = KPU_OP_SOURCE;
	source.argument_length = 4;
	kpu_put_u32(source.arguments, cases[_i].length);
	source.bulk_in = returned;
	source.bulk_in_limit = cases[_i].length;
	sink.opcode = KPU_OP_SINK;
	sink.bulk_out = data;
	sink.bulk_out_length = cases[_i].length;
	began = line_now(&line);
	submit(&source);
	submit(&sink);
	ck_assert(line_run(&line, all_done, NULL, 100000000));
	share = efficiency(began, cases[_i].bytes_per_second, cases[_i].length);
	printf("both ways  %7u bytes/s %7u bytes: %.2f %%\n", cases[_i].bytes_per_second,
	       cases[_i].length, share * 100);
	ck_assert(share >= 0.96);
	ck_assert_uint_eq(line.host_session.counters.retransmitted, 0);
	ck_assert_uint_eq(line.board_session.counters.retransmitted, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("link: rates");
	TCase *rates = tcase_create("undisturbed");
	int count = sizeof(cases) / sizeof(cases[0]), failed;
	SRunner *runner;

	tcase_set_timeout(rates, 60);
	tcase_add_loop_test(rates, to_board, 0, count);
	tcase_add_loop_test(rates, to_host, 0, count);
	tcase_add_loop_test(rates, both_ways, 0, count);
	suite_add_tcase(suite, rates);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
