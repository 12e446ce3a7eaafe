/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * How much of the line payload gets, as rows of a Markdown table: the real firmware on the emulated
 * board whose UART takes as long as a real one, 1 MiB each way at several rates. Time is the
 * board's own, taken from its uptime, so that figures hardly depend on the speed of this computer.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "link/commands.h"
#include "link/crc.h"
#include "link/bytes.h"
#include "tests/emu/firmware_link.h"

#define LENGTH  (1u << 20)
#define SECONDS 600

static struct firmware_link board;
static uint8_t bytes[LENGTH];

static uint32_t uptime_ms(void)
{
	struct kpu_board_info info;
	struct firmware_call call;

	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_INFO, NULL, 0), KPU_STATUS_OK);
	ck_assert(kpu_decode_board_info(call.transaction.results, call.transaction.result_length,
					&info));
	return info.uptime_ms;
}

static void set_rate(uint32_t baud)
{
	struct firmware_call call;
	uint8_t argument[4];

	kpu_put_u32(argument, baud);
	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_SET_RATE, argument, 4), KPU_STATUS_OK);
	firmware_idle(&board, 50);
	kpu_session_set_rate(&board.session, baud / 10);
	kpu_session_resync(&board.session, firmware_now());
}

static double to_board(void)
{
	uint32_t begun = uptime_ms(), ended;
	struct firmware_call call;

	firmware_submit(&board, &call, KPU_OP_SINK, NULL, 0, bytes, LENGTH, NULL, 0);
	ck_assert_uint_eq(firmware_finish(&board, &call, SECONDS), KPU_STATUS_OK);
	ended = uptime_ms();
	ck_assert_uint_eq(kpu_get_u32(call.transaction.results),
			  kpu_crc32(KPU_CRC32_START, bytes, LENGTH));
	return (ended - begun) * 1e-3;
}

static double to_host(void)
{
	uint32_t begun = uptime_ms(), ended, wrong = 0;
	struct firmware_call call;
	uint8_t argument[4];

	kpu_put_u32(argument, LENGTH);
	firmware_submit(&board, &call, KPU_OP_SOURCE, argument, 4, NULL, 0, bytes, LENGTH);
	ck_assert_uint_eq(firmware_finish(&board, &call, SECONDS), KPU_STATUS_OK);
	ended = uptime_ms();
	for (uint32_t i = 0; i < LENGTH; i++)
		wrong += bytes[i] != (uint8_t)(i * 167 >> 3);
	ck_assert_uint_eq(wrong, 0);
	return (ended - begun) * 1e-3;
}

static void print(uint32_t baud, const char *direction, double seconds)
{
	printf("| %u | %s | %.3f s | %.0f | %.1f %% |\n", baud, direction, seconds,
	       LENGTH / seconds, 100.0 * LENGTH / (seconds * (baud / 10)));
	fflush(stdout);
}

START_TEST(wire)
{
	static const char *const options[] = { "--clock=real", NULL };
	static const uint32_t rates[] = { 1500000, 2000000, 3000000 };
	struct kpu_link_counters counters;
	struct firmware_call call;

	for (uint32_t i = 0; i < LENGTH; i++)
		bytes[i] = (uint8_t)(i * i >> 5);
	puts("| baud | direction | 1 MiB takes | bytes/s | of the line |");
	puts("|--:|---|--:|--:|--:|");
	firmware_link_open(&board, options);
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		set_rate(rates[i]);
		print(rates[i], "to the board", to_board());
		print(rates[i], "to the host", to_host());
	}
	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_COUNTERS, NULL, 0), KPU_STATUS_OK);
	ck_assert(kpu_decode_counters(call.transaction.results, call.transaction.result_length,
				      &counters));
	printf("\nSent again: %u packets by the host, %u by the board.\n",
	       board.session.counters.retransmitted, counters.retransmitted);
	firmware_link_close(&board);
}
END_TEST

/* A test only because the board's host end, which it shares with tests, says so when it fails. */
int main(void)
{
	Suite *suite = suite_create("wire");
	TCase *only = tcase_create("wire");
	SRunner *runner;
	int failed;

	tcase_add_test(only, wire);
	suite_add_tcase(suite, only);
	runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	if (failed)
		srunner_print(runner, CK_NORMAL);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
