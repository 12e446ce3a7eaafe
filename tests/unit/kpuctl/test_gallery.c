/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Galleries: layout, checksum against zlib's, damage. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tests/unit/kpuctl/suites.h"
#include "utils/kpuctl/models/gallery.h"

#define LENGTH     5u
#define FILE_BYTES (24 + 3 * (64 + LENGTH) + 4)

static const int8_t vectors[3][LENGTH] = { { 1, -2, 3, -4, 5 },
					   { 127, -128, 0, 0, 1 },
					   { 9, 9, 9, 9, 9 } };

static struct gallery make(void)
{
	struct gallery gallery = { .network_crc32 = 0x12345678 };
	struct kpu_error error;

	ck_assert_int_eq(gallery_add(&gallery, "Ada", vectors[0], LENGTH, &error), 0);
	ck_assert_int_eq(gallery_add(&gallery, "Bob\033[31m", vectors[1], LENGTH, &error), 0);
	ck_assert_int_eq(gallery_add(&gallery, "Ada", vectors[2], LENGTH, &error), 0);
	return gallery;
}

static uint8_t *encoded(size_t *size)
{
	struct gallery gallery = make();
	uint8_t *data = gallery_encode(&gallery, size);

	gallery_free(&gallery);
	ck_assert_uint_eq(*size, FILE_BYTES);
	return data;
}

static void seal(uint8_t *data, size_t size)
{
	uint32_t crc = (uint32_t)crc32(0, data, (uInt)size - 4);

	for (int i = 0; i < 4; i++)
		data[size - 4 + (size_t)i] = (uint8_t)(crc >> 8 * i);
}

static int parse(const uint8_t *data, size_t size)
{
	struct kpu_error error = { 0 };
	struct gallery gallery;
	uint8_t *copy = malloc(size + 1);
	int rc;

	memcpy(copy, data, size);
	rc = gallery_parse(copy, size, &gallery, &error);
	ck_assert(rc == 0 || (error.message[0] && !gallery.count));
	gallery_free(&gallery);
	free(copy);
	return rc;
}

START_TEST(layout_is_as_described)
{
	static const uint8_t header[24] = { 'K',    'P', 'U', 'F', 'A',  'C',  'E',  'S',
					    1,      0,   0,   0,   0x78, 0x56, 0x34, 0x12,
					    LENGTH, 0,   0,   0,   3,    0,    0,    0 };
	uint8_t before[4];
	size_t size;
	uint8_t *data = encoded(&size);

	ck_assert_mem_eq(data, header, sizeof(header));
	ck_assert_str_eq((char *)data + 24, "Ada");
	ck_assert_mem_eq(data + 24 + 64, vectors[0], LENGTH);
	ck_assert_str_eq((char *)data + 24 + 64 + LENGTH, "Bob?[31m");
	memcpy(before, data + size - 4, 4);
	seal(data, size);
	ck_assert_mem_eq(data + size - 4, before, 4);
	free(data);
}
END_TEST

START_TEST(names_come_and_go)
{
	struct gallery gallery = make(), again;
	struct kpu_error error;
	uint8_t *data;
	size_t size;

	ck_assert_int_eq(gallery_add(&gallery, "Eve", vectors[0], LENGTH + 1, &error),
			 -KPU_ERR_SIZE_NOTMATCH);
	ck_assert_uint_eq(gallery_remove(&gallery, "Eve"), 0);
	ck_assert_uint_eq(gallery_remove(&gallery, "Ada"), 2);
	ck_assert_uint_eq(gallery.count, 1);
	ck_assert_mem_eq(gallery_vector(&gallery, 0), vectors[1], LENGTH);
	data = gallery_encode(&gallery, &size);
	ck_assert_int_eq(gallery_parse(data, size, &again, &error), 0);
	ck_assert_str_eq(again.names[0], "Bob?[31m");
	ck_assert_uint_eq(again.network_crc32, 0x12345678);
	gallery_free(&again);
	gallery_remove(&gallery, "Bob?[31m");
	free(data);
	/* An empty one can be written and read, too. */
	data = gallery_encode(&gallery, &size);
	ck_assert_int_eq(parse(data, size), 0);
	free(data);
	gallery_free(&gallery);
}
END_TEST

START_TEST(every_damaged_bit_and_length_is_found)
{
	size_t size;
	uint8_t *data = encoded(&size);

	ck_assert_int_eq(parse(data, size), 0);
	for (size_t bit = 0; bit < size * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_lt(parse(data, size), 0);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t length = 0; length < size; length++)
		ck_assert_int_lt(parse(data, length), 0);
	free(data);
}
END_TEST

START_TEST(lies_with_a_good_checksum_are_refused)
{
	/* byte, value: version, lengths and counts that do not match the size */
	static const uint8_t lies[][2] = { { 8, 2 },  { 16, 0 }, { 16, 6 },    { 19, 0x80 },
					   { 20, 0 }, { 20, 4 }, { 23, 0xff }, { 22, 1 } };
	size_t size;
	uint8_t *data = encoded(&size);

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		uint8_t before = data[lies[i][0]];

		data[lies[i][0]] = lies[i][1];
		seal(data, size);
		ck_assert_int_eq(parse(data, size), -KPU_ERR_KMODEL_FORMAT);
		data[lies[i][0]] = before;
	}
	/* A name without end. */
	memset(data + 24, 'x', 64);
	seal(data, size);
	ck_assert_int_eq(parse(data, size), 0);
	free(data);
}
END_TEST

TCase *gallery_tests(void)
{
	TCase *tests = tcase_create("gallery");

	tcase_add_test(tests, layout_is_as_described);
	tcase_add_test(tests, names_come_and_go);
	tcase_add_test(tests, every_damaged_bit_and_length_is_found);
	tcase_add_test(tests, lies_with_a_good_checksum_are_refused);
	return tests;
}
