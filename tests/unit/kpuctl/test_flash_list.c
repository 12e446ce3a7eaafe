/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* flash-list.json as kflash.py writes and takes it. */
#include <string.h>

#include "tests/unit/kpuctl/suites.h"
#include "utils/kpuctl/flash/list.h"

static struct flash_list list;
static struct kpu_error error;

static int parse(const char *text)
{
	return flash_list_parse(text, strlen(text), &list, &error);
}

START_TEST(decimal_and_hexadecimal_addresses)
{
	ck_assert_msg(
		parse("{ \"version\": \"0.1.0\", \"files\": [\n"
		      "{ \"address\": 3145728, \"bin\": \"a.kmodel\", \"sha256Prefix\": false },"
		      "{ \"address\": 0x00300000, \"bin\": \"b\", \"sha256Prefix\": true },"
		      "{\"address\":0XabCdef,\"bin\":\"c\"},"
		      "{ \"address\": \"0x600000\", \"bin\": \"d\" },"
		      "{ \"address\": 0, \"bin\": \"e\" } ] }") == 0,
		"%s", error.message);
	ck_assert_uint_eq(list.count, 5);
	ck_assert_uint_eq(list.entries[0].address, 0x300000);
	ck_assert_str_eq(list.entries[0].name, "a.kmodel");
	ck_assert(!list.entries[0].sha256_prefix);
	ck_assert_uint_eq(list.entries[1].address, 0x300000);
	ck_assert(list.entries[1].sha256_prefix);
	ck_assert_uint_eq(list.entries[2].address, 0xabcdef);
	ck_assert_uint_eq(list.entries[3].address, 0x600000);
	ck_assert_uint_eq(list.entries[4].address, 0);
}
END_TEST

START_TEST(names_are_left_alone)
{
	ck_assert_int_eq(parse("{\"files\":[{\"address\":1,\"bin\":\"0x10 \\\"0x20\\\" \\\\\"},"
			       "{\"address\":0x2,\"bin\":\"../../etc/passwd\"}]}"),
			 0);
	ck_assert_str_eq(list.entries[0].name, "0x10 \"0x20\" \\");
	ck_assert_str_eq(list.entries[1].name, "../../etc/passwd");
	ck_assert_uint_eq(list.entries[1].address, 2);
}
END_TEST

static const char *const wrong[] = {
	"",
	"{",
	"[]",
	"{}",
	"{\"files\": 3}",
	"{\"files\": []}",
	"{\"files\": [3]}",
	"{\"files\": [{}]}",
	"{\"files\": [{\"address\": 1}]}",
	"{\"files\": [{\"bin\": \"a\"}]}",
	"{\"files\": [{\"address\": -1, \"bin\": \"a\"}]}",
	"{\"files\": [{\"address\": \"-1\", \"bin\": \"a\"}]}",
	"{\"files\": [{\"address\": 1.5, \"bin\": \"a\"}]}",
	"{\"files\": [{\"address\": \"x\", \"bin\": \"a\"}]}",
	"{\"files\": [{\"address\": 16777216, \"bin\": \"a\"}]}",
	"{\"files\": [{\"address\": 0x1000000, \"bin\": \"a\"}]}",
	"{\"files\": [{\"address\": 0x10000000000000001, \"bin\": \"a\"}]}",
	"{\"files\": [{\"address\": 0xffffffffffffffffffffffffffffff, \"bin\": \"a\"}]}",
	"{\"files\": [{\"address\": 0x, \"bin\": \"a\"}]}",
	"{\"files\": [{\"address\": 1, \"bin\": \"\"}]}",
	"{\"files\": [{\"address\": 1, \"bin\": 7}]}",
	"{\"files\": [{\"address\": 1, \"bin\": \"a\\u0000b\"}]}",
	"[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
};

START_TEST(what_is_no_list_is_refused)
{
	ck_assert_int_eq(parse(wrong[_i]), -KPU_ERR_KMODEL_FORMAT);
	ck_assert_str_ne(error.message, "");
}
END_TEST

START_TEST(names_and_lists_have_a_limit)
{
	char text[8192] = "{\"files\":[{\"address\":1,\"bin\":\"";
	size_t start = strlen(text);

	memset(text + start, 'n', FLASH_LIST_NAME_BYTES);
	strcpy(text + start + FLASH_LIST_NAME_BYTES, "\"}]}");
	ck_assert_int_eq(parse(text), -KPU_ERR_KMODEL_FORMAT);
	strcpy(text + start + FLASH_LIST_NAME_BYTES - 1, "\"}]}");
	ck_assert_int_eq(parse(text), 0);
	strcpy(text, "{\"files\":[");
	for (unsigned i = 0; i <= FLASH_LIST_MAX; i++)
		strcat(text, "{\"address\":1,\"bin\":\"a\"},");
	strcpy(text + strlen(text) - 1, "]}");
	ck_assert_int_eq(parse(text), -KPU_ERR_KMODEL_FORMAT);
}
END_TEST

TCase *flash_list_tests(void)
{
	TCase *tests = tcase_create("flash list");

	tcase_add_test(tests, decimal_and_hexadecimal_addresses);
	tcase_add_test(tests, names_are_left_alone);
	tcase_add_loop_test(tests, what_is_no_list_is_refused, 0,
			    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tests, names_and_lists_have_a_limit);
	return tests;
}
