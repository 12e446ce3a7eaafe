/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/flash/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"

/* Erased at once: chips have a fast command for 64 KiB. */
#define PIECE_BYTES (1u << 16)
/* Between two signs of progress, and between two looks at whether the user wants to stop. */
#define STEP_BYTES 8192u
#define ATTEMPTS   2

int flash_plan_add(struct flash_plan *plan, uint32_t address, const void *data, size_t size,
		   const char *name, struct kpu_error *error)
{
	struct flash_segment *segment = &plan->segments[plan->count];

	if (plan->count == FLASH_SEGMENTS_MAX)
		return fail(error, KPU_ERR_PARAM, "more than %u things to write at once",
			    FLASH_SEGMENTS_MAX);
	if (size == 0 || size > UINT32_MAX / 2)
		return fail(error, KPU_ERR_SIZE_NOTMATCH, "%s has %zu bytes", name, size);
	segment->data = malloc(size);
	if (!segment->data)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for %zu bytes", size);
	memcpy(segment->data, data, size);
	segment->address = segment->asked_address = address;
	segment->size = segment->asked = (uint32_t)size;
	snprintf(segment->name, sizeof(segment->name), "%s", name);
	make_printable(segment->name);
	plan->count++;
	return 0;
}

void flash_plan_free(struct flash_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		free(plan->segments[i].data);
	free(plan->before);
	plan->before = NULL;
	plan->count = 0;
}

struct piece {
	size_t segment;
	uint32_t offset, address, size;
	const uint8_t *data;
};

/* Begins with zeros; false: there is none behind it. */
static bool next_piece(const struct flash_plan *plan, struct piece *piece)
{
	const struct flash_segment *segment = &plan->segments[piece->segment];

	piece->offset += piece->size;
	if (piece->segment < plan->count && piece->offset == segment->size) {
		segment++;
		piece->segment++;
		piece->offset = 0;
	}
	if (piece->segment == plan->count)
		return false;
	piece->address = segment->address + piece->offset;
	piece->size = PIECE_BYTES - piece->address % PIECE_BYTES;
	if (piece->size > segment->size - piece->offset)
		piece->size = segment->size - piece->offset;
	piece->data = segment->data + piece->offset;
	return true;
}

size_t flash_plan_pieces(const struct flash_plan *plan)
{
	struct piece piece = { 0 };
	size_t count = 0;

	while (next_piece(plan, &piece))
		count++;
	return count;
}

static int look(const struct flash_plan *plan, const struct flash_chip *chip,
		const struct piece *piece, uint64_t *done, uint32_t *crc, flash_progress progress,
		void *context, struct kpu_error *error)
{
	int rc = chip->check(chip->context, piece->address, piece->size, crc, error);

	*done += piece->size;
	if (rc < 0 || !progress || progress(context, "looking", *done, flash_plan_bytes(plan)))
		return rc;
	fail(error, KPU_ERR_CANCELLED, "interrupted");
	error->next_step[0] = 0;
	return -KPU_ERR_CANCELLED;
}

int flash_plan_remember(struct flash_plan *plan, const struct flash_chip *chip,
			flash_progress progress, void *context, struct kpu_error *error)
{
	size_t count = flash_plan_pieces(plan), index = 0;
	struct piece piece = { 0 };
	uint64_t done = 0;
	int rc = 0;

	plan->before = calloc(count, sizeof(*plan->before));
	if (!plan->before)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for %zu numbers", count);
	while (rc == 0 && next_piece(plan, &piece))
		rc = look(plan, chip, &piece, &done, &plan->before[index++], progress, context,
			  error);
	return rc;
}

int flash_plan_was_left(const struct flash_plan *plan, const struct flash_chip *chip, bool *is_so,
			uint32_t *address, flash_progress progress, void *context,
			struct kpu_error *error)
{
	struct piece piece = { 0 };
	bool all_done = true;
	uint64_t done = 0;
	int rc = 0;

	*is_so = true;
	if (!plan->before)
		return 0;
	for (size_t i = 0; rc == 0 && *is_so && next_piece(plan, &piece); i++) {
		uint32_t found = 0;

		rc = look(plan, chip, &piece, &done, &found, progress, context, error);
		*address = piece.address;
		*is_so = all_done || found == plan->before[i];
		all_done &= found == flash_data_crc(piece.data, piece.size);
	}
	return rc;
}

uint64_t flash_plan_bytes(const struct flash_plan *plan)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < plan->count; i++)
		bytes += plan->segments[i].size;
	return bytes;
}

static int by_address(const void *a, const void *b)
{
	const struct flash_segment *first = a, *second = b;

	return first->address < second->address ? -1 : first->address > second->address;
}

int flash_plan_check(struct flash_plan *plan, const struct flash_chip *chip,
		     struct kpu_error *error)
{
	qsort(plan->segments, plan->count, sizeof(plan->segments[0]), by_address);
	for (size_t i = 0; i < plan->count; i++) {
		const struct flash_segment *segment = &plan->segments[i];

		if (segment->address >= chip->info.size ||
		    segment->size > chip->info.size - segment->address)
			return fail(error, KPU_ERR_PARAM,
				    "%s: %u bytes at %#x do not fit the flash of %u bytes",
				    segment->name, segment->size, segment->address,
				    chip->info.size);
		if (i && segment->address - segment[-1].address < segment[-1].size)
			return fail(error, KPU_ERR_PARAM, "%s at %#x runs into %s at %#x",
				    segment[-1].name, segment[-1].address, segment->name,
				    segment->address);
	}
	return 0;
}

/* Reads what the chip holds in [@from, @to), nothing if that is empty. */
static int keep(const struct flash_chip *chip, uint32_t from, uint32_t to, uint8_t *data,
		struct kpu_error *error)
{
	return from < to ? chip->read(chip->context, from, data, to - from, error) : 0;
}

/* Sectors of the segment as a whole, with what lies around its data. */
static int round_to_sectors(struct flash_segment *segment, const struct flash_chip *chip,
			    struct kpu_error *error)
{
	uint32_t sector = chip->info.erase_bytes, end = segment->address + segment->size;
	uint32_t start = segment->address - segment->address % sector;
	uint32_t rounded = (end + sector - 1) / sector * sector;
	uint8_t *data = malloc(rounded - start);
	int rc;

	if (!data)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for %u bytes", rounded - start);
	memcpy(data + (segment->address - start), segment->data, segment->size);
	rc = keep(chip, start, segment->address, data, error);
	if (rc == 0)
		rc = keep(chip, end, rounded, data + (end - start), error);
	free(segment->data);
	segment->data = data;
	segment->address = start;
	segment->size = rounded - start;
	return rc;
}

/* Two segments may use one sector: each rounded copy of it lacks the other's bytes. */
static int join(struct flash_plan *plan, size_t index, const struct flash_segment *original,
		const uint8_t *bytes, struct kpu_error *error)
{
	struct flash_segment *first = &plan->segments[index], *second = first + 1;
	uint32_t end = second->address + second->size;
	uint8_t *data = realloc(first->data, end - first->address);
	size_t used;

	if (!data)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for %u bytes",
			    end - first->address);
	first->data = data;
	/* Behind the shared sector all is the second's; in it, only its own bytes are. */
	memcpy(data + first->size, second->data + (first->address + first->size - second->address),
	       end - first->address - first->size);
	memcpy(data + (original->address - first->address), bytes, original->size);
	first->size = end - first->address;
	first->asked += second->asked;
	used = strlen(first->name);
	snprintf(first->name + used, sizeof(first->name) - used, ", %s", second->name);
	free(second->data);
	plan->count--;
	memmove(second, second + 1, (plan->count - index - 1) * sizeof(*second));
	return 0;
}

int flash_plan_complete(struct flash_plan *plan, const struct flash_chip *chip,
			struct kpu_error *error)
{
	size_t index = 0;
	int rc = flash_plan_check(plan, chip, error);

	while (rc == 0 && index < plan->count) {
		struct flash_segment *segment = &plan->segments[index];
		struct flash_segment original = *segment;
		uint8_t *bytes = malloc(segment->size);

		if (!bytes)
			return fail(error, KPU_ERR_HOST_MEMORY, "no memory for %u bytes",
				    segment->size);
		memcpy(bytes, segment->data, segment->size);
		rc = round_to_sectors(segment, chip, error);
		if (rc == 0 && index && segment[-1].address + segment[-1].size > segment->address)
			rc = join(plan, index - 1, &original, bytes, error);
		else
			index++;
		free(bytes);
	}
	return rc;
}

struct execution {
	const struct flash_chip *chip;
	const char *name;
	uint64_t done, total, changed;
	bool touched; /* something may be different now: the board has refused not all */
	flash_progress progress;
	void *context;
	struct kpu_error *error;
};

static int proceed(struct execution *execution, uint64_t within)
{
	if (!execution->progress || execution->progress(execution->context, execution->name,
							execution->done + within, execution->total))
		return 0;
	fail(execution->error, KPU_ERR_CANCELLED, "interrupted");
	execution->error->next_step[0] = 0;
	return -KPU_ERR_CANCELLED;
}

static int touch(struct execution *execution, int rc)
{
	execution->touched |= rc != -KPU_ERR_BUSY;
	return rc;
}

static bool is_blank(const uint8_t *data, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (data[i] != 0xff)
			return false;
	return true;
}

static int program(struct execution *execution, uint32_t address, const uint8_t *data,
		   uint32_t size)
{
	const struct flash_chip *chip = execution->chip;
	int rc = 0;

	for (uint32_t done = 0; rc == 0 && done < size; done += STEP_BYTES) {
		uint32_t step = size - done < STEP_BYTES ? size - done : STEP_BYTES;

		rc = proceed(execution, done);
		if (rc == 0 && !is_blank(data + done, step))
			rc = touch(execution, chip->write(chip->context, address + done,
							  data + done, step, execution->error));
	}
	return rc;
}

/* One piece; it is erased only if it holds something else than erased bytes. */
static int put_piece(struct execution *execution, uint32_t address, const uint8_t *data,
		     uint32_t size)
{
	const struct flash_chip *chip = execution->chip;
	uint32_t wanted = flash_data_crc(data, size), blank = flash_blank_crc(size), found;

	for (int attempt = 0; attempt <= ATTEMPTS; attempt++) {
		int rc = chip->check(chip->context, address, size, &found, execution->error);

		if (rc < 0 || found == wanted)
			return rc;
		if (attempt == ATTEMPTS)
			break;
		execution->changed += attempt ? 0 : size;
		rc = proceed(execution, 0);
		if (rc == 0 && found != blank)
			rc = touch(execution,
				   chip->erase(chip->context, address, size, execution->error));
		if (rc == 0)
			rc = program(execution, address, data, size);
		if (rc < 0)
			return rc;
	}
	fail(execution->error, KPU_ERR_IO,
	     "the flash does not keep what was written at %#x: it may be worn out or protected",
	     address);
	return -KPU_ERR_IO;
}

int flash_plan_execute(const struct flash_plan *plan, const struct flash_chip *chip,
		       uint64_t *changed, flash_progress progress, void *context,
		       struct kpu_error *error)
{
	struct execution execution = {
		.chip = chip,
		.total = flash_plan_bytes(plan),
		.progress = progress,
		.context = context,
		.error = error,
	};
	struct piece piece = { 0 };
	int rc = 0;

	while (rc == 0 && next_piece(plan, &piece)) {
		execution.name = plan->segments[piece.segment].name;
		rc = put_piece(&execution, piece.address, piece.data, piece.size);
		execution.done += piece.size;
	}
	if (rc == 0)
		rc = proceed(&execution, 0);
	if (changed)
		*changed = execution.touched ? execution.changed : 0;
	return rc;
}
