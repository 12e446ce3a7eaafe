/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Rules of the session one by one: docs/wire-protocol.md names them. */
#include <stdlib.h>

#include "link/bytes.h"
#include "link/packet.h"
#include "tests/unit/link/damage.h"

/* The owner of one end: sends numbered payloads, checks the order of those that come. */
struct owner {
	uint32_t to_send, sent, received;
	uint16_t length;
	bool full, order_broken;
	unsigned refused, ups, downs;
	bool kept;
	enum kpu_session_loss reason;
};

static struct line line;
static struct owner host, board;

static bool deliver(void *context, const uint8_t *payload, size_t length)
{
	struct owner *owner = context;

	if (owner->full) {
		owner->refused++;
		return false;
	}
	if (length < 4 || kpu_get_u32(payload) != owner->received)
		owner->order_broken = true;
	owner->received++;
	return true;
}

static size_t fill(void *context, uint8_t *payload, size_t room)
{
	struct owner *owner = context;
	size_t length = owner->length ? owner->length : room;

	if (owner->sent == owner->to_send)
		return 0;
	memset(payload, 0x55, length);
	kpu_put_u32(payload, owner->sent++);
	return length;
}

static void established(void *context, bool kept)
{
	struct owner *owner = context;

	owner->ups++;
	owner->kept = kept;
	owner->sent = owner->received = 0;
}

static void lost(void *context, enum kpu_session_loss reason)
{
	struct owner *owner = context;

	owner->downs++;
	owner->reason = reason;
}

static const struct kpu_session_ops ops = {
	.deliver = deliver,
	.fill = fill,
	.established = established,
	.lost = lost,
};

static bool both_up(void *context)
{
	(void)context;
	return line.host_session.state == KPU_SESSION_ESTABLISHED &&
	       line.board_session.state == KPU_SESSION_ESTABLISHED;
}

static bool all_received(void *context)
{
	(void)context;
	return board.received == host.to_send && host.received == board.to_send;
}

static void init(const struct line_config *config)
{
	memset(&host, 0, sizeof(host));
	memset(&board, 0, sizeof(board));
	line_init_sessions(&line, config, &ops, &host, &ops, &board);
}

static void set_up(void)
{
	init(&line_2mbaud);
	line_start(&line);
	ck_assert(line_run(&line, both_up, NULL, 1000000));
	line_run_for(&line, 5000);
}

static void send_all(uint32_t to_board, uint32_t to_host)
{
	host.to_send = host.sent + to_board;
	board.to_send = board.sent + to_host;
	kpu_session_wake(&line.host_session);
	kpu_session_wake(&line.board_session);
	ck_assert(line_run(&line, all_received, NULL, 60000000));
	ck_assert(!host.order_broken && !board.order_broken);
}

/* Replaces the board by one that has just booted. */
static void boot_board(uint64_t boot_id)
{
	struct kpu_session_config config = line.board_session.config;

	config.identity = boot_id;
	ck_assert(kpu_session_init(&line.board_session, &config, &ops, &board, line.board_memory,
				   sizeof(line.board_memory)));
	line.to_host.count = 0;
	kpu_session_start(&line.board_session, line_now(&line));
}

START_TEST(init_checks_configuration)
{
	static uint8_t memory[KPU_SESSION_MEMORY(4096, 16)];
	static const struct {
		uint16_t payload;
		uint8_t window, receive_window;
		size_t missing; /* bytes of memory */
		bool good;
	} cases[] = {
		{ 4096, 16, 0, 0, true },  { 1024, 1, 1, 0, true },   { 1008, 4, 0, 0, false },
		{ 4112, 4, 0, 0, false },  { 2040, 4, 0, 0, false },  { 2048, 0, 0, 0, false },
		{ 2048, 17, 0, 0, false }, { 2048, 4, 17, 0, false }, { 2048, 4, 0, 1, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kpu_session_config config = {
			.max_payload = cases[i].payload,
			.window = cases[i].window,
			.receive_window = cases[i].receive_window,
		};
		size_t size = KPU_SESSION_MEMORY((size_t)cases[i].payload, cases[i].window);

		ck_assert_int_eq(kpu_session_init(&line.host_session, &config, &ops, &host, memory,
						  size - cases[i].missing),
				 cases[i].good);
	}
	ck_assert_uint_eq(kpu_session_payload_for_rate(450000), 4096);
	ck_assert_uint_eq(kpu_session_payload_for_rate(449999), 2048);
	ck_assert_uint_eq(kpu_session_payload_for_rate(140000), 2048);
	ck_assert_uint_eq(kpu_session_payload_for_rate(11520), 1536);
}
END_TEST

START_TEST(start_and_limits)
{
	struct line_config config = line_2mbaud;

	init(&config);
	line.board_session.config.max_payload = 1040;
	line_start(&line);
	ck_assert(line_run(&line, both_up, NULL, 20000));
	ck_assert_uint_eq(line.host_session.payload_limit, 1040);
	ck_assert_uint_eq(line.board_session.payload_limit, 1040);
	ck_assert_uint_eq(line.host_session.peer_firmware, 0x010203);
	ck_assert_uint_eq(line.host_session.peer_identity, 0x5555666677778888u);
	ck_assert(!host.kept && !board.kept);
	ck_assert_uint_eq(host.ups, 1);
	ck_assert_uint_eq(board.ups, 1);
}
END_TEST

static const struct {
	uint8_t host_newest, host_oldest, board_newest, board_oldest, chosen;
} versions[] = {
	{ 1, 1, 1, 1, 1 }, { 2, 1, 1, 1, 1 }, { 1, 1, 2, 1, 1 }, { 3, 2, 2, 1, 2 },
	{ 2, 1, 3, 2, 2 }, { 3, 2, 1, 1, 0 }, { 1, 1, 3, 2, 0 },
};

START_TEST(version_negotiation)
{
	init(&line_2mbaud);
	line.host_session.config.version_newest = versions[_i].host_newest;
	line.host_session.config.version_oldest = versions[_i].host_oldest;
	line.board_session.config.version_newest = versions[_i].board_newest;
	line.board_session.config.version_oldest = versions[_i].board_oldest;
	line_start(&line);
	if (versions[_i].chosen) {
		ck_assert(line_run(&line, both_up, NULL, 20000));
		ck_assert_uint_eq(line.host_session.version, versions[_i].chosen);
		ck_assert_uint_eq(line.board_session.version, versions[_i].chosen);
		send_all(5, 5);
	} else {
		line_run_for(&line, 50000);
		ck_assert_int_eq(host.reason, KPU_LOSS_VERSION);
		ck_assert_uint_eq(host.downs, 1);
		ck_assert_uint_eq(host.ups + board.ups, 0);
		ck_assert_uint_eq(line.host_session.peer_newest, versions[_i].board_newest);
		ck_assert_uint_eq(line.host_session.peer_oldest, versions[_i].board_oldest);
		ck_assert(kpu_session_deadline(&line.host_session) == UINT64_MAX);
	}
}
END_TEST

/* Whatever byte of SYNC, SYNC_ACK or ANNOUNCE is damaged: one session, and soon. */
START_TEST(start_survives_damage)
{
	for (unsigned kind = 0; kind < DAMAGE_KINDS; kind++)
		for (unsigned at = 0; at < 120; at++) {
			struct single_damage damage = { .kind = kind, .at = at };
			struct direction *direction = _i ? &line.to_host : &line.to_board;

			init(&line_2mbaud);
			direction->damage = damage_single;
			direction->damage_context = &damage;
			line_start(&line);
			ck_assert(line_run(&line, both_up, NULL, 250000));
			line_run_for(&line, 300000);
			ck_assert_uint_eq(host.ups, 1);
			ck_assert_uint_eq(board.ups, 1);
			send_all(3, 3);
		}
}
END_TEST

START_TEST(sync_goes_on_for_ever)
{
	uint32_t before;

	init(&line_2mbaud);
	line.cut = true;
	line_start(&line);
	line_run_for(&line, 650000); /* at 0, 100, 300 ms; the next at 700 ms */
	ck_assert_uint_eq(line.host_session.counters.packets_sent, 3);
	line_run_for(&line, 60000000);
	before = line.host_session.counters.packets_sent;
	ck_assert_uint_ge(before, 60);
	ck_assert_uint_le(before, 66);
	line.cut = false;
	ck_assert(line_run(&line, both_up, NULL, 1100000));
	kpu_session_stop(&line.host_session);
	ck_assert(kpu_session_deadline(&line.host_session) == UINT64_MAX);
	before = line.host_session.counters.packets_sent;
	line_run_for(&line, 5000000);
	ck_assert_uint_eq(line.host_session.counters.packets_sent, before);
	ck_assert_uint_eq(host.downs, 0);
}
END_TEST

START_TEST(board_reset_is_seen_at_once)
{
	set_up();
	host.to_send = 1000000;
	kpu_session_wake(&line.host_session);
	line_run_for(&line, 50000);
	boot_board(0x9999);
	line_run_for(&line, 2000);
	ck_assert_uint_eq(host.downs, 1);
	ck_assert_int_eq(host.reason, KPU_LOSS_PEER_RESET);
	ck_assert(line_run(&line, both_up, NULL, 100000));
	ck_assert(!host.kept);
	ck_assert_uint_eq(line.host_session.peer_identity, 0x9999);
}
END_TEST

/* The ANNOUNCE of the boot was lost; the first packet to the board brings another. */
START_TEST(unknown_session_is_announced)
{
	set_up();
	line.cut = true;
	boot_board(0x9999);
	line_run_for(&line, 10000);
	line.cut = false;
	line_run_for(&line, 1000000);
	ck_assert_uint_eq(host.downs, 0);
	host.to_send = 1;
	kpu_session_wake(&line.host_session);
	line_run_for(&line, 40000);
	ck_assert_int_eq(host.reason, KPU_LOSS_PEER_RESET);
	ck_assert(line_run(&line, both_up, NULL, 100000));
}
END_TEST

START_TEST(restart_keeps_identity)
{
	set_up();
	send_all(20, 20);
	kpu_session_resync(&line.host_session, line_now(&line));
	ck_assert_int_eq(host.reason, KPU_LOSS_RESYNC);
	ck_assert(line_run(&line, both_up, NULL, 100000));
	line_run_for(&line, 20000);
	ck_assert(host.kept && board.kept);
	ck_assert_int_eq(board.reason, KPU_LOSS_PEER_RESTART);
	kpu_session_resync(&line.board_session, line_now(&line));
	line_run_for(&line, 50000);
	ck_assert(both_up(NULL));
	ck_assert_int_eq(host.reason, KPU_LOSS_PEER_RESTART);
	ck_assert(host.kept && board.kept);
	ck_assert_uint_eq(host.ups, 3);
}
END_TEST

START_TEST(other_host_takes_over)
{
	set_up();
	line.host_session.config.identity = 0x4242;
	kpu_session_resync(&line.host_session, line_now(&line));
	line_run_for(&line, 20000);
	ck_assert(both_up(NULL));
	ck_assert(!host.kept && !board.kept);
}
END_TEST

START_TEST(silence_ends_the_session)
{
	uint64_t began;

	set_up();
	line.cut = true;
	line_run_for(&line, 10000000);
	ck_assert_uint_eq(host.downs, 0); /* nothing was expected */
	host.to_send = 1;
	if (_i)
		kpu_session_expect(&line.host_session, true);
	else
		kpu_session_wake(&line.host_session);
	began = line_now(&line);
	while (host.downs == 0 && line_now(&line) < began + 5000000)
		line_step(&line, began + 5000000);
	ck_assert_int_eq(host.reason, KPU_LOSS_SILENT);
	ck_assert(line_now(&line) - began >= 1000000);
	ck_assert(line_now(&line) - began <= 1600000);
	line.cut = false;
	ck_assert(line_run(&line, both_up, NULL, 1500000));
	ck_assert(host.kept);
}
END_TEST

/* A clock that jumps (the machine slept) is no silence. */
START_TEST(clock_may_jump)
{
	set_up();
	host.to_send = 1;
	kpu_session_wake(&line.host_session);
	line_step(&line, UINT64_MAX);
	line.now_ns += 30000000000u;
	ck_assert(line_run(&line, all_received, NULL, 1000000));
	ck_assert_uint_eq(host.downs, 0);
}
END_TEST

struct frame_loss {
	unsigned frame, count;
};

/* Swallows whole frame number @frame. */
static size_t damage_frame(void *context, uint8_t byte, uint8_t out[2])
{
	struct frame_loss *loss = context;
	bool swallowed = loss->count == loss->frame;

	if (byte == 0)
		loss->count++;
	out[0] = byte;
	return swallowed ? 0 : 1;
}

START_TEST(one_nak_for_a_gap)
{
	struct frame_loss loss = { .frame = 10 };

	set_up();
	line.to_board.damage = damage_frame;
	line.to_board.damage_context = &loss;
	send_all(60, 0);
	ck_assert_uint_ge(line.board_session.counters.naks_sent, 1);
	/* Each 5 ms while the queue of the host holds up the answer, not for each packet. */
	ck_assert_uint_le(line.board_session.counters.naks_sent, 8);
	ck_assert_uint_le(line.host_session.counters.retransmitted, 8);
	ck_assert_uint_ge(line.host_session.counters.retransmitted, 1);
	ck_assert_uint_eq(line.host_session.send.round, 1);
}
END_TEST

/* Nothing follows the lost packet: the probe finds out. */
START_TEST(last_packet_lost)
{
	struct frame_loss loss = { .frame = (unsigned)_i };
	uint64_t began;

	set_up();
	host.length = 40;
	line.to_board.damage = damage_frame;
	line.to_board.damage_context = &loss;
	began = line_now(&line);
	send_all(2, 0);
	ck_assert(line_now(&line) - began < 50000);
	line_run_for(&line, 100000);
	ck_assert(kpu_session_idle(&line.host_session));
}
END_TEST

START_TEST(last_acknowledgement_lost)
{
	struct frame_loss loss = { .frame = 0 };

	set_up();
	line.to_host.damage = damage_frame;
	line.to_host.damage_context = &loss;
	send_all(1, 0);
	ck_assert(!kpu_session_idle(&line.host_session));
	line_run_for(&line, 50000);
	ck_assert(kpu_session_idle(&line.host_session));
	ck_assert_uint_eq(board.received, 1);
	ck_assert_uint_eq(line.host_session.counters.retransmitted, 0);
}
END_TEST

static void inject(enum kpu_wire_packet_type type, unsigned offset)
{
	const struct kpu_packet packet = {
		.version = line.host_session.version,
		.type = (uint8_t)type,
		.credit = 8,
		.session = line.host_session.number,
		.flags = (uint16_t)(offset << KPU_PACKET_OFFSET_SHIFT),
	};
	uint8_t header[KPU_WIRE_HEADER_BYTES];

	kpu_packet_put_header(header, &packet);
	kpu_session_input_packet(&line.host_session, header, sizeof(header), line_now(&line));
}

/* A peer that has got more of a payload than there is: nothing of it is believed. */
START_TEST(acknowledged_beyond_the_payload)
{
	static const unsigned offsets[] = { 3, 64, 255 }; /* in units of 16 bytes */
	uint64_t before;

	set_up();
	line.cut = true;
	host.length = 40;
	host.to_send = 1;
	kpu_session_wake(&line.host_session);
	line_run_for(&line, 2000);
	before = line.to_board.bytes_carried;
	inject(KPU_PACKET_ACK, offsets[_i]);
	inject(KPU_PACKET_NAK, offsets[_i]);
	ck_assert(kpu_session_deadline(&line.host_session) - line_now(&line) < 1000000);
	line_run_for(&line, 50000);
	/* Probes, but neither the payload nor what lies behind it. */
	ck_assert_uint_le(line.to_board.bytes_carried - before, 200);
	line.cut = false;
	ck_assert(line_run(&line, all_received, NULL, 1000000));
	ck_assert(!board.order_broken);
	line_run_for(&line, 50000);
	ck_assert(kpu_session_idle(&line.host_session));
}
END_TEST

START_TEST(acknowledgements_wait_for_company)
{
	uint64_t began;

	set_up();
	host.length = 40;
	began = line_now(&line);
	send_all(1, 0);
	while (!kpu_session_idle(&line.host_session))
		line_step(&line, UINT64_MAX);
	ck_assert(line_now(&line) - began >= 2000);
	ck_assert(line_now(&line) - began <= 3500);
	line.board_session.counters.packets_sent = 0;
	send_all(1000, 0);
	ck_assert_uint_le(line.board_session.counters.packets_sent, 501);
	line.board_session.counters.packets_sent = 0;
	line.host_session.counters.packets_sent = 0;
	host.length = 0;
	send_all(100, 100);
	ck_assert_uint_le(line.board_session.counters.packets_sent, 103);
	ck_assert_uint_le(line.host_session.counters.packets_sent, 103);
}
END_TEST

START_TEST(sequence_wraps)
{
	struct chunk_damage damage = { .random = 3, .one_in = 30, .chunk = 100 };

	set_up();
	host.length = 50;
	board.length = 60;
	line.to_board.damage = damage_chunks;
	line.to_board.damage_context = &damage;
	send_all(3000, 2000);
}
END_TEST

START_TEST(credit_is_kept)
{
	uint32_t frames;

	set_up();
	board.full = true;
	host.to_send = 100;
	kpu_session_wake(&line.host_session);
	line_run_for(&line, 3000000);
	ck_assert_uint_eq(board.received, 0);
	ck_assert_uint_eq(host.downs, 0);
	ck_assert_uint_eq(board.downs, 0);
	/* Taken from the owner: no more than the window. */
	ck_assert_uint_le(host.sent, 8);
	ck_assert_uint_eq(board.refused, 1);
	ck_assert_uint_eq(line.board_session.counters.naks_sent, 0);
	/* While it waits there are probes and answers, few of them. */
	frames = line.host_session.counters.packets_sent;
	line_run_for(&line, 1000000);
	ck_assert_uint_le(line.host_session.counters.packets_sent - frames, 110);
	board.full = false;
	kpu_session_ready(&line.board_session);
	ck_assert(line_run(&line, all_received, NULL, 5000000));
	ck_assert(!board.order_broken);
}
END_TEST

START_TEST(refusals_do_no_harm)
{
	struct chunk_damage damage = { .random = 5, .one_in = 20, .chunk = 2048 };
	uint64_t random = 77;

	set_up();
	line.to_board.damage = line.to_host.damage = damage_chunks;
	line.to_board.damage_context = line.to_host.damage_context = &damage;
	host.to_send = 400;
	kpu_session_wake(&line.host_session);
	for (unsigned i = 0; i < 400000 && !all_received(NULL); i++) {
		if (random_next(&random) % 500 == 0) {
			board.full = !board.full;
			if (!board.full)
				kpu_session_ready(&line.board_session);
		}
		line_step(&line, UINT64_MAX);
	}
	ck_assert_uint_eq(board.received, 400);
	ck_assert(!board.order_broken);
	ck_assert_uint_eq(host.downs + board.downs, 0);
	ck_assert_uint_ge(board.refused, 20);
}
END_TEST

/* SPI: whole packets, each lost or damaged now and then. */
START_TEST(packets_without_frames)
{
	uint64_t random = 13;
	uint8_t packet[4096 + 16];

	init(&line_2mbaud);
	kpu_session_start(&line.board_session, 0);
	kpu_session_start(&line.host_session, 0);
	host.to_send = board.to_send = 500;
	for (uint64_t now = 0; now < 20000000 && (now < 1000 || !all_received(NULL)); now += 200) {
		struct kpu_session *from = &line.host_session, *to = &line.board_session;
		size_t length;

		for (unsigned way = 0; way < 2; way++) {
			length = kpu_session_output_packet(from, packet, sizeof(packet), now);
			if (length && random_next(&random) % 20 == 0)
				packet[random_next(&random) % length] ^= 4;
			if (length && random_next(&random) % 20)
				kpu_session_input_packet(to, packet, length, now);
			from = &line.board_session;
			to = &line.host_session;
		}
	}
	ck_assert(all_received(NULL));
	ck_assert(!host.order_broken && !board.order_broken);
	ck_assert_uint_eq(host.ups, 1);
}
END_TEST

/* Noise on an idle line is not answered without end, and does not stop what follows. */
START_TEST(noise_on_an_idle_line)
{
	uint64_t random = 21;
	uint8_t noise[300];

	set_up();
	for (unsigned i = 0; i < 2000; i++) {
		for (size_t k = 0; k < sizeof(noise); k++)
			noise[k] = (uint8_t)random_next(&random);
		kpu_session_input(&line.board_session, noise, sizeof(noise), line_now(&line));
		line_run_for(&line, 1500);
	}
	ck_assert_uint_le(line.board_session.counters.naks_sent, 700);
	ck_assert_uint_eq(board.downs + host.downs, 0);
	send_all(20, 20);
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
	Suite *suite = suite_create("link: session");
	SRunner *runner;
	int failed;

	add(suite, "configuration", init_checks_configuration, 1);
	add(suite, "start", start_and_limits, 1);
	add(suite, "versions", version_negotiation, sizeof(versions) / sizeof(versions[0]));
	add(suite, "damaged start", start_survives_damage, 2);
	add(suite, "SYNC for ever", sync_goes_on_for_ever, 1);
	add(suite, "board reset", board_reset_is_seen_at_once, 1);
	add(suite, "unknown session", unknown_session_is_announced, 1);
	add(suite, "restart", restart_keeps_identity, 1);
	add(suite, "take-over", other_host_takes_over, 1);
	add(suite, "silence", silence_ends_the_session, 2);
	add(suite, "clock", clock_may_jump, 1);
	add(suite, "gap", one_nak_for_a_gap, 1);
	add(suite, "last packet", last_packet_lost, 2);
	add(suite, "last acknowledgement", last_acknowledgement_lost, 1);
	add(suite, "too much acknowledged", acknowledged_beyond_the_payload, 3);
	add(suite, "delayed acknowledgement", acknowledgements_wait_for_company, 1);
	add(suite, "wrap", sequence_wraps, 1);
	add(suite, "credit", credit_is_kept, 1);
	add(suite, "refusals", refusals_do_no_harm, 1);
	add(suite, "packets", packets_without_frames, 1);
	add(suite, "noise", noise_on_an_idle_line, 1);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
