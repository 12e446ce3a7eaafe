/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The whole way from reset to firmware, on an emulated board in its real clock: every reset style,
 * flash content, bridge and kind of noise. Limits of time are those of the board's clock.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/boot/probe.h"
#include "link/first_stage.h"
#include "tests/unit/boot/board_port.h"

#define SECOND 1000000u
/* What a user is promised: always, and on a line without trouble. */
#define ALWAYS_US      (10 * SECOND)
#define UNDISTURBED_US (3 * SECOND)
/* k210/memory_map.h */
#define ROM_BASE 0x88000000u

static struct board_port port;
static struct kpu_boot_images images;
static struct kpu_boot_result result;
static struct kpu_error error;
static struct kpu_boot_options options;
static char said[32768];

static void keep_line(void *context, const char *line)
{
	size_t used = strlen(said);

	(void)context;
	snprintf(said + used, sizeof(said) - used, "%s\n", line);
}

static void start(const struct board_line_options *board)
{
	board_line_start(board);
	board_port_init(&port);
	board_port_read_images(&images);
	options = (struct kpu_boot_options){ .log = keep_line };
	memset(&error, 0, sizeof(error));
	said[0] = 0;
}

static void stop(void)
{
	board_port_free_images(&images);
	board_line_stop();
}

static int boot(void)
{
	return kpu_boot_run(&port.port, NULL, &images, &options, &result, &error);
}

static void expect_started_within(uint32_t limit_us)
{
	int rc = boot();

	ck_assert_msg(rc == 0, "%d: %s; it said:\n%s", rc, error.message, said);
	ck_assert_msg(result.total_us < limit_us, "%u us; it said:\n%s", result.total_us, said);
	ck_assert_uint_eq(result.bytes, images.firmware_size);
	/* The boot pin is let go, so that the board's own reset button starts its flash again. */
	ck_assert_int_eq(port.dtr, !strcmp(result.style, "god"));
	ck_assert(!port.rts);
	port.noise_ppm = 0;
	ck_assert_int_eq(kpu_boot_probe(&port.port, 115200, SECOND), 1);
}

static bool in_firmware(uint64_t pc)
{
	return pc >= KPU_STAGE_FIRMWARE_ADDRESS &&
	       pc < KPU_STAGE_FIRMWARE_ADDRESS + images.firmware_size;
}

/* ---- what works at once ---- */

static const struct board_line_options boards[] = {
	{ .style = "dan" },
	{ .style = "kd233" },
	{ .style = "god", .program = "chatter" },
	{ .style = "dan", .hart1_parked = true },
	{ .style = "dan", .program = "chatter" },
	{ .style = "kd233", .program = "chatter", .hart1_parked = true },
};

START_TEST(every_board_is_booted)
{
	const struct board_line_options *board = &boards[_i];

	start(board);
	/* The program in the flash, if there is one, has been running for a while. */
	board_line_run(300000);
	expect_started_within(UNDISTURBED_US);
	ck_assert_msg(!strcmp(result.style, board->style), "%s", said);
	ck_assert_str_eq(result.board, "unknown board");
	ck_assert_uint_eq(result.rate, 4500000);
	ck_assert_uint_eq(result.errors_healed, 0);
	ck_assert(in_firmware(board_line_pc(0)));
	/* Hart 1 is in the firmware too, or has never left the ROM; not where models will lie. */
	if (board->hart1_parked)
		ck_assert(board_line_pc(1) >= ROM_BASE);
	else
		ck_assert(in_firmware(board_line_pc(1)));
	printf("boot: %s, %s: reset to firmware %u.%03u s on the board's clock\n", board->style,
	       board->program ? "foreign program in the flash" : "blank flash",
	       result.total_us / 1000000, result.total_us / 1000 % 1000);
	stop();
}
END_TEST

/* What the issue promises for an unknown board behind a CH340, with its slow USB requests. */
START_TEST(a_slow_bridge_is_fast_enough)
{
	start(&(struct board_line_options){ .style = "kd233" });
	port.latency_us = 16000;
	port.line_max = 2000000;
	expect_started_within(UNDISTURBED_US);
	ck_assert_uint_eq(result.rate, 2000000);
	printf("boot: answers 16 ms late, 2 Mbaud: %u.%03u s on the board's clock\n",
	       result.total_us / 1000000, result.total_us / 1000 % 1000);
	stop();
}
END_TEST

START_TEST(both_memory_windows_agree_with_the_caches)
{
	start(&(struct board_line_options){ .style = "dan", .check_coherency = true });
	expect_started_within(UNDISTURBED_US);
	stop();
}
END_TEST

/* Nobody has published how long the chip's buses take: much longer than here is no harm. */
START_TEST(slow_registers_lose_no_byte)
{
	start(&(struct board_line_options){ .style = "dan", .access_cycles = 150 });
	expect_started_within(UNDISTURBED_US);
	ck_assert_uint_eq(result.rate, 4500000);
	ck_assert_uint_eq(result.errors_healed, 0);
	stop();
}
END_TEST

/* The table's style comes first; a forced one is the only one. */
START_TEST(styles_are_tried_in_order)
{
	static const struct kpu_boot_board known = { .name = "a kd233",
						     .style = "kd233",
						     .max_rate = 1500000 };
	int rc;

	start(&(struct board_line_options){ .style = "kd233" });
	rc = kpu_boot_run(&port.port, &known, &images, &options, &result, &error);
	ck_assert_msg(rc == 0, "%s", error.message);
	ck_assert_ptr_null(strstr(said, "style dan"));
	ck_assert_str_eq(result.board, "a kd233");
	ck_assert_uint_eq(result.rate, 1500000);
	stop();

	start(&(struct board_line_options){ .style = "kd233" });
	options.style = "dan";
	ck_assert_int_eq(boot(), -KPU_ERR_NO_DEVICE);
	ck_assert_ptr_null(strstr(said, "style kd233"));
	ck_assert_ptr_nonnull(strstr(error.message, "dan"));
	stop();
}
END_TEST

/* ---- rates ---- */

static const struct {
	uint32_t line_max, refuse_above, wanted, expected;
} rate_cases[] = {
	{ 115200, 0, 0, 115200 },   { 1500000, 0, 0, 1500000 },     { 0, 115200, 0, 115200 },
	{ 0, 1500000, 0, 1500000 }, { 0, 0, 115200, 115200 },       { 0, 0, 1000000, 921600 },
	{ 921600, 0, 0, 921600 },   { 230400, 0, 2000000, 230400 },
};

START_TEST(the_highest_rate_that_works_is_found)
{
	start(&(struct board_line_options){ .style = "dan" });
	port.line_max = rate_cases[_i].line_max;
	port.refuse_above = rate_cases[_i].refuse_above;
	options.max_rate = rate_cases[_i].wanted;
	expect_started_within(ALWAYS_US);
	ck_assert_uint_eq(result.rate, rate_cases[_i].expected);
	ck_assert_uint_eq(result.errors_healed, 0);
	stop();
}
END_TEST

/*
 * The board goes back to 115200 baud while somebody sends at another rate without a pause, at which
 * its UART refuses a new divisor (k210/uart.h).
 */
START_TEST(a_line_that_is_never_silent_does_not_keep_the_rate)
{
	start(&(struct board_line_options){ .style = "dan" });
	port.line_max = 1500000;
	port.babble_from_us = 340000;
	port.babble_to_us = 800000;
	expect_started_within(ALWAYS_US);
	stop();
}
END_TEST

/* ---- noise ---- */

static const struct {
	uint32_t ppm, seed, line_max;
} noise_cases[] = {
	{ 100, 1, 0 }, { 500, 2, 0 },        { 1000, 3, 0 },     { 2000, 4, 0 },
	{ 500, 5, 0 }, { 1000, 6, 1500000 }, { 300, 7, 115200 },
};

START_TEST(noise_is_healed)
{
	start(&(struct board_line_options){ .style = "kd233" });
	port.noise_ppm = noise_cases[_i].ppm;
	port.noise_state = noise_cases[_i].seed * 2654435761u;
	port.line_max = noise_cases[_i].line_max;
	board_line_run(100000);
	expect_started_within(ALWAYS_US);
	printf("boot: %u ppm of noise, line up to %u: %u baud, %u bytes damaged, %u errors healed, "
	       "%u.%03u s\n",
	       noise_cases[_i].ppm, port.line_max, result.rate, port.damaged, result.errors_healed,
	       result.total_us / 1000000, result.total_us / 1000 % 1000);
	ck_assert_uint_gt(port.damaged, 0);
	ck_assert_uint_gt(result.errors_healed, 0);
	stop();
}
END_TEST

/*
 * A busy computer: what the board says stays in the bridge for a while, at each moment of the
 * search for a rate. Answers to questions that have been given up come when the rate is another
 * one.
 */
START_TEST(late_answers_are_not_taken_for_others)
{
	for (uint32_t moment = 250000; moment < 900000; moment += 52000) {
		start(&(struct board_line_options){ .style = "dan" });
		port.line_max = _i ? 921600 : 1500000;
		port.held_from_us = moment;
		port.held_to_us = moment + 300000;
		port.noise_ppm = _i ? 300 : 0;
		port.noise_state = moment;
		expect_started_within(ALWAYS_US);
		stop();
	}
}
END_TEST

/* A hole of a few bytes in many places of the dialogue with the mask ROM: greeting, data, jump. */
START_TEST(no_byte_to_the_rom_is_indispensable)
{
	size_t rom_bytes = 3200;

	for (size_t hole = (size_t)_i; hole < rom_bytes; hole += 397) {
		start(&(struct board_line_options){ .style = "dan" });
		port.cut_from = hole;
		port.cut_to = hole + 1 + hole % 3;
		expect_started_within(ALWAYS_US);
		stop();
	}
}
END_TEST

/* ---- what goes wrong ---- */

START_TEST(without_a_board_the_port_is_left_as_it_was)
{
	start(&(struct board_line_options){ .style = "none", .program = "chatter" });
	ck_assert_int_eq(boot(), -KPU_ERR_NO_DEVICE);
	ck_assert(!port.dtr && !port.rts);
	ck_assert_uint_lt(result.total_us, ALWAYS_US);
	ck_assert_ptr_nonnull(strstr(error.message, "no K210"));
	ck_assert_uint_ne(strlen(error.next_step), 0);
	ck_assert_str_eq(result.style, "");
	stop();
}
END_TEST

/* The advice that the error gives: the boot button, with lines that lead nowhere. */
START_TEST(the_boot_button_replaces_the_lines)
{
	start(&(struct board_line_options){ .style = "none", .program = "chatter" });
	board_line_run(200000);
	board_line_press_boot(true);
	board_line_press_reset();
	board_line_run(100000);
	expect_started_within(UNDISTURBED_US);
	stop();
}
END_TEST

/* Anywhere between the greeting and the last piece of the firmware: it begins once more. */
START_TEST(a_reset_in_between_is_survived)
{
	static const uint32_t moments[] = { 80000, 150000, 250000, 300000, 350000, 400000 };

	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		start(&(struct board_line_options){ .style = "dan",
						    .program = i % 2 ? "chatter" : NULL });
		port.reset_at_us = moments[i];
		port.line_max = 460800;
		expect_started_within(ALWAYS_US);
		ck_assert_uint_eq(port.reset_at_us, 0);
		stop();
	}
}
END_TEST

/* A computer or a bridge that stands still while the firmware is on its way. */
START_TEST(a_long_silence_is_survived)
{
	start(&(struct board_line_options){ .style = "dan" });
	options.max_rate = 460800;
	port.held_from_us = SECOND;
	port.held_to_us = 5 * SECOND;
	expect_started_within(ALWAYS_US);
	ck_assert_ptr_nonnull(strstr(said, "fell silent while it took the firmware"));
	stop();
}
END_TEST

/* But not for ever: somebody should look at it. And the next boot works. */
START_TEST(a_board_that_is_reset_again_and_again_is_an_error)
{
	int rc;

	start(&(struct board_line_options){ .style = "dan" });
	port.line_max = 460800;
	port.reset_at_us = SECOND;
	port.reset_again_us = SECOND / 2;
	rc = boot();
	ck_assert_int_lt(rc, 0);
	ck_assert_msg(error.code == -rc && *error.message, "%d", rc);
	ck_assert_uint_lt(result.total_us, ALWAYS_US);
	port.reset_at_us = 0;
	ck_assert_msg(boot() == 0, "%s", error.message);
	stop();
}
END_TEST

/* One delimiter too many, and the ROM takes frames for gaps and gaps for frames. */
START_TEST(a_stray_delimiter_is_survived)
{
	uint64_t moment = 30000 + 23000 * (uint64_t)_i;

	start(&(struct board_line_options){ .style = "dan" });
	port.stray_at_us = moment;
	ck_assert_msg(boot() == 0, "%u us: %s", (unsigned)moment, error.message);
	ck_assert_uint_eq(port.stray_at_us, 0);
	ck_assert_uint_lt(result.total_us, UNDISTURBED_US + 500000);
	stop();
}
END_TEST

START_TEST(a_pulled_cable_ends_it)
{
	for (uint32_t moment = 5000; moment < 500000; moment += 45000) {
		start(&(struct board_line_options){ .style = "dan" });
		port.line_max = 230400;
		port.gone_at_us = moment;
		ck_assert_int_eq(boot(), -KPU_ERR_DEVICE_GONE);
		ck_assert_int_eq(error.code, KPU_ERR_DEVICE_GONE);
		ck_assert_uint_lt(board_line_now_us(), moment + SECOND);
		stop();
	}
}
END_TEST

static bool is_time(void *context)
{
	return board_line_now_us() >= *(const uint64_t *)context;
}

/* In the greeting, the first stage, among rates, in the firmware: the flash's program runs. */
START_TEST(whoever_stops_it_gets_the_board_back)
{
	static uint64_t moment;

	for (moment = 5000; moment < 1000000; moment += 65000) {
		start(&(struct board_line_options){ .style = _i ? "kd233" : "dan",
						    .program = "chatter" });
		port.line_max = 230400;
		options.style = _i ? "kd233" : "dan";
		options.stop = is_time;
		options.stop_context = &moment;
		ck_assert_int_eq(boot(), -KPU_ERR_CANCELLED);
		ck_assert_int_eq(error.code, KPU_ERR_CANCELLED);
		ck_assert_uint_lt(board_line_now_us(), moment + SECOND / 2);
		ck_assert(!port.dtr && !port.rts);
		while (board_line_waiting())
			board_line_take((uint8_t[64]){ 0 }, 64);
		board_line_set_rate(115200);
		board_line_run(SECOND / 2);
		ck_assert_msg(board_line_waiting(), "stopped after %u us: the flash is silent",
			      (unsigned)moment);
		stop();
	}
}
END_TEST

START_TEST(images_are_checked)
{
	size_t size;

	start(&(struct board_line_options){ .style = "dan" });
	size = images.firmware_size;
	images.firmware_size = 0;
	ck_assert_int_eq(boot(), -KPU_ERR_READ_FILE);
	images.firmware_size = KPU_STAGE_FIRMWARE_BYTES_MAX + 1;
	ck_assert_int_eq(boot(), -KPU_ERR_READ_FILE);
	images.firmware_size = size;
	images.first_stage_size = KPU_STAGE_BYTES_MAX + 1;
	ck_assert_int_eq(boot(), -KPU_ERR_READ_FILE);
	stop();
}
END_TEST

/* The contract says so; and each 1 KiB more is 90 ms more to wait. */
START_TEST(the_first_stage_is_small)
{
	board_port_read_images(&images);
	ck_assert_uint_le(images.first_stage_size, KPU_STAGE_BYTES_MAX);
	ck_assert_uint_le(KPU_STAGE_ADDRESS + images.first_stage_size, K210_ISP_MEMORY_END);
	board_port_free_images(&images);
}
END_TEST

/* Nobody has asked a program that is not ours. */
START_TEST(a_foreign_program_is_not_our_firmware)
{
	start(&(struct board_line_options){ .style = "dan", .program = "chatter" });
	board_line_run(200000);
	ck_assert_int_eq(kpu_boot_probe(&port.port, 115200, SECOND / 3), 0);
	stop();
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static TCase *group(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("boot");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = group(suite, "boards");
	int failed;

	tcase_add_loop_test(tcase, every_board_is_booted, 0, COUNT(boards));
	tcase_add_test(tcase, a_slow_bridge_is_fast_enough);
	tcase_add_test(tcase, both_memory_windows_agree_with_the_caches);
	tcase_add_test(tcase, slow_registers_lose_no_byte);
	tcase_add_test(tcase, styles_are_tried_in_order);
	tcase = group(suite, "rates");
	tcase_add_loop_test(tcase, the_highest_rate_that_works_is_found, 0, COUNT(rate_cases));
	tcase_add_test(tcase, a_line_that_is_never_silent_does_not_keep_the_rate);
	tcase = group(suite, "noise");
	tcase_add_loop_test(tcase, noise_is_healed, 0, COUNT(noise_cases));
	tcase_add_loop_test(tcase, late_answers_are_not_taken_for_others, 0, 2);
	tcase_add_loop_test(tcase, no_byte_to_the_rom_is_indispensable, 0, 2);
	tcase = group(suite, "faults");
	tcase_add_test(tcase, without_a_board_the_port_is_left_as_it_was);
	tcase_add_test(tcase, the_boot_button_replaces_the_lines);
	tcase_add_test(tcase, a_reset_in_between_is_survived);
	tcase_add_test(tcase, a_long_silence_is_survived);
	tcase_add_test(tcase, a_board_that_is_reset_again_and_again_is_an_error);
	tcase_add_loop_test(tcase, a_stray_delimiter_is_survived, 0, 16);
	tcase_add_test(tcase, a_pulled_cable_ends_it);
	tcase_add_loop_test(tcase, whoever_stops_it_gets_the_board_back, 0, 2);
	tcase_add_test(tcase, images_are_checked);
	tcase_add_test(tcase, the_first_stage_is_small);
	tcase_add_test(tcase, a_foreign_program_is_not_our_firmware);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
