/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Whatever a program does, the emulator survives. These tests mean something when they run under
 * the address and undefined behaviour sanitizers too.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/soc/machine.h"
#include "utils/k210-emu/devices/camera.h"
#include "utils/k210-emu/devices/dvp.h"
#include "utils/k210-emu/devices/kpu.h"

#define SEED_ADDRESS    0x500000
#define POKE_SEEDS      32
#define POKE_CYCLES     3000000
#define RANDOM_PROGRAMS 40

static struct machine machine;

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

START_TEST(random_register_accesses)
{
	uint64_t seed = (uint64_t)_i + 1;
	struct board_options options = { .clock = _i & 1 ? BOARD_CLOCK_REAL : BOARD_CLOCK_FAST,
					 .jitter_seed = _i & 2 ? seed : 0,
					 .check_coherency = _i & 4,
					 .kpu = { .implementation = kpu_implementation_best() } };

	machine_start(&machine, "poke", &options);
	if (_i & 8)
		dvp_set_camera(machine.board->dvp, camera_new(CAMERA_OV2640, CAMERA_RATE_MAX));
	memcpy(machine.board->sram_uncached + SEED_ADDRESS, &seed, sizeof(seed));
	memcpy(machine.board->sram_cached + SEED_ADDRESS, &seed, sizeof(seed));
	machine_run(&machine, "some input for whoever listens", POKE_CYCLES);
	ck_assert_uint_gt(machine.board->report.error_count, 100);
	machine_stop(&machine);
}
END_TEST

START_TEST(random_programs)
{
	static uint8_t image[32768];
	uint64_t state = (uint64_t)_i + 99;

	for (size_t i = 0; i < sizeof(image); i += 8) {
		uint64_t word = next_random(&state);

		memcpy(image + i, &word, 8);
	}
	machine_start_image(&machine, image, sizeof(image), NULL);
	machine_run(&machine, NULL, 200000);
	machine_stop(&machine);
}
END_TEST

/* Layers of random words are refused or computed; a reset brings the engine back. */
START_TEST(random_layers)
{
	static const uint8_t spin[] = { 0x6f, 0, 0, 0 }; /* j . */
	struct board *board;
	uint64_t state = (uint64_t)_i + 7;

	machine_start_image(&machine, spin, sizeof(spin), NULL);
	board = machine.board;
	/* PLL1 at 390 MHz with its output on, and the AI clock. */
	bus_store(board, 0x5044000c, 4, 0x2200000 | 59 << 4 | 3 << 10);
	bus_store(board, 0x5044002c, 4, 0x1 << 2);
	machine_run(&machine, NULL, 1000);
	for (unsigned layer = 0; layer < 50; layer++) {
		for (unsigned i = 0; i < K210_KPU_LAYER_WORDS; i++) {
			uint64_t word = next_random(&state);

			if (next_random(&state) & 1)
				word &= 0x0000001f0000001f; /* small sizes get further */
			ck_assert(bus_store(board, 0x40800000, 8, word));
		}
		machine_run(&machine, NULL, 2000);
		bus_store(board, 0x50440034, 4, 0x1 << 2);
		bus_store(board, 0x50440034, 4, 0);
		ck_assert(!kpu_is_computing(board->kpu));
	}
	machine_stop(&machine);
}
END_TEST

START_TEST(images_that_cannot_be)
{
	struct board_options options = { .clock = BOARD_CLOCK_FAST };
	struct report report = { .errors = NULL };
	struct board *board = board_new(&options, &report);
	uint8_t *large = calloc(1, BOARD_IMAGE_MAX + 1);

	ck_assert_ptr_nonnull(board);
	ck_assert_ptr_nonnull(board_set_image(board, large, 0));
	ck_assert_ptr_nonnull(board_set_image(board, large, BOARD_IMAGE_MAX + 1));
	ck_assert_ptr_null(board_set_image(board, large, BOARD_IMAGE_MAX));
	board_reset(board, RESET_POWER_ON);
	board_run(board, 100000);
	free(large);
	board_free(board);
}
END_TEST

/* The checker sees a DMA transfer of bytes that the program wrote through the cached window. */
START_TEST(coherency_checker)
{
	struct board_options options = { .clock = BOARD_CLOCK_FAST, .check_coherency = true };
	static const uint8_t spin[] = { 0x6f, 0, 0, 0 };
	uint64_t errors;

	machine_start_image(&machine, spin, sizeof(spin), &options);
	bus_store(machine.board, 0x40010000, 8, 0x1111);
	errors = machine.board->report.error_count;
	ck_assert_ptr_nonnull(bus_memory_to_read(machine.board, 0x40010000, 64, "dmac"));
	ck_assert_uint_eq(machine.board->report.error_count, errors);
	bus_store(machine.board, 0x80010040, 8, 0x2222);
	ck_assert_ptr_nonnull(bus_memory_to_read(machine.board, 0x40010000, 256, "dmac"));
	ck_assert_uint_eq(machine.board->report.error_count, errors + 1);
	machine_stop(&machine);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hostile programs");
	TCase *tests = tcase_create("hostile");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 120);
	if (machine_programs_available())
		tcase_add_loop_test(tests, random_register_accesses, 0, POKE_SEEDS);
	tcase_add_loop_test(tests, random_programs, 0, RANDOM_PROGRAMS);
	tcase_add_loop_test(tests, random_layers, 0, 20);
	tcase_add_test(tests, images_that_cannot_be);
	tcase_add_test(tests, coherency_checker);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
