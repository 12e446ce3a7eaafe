/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/uri.h"
#include "tests/unit/lib/suites.h"

static struct kpu_uri uri;
static struct kpu_error error;

START_TEST(parts_are_told_apart)
{
	ck_assert_int_eq(kpu_uri_parse(&uri, "tty:/dev/ttyUSB0?baud=1500000&x", &error), 0);
	ck_assert_str_eq(uri.scheme, "tty");
	ck_assert_str_eq(uri.address, "/dev/ttyUSB0");
	ck_assert_str_eq(uri.text, "tty:/dev/ttyUSB0?baud=1500000&x");
	ck_assert_str_eq(kpu_uri_option(&uri, "baud"), "1500000");
	ck_assert_str_eq(kpu_uri_option(&uri, "x"), "");
	ck_assert_ptr_null(kpu_uri_option(&uri, "bau"));
}
END_TEST

START_TEST(paths_get_their_scheme)
{
	ck_assert_int_eq(kpu_uri_parse(&uri, "/dev/kpu3", &error), 0);
	ck_assert_str_eq(uri.scheme, "dev");
	ck_assert_str_eq(uri.address, "/dev/kpu3");
	ck_assert_int_eq(kpu_uri_parse(&uri, "/dev/ttyACM0", &error), 0);
	ck_assert_str_eq(uri.scheme, "tty");
	ck_assert_str_eq(uri.text, "tty:/dev/ttyACM0");
	ck_assert_int_eq(kpu_uri_parse(&uri, "/dev/spidev0.0?ready=gpiochip0:25", &error), 0);
	ck_assert_str_eq(uri.scheme, "spi");
	ck_assert_str_eq(uri.address, "/dev/spidev0.0");
}
END_TEST

START_TEST(environment_names_the_default)
{
	setenv("KPU_DEVICE", "emu:?kpu=reference", 1);
	ck_assert_int_eq(kpu_uri_parse(&uri, NULL, &error), 0);
	ck_assert_str_eq(uri.scheme, "emu");
	ck_assert_str_eq(kpu_uri_option(&uri, "kpu"), "reference");
}
END_TEST

/* What kpu_uri_take() says, with a number within 1..20 that is 5 by default and two words. */
static int take(const char *text, uint32_t *number)
{
	const struct kpu_uri_known known[] = {
		{ .key = "depth", .number = number, .least = 1, .most = 20 },
		{ .key = "far", .words = "yes no" },
		{ .key = "name" },
	};

	*number = 5;
	ck_assert_int_eq(kpu_uri_parse(&uri, text, &error), 0);
	memset(&error, 0, sizeof(error));
	return kpu_uri_take(&uri, known, KPU_URI_COUNT(known), false, &error);
}

START_TEST(options_are_checked)
{
	static const char *const right[] = { "x:", "x:?far=yes&name=&depth=12", "x:?name&depth=1",
					     "x:?depth=20&far=no" };
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{ "x:?depth=0", "depth=0 is not a number within 1..20" },
		{ "x:?depth=21", "1..20" },
		{ "x:?depth=-1", "1..20" },
		{ "x:?depth=12x", "1..20" },
		{ "x:?depth=99999999999999999999", "1..20" },
		{ "x:?depth=", "1..20" },
		{ "x:?depth", "1..20" },
		{ "x:?far=maybe", "far=maybe" },
		{ "x:?far=", "far=" },
		{ "x:?far=yes no", "far=yes no" },
		{ "x:?far=ye", "far=ye" },
		{ "x:?dept=3", "does not know the option \"dept\"" },
		{ "x:?depths=3", "\"depths\"" },
	};
	static const uint32_t numbers[] = { 5, 12, 1, 20 };
	uint32_t number;

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		ck_assert_int_eq(take(right[i], &number), 0);
		ck_assert_uint_eq(number, numbers[i]);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(take(wrong[i].text, &number), -KPU_ERR_PARAM);
		ck_assert_msg(strstr(error.message, wrong[i].says), "%s", error.message);
	}
	ck_assert_str_eq(error.next_step, "it knows: depth far name");
	take("x:?far=perhaps", &number);
	ck_assert_str_eq(error.next_step, "it may be: yes no");
}
END_TEST

/* Each option of the manual is accepted by its way to a board: what is wrong is the device. */
START_TEST(options_of_the_manual_are_known)
{
	static const char *const right[] = {
		"tty:/dev/no-such-port?baud=1500000",
		"tty:/dev/no-such-port?boot=no",
		"tty:/dev/no-such-port?boot=yes&style=dan&baud=115200",
		"emu:?emulator=/no/such/program&baud=115200",
		"emu:?emulator=/no/such/program&spi=10000000&spi-wires=edge=20&spi-delay=20",
		"fd:1000?silence=10",
	};

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		struct kpu_device *device = NULL;

		ck_assert_msg(kpu_open(right[i], &device, &error) == -KPU_ERR_NO_DEVICE, "%s: %s",
			      right[i], error.message);
	}
}
END_TEST

START_TEST(wrong_options_name_what_to_write)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{ "tty:/dev/no-such-port?boot=maybe", "boot=maybe" },
		{ "tty:/dev/no-such-port?style=x", "dan, kd233, goe, god" },
		{ "tty:/dev/no-such-port?baud=300", "9600..12000000" },
		{ "tty:", "tty:/dev/ttyUSB0" },
		{ "emu:?spi=1", "100000..50000000" },
		{ "emu:?spi=10000000&baud=115200", "baud has no meaning together with spi=HZ" },
		{ "emu:?spi-delay=20", "spi-delay has no meaning without spi=HZ" },
		{ "emu:/dev/x", "no address" },
		{ "spi:", "needs a bus" },
		{ "spi:?ready=/dev/gpiochip0:25", "needs a bus" },
		{ "spi:/dev/spidev0.0", "needs the board's ready line" },
		{ "spi:/dev/spidev0.0?ready=", "needs the board's ready line" },
		{ "spi:/dev/spidev0.0?ready=x:1&hz=10", "hz=10 is not a number within 100000" },
		{ "spi:/dev/spidev0.0?ready=x:1&hz=10MHz", "hz=10MHz" },
		{ "spi:/dev/spidev0.0?ready=x:1&wires=3", "1..2" },
		{ "spi:/dev/spidev0.0?ready=x:1&speed=1000000", "\"speed\"" },
		{ "spi:/dev/spidev0.0?ready=x:1&ready=x:2", "ready stands twice" },
		{ "dev:/dev/kpu0?x", "\"x\"" },
		{ "fd:x", "fd=x" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct kpu_device *device = NULL;

		memset(&error, 0, sizeof(error));
		ck_assert_int_eq(kpu_open(wrong[i].text, &device, &error), -KPU_ERR_PARAM);
		ck_assert_msg(strstr(error.message, wrong[i].says), "%s: %s", wrong[i].text,
			      error.message);
		ck_assert(error.next_step[0]);
	}
}
END_TEST

START_TEST(nonsense_is_refused)
{
	static const char *const wrong[] = {
		"",
		"nothing",
		":",
		":x",
		"tty:/dev/x?=1",
		"tty:/dev/x?--image=/etc/passwd",
		"tty:/dev/x?Baud=1",
		"emu:?a&b&c&d&e&f&g&h&i&j&k&l&m",
	};
	char longest[2000];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(kpu_uri_parse(&uri, wrong[i], &error), -KPU_ERR_PARAM);
		ck_assert(error.message[0]);
	}
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "/dev/", 5);
	longest[sizeof(longest) - 1] = 0;
	ck_assert_int_eq(kpu_uri_parse(&uri, longest, &error), -KPU_ERR_PARAM);
	/* The longest that is accepted still has room for its scheme. */
	for (size_t length = 500; length < 515; length++) {
		memset(longest, 'x', sizeof(longest));
		memcpy(longest, "/dev/", 5);
		longest[length] = 0;
		if (kpu_uri_parse(&uri, longest, &error) == 0)
			ck_assert_uint_eq(strlen(uri.address), length);
	}
}
END_TEST

START_TEST(opening_what_is_not_there_says_why)
{
	struct kpu_device *device = (struct kpu_device *)&uri;

	ck_assert_int_eq(kpu_open("tty:/dev/no-such-port", &device, &error), -KPU_ERR_NO_DEVICE);
	ck_assert_ptr_null(device);
	ck_assert_ptr_nonnull(strstr(error.message, "no-such-port"));
	ck_assert_int_eq(kpu_open("tty:/dev/null", &device, &error), -KPU_ERR_NO_DEVICE);
	ck_assert_int_eq(kpu_open("gpu:", &device, &error), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_open("fd:1000", &device, NULL), -KPU_ERR_NO_DEVICE);
	ck_assert_int_eq(kpu_open("dev:/dev/kpu999", &device, &error),
			 error.code == KPU_ERR_NO_MODULE ? -KPU_ERR_NO_MODULE : -KPU_ERR_NO_DEVICE);
	/* Something that is a device, but none of ours. */
	ck_assert_int_eq(kpu_open("dev:/dev/null", &device, &error), -KPU_ERR_NO_DEVICE);
	ck_assert_int_eq(kpu_open("emu:?emulator=/no/such/program", &device, &error),
			 -KPU_ERR_NO_DEVICE);
	ck_assert_int_eq(kpu_open("emu:?clock=purple", &device, &error), -KPU_ERR_PARAM);
	ck_assert_ptr_nonnull(strstr(error.message, "purple"));
	ck_assert_int_eq(kpu_open("emu:?emulator=/bin/true&firmware=/bin/true", &device, &error),
			 -KPU_ERR_DEVICE_GONE);
}
END_TEST

static int open_as_session_leader(const char *terminal)
{
	struct kpu_device *device;
	char name[80];
	int fd;

	if (setsid() < 0)
		return 2;
	snprintf(name, sizeof(name), "dev:%s", terminal);
	if (kpu_open(name, &device, &error) != -KPU_ERR_NO_DEVICE)
		return 3;
	fd = open("/dev/tty", O_RDWR);
	if (fd < 0)
		return 0;
	close(fd);
	return 4;
}

START_TEST(a_terminal_named_by_mistake_is_not_taken)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY), status;
	pid_t child;

	ck_assert_int_ge(terminal, 0);
	ck_assert_int_eq(grantpt(terminal), 0);
	ck_assert_int_eq(unlockpt(terminal), 0);
	child = fork();
	if (child == 0)
		_exit(open_as_session_leader(ptsname(terminal)));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	close(terminal);
}
END_TEST

TCase *uri_tests(void)
{
	TCase *tests = tcase_create("uri");

	tcase_add_test(tests, parts_are_told_apart);
	tcase_add_test(tests, paths_get_their_scheme);
	tcase_add_test(tests, environment_names_the_default);
	tcase_add_test(tests, options_are_checked);
	tcase_add_test(tests, nonsense_is_refused);
	tcase_add_test(tests, options_of_the_manual_are_known);
	tcase_add_test(tests, wrong_options_name_what_to_write);
	tcase_add_test(tests, opening_what_is_not_there_says_why);
	tcase_add_test(tests, a_terminal_named_by_mistake_is_not_taken);
	return tests;
}
