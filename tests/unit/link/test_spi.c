/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Exchanges on SPI: speed, choice of the clock, and everything that can go wrong on the wires. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "tests/unit/link/spi_bus.h"

#define FRAME_BYTES (224u * 224u * 3u)
#define SMALL       2048u
#define HEALED_US   100000u

static const struct spi_bus_config config_10mhz = { 10000000, 1024, 16, 11, 0, 0 };

static struct spi_bus bus;
static struct kpu_host host;
static struct test_board board;
static struct kpu_transaction transaction;
static uint8_t data[FRAME_BYTES], returned[FRAME_BYTES];
static bool done;
static uint64_t lost_at;
static enum kpu_session_loss loss;

static void completed(struct kpu_transaction *ended)
{
	(void)ended;
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
	return bus.host_session.state == KPU_SESSION_ESTABLISHED && !bus.spi.tuning;
}

static bool never(void *context)
{
	(void)context;
	return false;
}

static void session_down(void *context, enum kpu_session_loss reason)
{
	(void)context;
	lost_at = spi_bus_now(&bus);
	loss = reason;
}

static void setup(void)
{
	spi_bus_init(&bus, &config_10mhz, &host, &board);
	host.session_down = session_down;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 ^ i >> 8);
	lost_at = 0;
}

static void begin(uint16_t opcode, size_t size)
{
	memset(&transaction, 0, sizeof(transaction));
	transaction.opcode = opcode;
	transaction.complete = completed;
	transaction.argument_length = 4;
	if (opcode == KPU_OP_SINK || opcode == OP_TRANSFORM) {
		transaction.bulk_out = data;
		transaction.bulk_out_length = (uint32_t)size;
	}
	if (opcode == KPU_OP_SOURCE || opcode == OP_TRANSFORM) {
		kpu_put_u32(transaction.arguments, (uint32_t)size);
		transaction.bulk_in = returned;
		transaction.bulk_in_limit = (uint32_t)size;
	}
	done = false;
	spi_bus_submit(&bus, &transaction);
}

/* Time of one transaction in microseconds. */
static uint64_t run(uint16_t opcode, size_t size, uint64_t timeout_us)
{
	uint64_t began = spi_bus_now(&bus);

	begin(opcode, size);
	expect(spi_bus_run(&bus, is_done, NULL, timeout_us));
	expect(transaction.status == KPU_STATUS_OK);
	if (opcode == OP_TRANSFORM) {
		expect(transaction.bulk_in_length == size);
		for (size_t i = 0; i < size; i++)
			expect((returned[i] ^ data[i]) == 0xff);
	} else if (opcode == KPU_OP_SINK) {
		expect(kpu_get_u32(transaction.results) == kpu_crc32(0, data, size));
	}
	return spi_bus_now(&bus) - began;
}

static double share(uint64_t bytes, uint64_t us)
{
	return 100.0 * (double)bytes * 8 / 10 / (double)us;
}

START_TEST(a_frame_takes_little_more_than_its_bits)
{
	double to_board, to_host;

	setup();
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	ck_assert_uint_eq(bus.spi.hz, 10000000);
	to_board = share(FRAME_BYTES, run(KPU_OP_SINK, FRAME_BYTES, 1000000));
	to_host = share(FRAME_BYTES, run(KPU_OP_SOURCE, FRAME_BYTES, 1000000));
	printf("SPI at 10 MHz, 224x224x3: %.1f %% to the board, %.1f %% to the host\n", to_board,
	       to_host);
	ck_assert(to_board >= 93.0);
	ck_assert(to_host >= 93.0);
	ck_assert_uint_eq(bus.host_session.counters.retransmitted, 0);
	ck_assert_uint_eq(bus.spi.counters.bad_answers, 0);
	ck_assert_uint_eq(bus.spi.counters.no_answers, 0);
	ck_assert_uint_eq(bus.spi.counters.flushes, 0);
}
END_TEST

/* An idle pair of ends leaves the bus alone. */
START_TEST(nothing_moves_without_need)
{
	uint32_t exchanges;

	setup();
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	run(KPU_OP_ECHO, 0, 1000000);
	spi_bus_run(&bus, never, NULL, 20000);
	exchanges = bus.spi.counters.exchanges;
	spi_bus_run(&bus, never, NULL, 2000000);
	ck_assert_uint_eq(bus.spi.counters.exchanges, exchanges);
}
END_TEST

/* Ready falls behind an exchange, by a glitch, and the edge is lost as well. */
START_TEST(a_fall_that_nobody_saw_is_found)
{
	struct kpu_spi_transfer transfer;
	uint64_t began, now;
	unsigned looks = 0;

	setup();
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	run(KPU_OP_ECHO, 0, 1000000);
	began = now = spi_bus_now(&bus);
	ck_assert_int_eq(kpu_spi_host_next(&bus.spi, true, now, &transfer), KPU_SPI_REST);
	do {
		now = kpu_spi_host_deadline(&bus.spi);
		ck_assert_uint_lt(now - began, 100000);
	} while (kpu_spi_host_next(&bus.spi, false, now, &transfer) == KPU_SPI_REST);
	/* At rest it stops looking after a while. */
	setup();
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	now = spi_bus_now(&bus);
	while (now != UINT64_MAX) {
		ck_assert_int_eq(kpu_spi_host_next(&bus.spi, true, now, &transfer), KPU_SPI_REST);
		now = kpu_spi_host_deadline(&bus.spi);
		ck_assert_uint_lt(++looks, 12);
	}
	ck_assert_uint_ge(looks, 4);
}
END_TEST

/* The board calls after a long rest, and the host happens to see the level of the call itself. */
START_TEST(a_call_after_a_rest_is_no_trouble)
{
	struct kpu_spi_transfer transfer;
	uint64_t now;

	setup();
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	run(KPU_OP_ECHO, 0, 1000000);
	now = spi_bus_now(&bus);
	ck_assert_int_eq(kpu_spi_host_next(&bus.spi, true, now, &transfer), KPU_SPI_REST);
	now += 1000000;
	kpu_spi_host_attention(&bus.spi);
	ck_assert_int_eq(kpu_spi_host_next(&bus.spi, false, now, &transfer), KPU_SPI_REST);
	ck_assert_uint_ge(kpu_spi_host_deadline(&bus.spi), now + 2000);
	/* The answer is none, but that alone is no silence. */
	ck_assert_int_eq(kpu_spi_host_next(&bus.spi, true, now + 2, &transfer), KPU_SPI_WRITE);
	kpu_spi_host_done(&bus.spi, true, false, now + 20);
	ck_assert_int_eq(kpu_spi_host_next(&bus.spi, false, now + 25, &transfer), KPU_SPI_READ);
	memset(transfer.in, 0xff, transfer.length);
	kpu_spi_host_done(&bus.spi, true, false, now + 200);
	ck_assert_uint_eq(bus.spi.counters.bad_answers, 1);
	kpu_spi_host_next(&bus.spi, true, now + 2000, &transfer);
	ck_assert_uint_eq(bus.silences, 0);
}
END_TEST

/* True: the host wanted to read, and its controller failed; false: it is later now. */
static bool fail_read(uint64_t *now)
{
	struct kpu_spi_transfer transfer;

	if (kpu_spi_host_next(&bus.spi, false, *now, &transfer) != KPU_SPI_READ) {
		*now = kpu_spi_host_deadline(&bus.spi);
		return false;
	}
	kpu_spi_host_done(&bus.spi, false, false, *now);
	return true;
}

/* The controller fails, not the board: the phase is asked for again long before silence counts. */
START_TEST(a_controller_that_fails_costs_no_session)
{
	struct kpu_spi_transfer transfer;
	uint64_t began, now;
	unsigned reads = 0;

	setup();
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	run(KPU_OP_ECHO, 0, 1000000);
	began = now = spi_bus_now(&bus);
	ck_assert_int_eq(kpu_spi_host_next(&bus.spi, true, now, &transfer), KPU_SPI_REST);
	while (reads < 4)
		reads += fail_read(&now);
	ck_assert_uint_eq(bus.silences, 0);
	ck_assert_uint_lt(now - began, KPU_SPI_SILENCE_US);
	/* For ever is another matter: silence, and less and less to do. */
	while (now - began < 10000000)
		reads += fail_read(&now);
	ck_assert_uint_eq(bus.silences, 1);
	ck_assert_uint_lt(reads, 40);
}
END_TEST

/* Of a short fall at rest the host sees the level; the edge that ends it is lost. */
START_TEST(a_call_whose_end_nobody_saw_is_answered)
{
	struct kpu_spi_transfer transfer;
	uint64_t now;

	setup();
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	run(KPU_OP_ECHO, 0, 1000000);
	now = spi_bus_now(&bus) + 1000000;
	ck_assert_int_eq(kpu_spi_host_next(&bus.spi, true, now, &transfer), KPU_SPI_REST);
	ck_assert_int_eq(kpu_spi_host_next(&bus.spi, false, now + 1, &transfer), KPU_SPI_REST);
	ck_assert_uint_lt(kpu_spi_host_deadline(&bus.spi), now + 100000);
	ck_assert_int_eq(kpu_spi_host_next(&bus.spi, true, now + 20000, &transfer), KPU_SPI_WRITE);
}
END_TEST

/* The board has its reply, and calls, before the host notices that the exchange is over. It would
 * call again 1 ms later. */
START_TEST(a_call_right_behind_an_answer_is_heard)
{
	setup();
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	bus.notice_ns = 100000;
	for (unsigned i = 0; i < 20; i++)
		ck_assert_uint_lt(run(KPU_OP_ECHO, 0, 1000000), 1200);
	ck_assert_uint_ge(bus.attentions, 20);
}
END_TEST

struct trouble {
	const char *name;
	uint32_t flip, edge, glitch, cut, overrun;
};

static const struct trouble troubles[] = {
	{ .name = "a bit in 100000", .flip = 100000 },
	{ .name = "one edge of ready in 5 lost", .edge = 5 },
	{ .name = "every edge of ready lost", .edge = 1 },
	{ .name = "a glitch of the chip select in 100 transfers", .glitch = 100 },
	{ .name = "one frame in 20 ends early", .cut = 20 },
	{ .name = "one frame in 20 overruns", .overrun = 20 },
	{ .name = "all of them, each in 100",
	  .flip = 400000,
	  .edge = 100,
	  .glitch = 100,
	  .cut = 100,
	  .overrun = 100 },
};

START_TEST(trouble_on_the_wires_is_healed)
{
	const struct trouble *trouble = &troubles[_i];
	uint64_t clean, worst = 0;

	setup();
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	clean = run(OP_TRANSFORM, SMALL, 1000000);
	bus.flip_one_in = trouble->flip;
	bus.lose_edge_one_in = trouble->edge;
	bus.glitch_one_in = trouble->glitch;
	bus.cut_one_in = trouble->cut;
	bus.overrun_one_in = trouble->overrun;
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t took = run(OP_TRANSFORM, SMALL, 1000000);

		if (took > worst)
			worst = took;
		memset(returned, 0, sizeof(returned));
	}
	printf("%s: longest delay %.1f ms, %u packets sent again, %u bad answers, %u refused, "
	       "%u without answer, %u flushes, clock %.1f MHz\n",
	       trouble->name, (double)(worst - clean) / 1000,
	       bus.host_session.counters.retransmitted + bus.board_session.counters.retransmitted,
	       bus.spi.counters.bad_answers, bus.spi.counters.refused, bus.spi.counters.no_answers,
	       bus.spi.counters.flushes, bus.spi.hz * 1e-6);
	ck_assert_uint_lt(worst - clean, HEALED_US);
	ck_assert_uint_eq(bus.host_session.counters.syncs, 1);
	ck_assert_uint_eq(board.completed, 1001);
}
END_TEST

/* The board starts anew in the middle of a transfer, at every third of a millisecond of it. */
START_TEST(reset_is_reported)
{
	for (unsigned delay = 0; delay < 60; delay++) {
		uint64_t at;

		setup();
		expect(spi_bus_run(&bus, is_up, NULL, 1000000));
		begin(KPU_OP_SINK, 65536);
		spi_bus_run(&bus, never, NULL, 333 * delay);
		at = spi_bus_now(&bus);
		spi_bus_reset_board(&bus);
		expect(spi_bus_run(&bus, is_done, NULL, 1000000));
		ck_assert_uint_eq(transaction.status, KPU_STATUS_BOARD_RESET);
		ck_assert_uint_ne(lost_at, 0);
		ck_assert_msg(lost_at - at < HEALED_US, "after %u us: %u us", 333 * delay,
			      (unsigned)(lost_at - at));
		run(OP_TRANSFORM, SMALL, 1000000);
	}
}
END_TEST

/* A board that dies, whatever its ready line does then. */
START_TEST(silence_is_reported)
{
	uint64_t at;

	setup();
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	begin(KPU_OP_SINK, 65536);
	spi_bus_run(&bus, never, NULL, 5000);
	bus.board_dead = true;
	bus.ready_floats = _i;
	at = spi_bus_now(&bus);
	while (!bus.silences && spi_bus_now(&bus) - at < 1000000)
		spi_bus_run(&bus, never, NULL, 1000);
	ck_assert_uint_lt(spi_bus_now(&bus) - at, HEALED_US);
	/* And it is not hammered upon. */
	at = bus.spi.counters.exchanges + bus.spi.counters.no_answers;
	spi_bus_run(&bus, never, NULL, 10000000);
	ck_assert_uint_lt(bus.spi.counters.exchanges + bus.spi.counters.no_answers - at, 150);
	ck_assert_uint_eq(bus.silences, 1);
	bus.board_dead = false;
	spi_bus_reset_board(&bus);
	expect(spi_bus_run(&bus, is_done, NULL, 3000000));
	ck_assert_uint_eq(transaction.status, KPU_STATUS_BOARD_RESET);
}
END_TEST

START_TEST(clock_is_the_fastest_that_works)
{
	static const struct {
		uint32_t works, limit, expected;
	} cases[] = {
		{ 0, 25000000, 25000000 },      { 0, 7000000, 7000000 },
		{ 8000000, 25000000, 8000000 }, { 9000000, 25000000, 8000000 },
		{ 1000000, 25000000, 1000000 }, { 600000, 25000000, 500000 },
	};
	struct spi_bus_config config = config_10mhz;

	config.hz_max = cases[_i].limit;
	spi_bus_init(&bus, &config, &host, &board);
	bus.works_up_to_hz = cases[_i].works;
	expect(spi_bus_run(&bus, is_up, NULL, 3000000));
	ck_assert_uint_eq(bus.spi.hz, cases[_i].expected);
}
END_TEST

START_TEST(clock_sinks_when_the_wires_get_worse)
{
	setup();
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	bus.works_up_to_hz = 4000000;
	run(OP_TRANSFORM, SMALL, 3000000);
	ck_assert_uint_eq(bus.spi.hz, 4000000);
}
END_TEST

/* A controller refuses transfers below its slowest clock, so trouble must not lead there: not when
 * the clock is chosen, not later. */
START_TEST(clock_stays_above_the_slowest_of_the_controller)
{
	static const uint32_t slowest[] = { 600000, 3000000 };
	struct spi_bus_config config = config_10mhz;

	config.hz_min = slowest[_i];
	spi_bus_init(&bus, &config, &host, &board);
	bus.works_up_to_hz = 1;
	spi_bus_run(&bus, is_up, NULL, 3000000);
	ck_assert_uint_eq(bus.slowest_hz, slowest[_i]);
	spi_bus_init(&bus, &config, &host, &board);
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	bus.works_up_to_hz = 1;
	begin(OP_TRANSFORM, SMALL);
	spi_bus_run(&bus, is_done, NULL, 3000000);
	ck_assert_uint_ge(bus.spi.counters.clock_steps, 3);
	ck_assert_uint_ge(bus.slowest_hz, slowest[_i]);
	ck_assert(!kpu_spi_host_init(&bus.spi,
				     &(struct kpu_spi_host_config){ .hz_max = 10000000,
								    .hz_min = 10000001,
								    .transfer_max = 4096,
								    .room = 4096 },
				     bus.spi.ops, &bus, 0));
}
END_TEST

/* @works: up to this clock, for ever. */
static void work_at_low_clock(uint32_t works)
{
	setup();
	bus.works_up_to_hz = 2000000;
	expect(spi_bus_run(&bus, is_up, NULL, 3000000));
	ck_assert_uint_eq(bus.spi.hz, 2000000);
	bus.works_up_to_hz = works;
	for (unsigned i = 0; i < 3000; i++)
		run(OP_TRANSFORM, SMALL, 3000000);
}

START_TEST(clock_rises_when_the_wires_get_better)
{
	work_at_low_clock(0);
	ck_assert_uint_eq(bus.spi.hz, 10000000);
	ck_assert_uint_eq(bus.host_session.counters.syncs, 1);
}
END_TEST

/* Trying costs little: three bad answers each time. */
START_TEST(clock_stays_when_they_do_not)
{
	work_at_low_clock(2000000);
	ck_assert_uint_eq(bus.spi.hz, 2000000);
	ck_assert_uint_ge(bus.spi.counters.bad_answers, 6);
	ck_assert_uint_lt(bus.spi.counters.bad_answers, 30);
	ck_assert_uint_eq(bus.host_session.counters.retransmitted, 0);
}
END_TEST

START_TEST(order_of_bytes_is_learned)
{
	setup();
	bus.native_order = true;
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	ck_assert(!bus.spi.in_reverse);
	run(OP_TRANSFORM, SMALL, 1000000);
}
END_TEST

/* Through all of them twice: none makes an answer need the first bit that the board sends. */
START_TEST(numbers_of_frames_come_round)
{
	setup();
	bus.native_order = _i;
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	while (bus.spi.counters.exchanges < 2 * 65536)
		run(KPU_OP_ECHO, 0, 1000000);
	ck_assert_uint_eq(bus.spi.counters.bad_answers, 0);
	ck_assert_uint_eq(bus.host_session.counters.retransmitted, 0);
}
END_TEST

/* A controller whose transfers hold one packet: the board's answers must not be longer either. */
START_TEST(controller_takes_little_at_once)
{
	struct spi_bus_config config = config_10mhz;

	config.transfer_max = 1060;
	spi_bus_init(&bus, &config, &host, &board);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 ^ i >> 8);
	expect(spi_bus_run(&bus, is_up, NULL, 1000000));
	run(OP_TRANSFORM, 50000, 1000000);
	ck_assert_uint_eq(bus.host_session.counters.retransmitted, 0);
}
END_TEST

/* Header 16, mark 4, packet header 12, checksum 4: 36 bytes around a payload. */
START_TEST(payload_follows_the_room)
{
	ck_assert_uint_eq(kpu_spi_payload_for_room(1059), 0);
	ck_assert_uint_eq(kpu_spi_payload_for_room(1060), 1024);
	ck_assert_uint_eq(kpu_spi_payload_for_room(1075), 1024);
	ck_assert_uint_eq(kpu_spi_payload_for_room(1076), 1040);
	ck_assert_uint_eq(kpu_spi_payload_for_room(4096), 4048);
	ck_assert_uint_eq(kpu_spi_payload_for_room(1 << 20), 4096);
}
END_TEST

/* A frame that ends early leaves the rest of an older one in the buffer: it must not count. */
START_TEST(rest_of_an_older_frame_does_not_count)
{
	static uint8_t first[256], second[256], staging[256];
	struct kpu_spi_board end = { 0 };
	struct kpu_spi_header header = {
		.magic = KPU_SPI_MAGIC_HOST, .sequence = 7, .length = 64, .read = 32
	};
	struct kpu_spi_answer answer;
	uint8_t *buffer;
	size_t length;

	kpu_spi_board_init(&end, first, second, sizeof(first), staging, sizeof(staging));
	buffer = kpu_spi_board_arm(&end);
	kpu_spi_put_header(buffer, &header);
	kpu_put_u32(buffer + 80, kpu_spi_mark(7));
	kpu_spi_board_frame(&end, false, &answer);
	ck_assert_ptr_nonnull(kpu_spi_board_body(&end, &length));
	ck_assert_uint_eq(length, 64);
	kpu_spi_board_release(&end);
	ck_assert(kpu_spi_board_answered(&end));
	/* The same buffer again: only a header arrives. */
	end.armed = 0;
	buffer = kpu_spi_board_arm(&end);
	header.sequence = 8;
	kpu_spi_put_header(buffer, &header);
	kpu_spi_board_frame(&end, false, &answer);
	ck_assert_ptr_null(kpu_spi_board_body(&end, &length));
	ck_assert(kpu_spi_board_was_damaged(&end));
	ck_assert_uint_eq(end.refused, 1);
}
END_TEST

/* An intact frame without packets, for whose answer @read bytes are clocked. */
static void exchange_begins(struct kpu_spi_board *end, uint16_t read, uint16_t limit,
			    struct kpu_spi_answer *answer)
{
	struct kpu_spi_header header = {
		.magic = KPU_SPI_MAGIC_HOST, .sequence = 3, .read = read, .limit = limit
	};
	uint8_t *buffer = kpu_spi_board_arm(end);

	kpu_spi_put_header(buffer, &header);
	kpu_put_u32(buffer + KPU_SPI_HEADER_BYTES, kpu_spi_mark(3));
	kpu_spi_board_frame(end, false, answer);
}

START_TEST(a_body_is_written_while_another_is_sent)
{
	static uint8_t first[256], second[256], staging[400];
	struct kpu_spi_board end = { 0 };
	struct kpu_spi_answer answer;
	uint8_t *body;
	size_t room;

	kpu_spi_board_init(&end, first, second, sizeof(first), staging, sizeof(staging));
	body = kpu_spi_board_stage(&end, &room);
	ck_assert_ptr_eq(body, staging);
	ck_assert_uint_eq(room, 200);
	kpu_spi_board_staged(&end, 0);
	ck_assert_ptr_eq(kpu_spi_board_stage(&end, &room), staging);
	kpu_spi_board_staged(&end, 40);
	/* Nobody fetches it yet: what comes later may be said in one body then. */
	ck_assert_ptr_null(kpu_spi_board_stage(&end, &room));
	ck_assert_uint_eq(kpu_spi_board_waiting_body(&end), 40);
	/* Asked for less, it waits and is told of. */
	exchange_begins(&end, 32, 100, &answer);
	ck_assert_uint_eq(answer.length, 0);
	ck_assert_uint_eq(kpu_get_u16(answer.header + 6), 40);
	ck_assert_ptr_null(kpu_spi_board_stage(&end, &room));
	ck_assert(kpu_spi_board_answered(&end));
	ck_assert_uint_eq(kpu_spi_board_waiting_body(&end), 40);
	exchange_begins(&end, 56, 100, &answer);
	ck_assert_ptr_eq(answer.body, staging);
	ck_assert_uint_eq(answer.length, 40);
	ck_assert_uint_eq(kpu_spi_board_waiting_body(&end), 0);
	/* Now the other half, as much as the host reads at once. */
	body = kpu_spi_board_stage(&end, &room);
	ck_assert_ptr_eq(body, staging + 200);
	ck_assert_uint_eq(room, 84);
	/* The first one has gone before the second one is ready. */
	ck_assert(kpu_spi_board_answered(&end));
	exchange_begins(&end, 100, 100, &answer);
	ck_assert_uint_eq(answer.length, 0);
	kpu_spi_board_staged(&end, 8);
	ck_assert_ptr_null(kpu_spi_board_stage(&end, &room));
	ck_assert(kpu_spi_board_answered(&end));
	ck_assert_uint_eq(kpu_spi_board_waiting_body(&end), 8);
	exchange_begins(&end, 100, 100, &answer);
	ck_assert_ptr_eq(answer.body, staging + 200);
	ck_assert_uint_eq(answer.length, 8);
	ck_assert_ptr_eq(kpu_spi_board_stage(&end, &room), staging);
}
END_TEST

static Suite *suite(void)
{
	Suite *spi = suite_create("spi");
	TCase *cases = tcase_create("spi");

	tcase_set_timeout(cases, 120);
	tcase_add_test(cases, a_frame_takes_little_more_than_its_bits);
	tcase_add_test(cases, nothing_moves_without_need);
	tcase_add_test(cases, a_fall_that_nobody_saw_is_found);
	tcase_add_test(cases, a_call_after_a_rest_is_no_trouble);
	tcase_add_test(cases, a_controller_that_fails_costs_no_session);
	tcase_add_test(cases, a_call_whose_end_nobody_saw_is_answered);
	tcase_add_test(cases, a_call_right_behind_an_answer_is_heard);
	tcase_add_loop_test(cases, trouble_on_the_wires_is_healed, 0,
			    sizeof(troubles) / sizeof(troubles[0]));
	tcase_add_test(cases, reset_is_reported);
	tcase_add_loop_test(cases, silence_is_reported, 0, 2);
	tcase_add_loop_test(cases, clock_is_the_fastest_that_works, 0, 6);
	tcase_add_test(cases, clock_sinks_when_the_wires_get_worse);
	tcase_add_loop_test(cases, clock_stays_above_the_slowest_of_the_controller, 0, 2);
	tcase_add_test(cases, clock_rises_when_the_wires_get_better);
	tcase_add_test(cases, clock_stays_when_they_do_not);
	tcase_add_test(cases, order_of_bytes_is_learned);
	tcase_add_loop_test(cases, numbers_of_frames_come_round, 0, 2);
	tcase_add_test(cases, controller_takes_little_at_once);
	tcase_add_test(cases, payload_follows_the_room);
	tcase_add_test(cases, rest_of_an_older_frame_does_not_count);
	tcase_add_test(cases, a_body_is_written_while_another_is_sent);
	suite_add_tcase(spi, cases);
	return spi;
}

int main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
