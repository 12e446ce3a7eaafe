/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The firmware image on the emulated board, reached through the slave SPI2 and the library's
 * engine: bulk data both ways, bad wires, a reset, and what part of the clock is payload.
 */
#include <check.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/engine.h"
#include "lib/spi_port.h"
#include "link/bytes.h"
#include "link/crc.h"

#define FRAME_BYTES (224u * 224u * 3u)
#define SECONDS     60

static struct kpu_backend *backend;
static uint8_t data[2 * FRAME_BYTES], returned[2 * FRAME_BYTES];
static char errors_path[64];

static void open_board(const char *options)
{
	struct kpu_error error;
	struct kpu_uri uri;
	char text[400];

	snprintf(errors_path, sizeof(errors_path), "/tmp/kpu-spi-test-%d", (int)getpid());
	snprintf(text, sizeof(text), "emu:?guest-errors=%s&%s", errors_path, options);
	ck_assert_int_eq(kpu_uri_parse(&uri, text, &error), 0);
	ck_assert_msg(kpu_backend_emu.open(&uri, &backend, &error) == 0, "%s", error.message);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * i >> 7);
}

/* The program on the board has done nothing that it should not. */
static void close_board(void)
{
	char line[200] = "";
	FILE *errors;

	kpu_engine_shutdown(backend);
	kpu_engine_destroy(backend);
	errors = fopen(errors_path, "r");
	ck_assert_ptr_nonnull(errors);
	ck_assert_msg(!fgets(line, sizeof(line), errors), "%s", line);
	fclose(errors);
	unlink(errors_path);
}

static int call(uint16_t opcode, uint32_t size, struct kpu_engine_call *done)
{
	struct kpu_error error;
	int rc;

	kpu_engine_call_init(done, (struct kpu_engine *)backend, opcode);
	if (opcode == KPU_OP_SINK) {
		done->transaction.bulk_out = data;
		done->transaction.bulk_out_length = size;
	} else if (opcode == KPU_OP_SOURCE) {
		kpu_put_u32(done->transaction.arguments, size);
		done->transaction.argument_length = 4;
		done->transaction.bulk_in = returned;
		done->transaction.bulk_in_limit = size;
	}
	rc = kpu_engine_call(done, SECONDS * 1000, NULL, &error);
	return rc;
}

static void sink(uint32_t size)
{
	struct kpu_engine_call done;

	ck_assert_int_eq(call(KPU_OP_SINK, size, &done), 0);
	ck_assert_uint_eq(kpu_get_u32(done.transaction.results),
			  kpu_crc32(KPU_CRC32_START, data, size));
}

static void source(uint32_t size)
{
	struct kpu_engine_call done;
	uint32_t wrong = 0;

	memset(returned, 0xee, size);
	ck_assert_int_eq(call(KPU_OP_SOURCE, size, &done), 0);
	ck_assert_uint_eq(done.transaction.bulk_in_length, size);
	for (uint32_t i = 0; i < size; i++)
		wrong += returned[i] != (uint8_t)(i * 167 >> 3);
	ck_assert_uint_eq(wrong, 0);
}

static void check_counters(void)
{
	const struct kpu_link_counters *host = &((struct kpu_engine *)backend)->session.counters;
	struct kpu_link_counters board;
	struct kpu_engine_call done;

	ck_assert_int_eq(call(KPU_OP_COUNTERS, 0, &done), 0);
	ck_assert(kpu_decode_counters(done.transaction.results, done.transaction.result_length,
				      &board));
	ck_assert_uint_eq(board.overruns, 0);
	ck_assert_uint_eq(board.retransmitted, 0);
	ck_assert_uint_eq(host->retransmitted, 0);
	ck_assert_uint_eq(host->syncs, 1);
}

START_TEST(moves_bulk_data_both_ways)
{
	static const char *const boards[] = { "spi=10000000", "spi=23000000&clock=real",
					      "spi=10000000&check-coherency&jitter=7" };

	open_board(boards[_i]);
	sink(300000);
	source(300000);
	check_counters();
	close_board();
}
END_TEST

START_TEST(bad_wires_lose_nothing)
{
	static const char *const wires[] = { "flip=100000", "edge=5", "glitch=100",
					     "flip=300000,edge=20,glitch=300,seed=5" };
	char options[200];

	snprintf(options, sizeof(options), "spi=10000000&spi-wires=%s", wires[_i]);
	open_board(options);
	for (unsigned i = 0; i < 50; i++) {
		sink(2048);
		source(2048);
	}
	close_board();
}
END_TEST

/* No wrong result in a thousand frames, compared by the checksum of what the board received. */
START_TEST(thousand_frames_over_bad_wires)
{
	open_board("spi=20000000&spi-wires=flip=100000,edge=50,glitch=500,seed=11");
	for (unsigned i = 0; i < 1000; i++) {
		data[i % 1000] ^= (uint8_t)(i | 1);
		sink(1500);
	}
	close_board();
}
END_TEST

START_TEST(board_resets_in_the_middle)
{
	struct kpu_engine_call done;
	int rc;

	open_board("spi=10000000");
	ck_assert_int_eq(call(KPU_OP_REBOOT, 0, &done), 0);
	do
		rc = call(KPU_OP_SINK, 100000, &done);
	while (rc == -KPU_ERR_BOARD_RESET);
	ck_assert_int_eq(rc, 0);
	sink(100000);
	close_board();
}
END_TEST

/* A controller that reports errors, over the port of the emulated board. */
static const struct kpu_spi_port_ops *intact;
static atomic_int good_between, failed_transfers;

static int failing_transfer(struct kpu_spi_port *port, const uint8_t *out, uint8_t *in,
			    size_t length, uint32_t hz)
{
	static uint32_t random = 7;
	static int good;

	/* Not in step with what is repeated. */
	random = random * 1664525u + 1013904223u;
	if (good >= good_between && (!good_between || random >> 28 == 0)) {
		good = 0;
		failed_transfers++;
		return EIO;
	}
	good++;
	return intact->transfer(port, out, in, length, hz);
}

/* Now and then, with at least @good that are done between two; 0: all of them. */
static void let_transfers_fail(int good)
{
	static struct kpu_spi_port_ops failing;
	struct kpu_engine *engine = (struct kpu_engine *)backend;

	pthread_mutex_lock(&engine->lock);
	intact = engine->transport.spi->ops;
	failing = *intact;
	failing.transfer = failing_transfer;
	engine->transport.spi->ops = &failing;
	good_between = good;
	pthread_mutex_unlock(&engine->lock);
}

START_TEST(transfers_that_fail_lose_nothing)
{
	open_board("spi=10000000");
	let_transfers_fail(20);
	for (unsigned i = 0; i < 100; i++) {
		sink(2048);
		source(2048);
	}
	ck_assert_int_gt(failed_transfers, 5);
	close_board();
}
END_TEST

START_TEST(a_controller_that_only_fails_is_named)
{
	struct kpu_engine_call done;
	struct kpu_error error;

	open_board("spi=10000000");
	let_transfers_fail(0);
	kpu_engine_call_init(&done, (struct kpu_engine *)backend, KPU_OP_COUNTERS);
	ck_assert_int_eq(kpu_engine_call(&done, SECONDS * 1000, NULL, &error),
			 -KPU_ERR_DEVICE_GONE);
	ck_assert_msg(strstr(error.message, "every transfer fails: Input/output error"), "%s",
		      error.message);
	close_board();
}
END_TEST

START_TEST(an_emulator_that_ends_at_once_says_why)
{
	struct kpu_error error;
	struct kpu_uri uri;

	ck_assert_int_eq(kpu_uri_parse(&uri, "emu:?spi=10000000&spi-wires=flop=3", &error), 0);
	ck_assert_int_eq(kpu_backend_emu.open(&uri, &backend, &error), -KPU_ERR_PARAM);
	ck_assert_msg(strstr(error.message, "flop=3"), "%s", error.message);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("firmware over SPI");
	TCase *cases = tcase_create("spi");
	SRunner *runner;
	int failed;

	tcase_set_timeout(cases, 200);
	tcase_add_loop_test(cases, moves_bulk_data_both_ways, 0, 3);
	tcase_add_loop_test(cases, bad_wires_lose_nothing, 0, 4);
	tcase_add_test(cases, thousand_frames_over_bad_wires);
	tcase_add_test(cases, board_resets_in_the_middle);
	tcase_add_test(cases, transfers_that_fail_lose_nothing);
	tcase_add_test(cases, a_controller_that_only_fails_is_named);
	tcase_add_test(cases, an_emulator_that_ends_at_once_says_why);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
