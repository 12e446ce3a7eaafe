/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A board for tests: answers ECHO, SINK and SOURCE as wire.h defines them, and TRANSFORM, which
 * takes bulk data and returns each byte inverted. Models it takes as SINK does. It counts how often
 * each id was executed.
 */
#ifndef TESTS_UNIT_LINK_TEST_BOARD_H
#define TESTS_UNIT_LINK_TEST_BOARD_H

#include "tests/unit/link/line.h"

#define OP_TRANSFORM 0x7001u /* bulk in, the same bytes inverted out */
#define OP_HOLD      0x7002u /* answered only by test_board_answer_held() */
#define OP_MARK      0x7003u /* u32 index: counts executions of this index */

#define TEST_BOARD_BULK_MAX 65536u
#define TEST_BOARD_MARKS    65536u

struct test_board {
	struct kpu_board board;
	uint8_t bulk[KPU_BOARD_REQUESTS_MAX][TEST_BOARD_BULK_MAX];
	uint32_t crc[KPU_BOARD_REQUESTS_MAX];
	uint16_t held; /* id of a request that waits, 0: none */
	uint16_t order[64];
	unsigned begun, completed, aborted, released, host_changes;
	bool full; /* bulk() has no room */
	uint8_t marks[TEST_BOARD_MARKS];
};

extern const struct kpu_board_ops test_board_ops; /* context = struct test_board */

void test_board_answer_held(struct test_board *board);

#endif
