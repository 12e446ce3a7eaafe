/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Whether the line is kept busy: a board with the durations of a real one, timed by its own clock,
 * so that the speed of this computer does not count.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/engine.h"
#include "lib/object.h"
#include "tests/emu/libkpu/models.h"
#include "tests/emu/libkpu/suites.h"

#define BAUD       2000000
#define LEAST_PART 0.97

static uint32_t uptime_ms(struct kpu_device *device)
{
	struct kpu_engine *engine = (struct kpu_engine *)device->backend;
	struct kpu_board_info info;
	struct kpu_engine_call call;
	struct kpu_error error;

	kpu_engine_call_init(&call, engine, KPU_OP_INFO);
	ck_assert_int_eq(kpu_engine_call(&call, 10000, NULL, &error), 0);
	ck_assert(kpu_decode_board_info(call.transaction.results, call.transaction.result_length,
					&info));
	return info.uptime_ms;
}

/* Part of the line's rate that was payload while a model was loaded. */
static double load_part(void)
{
	struct kpu_device *device = open_emulated("?clock=real&baud=2000000");
	struct kpu_load_options options = { .timeout_ms = 100000 };
	size_t size, parameters;
	uint8_t *data = chain_model(3, CHAIN_WIDTH, &size, &parameters);
	struct kpu_model *model;
	uint32_t start, took;
	double part;

	start = uptime_ms(device);
	ck_assert_int_eq(kpu_load_memory(device, data, size, &options, &model), 0);
	took = uptime_ms(device) - start;
	part = (double)size / (BAUD / 10.0 * took / 1000.0);
	printf("%zu bytes in %u ms of the board: %.2f %% of the line\n", size, took, 100 * part);
	kpu_model_free(model);
	kpu_close(device);
	free(data);
	return part;
}

/* The board's clock goes on when this program gets no processor for long: three tries. */
START_TEST(models_travel_at_the_speed_of_the_line)
{
	double best = 0;

	for (unsigned i = 0; i < 3 && best < LEAST_PART; i++) {
		double part = load_part();

		best = part > best ? part : best;
	}
	ck_assert_double_ge(best, LEAST_PART);
}
END_TEST

TCase *speed_tests(void)
{
	TCase *tests = tcase_create("speed");

	tcase_set_timeout(tests, 180);
	tcase_add_test(tests, models_travel_at_the_speed_of_the_line);
	return tests;
}
