/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/rom/rom_machine.h"

#include <sys/types.h>

#include <check.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLICE 20000

void program_read(struct program *program, const char *name)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.bin", SOC_PROGRAM_DIR, name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s is missing", path);
	program->size = fread(program->bytes, 1, sizeof(program->bytes), file);
	fclose(file);
	ck_assert_uint_gt(program->size, 0);
}

void rom_start(struct machine *machine, enum board_clock clock, enum hart1_policy hart1,
	       const struct nor_flash_options *flash)
{
	struct board_options options = { .clock = clock,
					 .boot = BOARD_BOOT_ROM,
					 .hart1 = hart1,
					 .kpu = { .implementation = kpu_implementation_best() } };
	struct report report = { .errors = NULL };

	memset(machine, 0, sizeof(*machine));
	machine->board = board_new(&options, &report);
	ck_assert_ptr_nonnull(machine->board);
	if (flash)
		ck_assert_ptr_null(nor_flash_configure(machine->board->flash, flash));
	board_reset(machine->board, RESET_POWER_ON);
}

void rom_start_isp(struct machine *machine, enum board_clock clock, enum hart1_policy hart1)
{
	rom_start(machine, clock, hart1, NULL);
	bridge_press_boot(machine->board->bridge, true);
	rom_run(machine, 0.1);
	ck_assert_uint_eq(machine->output_size, 0);
}

void rom_clear_output(struct machine *machine)
{
	machine->output_size = 0;
	machine->output[0] = 0;
}

static void collect_output(struct machine *machine)
{
	size_t size;
	const uint8_t *bytes = bridge_output(machine->board->bridge, &size);
	size_t room = MACHINE_OUTPUT_MAX - 1 - machine->output_size;

	memcpy(machine->output + machine->output_size, bytes, size < room ? size : room);
	machine->output_size += size < room ? size : room;
	machine->output[machine->output_size] = 0;
	bridge_consume(machine->board->bridge, size);
}

/* One step of at most a slice; false: nothing can happen any more. */
static bool advance(struct machine *machine, uint64_t end)
{
	struct board *board = machine->board;
	uint64_t until = board_now(board) + SLICE < end ? board_now(board) + SLICE : end;
	enum board_state state = board_run(board, until);
	const struct event *event = board_next_event(board);

	collect_output(machine);
	if (state == BOARD_RUNNING)
		return true;
	if (!event || event->when > end)
		return false;
	board_jump_to_next_event(board);
	collect_output(machine);
	return true;
}

static void nothing(void *context)
{
	(void)context;
}

void rom_run(struct machine *machine, double seconds)
{
	struct board *board = machine->board;
	uint64_t cycles = (uint64_t)(seconds * (double)board->cpu_hz);
	uint64_t end = board_now(board) + cycles;
	struct event alarm;

	/* Time passes on an idle board too. */
	event_init(&alarm, EVENT_TIMER, nothing, NULL);
	board_schedule(board, &alarm, cycles);
	while (board_now(board) < end && advance(machine, end))
		;
	board_cancel(board, &alarm);
}

void rom_exchange(struct machine *machine, const void *bytes, size_t count, size_t size)
{
	struct board *board = machine->board;
	uint64_t end = board_now(board) + board->cpu_hz;
	size_t wanted = machine->output_size + size;

	ck_assert_uint_ge(bridge_space(board->bridge), count);
	bridge_from_host(board->bridge, bytes, count);
	while (board_now(board) < end && machine->output_size < wanted && advance(machine, end))
		;
	collect_output(machine);
}

void rom_write_image(struct machine *machine, uint8_t flags, const struct program *program)
{
	static uint8_t image[5 + PROGRAM_MAX + SHA256_DIGEST_LENGTH];
	char path[] = "/tmp/k210-emu-flash-XXXXXX";
	struct nor_flash_options options = { .path = path };
	int fd = mkstemp(path);
	SHA2_CTX context;

	image[0] = flags;
	for (unsigned i = 0; i < 4; i++)
		image[1 + i] = (uint8_t)(program->size >> (8 * i));
	memcpy(image + 5, program->bytes, program->size);
	SHA256Init(&context);
	SHA256Update(&context, image, 5 + program->size);
	SHA256Final(image + 5 + program->size, &context);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, image, 37 + program->size), (ssize_t)(37 + program->size));
	close(fd);
	ck_assert_ptr_null(nor_flash_configure(machine->board->flash, &options));
	unlink(path);
}
