/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The firmware image that a real board runs, on the emulated board: boot, link, memory, models,
 * every layer of real models. Real models come from KPU_SHARED and are skipped without.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kmodel/kmodel.h"
#include "link/bytes.h"
#include "link/commands.h"
#include "link/crc.h"
#include "tests/emu/firmware_link.h"
#include "tests/shared_models.h"
#include "tools/kmodel/disc_detector.h"

static struct firmware_link board;

static void setup(void)
{
	firmware_link_open(&board, NULL);
}

static void setup_real_time(void)
{
	static const char *const options[] = { "--clock=real", NULL };

	firmware_link_open(&board, options);
}

static void setup_strict(void)
{
	static const char *const options[] = { "--check-coherency", "--jitter=7", NULL };

	firmware_link_open(&board, options);
}

static void teardown(void)
{
	firmware_link_close(&board);
}

START_TEST(boots_and_tells_who_it_is)
{
	struct kpu_board_info info;
	struct firmware_call call;

	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_INFO, NULL, 0), KPU_STATUS_OK);
	ck_assert(kpu_decode_board_info(call.transaction.results, call.transaction.result_length,
					&info));
	ck_assert_str_eq(info.name, "k210");
	ck_assert_uint_eq(info.cpu_hz, 403000000);
	ck_assert_uint_le(info.firmware_bytes, 98304);
	ck_assert_uint_eq(info.memory_total + info.firmware_bytes, 6 * 1024 * 1024);
	ck_assert_uint_eq(info.line_baud, 115200);
	ck_assert_uint_eq(info.last_crash_pc, 0);
	ck_assert_uint_ne(info.boot_id, 0);
}
END_TEST

START_TEST(moves_bulk_data_both_ways)
{
	const uint32_t length = 500000;
	uint8_t *bytes = malloc(length), argument[4];
	struct kpu_link_counters counters;
	struct firmware_call call;

	for (uint32_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)(i * i >> 5);
	firmware_submit(&board, &call, KPU_OP_SINK, NULL, 0, bytes, length, NULL, 0);
	ck_assert_uint_eq(firmware_finish(&board, &call, 30), KPU_STATUS_OK);
	ck_assert_uint_eq(kpu_get_u32(call.transaction.results),
			  kpu_crc32(KPU_CRC32_START, bytes, length));
	kpu_put_u32(argument, length);
	firmware_submit(&board, &call, KPU_OP_SOURCE, argument, 4, NULL, 0, bytes, length);
	ck_assert_uint_eq(firmware_finish(&board, &call, 30), KPU_STATUS_OK);
	for (uint32_t i = 0; i < length; i++)
		ck_assert_uint_eq(bytes[i], (uint8_t)(i * 167 >> 3));
	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_COUNTERS, NULL, 0), KPU_STATUS_OK);
	ck_assert(kpu_decode_counters(call.transaction.results, call.transaction.result_length,
				      &counters));
	ck_assert_uint_eq(counters.overruns, 0);
	ck_assert_uint_eq(counters.payload_crc_errors, 0);
	free(bytes);
}
END_TEST

START_TEST(reboots_into_an_empty_board)
{
	struct kpu_board_info before, after;
	struct firmware_call call;

	firmware_ask(&board, &call, KPU_OP_INFO, NULL, 0);
	kpu_decode_board_info(call.transaction.results, call.transaction.result_length, &before);
	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_REBOOT, NULL, 0), KPU_STATUS_OK);
	firmware_idle(&board, 300);
	/* what is asked while the reset is not yet known ends with BOARD_RESET */
	while (firmware_ask(&board, &call, KPU_OP_INFO, NULL, 0) == KPU_STATUS_BOARD_RESET)
		;
	ck_assert_uint_eq(call.transaction.status, KPU_STATUS_OK);
	kpu_decode_board_info(call.transaction.results, call.transaction.result_length, &after);
	ck_assert_uint_ne(before.boot_id, after.boot_id);
	ck_assert_uint_eq(after.last_crash_pc, 0);
	ck_assert_uint_eq(board.sessions_kept, 0);
}
END_TEST

/* Address of a function in the image, from the cross tools; 0 if they are not there. */
static unsigned long symbol_address(const char *name)
{
	char command[160], line[64];
	unsigned long address = 0;
	FILE *stream;

	snprintf(command, sizeof(command),
		 "riscv64-unknown-elf-nm build/firmware/kpu-firmware.elf | grep ' %s$'", name);
	stream = popen(command, "r");
	if (stream && fgets(line, sizeof(line), stream))
		address = strtoul(line, NULL, 16);
	if (stream)
		pclose(stream);
	return address;
}

/* A copy of the image whose ECHO runs into a breakpoint. */
static void make_crashing_image(const char *path, unsigned long address)
{
	static const uint8_t ebreak[4] = { 0x73, 0x00, 0x10, 0x00 };
	char command[200];
	FILE *image;

	snprintf(command, sizeof(command), "cp build/firmware/kpu-firmware.bin %s", path);
	ck_assert_int_eq(system(command), 0);
	image = fopen(path, "r+b");
	ck_assert_ptr_nonnull(image);
	ck_assert_int_eq(fseek(image, (long)(address - 0x80000000ul), SEEK_SET), 0);
	ck_assert_uint_eq(fwrite(ebreak, 1, 4, image), 4);
	fclose(image);
}

START_TEST(a_crash_is_remembered)
{
	unsigned long address = symbol_address("echo_begin");
	char path[] = "/tmp/kpu-crash-XXXXXX";
	struct kpu_board_info info;
	struct firmware_call call;

	if (!address) {
		printf("SKIP: no riscv64-unknown-elf-nm to find a function with\n");
		return;
	}
	ck_assert_int_ge(close(mkstemp(path)), 0);
	make_crashing_image(path, address);
	setenv("KPU_FIRMWARE", path, 1);
	firmware_link_open(&board, NULL);
	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_ECHO, "x", 1), KPU_STATUS_BOARD_RESET);
	do
		firmware_ask(&board, &call, KPU_OP_INFO, NULL, 0);
	while (call.transaction.status == KPU_STATUS_BOARD_RESET);
	ck_assert(kpu_decode_board_info(call.transaction.results, call.transaction.result_length,
					&info));
	ck_assert_uint_eq(info.last_crash_pc, address);
	firmware_link_close(&board);
	unsetenv("KPU_FIRMWARE");
	unlink(path);
}
END_TEST

/* --- models --- */

/* Taps of all convolutions, the output and the profile; returns the bytes of all. */
static uint32_t add_taps(const uint8_t *file, size_t size, struct kpu_run_arguments *arguments,
			 uint32_t *output_bytes, unsigned *layers)
{
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;
	struct kmodel_problem problem;
	struct kmodel_tensor output;
	struct kmodel model;
	uint32_t total = 0;
	uint16_t count = 0;

	ck_assert(kmodel_open(&model, file, size, &problem));
	kmodel_first_layer(&model, &cursor);
	while (kmodel_next_layer(&model, &cursor, &layer, &problem)) {
		if (!layer.is_convolution)
			continue;
		arguments->taps[count++] =
			(struct kpu_tap){ KPU_TAP_LAYER, (uint16_t)layer.index,
					  layer.convolution.output_width *
						  layer.convolution.output_height *
						  layer.convolution.output_channels };
	}
	ck_assert(kmodel_get_output(&model, 0, &output));
	*output_bytes = output.bytes;
	*layers = model.layer_count;
	arguments->taps[count++] = (struct kpu_tap){ KPU_TAP_OUTPUT, 0, output.bytes };
	arguments->taps[count++] = (struct kpu_tap){ KPU_TAP_PROFILE, 0, model.layer_count * 4 };
	arguments->tap_count = count;
	for (unsigned tap = 0; tap < count; tap++)
		total += arguments->taps[tap].limit;
	return total;
}

static uint16_t run(const struct kpu_run_arguments *arguments, const uint8_t *input,
		    uint32_t input_bytes, uint8_t *results, uint32_t limit,
		    struct kpu_run_result *result)
{
	uint8_t encoded[KPU_WIRE_ARGUMENTS_MAX];
	struct firmware_call call;
	uint16_t status;

	firmware_submit(&board, &call, KPU_OP_RUN, encoded,
			kpu_encode_run_arguments(encoded, arguments), input, input_bytes, results,
			limit);
	status = firmware_finish(&board, &call, 60);
	if (status == KPU_STATUS_OK)
		ck_assert(kpu_decode_run_result(call.transaction.results,
						call.transaction.result_length, result));
	return status;
}

/* A detector built by the project: its discs are found where they were painted. */
START_TEST(runs_the_models_of_the_project)
{
	struct kpu_run_arguments arguments = { .stop_layer = KPU_RUN_ALL_LAYERS };
	const struct disc disc = { .x = 104, .y = 88, .radius = 24, .class_id = 1 };
	size_t pixels = DISC_WIDTH * DISC_HEIGHT, size;
	uint8_t *rgb = malloc(pixels * 3), *input = malloc(pixels * 3), *results, *file;
	struct kpu_load_result loaded;
	struct kpu_run_result result;
	uint32_t total, output_bytes;
	const char *reason = NULL;
	unsigned layers;

	file = disc_detector_model(&size, &reason);
	ck_assert_msg(file != NULL, "%s", reason);
	disc_detector_scene(rgb, &disc, 1, 3);
	for (size_t i = 0; i < pixels * 3; i++)
		input[i % 3 * pixels + i / 3] = rgb[i];
	ck_assert_uint_eq(firmware_load(&board, file, size, &loaded), KPU_STATUS_OK);
	ck_assert_uint_eq(loaded.max_runs_in_flight, 2);
	arguments.model = loaded.model;
	total = add_taps(file, size, &arguments, &output_bytes, &layers);
	results = malloc(total);
	for (unsigned repeat = 0; repeat < 2; repeat++) {
		ck_assert_uint_eq(run(&arguments, input, (uint32_t)pixels * 3, results, total,
				      &result),
				  KPU_STATUS_OK);
		ck_assert_uint_eq(result.layers_run, layers);
		ck_assert_uint_gt(result.cycles, 0);
		ck_assert_uint_eq(result.taps[0].width, 160);
	}
	free(results);
	free(file);
	free(rgb);
	free(input);
}
END_TEST

START_TEST(refuses_bad_models_and_lives_on)
{
	uint8_t *file = malloc(200000);
	struct kpu_load_result loaded;
	struct firmware_call call;

	for (unsigned i = 0; i < 200000; i++)
		file[i] = (uint8_t)(i * 2654435761u >> 24);
	ck_assert_uint_eq(firmware_load(&board, file, 200000, &loaded), KPU_STATUS_KMODEL_VERSION);
	ck_assert_str_ne(loaded.problem, "");
	kpu_put_u32(file, 3);
	kpu_put_u32(file + 8, 0);
	ck_assert_uint_ne(firmware_load(&board, file, 200000, &loaded), KPU_STATUS_OK);
	ck_assert_str_ne(loaded.problem, "");
	ck_assert_uint_ne(firmware_load(&board, file, 27, &loaded), KPU_STATUS_OK);
	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_ECHO, "well", 4), KPU_STATUS_OK);
	free(file);
}
END_TEST

/* --- real models --- */

static const struct real_case {
	const char *model, *input, *golden;
} real_cases[] = {
	{ "v3_face_maixpy", "face_a.u8", "v3_face_maixpy__face_a" },
	{ "v3_voc20_cwdequant", "dog.u8", "v3_voc20_cwdequant__dog" },
	{ "v3_mask_maixpy", "face_a.u8", "v3_mask_maixpy__face_a" },
};

#define REAL_CASES 3

START_TEST(every_layer_of_a_real_model_is_golden)
{
	const struct real_case *real = &real_cases[_i];
	struct kpu_run_arguments arguments = { .stop_layer = KPU_RUN_ALL_LAYERS };
	size_t model_size, input_size, golden_size, maps_size = 0;
	uint8_t *file = shared_models_read("kmodel", real->model, ".kmodel", &model_size);
	uint8_t *input = shared_models_read("input", real->input, "", &input_size);
	uint8_t *golden = shared_models_read("golden", real->golden, ".out0.f32", &golden_size);
	uint8_t *maps = shared_models_read("golden", real->golden, ".conv.u8.gz", &maps_size),
		*results;
	struct kpu_load_result loaded;
	struct kpu_run_result result;
	uint32_t total, output_bytes, before;
	unsigned layers;

	ck_assert_uint_eq(firmware_load(&board, file, model_size, &loaded), KPU_STATUS_OK);
	arguments.model = loaded.model;
	total = add_taps(file, model_size, &arguments, &output_bytes, &layers);
	results = malloc(total);
	ck_assert_uint_eq(run(&arguments, input, (uint32_t)input_size, results, total, &result),
			  KPU_STATUS_OK);
	ck_assert_uint_eq(result.layers_run, layers);
	before = total - output_bytes - layers * 4;
	ck_assert_uint_eq(golden_size, output_bytes);
	if (maps) {
		ck_assert_uint_eq(before, maps_size);
		ck_assert_mem_eq(results, maps, before);
	}
	ck_assert_mem_eq(results + before, golden, golden_size);
	free(results);
	free(file);
	free(input);
	free(golden);
	free(maps);
}
END_TEST

/* Several clients' worth of work: two runs in flight, a control command in between. */
START_TEST(two_runs_in_flight_do_not_mix)
{
	struct kpu_run_arguments arguments = { .stop_layer = KPU_RUN_ALL_LAYERS, .tap_count = 1 };
	const struct disc discs[2] = { { .x = 104, .y = 88, .radius = 24, .class_id = 1 },
				       { .x = 200, .y = 152, .radius = 24, .class_id = 2 } };
	size_t pixels = DISC_WIDTH * DISC_HEIGHT, size;
	uint8_t *rgb = malloc(pixels * 3), *inputs[2], *results[4];
	uint8_t *file = disc_detector_model(&size, &(const char *){ NULL });
	uint8_t encoded[KPU_WIRE_ARGUMENTS_MAX];
	struct firmware_call calls[4], echo;
	struct kpu_load_result loaded;
	struct kmodel_problem problem;
	struct kmodel_tensor output;
	struct kmodel model;

	ck_assert(kmodel_open(&model, file, size, &problem));
	ck_assert(kmodel_get_output(&model, 0, &output));
	for (unsigned i = 0; i < 2; i++) {
		inputs[i] = malloc(pixels * 3);
		disc_detector_scene(rgb, &discs[i], 1, i);
		for (size_t p = 0; p < pixels * 3; p++)
			inputs[i][p % 3 * pixels + p / 3] = rgb[p];
	}
	ck_assert_uint_eq(firmware_load(&board, file, size, &loaded), KPU_STATUS_OK);
	arguments.model = loaded.model;
	arguments.taps[0] = (struct kpu_tap){ KPU_TAP_OUTPUT, 0, output.bytes };
	for (unsigned i = 0; i < 4; i += 2) {
		for (unsigned j = i; j < i + 2; j++) {
			results[j] = malloc(output.bytes);
			firmware_submit(&board, &calls[j], KPU_OP_RUN, encoded,
					kpu_encode_run_arguments(encoded, &arguments),
					inputs[i ? 1 - j % 2 : j], (uint32_t)pixels * 3, results[j],
					output.bytes);
		}
		ck_assert_uint_eq(firmware_ask(&board, &echo, KPU_OP_ECHO, "?", 1), KPU_STATUS_OK);
		ck_assert_uint_eq(firmware_finish(&board, &calls[i], 30), KPU_STATUS_OK);
		ck_assert_uint_eq(firmware_finish(&board, &calls[i + 1], 30), KPU_STATUS_OK);
	}
	/* the same picture gives the same bytes in either slot, another picture others */
	ck_assert_mem_eq(results[0], results[3], output.bytes);
	ck_assert_mem_eq(results[1], results[2], output.bytes);
	ck_assert_mem_ne(results[0], results[1], output.bytes);
	for (unsigned i = 0; i < 4; i++)
		free(results[i]);
	free(inputs[0]);
	free(inputs[1]);
	free(rgb);
	free(file);
}
END_TEST

static uint16_t set_rate(uint32_t baud)
{
	struct firmware_call call;
	uint8_t argument[4];

	kpu_put_u32(argument, baud);
	return firmware_ask(&board, &call, KPU_OP_SET_RATE, argument, 4);
}

START_TEST(rate_change_takes_effect)
{
	struct kpu_board_info info;
	struct firmware_call call;

	ck_assert_uint_eq(set_rate(100), KPU_STATUS_PARAM);
	ck_assert_uint_eq(set_rate(2000000), KPU_STATUS_OK);
	firmware_idle(&board, 50);
	kpu_session_resync(&board.session, firmware_now());
	ck_assert_uint_eq(firmware_ask(&board, &call, KPU_OP_INFO, NULL, 0), KPU_STATUS_OK);
	kpu_decode_board_info(call.transaction.results, call.transaction.result_length, &info);
	ck_assert_uint_eq(info.line_baud, 2000000);
	firmware_submit(&board, &call, KPU_OP_SINK, NULL, 0, (const uint8_t *)&board, 10000, NULL,
			0);
	ck_assert_uint_eq(firmware_finish(&board, &call, 30), KPU_STATUS_OK);
}
END_TEST

static Suite *firmware_suite(void)
{
	Suite *suite = suite_create("firmware on the emulated board");
	TCase *link = tcase_create("link"), *models = tcase_create("models");
	TCase *strict = tcase_create("incoherent caches and jitter"), *real = tcase_create("time");
	TCase *crash = tcase_create("crash");

	tcase_add_checked_fixture(link, setup, teardown);
	tcase_set_timeout(link, 120);
	tcase_add_test(link, boots_and_tells_who_it_is);
	tcase_add_test(link, moves_bulk_data_both_ways);
	tcase_add_test(link, reboots_into_an_empty_board);
	tcase_add_test(link, rate_change_takes_effect);
	suite_add_tcase(suite, link);

	tcase_set_timeout(crash, 120);
	tcase_add_test(crash, a_crash_is_remembered);
	suite_add_tcase(suite, crash);

	tcase_add_checked_fixture(models, setup, teardown);
	tcase_set_timeout(models, 300);
	tcase_add_test(models, runs_the_models_of_the_project);
	tcase_add_test(models, refuses_bad_models_and_lives_on);
	tcase_add_test(models, two_runs_in_flight_do_not_mix);
	if (shared_models_present("firmware"))
		tcase_add_loop_test(models, every_layer_of_a_real_model_is_golden, 0, REAL_CASES);
	suite_add_tcase(suite, models);

	tcase_add_checked_fixture(strict, setup_strict, teardown);
	tcase_set_timeout(strict, 300);
	tcase_add_test(strict, runs_the_models_of_the_project);
	tcase_add_test(strict, two_runs_in_flight_do_not_mix);
	if (shared_models_present("firmware with incoherent caches"))
		tcase_add_loop_test(strict, every_layer_of_a_real_model_is_golden, 0, 1);
	suite_add_tcase(suite, strict);

	tcase_add_checked_fixture(real, setup_real_time, teardown);
	tcase_set_timeout(real, 120);
	tcase_add_test(real, boots_and_tells_who_it_is);
	tcase_add_test(real, rate_change_takes_effect);
	suite_add_tcase(suite, real);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(firmware_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
