/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A fake board, a device on it and the disc detector loaded: where most tests start. */
#ifndef TESTS_UNIT_LIB_OPENED_H
#define TESTS_UNIT_LIB_OPENED_H

#include <kpu.h>

#include "tests/unit/lib/fake_board.h"

struct opened {
	struct fake_board *board;
	struct kpu_device *device;
	struct kpu_model *model;
	struct kpu_network_info info;
	uint8_t *input;
};

void open_all(struct opened *opened, enum misbehaviour misbehaviour);
void close_all(struct opened *opened);
/* The device without a model. */
void open_board(struct opened *opened, enum misbehaviour misbehaviour);
int load_discs(struct opened *opened);
/* kpu_last_error(). */
struct kpu_error last_error(struct opened *opened);

#endif
