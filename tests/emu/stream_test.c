/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Real models that run from the flash of the emulated board, with the real firmware: every result
 * equals that of the same model in memory. Models come from KPU_SHARED and are skipped without.
 */
#include <check.h>
#include <kpu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/emu/must.h"
#include "tests/shared_models.h"

#define FLASH_BYTES (16u * 1024 * 1024)
#define PLAIN_AT    0x300000u
#define REVERSED_AT 0x900004u

static struct kpu_device *device;
static char path[64], errors_path[64];

/* As MaixPy's tool makes them: four digits behind what is no multiple of four. */
static void put_file(uint8_t *flash, const uint8_t *file, size_t size)
{
	uint8_t *reversed = flash + REVERSED_AT;

	memcpy(flash + PLAIN_AT, file, size);
	memcpy(reversed, file, size);
	memset(reversed + size, '0', 4);
	for (size_t at = 0; at < size; at += 4) {
		uint8_t word[4];

		memcpy(word, reversed + at, 4);
		for (unsigned i = 0; i < 4; i++)
			reversed[at + i] = word[3 - i];
	}
}

static void open_board(const uint8_t *file, size_t size, const char *options)
{
	uint8_t *flash = malloc(FLASH_BYTES);
	struct kpu_error error;
	char uri[200];
	FILE *out;

	memset(flash, 0xff, FLASH_BYTES);
	put_file(flash, file, size);
	snprintf(path, sizeof(path), "/tmp/kpu-stream-%d", (int)getpid());
	out = fopen(path, "w");
	ck_assert_uint_eq(fwrite(flash, 1, FLASH_BYTES, out), FLASH_BYTES);
	fclose(out);
	free(flash);
	snprintf(errors_path, sizeof(errors_path), "/tmp/kpu-stream-errors-%d", (int)getpid());
	/* Over SPI, which takes a third of the emulator's time for inputs and results. */
	snprintf(uri, sizeof(uri), "emu:?flash=%s&guest-errors=%s&spi=25000000&%s", path,
		 errors_path, options);
	ck_assert_msg(kpu_open(uri, &device, &error) == 0, "%s", error.message);
}

/* The firmware has done nothing that the chip does not know or like. */
static void close_board(void)
{
	char line[200] = "";
	FILE *errors;

	kpu_close(device);
	errors = fopen(errors_path, "r");
	ck_assert_ptr_nonnull(errors);
	ck_assert_msg(!fgets(line, sizeof(line), errors), "%s", line);
	fclose(errors);
	unlink(errors_path);
	unlink(path);
}

/* All outputs, and the maps of three layers on the way. */
static struct kpu_result *run(struct kpu_model *model, const uint8_t *input, uint64_t *cycles)
{
	struct kpu_target targets[8];
	struct kpu_run_options options = { .targets = targets, .timeout_ms = 60000 };
	struct kpu_network_info info;
	struct kpu_timing timing;
	struct kpu_result *result;

	must(kpu_network_info(kpu_model_network(model), &info));
	for (uint32_t third = 1; third < 3 && info.layers > 6; third++)
		targets[options.target_count++] =
			(struct kpu_target){ KPU_TARGET_LAYER, info.layers * third / 3 };
	for (uint32_t output = 0; output < info.outputs && output < 4; output++)
		targets[options.target_count++] = (struct kpu_target){ KPU_TARGET_OUTPUT, output };
	must(kpu_forward_targets(model, input, info.input_bytes, &options, &result));
	must(kpu_result_timing(result, &timing));
	*cycles = timing.cycles;
	return result;
}

static void compare(const struct kpu_result *got, const struct kpu_result *want, const char *name)
{
	ck_assert_uint_eq(kpu_result_count(got), kpu_result_count(want));
	for (size_t i = 0; i < kpu_result_count(want); i++) {
		struct kpu_tensor a, b;

		must(kpu_result_tensor(got, i, &a));
		must(kpu_result_tensor(want, i, &b));
		ck_assert_uint_eq(a.info.bytes, b.info.bytes);
		ck_assert_msg(!memcmp(a.data, b.data, b.info.bytes), "%s: target %zu differs", name,
			      i);
	}
}

static const struct {
	uint32_t address;
	struct kpu_flash_options flash;
	bool twice;
} ways[] = {
	{ PLAIN_AT, { .dual_buffer = false }, false },
	{ PLAIN_AT, { .dual_buffer = true }, true },
	{ REVERSED_AT, { .dual_buffer = true, .batch_bytes = 20000 }, false },
	{ REVERSED_AT, { .dual_buffer = false, .clock_hz = 10000000 }, false },
};

static uint64_t run_from(uint32_t way, const uint8_t *input, const struct kpu_result *want,
			 const char *name)
{
	struct kpu_model *model;
	struct kpu_result *got;
	uint64_t cycles = 0;

	must(kpu_load_flash(device, ways[way].address, &ways[way].flash, NULL, &model));
	/* A second run finds the buffers as the first one has left them. */
	for (unsigned again = 0; again < (ways[way].twice ? 2 : 1); again++) {
		got = run(model, input, &cycles);
		compare(got, want, name);
		kpu_result_free(got);
	}
	kpu_model_free(model);
	return cycles;
}

static uint8_t *make_input(const struct kpu_model *model)
{
	struct kpu_network_info info;
	uint8_t *input;

	must(kpu_network_info(kpu_model_network(model), &info));
	input = malloc(info.input_bytes);
	/* Floats stay small numbers. */
	for (size_t i = 0; i < info.input_bytes; i++)
		input[i] = i % 4 == 3 ? 0x3f : (uint8_t)(i * 37 ^ i >> 7);
	return input;
}

static const char *const models[] = { "v3_face_maixpy", "v3_mnist",          "v3_iris",
				      "v3_lp_detect",   "v4_face_320x240",   "v4_mobilenet025",
				      "v4_iris",        "v3_mask_maixpy",    "v4_ulffd_landmark",
				      "v4_slim320",     "v3_voc20_cwdequant" };

START_TEST(results_are_those_of_memory)
{
	struct kpu_memory before, after;
	struct kpu_result *want, *got;
	struct kpu_model *model;
	uint8_t *input, *file;
	uint64_t cycles;
	size_t size;

	if (!shared_models_present(__func__))
		return;
	file = shared_models_read("kmodel", models[_i], ".kmodel", &size);
	ck_assert_ptr_nonnull(file);
	open_board(file, size, "jitter=5");
	must(kpu_memory(device, &before));
	must(kpu_load_memory(device, file, size, NULL, &model));
	input = make_input(model);
	want = run(model, input, &cycles);
	kpu_model_free(model);
	for (uint32_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++)
		run_from(way, input, want, models[_i]);
	must(kpu_load_address(device, REVERSED_AT, NULL, &model));
	got = run(model, input, &cycles);
	compare(got, want, models[_i]);
	kpu_result_free(got);
	kpu_result_free(want);
	kpu_model_free(model);
	must(kpu_memory(device, &after));
	ck_assert_uint_eq(before.free, after.free);
	free(input);
	free(file);
	close_board();
}
END_TEST

/* By the board's own clock, so the figures are the same on every computer. */
START_TEST(reading_ahead_pays)
{
	struct kpu_model *model;
	struct kpu_result *want;
	uint64_t memory, single, dual;
	uint8_t *input, *file;
	size_t size;

	if (!shared_models_present(__func__))
		return;
	file = shared_models_read("kmodel", "v3_face_maixpy", ".kmodel", &size);
	ck_assert_ptr_nonnull(file);
	open_board(file, size, "clock=real");
	must(kpu_load_memory(device, file, size, NULL, &model));
	input = make_input(model);
	want = run(model, input, &memory);
	kpu_model_free(model);
	single = run_from(0, input, want, "single");
	dual = run_from(1, input, want, "dual");
	printf("face model: %.2f ms in memory, %.2f ms from flash at 67 MHz, %.2f ms reading "
	       "ahead\n",
	       (double)memory / 403e3, (double)single / 403e3, (double)dual / 403e3);
	ck_assert_uint_lt(dual, single);
	ck_assert_uint_le(dual * 10, memory * 14);
	kpu_result_free(want);
	free(input);
	free(file);
	close_board();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emu: models in flash");
	TCase *stream = tcase_create("stream"), *pace = tcase_create("pace");
	SRunner *runner;
	int failed;

	tcase_set_timeout(stream, 200);
	tcase_add_loop_test(stream, results_are_those_of_memory, 0,
			    sizeof(models) / sizeof(models[0]));
	tcase_set_timeout(pace, 200);
	tcase_add_test(pace, reading_ahead_pays);
	suite_add_tcase(suite, stream);
	suite_add_tcase(suite, pace);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
