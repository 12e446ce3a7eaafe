/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The ready line of spi: through libgpiod 1 and libgpiod 2, on a chip that is not there; the real
 * libgpiod has its turn in the guest (tests/guest/cases/spi_user.sh). And without libgpiod.
 */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ready_line.h"
#include "tests/unit/spi/fake_chip.h"

static struct kpu_ready_line *line;
static struct kpu_error error;

#if KPU_GPIOD_API

static void start(void)
{
	fake_chip_start();
	line = NULL;
}

static void end(void)
{
	if (line)
		kpu_ready_line_close(line);
	ck_assert_int_eq(fake_chip.objects, 0);
	fake_chip_end();
}

static void open_line(const char *text)
{
	ck_assert_msg(kpu_ready_line_open(text, &line, &error) == 0, "%s: %s", text, error.message);
}

static void open_high(void)
{
	fake_chip.high = true;
	open_line(FAKE_PATH ":5");
}

static void refused(const char *text, int code)
{
	memset(&error, 0, sizeof(error));
	ck_assert_int_eq(kpu_ready_line_open(text, &line, &error), -code);
	ck_assert_ptr_null(line);
	ck_assert_int_eq(fake_chip.objects, 0);
}

/* Within @ms. */
static bool wakes(int ms)
{
	struct pollfd wait = { .fd = kpu_ready_line_fd(line), .events = POLLIN };

	return poll(&wait, 1, ms) == 1;
}

START_TEST(is_asked_for_as_an_input_with_edges)
{
	static const char *const names[] = { "/dev/gpiochip2:5", "gpiochip2:5", "pinctrl-fake:5" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		memset(fake_chip.consumer, 0, sizeof(fake_chip.consumer));
		open_line(names[i]);
		ck_assert_str_eq(fake_chip.consumer, "kpu");
		ck_assert(fake_chip.input && fake_chip.both_edges && fake_chip.pull_down);
		kpu_ready_line_close(line);
		line = NULL;
		ck_assert_int_eq(fake_chip.objects, 0);
	}
}
END_TEST

START_TEST(nonsense_names_no_line)
{
	static const char *const wrong[] = {
		"",
		":",
		":5",
		"5",
		"/dev/gpiochip2",
		"/dev/gpiochip2:",
		"/dev/gpiochip2:x",
		"/dev/gpiochip2:5x",
		"/dev/gpiochip2:-1",
		"/dev/gpiochip2: 5",
		"/dev/gpiochip2:4096",
		"/dev/gpiochip2:99999999999999999999",
		"/a/very/long/name/of/a/chip/that/does/not/fit/anywhere/in/here/gpiochip2:5",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		refused(wrong[i], KPU_ERR_PARAM);
		ck_assert_ptr_nonnull(strstr(error.message, "/dev/gpiochip0:25"));
	}
}
END_TEST

START_TEST(a_chip_may_be_missing)
{
	refused("/dev/gpiochip7:5", KPU_ERR_NO_DEVICE);
	ck_assert_ptr_nonnull(strstr(error.message, "/dev/gpiochip7"));
	ck_assert_ptr_nonnull(strstr(error.next_step, "gpiodetect"));
	fake_chip.open_error = ENOTTY;
	refused(FAKE_PATH ":5", KPU_ERR_NO_DEVICE);
	ck_assert_ptr_nonnull(strstr(error.message, "no GPIO chip"));
	fake_chip.open_error = 0;
	refused("pinctrl-other:5", KPU_ERR_NO_DEVICE);
	ck_assert_ptr_nonnull(strstr(error.message, "pinctrl-other"));
}
END_TEST

START_TEST(a_chip_may_be_for_others)
{
	fake_chip.open_error = EACCES;
	refused(FAKE_PATH ":5", KPU_ERR_PERMISSION);
	ck_assert_ptr_nonnull(strstr(error.next_step, "group"));
	refused(FAKE_LABEL ":5", KPU_ERR_PERMISSION);
}
END_TEST

START_TEST(a_line_may_be_missing)
{
	refused(FAKE_PATH ":8", KPU_ERR_NO_DEVICE);
	ck_assert_ptr_nonnull(strstr(error.message, "no such line"));
}
END_TEST

START_TEST(a_line_may_be_taken)
{
	fake_chip.holder = "lcd-backlight";
	refused(FAKE_PATH ":5", KPU_ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(error.message, "lcd-backlight"));
	fake_chip.holder = "kpu";
	refused(FAKE_PATH ":5", KPU_ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(error.next_step, "one program at a time"));
}
END_TEST

START_TEST(a_line_may_have_no_interrupt)
{
	fake_chip.request_error = ENXIO;
	refused(FAKE_PATH ":5", KPU_ERR_NO_DEVICE);
	ck_assert_ptr_nonnull(strstr(error.next_step, "interrupt"));
}
END_TEST

START_TEST(the_level_is_read)
{
	open_line(FAKE_PATH ":5");
	ck_assert(!kpu_ready_line_is_high(line));
	fake_chip.high = true;
	ck_assert(kpu_ready_line_is_high(line));
}
END_TEST

START_TEST(an_edge_wakes)
{
	open_high();
	ck_assert(!wakes(10));
	ck_assert_int_eq(kpu_ready_line_fell(line), 0);
	fake_chip_edge(false);
	ck_assert(wakes(1000));
	ck_assert_int_eq(kpu_ready_line_fell(line), 1);
	/* It is told once. */
	ck_assert(!wakes(0));
	ck_assert_int_eq(kpu_ready_line_fell(line), 0);
	fake_chip_edge(true);
	ck_assert(wakes(1000));
	ck_assert_int_eq(kpu_ready_line_fell(line), 0);
	ck_assert(!wakes(0));
}
END_TEST

START_TEST(the_first_rise_of_a_low_line_is_no_fall)
{
	open_line(FAKE_PATH ":5");
	fake_chip_edge(true);
	ck_assert_int_eq(kpu_ready_line_fell(line), 0);
}
END_TEST

START_TEST(a_fall_that_is_over_counts)
{
	open_high();
	fake_chip_edge(false);
	fake_chip_edge(true);
	ck_assert(kpu_ready_line_is_high(line));
	ck_assert_int_eq(kpu_ready_line_fell(line), 1);
	ck_assert_int_eq(kpu_ready_line_fell(line), 0);
}
END_TEST

/* Rule X8: the board calls by some microseconds of low, the kernel looks later. */
START_TEST(a_fall_that_the_kernel_sees_as_rises_counts)
{
	open_high();
	fake_chip_edge(true);
	ck_assert_int_eq(kpu_ready_line_fell(line), 1);
	fake_chip_edge(true);
	fake_chip_edge(true);
	ck_assert_int_eq(kpu_ready_line_fell(line), 1);
	ck_assert_int_eq(kpu_ready_line_fell(line), 0);
}
END_TEST

/* More than are read at once: they are taken in turns, none of which waits or is lost. */
START_TEST(many_edges_are_taken_in_turns)
{
	unsigned turns = 0, falls = 0;

	open_high();
	for (int i = 0; i < 20; i++) {
		fake_chip_edge(false);
		fake_chip_edge(true);
	}
	for (; wakes(0); turns++)
		falls += kpu_ready_line_fell(line) == 1;
	ck_assert_uint_ge(turns, 2);
	ck_assert_uint_eq(falls, turns);
	ck_assert_int_eq(kpu_ready_line_fell(line), 0);
}
END_TEST

START_TEST(a_chip_may_go)
{
	open_high();
	fake_chip_go();
	ck_assert(wakes(1000));
	ck_assert_int_eq(kpu_ready_line_fell(line), -ENODEV);
	ck_assert(!kpu_ready_line_is_high(line));
}
END_TEST

START_TEST(edges_may_not_be_readable)
{
	open_high();
	fake_chip_edge(false);
	fake_chip.read_error = EIO;
	ck_assert_int_eq(kpu_ready_line_fell(line), -EIO);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_checked_fixture(tests, start, end);
	tcase_add_test(tests, is_asked_for_as_an_input_with_edges);
	tcase_add_test(tests, nonsense_names_no_line);
	tcase_add_test(tests, a_chip_may_be_missing);
	tcase_add_test(tests, a_chip_may_be_for_others);
	tcase_add_test(tests, a_line_may_be_missing);
	tcase_add_test(tests, a_line_may_be_taken);
	tcase_add_test(tests, a_line_may_have_no_interrupt);
	tcase_add_test(tests, the_level_is_read);
	tcase_add_test(tests, an_edge_wakes);
	tcase_add_test(tests, the_first_rise_of_a_low_line_is_no_fall);
	tcase_add_test(tests, a_fall_that_is_over_counts);
	tcase_add_test(tests, a_fall_that_the_kernel_sees_as_rises_counts);
	tcase_add_test(tests, many_edges_are_taken_in_turns);
	tcase_add_test(tests, a_chip_may_go);
	tcase_add_test(tests, edges_may_not_be_readable);
}

#else

START_TEST(a_library_without_libgpiod_says_what_to_install)
{
	ck_assert_int_eq(kpu_ready_line_open(FAKE_PATH ":5", &line, &error),
			 -KPU_ERR_NOT_IMPLEMENT);
	ck_assert_ptr_nonnull(strstr(error.message, "libgpiod"));
	ck_assert_ptr_nonnull(strstr(error.next_step, "libgpiod-dev"));
	ck_assert_ptr_nonnull(strstr(error.next_step, "kpu_spi"));
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, a_library_without_libgpiod_says_what_to_install);
}

#endif

int main(void)
{
	Suite *suite = suite_create("ready line");
	TCase *tests = tcase_create("ready line");
	SRunner *runner;
	int failed;

	add_tests(tests);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
