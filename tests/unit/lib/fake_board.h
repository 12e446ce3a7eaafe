/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A board's end of the line in a thread: real framing and transactions (link/board.c), made-up
 * results, and misbehaviour on demand.
 */
#ifndef TESTS_UNIT_LIB_FAKE_BOARD_H
#define TESTS_UNIT_LIB_FAKE_BOARD_H

#include <kpu.h>
#include <stdatomic.h>

enum misbehaviour {
	BEHAVE,
	DAMAGED_INFO, /* the answer to INFO is too short */
	WRONG_ECHO,
	UNKNOWN_STATUS, /* of RUN */
	WRONG_LENGTH,   /* of a tap */
	WRONG_TYPE,     /* of a tap */
	TOO_FEW_TAPS,
	TOO_MANY_LAYERS, /* layers_run beyond the model */
	SHORT_BULK,      /* less than the taps' limits */
	DAMAGED_RESULT,  /* the answer to RUN is too short */
	ZERO_MODEL,      /* MODEL_LOAD returns handle 0 */
	REFUSE_MODEL,    /* with a sentence that holds control characters */
	SILENT_RUN,      /* RUN is never answered, but may be cancelled */
	DEAF_RUN,        /* RUN is never answered, CANCEL does nothing */
	CLOSE_IN_RUN,    /* the line closes when a RUN arrives */
	RESET_IN_RUN,    /* a RUN makes the board start anew, with another boot id */
	RESET_ONCE,      /* the same, but only the first one */
	BUSY_RUN,        /* the first three RUNs find no place */
	NO_FLASH,        /* firmware that knows no FLASH_* commands */
	SLOW_RUN,        /* a RUN takes 1 s, or until another one is there */
	SILENT_MEMORY,   /* MEMORY is never answered */
	RESET_IN_MEMORY, /* the first MEMORY makes the board start anew */
};

struct fake_board;

struct fake_board *fake_board_start(enum misbehaviour misbehaviour);
void fake_board_stop(struct fake_board *board);
/* "fd:N" for kpu_open(). */
const char *fake_board_uri(const struct fake_board *board);
/* Things that happened. */
unsigned fake_board_loads(struct fake_board *board);
unsigned fake_board_runs(struct fake_board *board);
unsigned fake_board_models(struct fake_board *board);
unsigned fake_board_most_runs_at_once(struct fake_board *board);

/* Byte @i of what a good board answers to tap @index. */
uint8_t fake_board_byte(uint32_t index, size_t i);

#endif
