/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Messages that break the protocol although their packets are intact. */
#include <stdlib.h>

#include "link/bytes.h"
#include "tests/unit/link/test_board.h"

static struct line line;
static struct kpu_host host;
static struct test_board board;
static uint8_t message[2048];
static size_t message_length; /* sent once when not 0 */
static struct kpu_transaction transaction;
static unsigned finished, replies;
static uint16_t reply_status;
static uint8_t returned[100];

static size_t fill_message(void *context, uint8_t *payload, size_t room)
{
	size_t length = message_length;

	(void)context;
	(void)room;
	memcpy(payload, message, length);
	message_length = 0;
	return length;
}

static bool take(void *context, const uint8_t *payload, size_t length)
{
	(void)context;
	if (length >= KPU_WIRE_REPLY_HEADER && payload[0] == KPU_MESSAGE_REPLY) {
		replies++;
		reply_status = kpu_get_u16(payload + 4);
	}
	return true;
}

static void ignore_established(void *context, bool kept)
{
	(void)context;
	(void)kept;
}

static void ignore_lost(void *context, enum kpu_session_loss reason)
{
	(void)context;
	(void)reason;
}

static const struct kpu_session_ops liar_ops = {
	.deliver = take,
	.fill = fill_message,
	.established = ignore_established,
	.lost = ignore_lost,
};

static void completed(struct kpu_transaction *t)
{
	(void)t;
	finished++;
}

static void put_header(uint8_t kind, uint16_t id)
{
	memset(message, 0, sizeof(message));
	message[0] = kind;
	kpu_put_u16(message + 2, id);
}

enum lie {
	REPLY_GOOD,
	REPLY_UNKNOWN_ID,
	REPLY_RESULTS_BEYOND_MESSAGE,
	REPLY_RESULTS_BEYOND_MAXIMUM,
	REPLY_WRONG_BULK_COUNT,
	REPLY_TOO_SHORT,
	BULK_BEYOND_LIMIT,
	BULK_WITH_GAP,
	BULK_EMPTY,
	BULK_UNKNOWN_ID,
	KIND_UNKNOWN,
	EVENT_TOO_SHORT,
	REQUEST_TO_HOST,
	LIES,
};

static size_t lie_to_host(enum lie lie)
{
	bool bulk = lie >= BULK_BEYOND_LIMIT && lie <= BULK_UNKNOWN_ID;
	bool unknown = lie == REPLY_UNKNOWN_ID || lie == BULK_UNKNOWN_ID;

	put_header(bulk ? KPU_MESSAGE_BULK : KPU_MESSAGE_REPLY, unknown ? 999 : transaction.id);
	switch (lie) {
	case REPLY_RESULTS_BEYOND_MESSAGE:
		kpu_put_u16(message + 6, 100);
		return 115;
	case REPLY_RESULTS_BEYOND_MAXIMUM:
		kpu_put_u16(message + 6, 801);
		return 2048;
	case REPLY_WRONG_BULK_COUNT:
		kpu_put_u32(message + 8, 1);
		return 16;
	case REPLY_TOO_SHORT:
		return 15;
	case BULK_BEYOND_LIMIT:
		return 8 + sizeof(returned) + 1;
	case BULK_WITH_GAP:
		kpu_put_u32(message + 4, 1);
		return 20;
	case BULK_EMPTY:
		return 8;
	case KIND_UNKNOWN:
		message[0] = 77;
		return 16;
	case EVENT_TOO_SHORT:
		message[0] = KPU_MESSAGE_EVENT;
		return 7;
	case REQUEST_TO_HOST:
		message[0] = KPU_MESSAGE_REQUEST;
		return 32;
	default:
		return 16;
	}
}

static const struct {
	uint16_t status; /* 0xffff: the transaction stays open */
	bool counted;
} outcome[LIES] = {
	[REPLY_GOOD] = { KPU_STATUS_OK, false },
	[REPLY_UNKNOWN_ID] = { 0xffff, false },
	[REPLY_RESULTS_BEYOND_MESSAGE] = { KPU_STATUS_PROTOCOL, true },
	[REPLY_RESULTS_BEYOND_MAXIMUM] = { KPU_STATUS_PROTOCOL, true },
	[REPLY_WRONG_BULK_COUNT] = { KPU_STATUS_PROTOCOL, true },
	[REPLY_TOO_SHORT] = { 0xffff, true },
	[BULK_BEYOND_LIMIT] = { KPU_STATUS_PROTOCOL, true },
	[BULK_WITH_GAP] = { KPU_STATUS_PROTOCOL, true },
	[BULK_EMPTY] = { 0xffff, true },
	[BULK_UNKNOWN_ID] = { 0xffff, false },
	[KIND_UNKNOWN] = { 0xffff, true },
	[EVENT_TOO_SHORT] = { 0xffff, true },
	[REQUEST_TO_HOST] = { 0xffff, true },
};

START_TEST(board_lies)
{
	finished = 0;
	line_init_sessions(&line, &line_2mbaud, &kpu_host_session_ops, &host, &liar_ops, NULL);
	kpu_host_init(&host, &line.host_session);
	line.host = &host;
	line_start(&line);
	memset(&transaction, 0, sizeof(transaction));
	transaction.opcode = KPU_OP_SOURCE;
	transaction.bulk_in = returned;
	transaction.bulk_in_limit = sizeof(returned);
	transaction.complete = completed;
	kpu_host_submit(&host, &transaction, line_now(&line));
	line_run_for(&line, 50000);
	message_length = lie_to_host((enum lie)_i);
	kpu_session_wake(&line.board_session);
	line_run_for(&line, 50000);
	if (outcome[_i].status == 0xffff) {
		ck_assert_uint_eq(finished, 0);
	} else {
		ck_assert_uint_eq(finished, 1);
		ck_assert_uint_eq(transaction.status, outcome[_i].status);
	}
	ck_assert_uint_eq(host.protocol_errors, outcome[_i].counted);
	kpu_host_fail_all(&host, KPU_STATUS_DEVICE_GONE);
	ck_assert_uint_eq(finished, 1);
}
END_TEST

static void send_to_board(size_t length)
{
	message_length = length;
	kpu_session_wake(&line.host_session);
	line_run_for(&line, 50000);
}

static size_t request(uint16_t id, uint16_t opcode, uint16_t arguments, uint32_t bulk)
{
	put_header(KPU_MESSAGE_REQUEST, id);
	kpu_put_u16(message + 4, opcode);
	kpu_put_u16(message + 6, arguments);
	kpu_put_u32(message + 8, bulk);
	kpu_put_u32(message + 12, 0xffffffff);
	return 16u + arguments;
}

static size_t bulk(uint16_t id, uint32_t offset, size_t length)
{
	put_header(KPU_MESSAGE_BULK, id);
	kpu_put_u32(message + 4, offset);
	return 8 + length;
}

static void set_up_board(void)
{
	memset(&board, 0, sizeof(board));
	replies = 0;
	line_init_sessions(&line, &line_2mbaud, &liar_ops, NULL, &kpu_board_session_ops,
			   &board.board);
	kpu_board_init(&board.board, &line.board_session, &test_board_ops, &board);
	line_start(&line);
	line_run_for(&line, 50000);
}

START_TEST(host_breaks_messages)
{
	set_up_board();
	send_to_board(request(0, KPU_OP_ECHO, 4, 0)); /* id 0 */
	ck_assert_uint_eq(board.board.protocol_errors, 1);
	send_to_board(request(1, KPU_OP_ECHO, 4, 0) - 1);
	ck_assert_uint_eq(board.board.protocol_errors, 2);
	send_to_board(request(1, KPU_OP_ECHO, 801, 0));
	ck_assert_uint_eq(board.board.protocol_errors, 3);
	request(1, KPU_OP_ECHO, 0, 0);
	send_to_board(15);
	ck_assert_uint_eq(board.board.protocol_errors, 4);
	bulk(1, 0, 0);
	send_to_board(8);
	ck_assert_uint_eq(board.board.protocol_errors, 5);
	put_header(KPU_MESSAGE_REPLY, 1);
	send_to_board(16);
	ck_assert_uint_eq(board.board.protocol_errors, 6);
	put_header(KPU_MESSAGE_ABORT, 0);
	send_to_board(8);
	ck_assert_uint_eq(board.board.protocol_errors, 7);
	ck_assert_uint_eq(board.begun, 0);
	ck_assert_uint_eq(replies, 0);
	send_to_board(request(1, KPU_OP_ECHO, 4, 0));
	ck_assert_uint_eq(replies, 1);
	ck_assert_uint_eq(reply_status, KPU_STATUS_OK);
}
END_TEST

START_TEST(host_breaks_bulk)
{
	set_up_board();
	send_to_board(request(1, KPU_OP_SINK, 4, 1000));
	send_to_board(bulk(1, 0, 500));
	send_to_board(_i ? bulk(1, 500, 501) : bulk(1, 501, 100));
	ck_assert_uint_eq(board.board.protocol_errors, 1);
	ck_assert_uint_eq(board.aborted, 1);
	ck_assert_uint_eq(reply_status, KPU_STATUS_PROTOCOL);
	send_to_board(bulk(1, 500, 500)); /* late: dropped */
	ck_assert_uint_eq(board.completed, 0);
	send_to_board(bulk(77, 0, 10)); /* of nobody: dropped */
	ck_assert_uint_eq(replies, 1);
}
END_TEST

START_TEST(host_repeats_ids)
{
	set_up_board();
	for (unsigned i = 0; i < 3; i++) {
		request(5, OP_MARK, 4, 0);
		kpu_put_u32(message + 16, 42);
		send_to_board(20);
	}
	ck_assert_uint_eq(replies, 3);
	ck_assert_uint_eq(board.marks[42], 1);
	send_to_board(request(6, OP_HOLD, 0, 0));
	send_to_board(request(6, OP_HOLD, 0, 0));
	ck_assert_uint_eq(board.begun, 2);
	ck_assert_uint_eq(replies, 3);
	put_header(KPU_MESSAGE_ABORT, 1234); /* unknown: answered all the same */
	send_to_board(8);
	ck_assert_uint_eq(reply_status, KPU_STATUS_CANCELLED);
}
END_TEST

START_TEST(host_floods)
{
	set_up_board();
	for (unsigned i = 0; i < 10; i++)
		send_to_board(request((uint16_t)(10 + i), OP_HOLD, 0, 0));
	ck_assert_uint_eq(board.begun, KPU_WIRE_REQUESTS_MAX);
	ck_assert_uint_eq(replies, 10 - KPU_WIRE_REQUESTS_MAX);
	ck_assert_uint_eq(reply_status, KPU_STATUS_BUSY);
	set_up_board();
	for (unsigned i = 0; i < 10; i++)
		send_to_board(request((uint16_t)(10 + i), KPU_OP_SINK, 0, 10));
	ck_assert_uint_eq(board.begun, KPU_WIRE_BULK_REQUESTS_MAX);
	send_to_board(request(50, KPU_OP_ECHO, 0, 0));
	ck_assert_uint_eq(reply_status, KPU_STATUS_OK);
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *test, int cases)
{
	TCase *tcase = tcase_create(name);

	tcase_add_loop_test(tcase, test, 0, cases);
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	Suite *suite = suite_create("link: hostile peers");
	SRunner *runner;
	int failed;

	add(suite, "board", board_lies, LIES);
	add(suite, "messages", host_breaks_messages, 1);
	add(suite, "bulk", host_breaks_bulk, 2);
	add(suite, "ids", host_repeats_ids, 1);
	add(suite, "flood", host_floods, 1);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
