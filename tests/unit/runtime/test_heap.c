/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <string.h>

#include "firmware_k210/runtime/heap.h"
#include "tests/unit/runtime/suites.h"

#define REGION (64u * 1024)

static uint8_t region[REGION] __attribute__((aligned(256)));

START_TEST(takes_the_first_gap_that_fits)
{
	struct heap heap;
	uint8_t *a, *b, *c;

	heap_init(&heap, region, REGION);
	a = heap_allocate(&heap, 1000);
	b = heap_allocate(&heap, 1);
	c = heap_allocate(&heap, 3000);
	ck_assert_ptr_eq(a, region);
	ck_assert_ptr_eq(b, region + 1024);
	ck_assert_ptr_eq(c, region + 1280);
	heap_release(&heap, a);
	ck_assert_ptr_eq(heap_allocate(&heap, 1025), region + 1280 + 3072);
	ck_assert_ptr_eq(heap_allocate(&heap, 1024), region);
}
END_TEST

START_TEST(gives_everything_and_no_more)
{
	struct heap heap;

	heap_init(&heap, region, REGION + 255);
	ck_assert_uint_eq(heap.size, REGION);
	ck_assert_ptr_null(heap_allocate(&heap, REGION + 1));
	ck_assert_ptr_null(heap_allocate(&heap, UINT32_MAX));
	ck_assert_ptr_eq(heap_allocate(&heap, REGION), region);
	ck_assert_uint_eq(heap_free_bytes(&heap), 0);
	ck_assert_uint_eq(heap_largest_free(&heap), 0);
	ck_assert_ptr_null(heap_allocate(&heap, 0));
	heap_release(&heap, region);
	ck_assert_uint_eq(heap_largest_free(&heap), REGION);
}
END_TEST

START_TEST(ignores_what_it_did_not_give)
{
	struct heap heap;

	heap_init(&heap, region, REGION);
	heap_allocate(&heap, 500);
	heap_release(&heap, NULL);
	heap_release(&heap, region + 256);
	heap_release(&heap, region + REGION);
	ck_assert_uint_eq(heap_free_bytes(&heap), REGION - 512);
}
END_TEST

START_TEST(bookkeeping_has_an_end)
{
	struct heap heap;
	unsigned count = 0;

	heap_init(&heap, region, REGION);
	while (heap_allocate(&heap, 256))
		count++;
	ck_assert_uint_eq(count, HEAP_BLOCKS_MAX);
	ck_assert_uint_eq(heap_free_bytes(&heap), REGION - HEAP_BLOCKS_MAX * 256);
}
END_TEST

/* Blocks never overlap and nothing is lost, whatever the order. */
START_TEST(random_use_keeps_blocks_apart)
{
	struct heap heap;
	uint8_t *blocks[24] = { NULL };
	uint32_t sizes[24] = { 0 };
	uint32_t seed = 1;

	heap_init(&heap, region, REGION);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned index;

		seed = seed * 1664525 + 1013904223;
		index = (seed >> 24) % 24;
		if (blocks[index]) {
			uint32_t intact = 0;

			while (intact < sizes[index] && blocks[index][intact] == index)
				intact++;
			ck_assert_uint_eq(intact, sizes[index]);
			heap_release(&heap, blocks[index]);
			blocks[index] = NULL;
			continue;
		}
		sizes[index] = 1 + (seed >> 8) % 6000;
		blocks[index] = heap_allocate(&heap, sizes[index]);
		if (!blocks[index])
			continue;
		ck_assert_uint_eq((uintptr_t)blocks[index] % 256, 0);
		memset(blocks[index], (int)index, sizes[index]);
	}
	for (unsigned index = 0; index < 24; index++)
		heap_release(&heap, blocks[index]);
	ck_assert_uint_eq(heap_largest_free(&heap), REGION);
}
END_TEST

Suite *heap_suite(void)
{
	Suite *suite = suite_create("heap");
	TCase *tests = tcase_create("heap");

	tcase_add_test(tests, takes_the_first_gap_that_fits);
	tcase_add_test(tests, gives_everything_and_no_more);
	tcase_add_test(tests, ignores_what_it_did_not_give);
	tcase_add_test(tests, bookkeeping_has_an_end);
	tcase_add_test(tests, random_use_keeps_blocks_apart);
	suite_add_tcase(suite, tests);
	return suite;
}
