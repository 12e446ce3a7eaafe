/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "tests/unit/lib/suites.h"

START_TEST(numbers_of_either_sign_have_texts)
{
	ck_assert_str_eq(kpu_error_name(KPU_ERR_TIMEOUT), "KPU_ERR_TIMEOUT");
	ck_assert_str_eq(kpu_error_name(-KPU_ERR_TIMEOUT), "KPU_ERR_TIMEOUT");
	ck_assert_str_eq(kpu_strerror(-2103), kpu_strerror(2103));
	ck_assert_str_eq(kpu_error_name(0), "KPU_ERR_NONE");
}
END_TEST

START_TEST(old_firmware_numbers_are_translated)
{
	/* MaixPy before 2020-03-30: "load error:6" was out of memory, 13 set_outputs missing. */
	ck_assert_str_eq(kpu_error_name(6), "KPU_ERR_NO_MEM");
	ck_assert_str_eq(kpu_error_name(-13), "KPU_ERR_OUTPUTS_NODONE");
	ck_assert_str_eq(kpu_error_name(2006), "KPU_ERR_NO_MEM");
}
END_TEST

START_TEST(unknown_numbers_do_no_harm)
{
	static const int numbers[] = { 16, 1999, 2016, 2100, 9999, -2147483647 - 1, 2147483647 };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		ck_assert_str_eq(kpu_error_name(numbers[i]), "KPU_ERR_?");
		ck_assert_ptr_nonnull(kpu_strerror(numbers[i]));
		ck_assert_ptr_nonnull(kpu_error_next_step(numbers[i]));
		ck_assert(!kpu_error_known(numbers[i]));
	}
}
END_TEST

START_TEST(every_known_number_says_what_to_do)
{
	int known = 0;

	for (int code = 2001; code < 2300; code++) {
		if (!kpu_error_known(code))
			continue;
		known++;
		ck_assert_uint_gt(strlen(kpu_strerror(code)), 10);
		ck_assert_uint_gt(strlen(kpu_error_next_step(code)), 8);
		ck_assert_ptr_eq(strchr(kpu_strerror(code), '\n'), NULL);
	}
	ck_assert_int_ge(known, 31);
}
END_TEST

START_TEST(a_path_that_is_missing_or_too_short)
{
	char path[4] = "";
	struct kpu_error error;

	ck_assert_int_eq(kpu_firmware_path(NULL, 100, &error), -KPU_ERR_PARAM);
	setenv("KPU_FIRMWARE", "/some/where.bin", 1);
	ck_assert_int_eq(kpu_firmware_path(path, sizeof(path), &error), -KPU_ERR_PARAM);
	ck_assert_str_eq(path, "");
	unsetenv("KPU_FIRMWARE");
}
END_TEST

START_TEST(long_sentences_are_cut)
{
	char name[1000];
	struct kpu_error error;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = 0;
	ck_assert_int_eq(kpu_fail(&error, KPU_ERR_READ_FILE, "cannot open %s", name),
			 -KPU_ERR_READ_FILE);
	ck_assert_uint_eq(strlen(error.message), sizeof(error.message) - 1);
	ck_assert_int_eq(kpu_fail(NULL, KPU_ERR_READ_FILE, "cannot open %s", name),
			 -KPU_ERR_READ_FILE);
}
END_TEST

TCase *error_tests(void)
{
	TCase *tests = tcase_create("errors");

	tcase_add_test(tests, numbers_of_either_sign_have_texts);
	tcase_add_test(tests, old_firmware_numbers_are_translated);
	tcase_add_test(tests, unknown_numbers_do_no_harm);
	tcase_add_test(tests, every_known_number_says_what_to_do);
	tcase_add_test(tests, long_sentences_are_cut);
	tcase_add_test(tests, a_path_that_is_missing_or_too_short);
	return tests;
}
