/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/link/test_board.h"

#include "link/bytes.h"
#include "link/crc.h"

static unsigned index_of(const struct test_board *test, const struct kpu_board_request *request)
{
	return (unsigned)(request - test->board.requests);
}

static void begin(void *context, struct kpu_board_request *request)
{
	struct test_board *test = context;

	if (test->begun < 64)
		test->order[test->begun] = request->opcode;
	test->begun++;
	test->crc[index_of(test, request)] = KPU_CRC32_START;
	if (request->opcode == OP_TRANSFORM && request->bulk_out_length > TEST_BOARD_BULK_MAX)
		kpu_board_reply(&test->board, request, KPU_STATUS_NO_MEM, NULL, 0);
}

static bool bulk(void *context, struct kpu_board_request *request, uint32_t offset,
		 const uint8_t *data, size_t length)
{
	struct test_board *test = context;
	unsigned index = index_of(test, request);

	if (test->full)
		return false;
	if (request->opcode == OP_TRANSFORM)
		memcpy(test->bulk[index] + offset, data, length);
	test->crc[index] = kpu_crc32(test->crc[index], data, length);
	return true;
}

static void mark(struct test_board *test, const struct kpu_board_request *request)
{
	uint32_t index = kpu_get_u32(request->arguments);

	if (request->argument_length >= 4 && index < TEST_BOARD_MARKS)
		test->marks[index]++;
}

static void complete(void *context, struct kpu_board_request *request)
{
	struct test_board *test = context;
	unsigned index = index_of(test, request);
	uint8_t result[4];

	test->completed++;
	switch (request->opcode) {
	case KPU_OP_ECHO:
		kpu_board_reply(&test->board, request, KPU_STATUS_OK, request->arguments,
				request->argument_length);
		break;
	case KPU_OP_SINK:
	case KPU_OP_MODEL_LOAD:
		kpu_put_u32(result, test->crc[index]);
		mark(test, request);
		kpu_board_reply(&test->board, request, KPU_STATUS_OK, result, sizeof(result));
		break;
	case KPU_OP_SOURCE:
		kpu_board_send_bulk(&test->board, request, kpu_get_u32(request->arguments));
		kpu_board_reply(&test->board, request, KPU_STATUS_OK, NULL, 0);
		break;
	case OP_TRANSFORM:
		mark(test, request);
		kpu_board_send_bulk(&test->board, request, request->bulk_out_length);
		kpu_board_reply(&test->board, request, KPU_STATUS_OK, NULL, 0);
		break;
	case OP_MARK:
		mark(test, request);
		kpu_board_reply(&test->board, request, KPU_STATUS_OK, request->arguments,
				request->argument_length);
		break;
	case OP_HOLD:
		test->held = request->id;
		break;
	default:
		kpu_board_reply(&test->board, request, KPU_STATUS_NOT_IMPLEMENT, NULL, 0);
	}
}

static size_t produce(void *context, struct kpu_board_request *request, uint32_t offset,
		      uint8_t *out, size_t room)
{
	struct test_board *test = context;
	const uint8_t *stored = test->bulk[index_of(test, request)];

	for (size_t i = 0; i < room; i++)
		out[i] = request->opcode == OP_TRANSFORM ? (uint8_t)~stored[offset + i]
							 : (uint8_t)((offset + i) * 167 >> 3);
	return room;
}

static void aborted(void *context, struct kpu_board_request *request)
{
	struct test_board *test = context;

	if (test->held == request->id)
		test->held = 0;
	test->aborted++;
}

static void released(void *context, struct kpu_board_request *request)
{
	struct test_board *test = context;

	(void)request;
	test->released++;
}

static void host_changed(void *context)
{
	struct test_board *test = context;

	test->host_changes++;
}

const struct kpu_board_ops test_board_ops = {
	.begin = begin,
	.bulk = bulk,
	.complete = complete,
	.produce = produce,
	.aborted = aborted,
	.released = released,
	.host_changed = host_changed,
};

void test_board_answer_held(struct test_board *test)
{
	struct kpu_board_request *request = kpu_board_find(&test->board, test->held);
	static const uint8_t done[4] = { 'd', 'o', 'n', 'e' };

	test->held = 0;
	if (request)
		kpu_board_reply(&test->board, request, KPU_STATUS_OK, done, sizeof(done));
}
