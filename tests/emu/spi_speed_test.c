/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What part of the clock of an SPI bus is payload, and how long a short request takes: the real
 * firmware on the emulated board in its real clock, with a master that lives by the same clock.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "link/wire.h"
#include "tests/emu/spi_master.h"

#define FRAME_BYTES (224u * 224u * 3u)
#define SECONDS     10
#define REQUESTS    50

static struct spi_master master;
static uint8_t data[FRAME_BYTES], returned[FRAME_BYTES];

static void open_master(unsigned hz, unsigned delay_us)
{
	spi_master_open(&master, hz, NULL);
	master.delay_ns = delay_us * 1000;
	/* What the start has to say is said. */
	spi_master_idle(&master, 20000);
	ck_assert_uint_eq(master.spi.hz, hz);
}

/* Its time in microseconds. */
static uint64_t run(struct kpu_transaction *call)
{
	uint64_t began = master.now;

	ck_assert_uint_eq(spi_master_call(&master, call, SECONDS), KPU_STATUS_OK);
	return master.now - began;
}

static uint64_t to_board(void)
{
	struct kpu_transaction call = { .opcode = KPU_OP_SINK,
					.bulk_out = data,
					.bulk_out_length = sizeof(data) };
	uint64_t took = run(&call);

	ck_assert_uint_eq(kpu_get_u32(call.results),
			  kpu_crc32(KPU_CRC32_START, data, sizeof(data)));
	return took;
}

static uint64_t to_host(void)
{
	struct kpu_transaction call = { .opcode = KPU_OP_SOURCE,
					.argument_length = 4,
					.bulk_in = returned,
					.bulk_in_limit = sizeof(returned) };
	uint64_t took;

	kpu_put_u32(call.arguments, sizeof(returned));
	took = run(&call);
	ck_assert_uint_eq(call.bulk_in_length, sizeof(returned));
	for (uint32_t i = 0; i < sizeof(returned); i++)
		ck_assert_uint_eq(returned[i], (uint8_t)(i * 167 >> 3));
	return took;
}

static double share(unsigned hz, uint64_t us)
{
	return 100.0 * 8 * FRAME_BYTES / (hz / 1000000.0) / (double)us;
}

static const struct {
	unsigned hz, delay_us;
	double least; /* of the clock, in per cent, both ways */
} buses[] = { { 10000000, 0, 93 }, { 10000000, 20, 90 }, { 20000000, 0, 93 } };

START_TEST(payload_has_most_of_the_clock)
{
	unsigned hz = buses[_i].hz;
	double out, in;

	open_master(hz, buses[_i].delay_us);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * i >> 7);
	out = share(hz, to_board());
	in = share(hz, to_host());
	ck_assert_uint_eq(master.session.counters.retransmitted, 0);
	ck_assert_uint_eq(master.spi.counters.bad_answers, 0);
	spi_master_close(&master);
	printf("FIGURE SPI at %u MHz, %u us before each frame, 224x224x3: %.1f %% of the clock "
	       "to the board, %.1f %% to the host\n",
	       hz / 1000000, buses[_i].delay_us, out, in);
	ck_assert(out >= buses[_i].least);
	ck_assert(in >= buses[_i].least);
}
END_TEST

/* The answer to a short request is often there before the host has fetched the acknowledgement of
 * it. It must not lie there until the next time that the board would call. */
static const struct {
	unsigned notice_us;
	bool deaf;
	unsigned limit_us;
} hosts[] = { { 0, false, 2000 }, { 100, false, 1400 }, { 100, true, 3000 } };

START_TEST(short_requests_are_answered_at_once)
{
	uint64_t longest = 0, sum = 0;

	open_master(10000000, 50);
	master.notice_us = hosts[_i].notice_us;
	master.deaf = hosts[_i].deaf;
	for (unsigned i = 0; i < REQUESTS; i++) {
		struct kpu_transaction call = { .opcode = KPU_OP_INFO };
		uint64_t took = run(&call);

		sum += took;
		if (took > longest)
			longest = took;
		spi_master_idle(&master, 1000 + i * 37);
	}
	spi_master_close(&master);
	printf("FIGURE SPI at 10 MHz, 50 us before each frame, %u us behind it%s: a request takes "
	       "%.2f ms, at most %.2f ms\n",
	       hosts[_i].notice_us, hosts[_i].deaf ? " without an ear" : "",
	       (double)sum / REQUESTS / 1000, (double)longest / 1000);
	ck_assert_uint_lt(longest, hosts[_i].limit_us);
}
END_TEST

/* In lockstep a slow computer is none of the board's business, also when ready changes while a
 * transfer is on its way. */
START_TEST(the_boards_time_is_its_own)
{
	uint64_t took[2];

	for (unsigned i = 0; i < 2; i++) {
		open_master(10000000, 20);
		master.think_us = 300 * i;
		took[i] = to_host();
		spi_master_close(&master);
	}
	ck_assert_uint_eq(took[0], took[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("speed over SPI");
	TCase *cases = tcase_create("speed");
	SRunner *runner;
	int failed;

	tcase_set_timeout(cases, 120);
	tcase_add_loop_test(cases, payload_has_most_of_the_clock, 0,
			    sizeof(buses) / sizeof(buses[0]));
	tcase_add_test(cases, the_boards_time_is_its_own);
	tcase_add_loop_test(cases, short_requests_are_answered_at_once, 0,
			    sizeof(hosts) / sizeof(hosts[0]));
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
