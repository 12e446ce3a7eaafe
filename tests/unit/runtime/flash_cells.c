/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/runtime/flash_cells.h"

#include <stdlib.h>

struct flash_cells flash_cells;

static struct {
	const uint8_t *from;
	uint8_t *to;
	uint32_t length, done;
	unsigned polls_left;
	bool reversed, active;
} transfer;

static void require(bool condition)
{
	if (!condition)
		abort();
}

static bool busy(void)
{
	require(!transfer.active);
	if (flash_cells.busy_polls && flash_cells.busy_polls != FLASH_CELLS_FOR_EVER)
		flash_cells.busy_polls--;
	return flash_cells.busy_polls || flash_cells.absent;
}

static uint8_t cell(uint32_t address)
{
	return address < flash_cells.size && !flash_cells.busy_polls && !flash_cells.absent
		       ? flash_cells.bytes[address]
		       : 0xff;
}

static void read_now(uint32_t address, uint8_t *bytes, uint32_t length)
{
	require(!transfer.active);
	for (uint32_t i = 0; i < length; i++)
		bytes[i] = cell(address + i);
}

static bool identify(struct kpu_flash_chip *chip)
{
	require(!transfer.active);
	if (flash_cells.absent)
		*chip = (struct kpu_flash_chip){ .jedec_id = 0xffffff };
	else if (busy())
		return false;
	else
		*chip = (struct kpu_flash_chip){ .jedec_id = 0xc86018,
						 .size = flash_cells.size,
						 .erase_bytes = 4096,
						 .program_bytes = 256,
						 .clock_hz = 67000000 };
	return true;
}

static uint32_t program(uint32_t address, const uint8_t *bytes, uint32_t length)
{
	require(!transfer.active && !flash_cells.busy_polls);
	for (uint32_t i = 0; i < length && !flash_cells.absent; i++)
		flash_cells.bytes[address + i] &= bytes[i];
	flash_cells.busy_polls = flash_cells.busy_per_change;
	return length;
}

static void erase(uint32_t address, uint32_t size)
{
	require(!transfer.active && !flash_cells.busy_polls);
	if (!flash_cells.absent)
		memset(flash_cells.bytes + address, 0xff, size);
	flash_cells.busy_polls = flash_cells.busy_per_change;
}

static uint32_t nearest_clock(uint32_t hz)
{
	return hz;
}

static void move(uint32_t end)
{
	for (; transfer.done < end; transfer.done++) {
		uint32_t at = transfer.reversed ? transfer.done ^ 3 : transfer.done;

		transfer.to[transfer.done] = transfer.from[at];
	}
}

/* The body of the layer that is being computed stays what it is. */
static bool is_in_use(const uint8_t *to, uint32_t length)
{
	const struct runtime_engine *engine = &flash_cells.runtime->engine;
	const struct kmodel *kmodel = engine->run ? engine->run->model->kmodel : NULL;
	const uint8_t *body;

	if (!engine->layer_open || !kmodel->window)
		return false;
	body = kmodel_body(kmodel, engine->layer.body_offset);
	return to < body + engine->layer.body_size && body < to + length;
}

static void start_read(uint32_t address, uint8_t *to, uint32_t words, bool reversed, uint32_t hz)
{
	const struct runtime_hardware *hardware = &flash_cells.runtime->hardware;
	uint32_t length = words * 4;

	(void)hz;
	require(!transfer.active && !flash_cells.busy_polls);
	require(to >= hardware->memory &&
		length <= hardware->memory_size - (size_t)(to - hardware->memory));
	require(length && !((uintptr_t)to & 3) && !is_in_use(to, length));
	if (flash_cells.before_read)
		flash_cells.before_read(address, length);
	/* The last word may reach behind the chip, where it starts again; nobody looks there. */
	require(address + length <= flash_cells.size + 3);
	flash_cells.reads++;
	transfer.from = flash_cells.bytes + address;
	transfer.to = to;
	transfer.length = length;
	transfer.done = 0;
	transfer.polls_left = flash_cells.polls_per_read;
	transfer.reversed = reversed;
	transfer.active = true;
}

static bool read_done(void)
{
	if (!transfer.active)
		return true;
	if (flash_cells.stuck)
		return false;
	if (transfer.polls_left) {
		transfer.polls_left--;
		move(transfer.length / 2 & ~3u);
		return false;
	}
	move(transfer.length);
	transfer.active = false;
	return true;
}

static void stop_read(void)
{
	flash_cells.stops++;
	transfer.active = false;
}

const struct runtime_flash flash_cells_operations = {
	.identify = identify,
	.busy = busy,
	.read = read_now,
	.program = program,
	.erase = erase,
	.nearest_clock = nearest_clock,
	.start_read = start_read,
	.read_done = read_done,
	.stop_read = stop_read,
};

static bool read_place(void *context, uint32_t offset, uint8_t *bytes, uint32_t length)
{
	read_now(*(uint32_t *)context + offset, bytes, length);
	return true;
}

uint16_t flash_cells_load(struct runtime *runtime, const struct kpu_load_flash_arguments *arguments,
			  unsigned steps, struct kpu_load_result *result)
{
	struct runtime_flash_file file = { .arguments = *arguments };
	uint32_t address = arguments->address;
	struct runtime_model *model;
	uint16_t status;

	memset(result, 0, sizeof(*result));
	if (!kmodel_measure_parts(read_place, &address, flash_cells.size - address,
				  &file.arguments.size, &file.head, &file.reversed) ||
	    file.arguments.size <= file.head)
		return KPU_STATUS_KMODEL_VERSION;
	status = runtime_load_flash(runtime, &file, &model);
	if (status != KPU_STATUS_OK)
		return status;
	while (steps--) {
		status = runtime_load_flash_step(runtime, model, result);
		if (status != RUNTIME_LOADING)
			return status;
		/* The flash may be at work for another model's run. */
		runtime_step(runtime, runtime->now + 10);
	}
	runtime_load_abort(runtime, model);
	return RUNTIME_LOADING;
}
