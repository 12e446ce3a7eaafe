/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include "firmware_k210/runtime/map.h"
#include "firmware_k210/runtime/memory.h"
#include "tests/unit/runtime/suites.h"

/* Address rule of the vendor's driver, written out: (n div g) * rows * h * 64 + (n mod g) * pitch +
 * y * rows * 64 + x (kendryte-standalone-sdk lib/drivers/kpu.c kpu_upload_core). */
static size_t expected_address(unsigned w, unsigned h, unsigned n, unsigned y, unsigned x)
{
	unsigned groups = w <= 16 ? 4 : w <= 32 ? 2 : 1;
	unsigned pitch = w <= 16 ? 16 : w <= 32 ? 32 : 64;
	unsigned rows = (w + 63) / 64;

	return (size_t)(n / groups) * rows * h * 64 + n % groups * pitch + (size_t)y * rows * 64 +
	       x;
}

static const struct {
	unsigned width, height, channels;
} shapes[] = {
	{ 1, 1, 1 },  { 4, 4, 7 },  { 7, 7, 5 },  { 16, 3, 4 }, { 17, 5, 3 }, { 20, 15, 5 },
	{ 32, 2, 2 }, { 33, 4, 3 }, { 64, 3, 2 }, { 65, 2, 3 }, { 80, 6, 2 }, { 320, 2, 3 },
};

START_TEST(every_byte_has_its_place)
{
	unsigned w = shapes[_i].width, h = shapes[_i].height, c = shapes[_i].channels;
	uint32_t bytes = w * h * c, done = 0;
	uint8_t *memory = aligned_alloc(64, 64 * 1024), *planar = malloc(bytes);
	uint8_t *back = malloc(bytes);
	struct map map = { memory, w, h, c, 0 };

	memset(memory, 0xee, 64 * 1024);
	for (uint32_t i = 0; i < bytes; i++)
		planar[i] = (uint8_t)(i * 7 + i / 251);
	while (done < bytes) {
		uint32_t part = 1 + done % 97;

		if (part > bytes - done)
			part = bytes - done;
		map_write(&map, done, planar + done, part);
		done += part;
	}
	for (unsigned n = 0; n < c; n++)
		for (unsigned y = 0; y < h; y++)
			for (unsigned x = 0; x < w; x++) {
				size_t at = expected_address(w, h, n, y, x);

				ck_assert_uint_eq(memory[at], planar[(n * h + y) * w + x]);
				memory[at] ^= 0xff; /* so that the rest can be told apart */
			}
	for (unsigned n = 0; n < c; n++)
		for (unsigned y = 0; y < h; y++)
			for (unsigned x = 0; x < w; x++)
				memory[expected_address(w, h, n, y, x)] ^= 0xff;
	for (done = 0; done < bytes;) {
		uint32_t part = 1 + done % 61;

		if (part > bytes - done)
			part = bytes - done;
		map_read(&map, done, back + done, part);
		done += part;
	}
	ck_assert_mem_eq(back, planar, bytes);
	free(memory);
	free(planar);
	free(back);
}
END_TEST

START_TEST(padding_between_rows_is_left_alone)
{
	uint8_t memory[4 * 64], row[20];
	struct map map = { memory, 20, 4, 1, 0 };

	memset(memory, 0x5a, sizeof(memory));
	memset(row, 1, sizeof(row));
	for (unsigned y = 0; y < 4; y++)
		map_write(&map, y * 20, row, 20);
	for (unsigned i = 0; i < sizeof(memory); i++)
		ck_assert_uint_eq(memory[i], i % 64 < 20 ? 1 : 0x5a);
}
END_TEST

START_TEST(block_moves_take_any_alignment)
{
	uint8_t from[64], to[80];

	for (unsigned i = 0; i < 64; i++)
		from[i] = (uint8_t)(i + 1);
	for (unsigned a = 0; a < 8; a++)
		for (unsigned b = 0; b < 8; b++)
			for (unsigned length = 0; length <= 40; length++) {
				memset(to, 0, sizeof(to));
				memory_read(to + b, from + a, length);
				ck_assert_mem_eq(to + b, from + a, length);
				ck_assert_uint_eq(to[b + length], 0);
				memset(to, 0, sizeof(to));
				memory_write(to + b, from + a, length);
				ck_assert_mem_eq(to + b, from + a, length);
				ck_assert_uint_eq(to[b + length], 0);
			}
}
END_TEST

Suite *map_suite(void)
{
	Suite *suite = suite_create("feature maps");
	TCase *tests = tcase_create("map");

	tcase_add_loop_test(tests, every_byte_has_its_place, 0, sizeof(shapes) / sizeof(shapes[0]));
	tcase_add_test(tests, padding_between_rows_is_left_alone);
	tcase_add_test(tests, block_moves_take_any_alignment);
	suite_add_tcase(suite, tests);
	return suite;
}
