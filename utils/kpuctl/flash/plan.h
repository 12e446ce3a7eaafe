/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What a write shall leave in the flash, in whole sectors. A plan holds all that it needs, also
 * the bytes of half-used sectors around the data, so that one that was interrupted can be finished
 * from its file (flash_journal.h) without a byte being lost.
 */
#ifndef KPUCTL_FLASH_PLAN_H
#define KPUCTL_FLASH_PLAN_H

#include "utils/kpuctl/flash/chip.h"

#define FLASH_SEGMENTS_MAX 64u
#define FLASH_NAME_BYTES   64u

struct flash_segment {
	uint32_t address, size; /* whole sectors once the plan is complete */
	uint32_t asked_address; /* where somebody asked for something */
	uint32_t asked;         /* bytes of it */
	uint8_t *data;
	char name[FLASH_NAME_BYTES]; /* for messages, printable */
};

struct flash_plan {
	struct flash_segment segments[FLASH_SEGMENTS_MAX]; /* by ascending address */
	size_t count;
	uint32_t *before; /* CRC-32 of what lay where each piece goes; NULL: nobody looked */
};

/* Adds @size bytes at @address; @data is copied. */
int flash_plan_add(struct flash_plan *plan, uint32_t address, const void *data, size_t size,
		   const char *name, struct kpu_error *error);
/* Sorts the segments and refuses those that overlap or leave the chip. */
int flash_plan_check(struct flash_plan *plan, const struct flash_chip *chip,
		     struct kpu_error *error);
/* The same, and rounds them to sectors with what the chip holds around them. */
int flash_plan_complete(struct flash_plan *plan, const struct flash_chip *chip,
			struct kpu_error *error);
void flash_plan_free(struct flash_plan *plan);

/* Pieces of at most 64 KiB, of which one is erased and written after the other. */
size_t flash_plan_pieces(const struct flash_plan *plan);
/* Looks at what the chip holds there now. */
int flash_plan_remember(struct flash_plan *plan, const struct flash_chip *chip,
			flash_progress progress, void *context, struct kpu_error *error);
/*
 * Whether the chip is as this plan's execution left it, wherever it was interrupted: the first
 * pieces done, one in whatever state, the others as before. False: *address has something else, so
 * that somebody has written there since. Nothing is known of the one piece.
 *
 * @is_so	true also for a plan that remembers nothing
 */
int flash_plan_was_left(const struct flash_plan *plan, const struct flash_chip *chip, bool *is_so,
			uint32_t *address, flash_progress progress, void *context,
			struct kpu_error *error);

uint64_t flash_plan_bytes(const struct flash_plan *plan);

/*
 * Makes the flash hold what the plan says. Sectors that do already are left alone, so a write that
 * was interrupted goes on where it stopped. Each piece is compared by the board after it has been
 * programmed, and programmed once more if it differs.
 *
 * @changed	out: bytes that had to be written, may be NULL; after an error 0 says that nothing
 *		has been changed
 */
int flash_plan_execute(const struct flash_plan *plan, const struct flash_chip *chip,
		       uint64_t *changed, flash_progress progress, void *context,
		       struct kpu_error *error);

#endif
