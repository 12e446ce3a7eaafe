/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

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

START_TEST(numbers_are_checked)
{
	uint32_t value;

	kpu_uri_parse(&uri, "tty:/dev/x?a=12&b=-1&c=12x&d=99999999999&e=", &error);
	ck_assert_int_eq(kpu_uri_number(&uri, "a", 1, 20, 5, &value, &error), 0);
	ck_assert_uint_eq(value, 12);
	ck_assert_int_eq(kpu_uri_number(&uri, "absent", 1, 20, 5, &value, &error), 0);
	ck_assert_uint_eq(value, 5);
	ck_assert_int_lt(kpu_uri_number(&uri, "a", 13, 20, 5, &value, &error), 0);
	ck_assert_int_lt(kpu_uri_number(&uri, "b", 0, 20, 5, &value, &error), 0);
	ck_assert_int_lt(kpu_uri_number(&uri, "c", 0, 20, 5, &value, &error), 0);
	ck_assert_int_lt(kpu_uri_number(&uri, "d", 0, UINT32_MAX, 5, &value, &error), 0);
	ck_assert_int_lt(kpu_uri_number(&uri, "e", 0, 20, 5, &value, &error), 0);
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

START_TEST(unknown_options_are_named)
{
	kpu_uri_parse(&uri, "tty:/dev/x?baut=9600", &error);
	ck_assert_int_eq(kpu_uri_check_options(&uri, "baud", &error), -KPU_ERR_PARAM);
	ck_assert_ptr_nonnull(strstr(error.message, "baut"));
	kpu_uri_parse(&uri, "tty:/dev/x?baud=9600", &error);
	ck_assert_int_eq(kpu_uri_check_options(&uri, "baud", &error), 0);
	ck_assert_int_eq(kpu_uri_check_options(&uri, "bauds abaud", &error), -KPU_ERR_PARAM);
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
	ck_assert_int_lt(kpu_open("dev:/dev/null", &device, &error), 0);
	ck_assert_int_eq(kpu_open("emu:?emulator=/no/such/program", &device, &error),
			 -KPU_ERR_NO_DEVICE);
	ck_assert_int_eq(kpu_open("emu:?emulator=/bin/true&firmware=/bin/true", &device, &error),
			 -KPU_ERR_DEVICE_GONE);
}
END_TEST

TCase *uri_tests(void)
{
	TCase *tests = tcase_create("uri");

	tcase_add_test(tests, parts_are_told_apart);
	tcase_add_test(tests, paths_get_their_scheme);
	tcase_add_test(tests, environment_names_the_default);
	tcase_add_test(tests, numbers_are_checked);
	tcase_add_test(tests, nonsense_is_refused);
	tcase_add_test(tests, unknown_options_are_named);
	tcase_add_test(tests, opening_what_is_not_there_says_why);
	return tests;
}
