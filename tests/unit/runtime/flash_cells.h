/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A flash for the runtime, made of plain memory, whose contents need not stay what they are: before
 * each transfer the test may change them. A transfer arrives bit by bit, as one by DMA does.
 */
#ifndef TESTS_RUNTIME_FLASH_CELLS_H
#define TESTS_RUNTIME_FLASH_CELLS_H

#include "firmware_k210/runtime/runtime.h"

#define FLASH_CELLS_FOR_EVER UINT32_MAX

struct flash_cells {
	uint8_t *bytes;
	uint32_t size;
	const struct runtime *runtime; /* transfers go to its memory, not over the layer computed */
	unsigned polls_per_read;       /* read_done() says no this often */
	bool stuck;                    /* transfers never end */
	unsigned reads, stops;
	/* The chip is at work, and answers nothing but that, for so many questions. */
	unsigned busy_polls;
	unsigned busy_per_change; /* what programming and erasing take */
	bool absent;              /* nobody drives the wires, which are high */
	/* A transfer of @length bytes begins; may be NULL. */
	void (*before_read)(uint32_t address, uint32_t length);
};

extern struct flash_cells flash_cells;
extern const struct runtime_flash flash_cells_operations;

/* As MODEL_LOAD_FLASH does it: looks what is at @address, then lets the runtime read it, for at
 * most @steps steps; RUNTIME_LOADING: it was not ready by then and is gone. */
uint16_t flash_cells_load(struct runtime *runtime, const struct kpu_load_flash_arguments *arguments,
			  unsigned steps, struct kpu_load_result *result);

#endif
