/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The firmware image behind bad wires: bits flip, the host misses edges of ready, chip select
 * glitches, the board is reset in the middle of a transfer. All on the board's own clock: each
 * trouble is healed, or the host knows of it, within a tenth of a second, and no result is wrong.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link/commands.h"
#include "link/crc.h"
#include "tests/conformance/generated.h"
#include "tests/emu/spi_master.h"

#define LIMIT_US 100000u
#define HZ       20000000u
#define MODELS   8u
#define SECONDS  30u
/* Of input and of output: a call that has one trouble and then others would seem long. */
#define BYTES_MAX 4096u

static const char *const trouble_names[SPI_TROUBLES] = { "a flipped bit", "a missed edge of ready",
							 "a glitch of chip select",
							 "a reset in a transfer",
							 "an overrun of the FIFO" };

static struct spi_master master;
static struct kpu_transaction call;
static struct generated models[MODELS];
static uint16_t handles[MODELS];
static uint8_t results[1 << 20];

static void prepare(uint16_t opcode)
{
	memset(&call, 0, sizeof(call));
	call.opcode = opcode;
}

/* --- models whose results are known --- */

static void generate_models(void)
{
	unsigned count = 0;

	for (unsigned kind = 0; count < MODELS; kind++) {
		ck_assert(generate_model(kind, 5, &models[count]));
		if (models[count].is_exact && models[count].count >= 16 &&
		    models[count].input_bytes <= BYTES_MAX && models[count].count <= BYTES_MAX / 4)
			count++;
		else
			generated_free(&models[count]);
	}
}

static void forget_models(void)
{
	for (unsigned i = 0; i < MODELS; i++)
		generated_free(&models[i]);
}

static uint16_t load(unsigned index)
{
	const struct generated *model = &models[index];
	struct kpu_load_arguments arguments = { (uint32_t)model->file_bytes,
						kpu_crc32(KPU_CRC32_START, model->file,
							  model->file_bytes) };
	struct kpu_load_result loaded;
	uint16_t status;

	prepare(KPU_OP_MODEL_LOAD);
	call.argument_length = (uint16_t)kpu_encode_load_arguments(call.arguments, &arguments);
	call.bulk_out = model->file;
	call.bulk_out_length = (uint32_t)model->file_bytes;
	status = spi_master_call(&master, &call, SECONDS);
	if (status == KPU_STATUS_OK) {
		ck_assert(kpu_decode_load_result(call.results, call.result_length, &loaded));
		handles[index] = loaded.model;
	}
	return status;
}

static void load_all(void)
{
	for (unsigned i = 0; i < MODELS;) {
		uint16_t status = load(i);

		ck_assert_msg(status == KPU_STATUS_OK || status == KPU_STATUS_BOARD_RESET ||
				      status == KPU_STATUS_RESULT_LOST,
			      "load: %u", status);
		if (status == KPU_STATUS_RESULT_LOST)
			continue;
		i = status == KPU_STATUS_OK ? i + 1 : 0;
	}
}

/* False: the board has been reset. */
static bool run_frame(unsigned index)
{
	const struct generated *model = &models[index];
	uint32_t bytes = (uint32_t)(model->count * (model->is_float ? 4 : 1));
	const void *expected = model->is_float ? (const void *)model->floats : model->bytes;
	struct kpu_run_arguments arguments = { .model = handles[index],
					       .stop_layer = KPU_RUN_ALL_LAYERS,
					       .tap_count = 1,
					       .taps = { { KPU_TAP_OUTPUT, 0, bytes } } };
	uint16_t status;

	prepare(KPU_OP_RUN);
	call.argument_length = (uint16_t)kpu_encode_run_arguments(call.arguments, &arguments);
	call.bulk_out = model->input;
	call.bulk_out_length = (uint32_t)model->input_bytes;
	call.bulk_in = results;
	call.bulk_in_limit = bytes;
	call.repeatable = true;
	memset(results, 0xee, bytes);
	status = spi_master_call(&master, &call, SECONDS);
	if (status == KPU_STATUS_BOARD_RESET)
		return false;
	ck_assert_msg(status == KPU_STATUS_OK, "%s: %u", model->name, status);
	ck_assert_uint_eq(call.bulk_in_length, bytes);
	ck_assert_msg(memcmp(results, expected, bytes) == 0, "%s: a wrong result", model->name);
	return true;
}

static void frame(unsigned number)
{
	unsigned again = 0;

	while (!run_frame(number % MODELS)) {
		load_all();
		ck_assert_uint_lt(++again, 20);
	}
}

/* --- troubles --- */

static void report(const char *what)
{
	const struct spi_recovery *recovery = &master.recovery;

	printf("FIGURE SPI, %s: %u times, %u healed, %u reported, within %.1f ms", what,
	       recovery->troubles, recovery->healed, recovery->reported,
	       (double)recovery->longest_us / 1000);
	if (recovery->longest_away_us)
		printf(", back %.1f ms later", (double)recovery->longest_away_us / 1000);
	putchar('\n');
	ck_assert_uint_ge(recovery->troubles, 1);
	ck_assert_uint_le(recovery->longest_us, LIMIT_US);
}

/* One at a time, at each of the first chances that a frame gives, then at later ones. */
static void suffer(enum spi_trouble trouble, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		master.next_in[trouble] = 1 + i % 20;
		for (unsigned frames = 0; master.next_in[trouble] && frames < 50; frames++)
			frame(i + frames);
		ck_assert_uint_eq(master.next_in[trouble], 0);
		frame(i);
		ck_assert_uint_eq(master.trouble_at, 0);
	}
	ck_assert_uint_ge(master.recovery.troubles, times);
}

static uint32_t overruns_counted(void)
{
	struct kpu_link_counters counters;

	prepare(KPU_OP_COUNTERS);
	ck_assert_uint_eq(spi_master_call(&master, &call, SECONDS), KPU_STATUS_OK);
	ck_assert(kpu_decode_counters(call.results, call.result_length, &counters));
	return counters.overruns;
}

START_TEST(each_trouble_is_over_soon)
{
	generate_models();
	spi_master_open(&master, HZ, NULL);
	load_all();
	suffer((enum spi_trouble)_i, 40);
	report(trouble_names[_i]);
	if (_i != SPI_TROUBLE_RESET) {
		ck_assert_uint_eq(master.sessions, 1);
		ck_assert_uint_eq(overruns_counted(), master.overruns);
	}
	spi_master_close(&master);
	forget_models();
}
END_TEST

/* The mask ROM takes its time; the host knows before the board is back. */
START_TEST(reset_of_a_board_that_boots_from_flash)
{
	char path[] = "/tmp/kpu-spi-flash-XXXXXX", command[200], option[80];
	const char *options[] = { option, NULL };

	ck_assert_int_ge(close(mkstemp(path)), 0);
	snprintf(option, sizeof(option), "--flash=%s", path);
	snprintf(command, sizeof(command), "cp build/firmware/kpu-firmware-flash.bin %s", path);
	ck_assert_int_eq(system(command), 0);
	generate_models();
	spi_master_open(&master, HZ, options);
	load_all();
	suffer(SPI_TROUBLE_RESET, 10);
	report("the same of a board that boots from flash");
	ck_assert_uint_eq(master.sessions - master.sessions_kept, 11);
	spi_master_close(&master);
	forget_models();
	unlink(path);
}
END_TEST

START_TEST(thousand_frames_without_a_wrong_result)
{
	generate_models();
	spi_master_open(&master, HZ, NULL);
	load_all();
	master.random = 0xfeed;
	master.one_in[SPI_TROUBLE_FLIP] = 100000;
	master.one_in[SPI_TROUBLE_EDGE] = 20;
	master.one_in[SPI_TROUBLE_GLITCH] = 200;
	master.one_in[SPI_TROUBLE_RESET] = 500;
	for (unsigned i = 0; i < 1000; i++)
		frame(i);
	report("all of them in 1000 frames, none with a wrong result");
	ck_assert_uint_gt(master.recovery.healed, 100);
	ck_assert_uint_gt(master.resets, 10);
	spi_master_close(&master);
	forget_models();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("firmware behind bad SPI wires");
	TCase *cases = tcase_create("trouble");
	SRunner *runner;
	int failed;

	tcase_set_timeout(cases, 200);
	tcase_add_loop_test(cases, each_trouble_is_over_soon, 0, SPI_TROUBLES);
	tcase_add_test(cases, reset_of_a_board_that_boots_from_flash);
	tcase_add_test(cases, thousand_frames_without_a_wrong_result);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
