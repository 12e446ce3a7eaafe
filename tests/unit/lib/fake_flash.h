/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The flash of the fake board: 4 MiB that programming clears and erasing sets. */
#ifndef TESTS_UNIT_LIB_FAKE_FLASH_H
#define TESTS_UNIT_LIB_FAKE_FLASH_H

#include "link/board.h"
#include "link/commands.h"

#define FAKE_FLASH_BYTES (4u << 20)

extern uint8_t fake_flash_cells[FAKE_FLASH_BYTES];
/* What the last MODEL_LOAD_FLASH asked for. */
extern struct kpu_load_flash_arguments fake_flash_load;
/* Bytes that READ has handed out. */
extern uint32_t fake_flash_bytes_read;
/* So many commands more are answered with BUSY. */
extern unsigned fake_flash_busy;
/* So many changes more are: a model runs from it. */
extern unsigned fake_flash_streams;
/* READ answers with so many bytes fewer than it was asked for, and says that all is well. */
extern uint32_t fake_flash_withheld;
/* Before read number `reads` from now on the word at `address` changes; 0: never. */
struct fake_flash_change {
	unsigned reads;
	uint32_t address, word;
};
extern struct fake_flash_change fake_flash_change;

/* Stages of a FLASH_* request; the same as those of struct kpu_board_ops. */
bool fake_flash_bulk(struct kpu_board_request *request, uint32_t offset, const uint8_t *data,
		     size_t length);
/* False: it is none of its opcodes. */
bool fake_flash_complete(struct kpu_board *board, struct kpu_board_request *request);
size_t fake_flash_produce(struct kpu_board_request *request, uint32_t offset, uint8_t *out,
			  size_t room);

#endif
