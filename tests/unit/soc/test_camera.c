/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The camera interface: a bare-metal program that uses it as the vendor's driver does, the time of
 * its frames, and the picture files.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "k210/dvp.h"
#include "k210/sysctl.h"
#include "tests/unit/soc/machine.h"
#include "utils/k210-emu/devices/camera.h"
#include "utils/k210-emu/devices/dvp.h"

#define WIDTH  64
#define HEIGHT 48
#define RATE   1000
#define CYCLES 40000000

static struct machine machine;
static struct camera *camera;

/* What programs/camera.c expects, before five or six bits of it go over the wires. */
static void plug_in(enum camera_sensor sensor, unsigned rate)
{
	static uint8_t rgb[WIDTH * HEIGHT * 3];

	for (unsigned y = 0; y < HEIGHT; y++) {
		for (unsigned x = 0; x < WIDTH; x++) {
			uint8_t *pixel = rgb + (y * WIDTH + x) * 3;

			pixel[0] = (uint8_t)(x * 4 + 3);
			pixel[1] = (uint8_t)(y * 5);
			pixel[2] = (uint8_t)(x + y * 2);
		}
	}
	camera = camera_new(sensor, rate);
	ck_assert_ptr_nonnull(camera);
	ck_assert_ptr_null(camera_set_picture(camera, rgb, WIDTH, HEIGHT));
	dvp_set_camera(machine.board->dvp, camera);
}

static const char frames[] = "planes wrong=0\nbehind=ee\ndisplay wrong=0\nagain=0\nframes=2\n"
			     "unexpected=0\nend\n";

static const char *const identities[] = {
	"ov2640=2642\nother bank=0\nov5640=ffff\ngc0328=ff\nkept=5a\n",
	"ov2640=ffff\nother bank=ff\nov5640=5640\ngc0328=ff\nkept=ff\n",
	"ov2640=ffff\nother bank=ff\nov5640=ffff\ngc0328=9d\nkept=ff\n",
};

static void check_program(enum camera_sensor sensor, enum board_clock clock, uint64_t seed)
{
	struct board_options options = { .clock = clock, .jitter_seed = seed };
	char expected[400];

	machine_start(&machine, "camera", &options);
	plug_in(sensor, RATE);
	ck_assert_msg(machine_run(&machine, NULL, CYCLES), "it printed:\n%s", machine.output);
	snprintf(expected, sizeof(expected), "%s%s", identities[sensor], frames);
	ck_assert_str_eq(machine.output, expected);
	ck_assert_uint_eq(dvp_frames(machine.board->dvp), 2);
	ck_assert_uint_eq(machine.board->report.error_count, 0);
	machine_stop(&machine);
}

START_TEST(sensors)
{
	check_program((enum camera_sensor)_i, BOARD_CLOCK_FAST, 0);
}
END_TEST

START_TEST(clocks)
{
	check_program(CAMERA_OV2640, _i & 1 ? BOARD_CLOCK_REAL : BOARD_CLOCK_FAST,
		      (uint64_t)_i / 2);
}
END_TEST

/* Without a camera: nobody answers, no frame ever starts. */
START_TEST(no_camera)
{
	machine_start(&machine, "camera", NULL);
	machine_run(&machine, NULL, CYCLES);
	ck_assert_str_eq(machine.output,
			 "ov2640=ffff\nother bank=ff\nov5640=ffff\ngc0328=ff\nkept=ff\n");
	machine_stop(&machine);
}
END_TEST

/* ---- registers ---- */

static void store(uint32_t offset, uint32_t value)
{
	ck_assert(bus_store(machine.board, K210_DVP_BASE + offset, 4, value));
}

static uint32_t status(void)
{
	uint64_t value;

	ck_assert(bus_load(machine.board, K210_DVP_BASE + K210_DVP_STS, 4, &value));
	return (uint32_t)value;
}

/* A board whose harts wait for ever, with a camera that runs. */
static void start_camera(uint32_t config)
{
	static const uint32_t sleep[] = { 0x10500073 /* wfi */, 0xffdff06f /* j .-4 */ };
	struct board_options options = { .clock = BOARD_CLOCK_REAL };

	machine_start_image(&machine, (const uint8_t *)sleep, sizeof(sleep), &options);
	plug_in(CAMERA_OV2640, 50);
	ck_assert(bus_store(machine.board, K210_SYSCTL_BASE + K210_SYSCTL_CLK_EN_PERI, 4,
			    UINT32_MAX));
	store(K210_DVP_RGB_ADDR, K210_SRAM_UNCACHED_BASE + 0x10000);
	store(K210_DVP_CFG, config | WIDTH / 8 << K210_DVP_CFG_HREF_BURST_SHIFT |
				    HEIGHT << K210_DVP_CFG_LINES_SHIFT);
	store(K210_DVP_CMOS_CFG, K210_DVP_CMOS_CLOCK_ENABLE | K210_DVP_CMOS_RESET);
}

/* Runs until the flag is set; returns the seconds it took. */
static double wait_for(uint32_t flag)
{
	uint64_t start = board_picoseconds(machine.board);

	while (!(status() & flag)) {
		board_run(machine.board, board_now(machine.board) + 1000000);
		ck_assert_ptr_nonnull(board_next_event(machine.board));
		board_jump_to_next_event(machine.board);
	}
	return (double)(board_picoseconds(machine.board) - start) * 1e-12;
}

static void clear(void)
{
	store(K210_DVP_STS, K210_DVP_STS_FRAME_START | K210_DVP_STS_FRAME_START_WE |
				    K210_DVP_STS_FRAME_FINISH | K210_DVP_STS_FRAME_FINISH_WE);
}

/* 50 frames a second, one after the other as long as AUTO is set. */
START_TEST(frame_rate)
{
	start_camera(K210_DVP_CFG_AUTO | K210_DVP_CFG_DISPLAY_OUT);
	store(K210_DVP_STS, K210_DVP_STS_DVP_EN | K210_DVP_STS_DVP_EN_WE);
	wait_for(K210_DVP_STS_FRAME_FINISH);
	for (int i = 0; i < 5; i++) {
		clear();
		ck_assert_double_eq_tol(wait_for(K210_DVP_STS_FRAME_FINISH), 0.02, 1e-4);
		ck_assert(status() & K210_DVP_STS_DVP_EN);
	}
	/* Without AUTO it is the last one. */
	store(K210_DVP_CFG,
	      WIDTH / 8 << K210_DVP_CFG_HREF_BURST_SHIFT | HEIGHT << K210_DVP_CFG_LINES_SHIFT);
	clear();
	wait_for(K210_DVP_STS_FRAME_FINISH);
	ck_assert(!(status() & K210_DVP_STS_DVP_EN));
	machine_stop(&machine);
}
END_TEST

/* Flags need their write enable, and 1 clears. */
START_TEST(flags)
{
	start_camera(0);
	wait_for(K210_DVP_STS_FRAME_START);
	store(K210_DVP_STS, K210_DVP_STS_FRAME_START);
	ck_assert(status() & K210_DVP_STS_FRAME_START);
	store(K210_DVP_STS, K210_DVP_STS_FRAME_START_WE);
	ck_assert(status() & K210_DVP_STS_FRAME_START);
	store(K210_DVP_STS, K210_DVP_STS_FRAME_START | K210_DVP_STS_FRAME_START_WE);
	ck_assert(!(status() & K210_DVP_STS_FRAME_START));
	machine_stop(&machine);
}
END_TEST

/* Brightness by ITU-R BT.601, and a picture that is not as large as the frame. */
START_TEST(grey_and_scaled)
{
	static const uint8_t two_by_one[] = { 255, 0, 0, 0, 0, 255 };
	/* 0.299 and 0.114 of 255 are 76 and 29: 9 and 3 of 31, 19 and 7 of 63. */
	const uint16_t left = 9 << 11 | 19 << 5 | 9, right = 3 << 11 | 7 << 5 | 3;
	const uint8_t *bytes;

	start_camera(K210_DVP_CFG_DISPLAY_OUT | K210_DVP_FORMAT_Y << K210_DVP_CFG_FORMAT_SHIFT);
	ck_assert_ptr_null(camera_set_picture(camera, two_by_one, 2, 1));
	store(K210_DVP_STS, K210_DVP_STS_DVP_EN | K210_DVP_STS_DVP_EN_WE);
	wait_for(K210_DVP_STS_FRAME_FINISH);
	bytes = bus_memory_to_read(machine.board, K210_SRAM_UNCACHED_BASE + 0x10000,
				   WIDTH * HEIGHT * 2, "test");
	for (unsigned i = 0; i < WIDTH * HEIGHT; i++)
		ck_assert_uint_eq(bytes[2 * i] | bytes[2 * i + 1] << 8,
				  i % WIDTH < WIDTH / 2 ? left : right);
	machine_stop(&machine);
}
END_TEST

/* What a program does wrong is said, and nothing is written. */
START_TEST(bad_output)
{
	start_camera(K210_DVP_CFG_DISPLAY_OUT | K210_DVP_CFG_AI_OUT);
	store(K210_DVP_RGB_ADDR, 0x10000000);
	store(K210_DVP_R_ADDR, K210_SRAM_UNCACHED_BASE + K210_SRAM_SIZE - 1);
	store(K210_DVP_STS, K210_DVP_STS_DVP_EN | K210_DVP_STS_DVP_EN_WE);
	wait_for(K210_DVP_STS_FRAME_FINISH);
	ck_assert_uint_ge(machine.board->report.error_count, 2);
	store(K210_DVP_CFG, K210_DVP_CFG_DISPLAY_OUT | 0xff << K210_DVP_CFG_HREF_BURST_SHIFT |
				    0x3ffu << K210_DVP_CFG_LINES_SHIFT);
	clear();
	store(K210_DVP_STS, K210_DVP_STS_DVP_EN | K210_DVP_STS_DVP_EN_WE);
	wait_for(K210_DVP_STS_FRAME_FINISH);
	machine_stop(&machine);
}
END_TEST

/* ---- files ---- */

static const struct {
	const char *content;
	bool good;
} files[] = {
	{ "P6 2 1 255\nabcdef", true },
	{ "P6\n# a comment\n2\t1\n255\nabcdefg", true },
	{ "P6 2 1 255\nabcde", false },
	{ "P5 2 1 255\nab", false },
	{ "P6 2 1 65535\nabcdefabcdef", false },
	{ "P6 0 1 255\n", false },
	{ "P6 5000 1 255\n", false },
	{ "P6 -2 1 255\nabcdef", false },
	{ "P6 99999999999999999999 1 255\n", false },
	{ "P6 2 1", false },
	{ "P6 # no end", false },
	{ "", false },
};

START_TEST(picture_files)
{
	char path[] = "/tmp/k210-emu-camera-XXXXXX";
	int fd = mkstemp(path);
	uint8_t rgb[3];
	const char *problem;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, files[_i].content, strlen(files[_i].content)),
			 (ssize_t)strlen(files[_i].content));
	close(fd);
	camera = camera_new(CAMERA_OV2640, 30);
	problem = camera_load(camera, path);
	ck_assert_msg(!problem == files[_i].good, "file %d: %s", _i,
		      problem ? problem : "accepted");
	camera_pixel(camera, 1, 0, 2, 1, rgb);
	if (files[_i].good)
		ck_assert_mem_eq(rgb, "def", 3);
	else
		ck_assert_uint_eq(rgb[0], 128); /* the old picture is kept */
	camera_free(camera);
	unlink(path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("camera interface");
	TCase *tests = tcase_create("camera");
	SRunner *runner;
	int failed;

	if (!machine_programs_available())
		return 77;
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, sensors, 0, 3);
	tcase_add_loop_test(tests, clocks, 0, 8);
	tcase_add_test(tests, no_camera);
	tcase_add_test(tests, frame_rate);
	tcase_add_test(tests, flags);
	tcase_add_test(tests, grey_and_scaled);
	tcase_add_test(tests, bad_output);
	tcase_add_loop_test(tests, picture_files, 0, sizeof(files) / sizeof(files[0]));
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
