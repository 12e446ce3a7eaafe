/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Packages, whole, damaged and hostile. */
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "tests/unit/kpuctl/suites.h"
#include "utils/kpuctl/models/package.h"

#define LIST                                                                     \
	"{\"files\":[{\"address\":0,\"bin\":\"program\",\"sha256Prefix\":true}," \
	"{\"address\":0xa00000,\"bin\":\"one.kmodel\"},"                         \
	"{\"address\":0xb00000,\"bin\":\"../two\"}]}"

static const uint8_t program[100] = { 0x17, 0x25 };
static const uint8_t one[3000] = { 3, 0, 0, 0, 1 };
static const uint8_t two[2000] = { 0, 0, 0, 3, 2 };

static const struct zip_member good[] = {
	{ "flash-list.json", LIST, sizeof(LIST) - 1 },
	{ "program", program, sizeof(program) },
	{ "one.kmodel", one, sizeof(one) },
	{ "../two", two, sizeof(two) },
};

uint8_t *make_zip(const struct zip_member *members, size_t count, size_t *size)
{
	zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, NULL);
	uint8_t *data;

	ck_assert_ptr_nonnull(zip);
	zip_source_keep(target);
	for (size_t i = 0; i < count; i++) {
		zip_source_t *source = zip_source_buffer(zip, members[i].data, members[i].size, 0);

		ck_assert_int_ge(zip_file_add(zip, members[i].name, source, ZIP_FL_ENC_UTF_8), 0);
	}
	ck_assert_int_eq(zip_close(zip), 0);
	zip_source_open(target);
	zip_source_seek(target, 0, SEEK_END);
	*size = (size_t)zip_source_tell(target);
	zip_source_seek(target, 0, SEEK_SET);
	data = malloc(*size);
	ck_assert_int_eq(zip_source_read(target, data, *size), (zip_int64_t)*size);
	zip_source_close(target);
	zip_source_free(target);
	return data;
}

static int open_members(const struct zip_member *members, size_t count, struct kpu_error *error)
{
	struct package *package = NULL;
	size_t size;
	uint8_t *data = make_zip(members, count, &size);
	int rc = package_open(data, size, &package, error);

	ck_assert((rc == 0) == (package != NULL));
	package_close(package);
	free(data);
	return rc;
}

START_TEST(members_are_listed_and_read)
{
	struct package *package;
	struct kpu_error error;
	size_t size, index;
	uint8_t *data = make_zip(good, 4, &size), *bytes;

	ck_assert_msg(package_open(data, size, &package, &error) == 0, "%s", error.message);
	ck_assert_uint_eq(package_count(package), 3);
	ck_assert_str_eq(package_member(package, 0)->name, "program");
	ck_assert(package_member(package, 0)->sha256_prefix);
	ck_assert_int_eq(package_member(package, 0)->kind, KMODEL_KIND_UNKNOWN);
	ck_assert_uint_eq(package_member(package, 1)->address, 0xa00000);
	ck_assert_uint_eq(package_member(package, 1)->size, sizeof(one));
	ck_assert_int_eq(package_member(package, 1)->kind, KMODEL_KIND_V3);
	ck_assert_int_eq(package_member(package, 2)->kind, KMODEL_KIND_V3_REVERSED);
	ck_assert_int_eq(package_read(package, 2, &bytes, &error), 0);
	ck_assert_mem_eq(bytes, two, sizeof(two));
	free(bytes);
	ck_assert_int_eq(package_find_model(package, NULL, &index, &error), 0);
	ck_assert_uint_eq(index, 1);
	ck_assert_int_eq(package_find_model(package, "../two", &index, &error), 0);
	ck_assert_uint_eq(index, 2);
	ck_assert_int_eq(package_find_model(package, "0xB00000", &index, &error), 0);
	ck_assert_uint_eq(index, 2);
	ck_assert_int_eq(package_find_model(package, "10485760", &index, &error), 0);
	ck_assert_uint_eq(index, 1);
	/* A program is no model, whatever it is called. */
	ck_assert_int_eq(package_find_model(package, "program", &index, &error),
			 -KPU_ERR_READ_FILE);
	ck_assert_int_eq(package_find_model(package, "three", &index, &error), -KPU_ERR_READ_FILE);
	package_close(package);
	free(data);
}
END_TEST

START_TEST(missing_members_are_named)
{
	struct kpu_error error;

	ck_assert_int_eq(open_members(good + 1, 3, &error), -KPU_ERR_KMODEL_FORMAT);
	ck_assert_ptr_nonnull(strstr(error.message, "flash-list.json"));
	ck_assert_int_eq(open_members(good, 3, &error), -KPU_ERR_KMODEL_FORMAT);
	ck_assert_ptr_nonnull(strstr(error.message, "../two"));
}
END_TEST

/* 20 MiB of zeros are 20 KiB in the zip file. */
START_TEST(bombs_are_refused_before_they_are_unpacked)
{
	static const char list[] = "{\"files\":[{\"address\":1,\"bin\":\"bomb\"}]}";
	size_t size = 20u << 20;
	struct zip_member members[2] = { { "flash-list.json", list, sizeof(list) - 1 },
					 { "bomb", calloc(1, size), size } };
	struct kpu_error error;

	ck_assert_int_eq(open_members(members, 2, &error), -KPU_ERR_KMODEL_FORMAT);
	ck_assert_ptr_nonnull(strstr(error.message, "bomb"));
	members[0].data = members[1].data;
	members[0].size = 1u << 20;
	ck_assert_int_eq(open_members(members, 1, &error), -KPU_ERR_KMODEL_FORMAT);
	members[0].size = 0;
	ck_assert_int_eq(open_members(members, 1, &error), -KPU_ERR_KMODEL_FORMAT);
	free((void *)(uintptr_t)members[1].data);
}
END_TEST

/* What a damaged package may do: open or not, but every byte handed out has the right checksum. */
static void try_damaged(const uint8_t *data, size_t size)
{
	struct package *package = NULL;
	struct kpu_error error;
	uint8_t *copy = malloc(size + 1), *bytes;

	memcpy(copy, data, size);
	if (package_open(copy, size, &package, &error) == 0) {
		for (size_t i = 0; i < package_count(package); i++) {
			if (package_read(package, i, &bytes, &error) == 0)
				free(bytes);
		}
	} else {
		ck_assert_str_ne(error.message, "");
	}
	package_close(package);
	free(copy);
}

START_TEST(damage_does_no_harm)
{
	size_t size;
	uint8_t *data = make_zip(good, 4, &size);

	for (size_t length = 0; length < size; length++)
		try_damaged(data, length);
	for (size_t i = 0; i < size; i++) {
		uint8_t before = data[i];

		data[i] = (uint8_t)~before;
		try_damaged(data, size);
		data[i] ^= 0x80;
		try_damaged(data, size);
		data[i] = before;
	}
	free(data);
}
END_TEST

START_TEST(a_damaged_member_is_not_handed_out)
{
	struct package *package;
	struct kpu_error error;
	uint8_t noise[3000] = { 3, 0, 0, 0 };
	struct zip_member members[4];
	size_t size;
	uint8_t *data, *bytes;

	memcpy(members, good, sizeof(good));
	for (size_t i = 4; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(i * i >> 3 ^ i);
	members[2].data = noise;
	data = make_zip(members, 4, &size);
	data[size / 2] ^= 1; /* in the middle of the one large member */
	ck_assert_int_eq(package_open(data, size, &package, &error), 0);
	ck_assert_int_eq(package_read(package, 1, &bytes, &error), -KPU_ERR_KMODEL_FORMAT);
	ck_assert_ptr_null(bytes);
	package_close(package);
	free(data);
}
END_TEST

TCase *package_tests(void)
{
	TCase *tests = tcase_create("package");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, members_are_listed_and_read);
	tcase_add_test(tests, missing_members_are_named);
	tcase_add_test(tests, bombs_are_refused_before_they_are_unpacked);
	tcase_add_test(tests, damage_does_no_harm);
	tcase_add_test(tests, a_damaged_member_is_not_handed_out);
	return tests;
}
