/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/opened.h"
#include "tests/unit/lib/suites.h"

void open_board(struct opened *opened, enum misbehaviour misbehaviour)
{
	struct kpu_error error;

	memset(opened, 0, sizeof(*opened));
	opened->board = fake_board_start(misbehaviour);
	ck_assert_msg(kpu_open(fake_board_uri(opened->board), &opened->device, &error) == 0, "%s",
		      error.message);
}

int load_discs(struct opened *opened)
{
	size_t size;
	uint8_t *model = disc_model(&size);
	int rc = kpu_load_memory(opened->device, model, size, NULL, &opened->model);

	free(model);
	return rc;
}

void open_all(struct opened *opened, enum misbehaviour misbehaviour)
{
	open_board(opened, misbehaviour);
	ck_assert_int_eq(load_discs(opened), 0);
	kpu_network_info(kpu_model_network(opened->model), &opened->info);
	opened->input = calloc(1, opened->info.input_bytes);
}

void close_all(struct opened *opened)
{
	kpu_model_free(opened->model);
	kpu_close(opened->device);
	fake_board_stop(opened->board);
	free(opened->input);
}

struct kpu_error last_error(struct opened *opened)
{
	struct kpu_error error;

	kpu_last_error(opened->device, &error);
	return error;
}
