/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Writing to a flash, against a chip in memory that does what NOR flash does: programming clears
 * bits, erasing sets whole sectors. It can stop working after any number of operations.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "k210/flash_image.h"
#include "tests/unit/kpuctl/suites.h"
#include "tools/kmodel/disc_detector.h"
#include "utils/kpuctl/flash/firmware_image.h"
#include "utils/kpuctl/flash/journal.h"
#include "utils/kpuctl/flash/map.h"

#define SIZE   (1u << 20)
#define SECTOR 4096u

static uint8_t cells[SIZE];
static unsigned operations, allowed; /* program and erase operations */
static unsigned stuck;               /* address of a cell that keeps its zeros, 0 = none */
static struct flash_chip chip;
static struct kpu_error error;

static int pulled(struct kpu_error *problem)
{
	*problem = (struct kpu_error){ .code = KPU_ERR_DEVICE_GONE };
	return -KPU_ERR_DEVICE_GONE;
}

static int fake_read(void *context, uint32_t address, void *data, uint32_t size,
		     struct kpu_error *problem)
{
	(void)context;
	(void)problem;
	ck_assert(address <= SIZE && size <= SIZE - address);
	memcpy(data, cells + address, size);
	return 0;
}

static int fake_check(void *context, uint32_t address, uint32_t size, uint32_t *crc32,
		      struct kpu_error *problem)
{
	(void)context;
	(void)problem;
	ck_assert(address <= SIZE && size <= SIZE - address);
	*crc32 = flash_data_crc(cells + address, size);
	return 0;
}

static int fake_write(void *context, uint32_t address, const void *data, uint32_t size,
		      struct kpu_error *problem)
{
	const uint8_t *bytes = data;

	(void)context;
	ck_assert(address <= SIZE && size <= SIZE - address);
	if (operations++ >= allowed) {
		/* The cable was pulled in the middle of it. */
		for (uint32_t i = 0; i < size / 2; i++)
			cells[address + i] &= bytes[i];
		return pulled(problem);
	}
	for (uint32_t i = 0; i < size; i++)
		cells[address + i] &= bytes[i];
	if (stuck)
		cells[stuck] = 0;
	return 0;
}

static int fake_erase(void *context, uint32_t address, uint32_t size, struct kpu_error *problem)
{
	(void)context;
	ck_assert(address % SECTOR == 0 && size % SECTOR == 0);
	ck_assert(address <= SIZE && size <= SIZE - address);
	if (operations++ >= allowed) {
		memset(cells + address, 0xff, size / 2);
		return pulled(problem);
	}
	memset(cells + address, 0xff, size);
	return 0;
}

static void setup(void)
{
	memset(cells, 0xff, sizeof(cells));
	operations = 0;
	allowed = ~0u;
	stuck = 0;
	chip = (struct flash_chip){
		.info = { .jedec_id = 0xc86014,
			  .size = SIZE,
			  .unique_id = 1,
			  .erase_bytes = SECTOR,
			  .program_bytes = 256 },
		.read = fake_read,
		.check = fake_check,
		.write = fake_write,
		.erase = fake_erase,
	};
}

static void fill(uint8_t *data, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = (uint8_t)(seed >> 24);
	}
}

static void add(struct flash_plan *plan, uint32_t address, uint32_t size, uint32_t seed)
{
	uint8_t *data = malloc(size);

	fill(data, size, seed);
	ck_assert_int_eq(flash_plan_add(plan, address, data, size, "thing", &error), 0);
	free(data);
}

static void expect_bytes(uint32_t address, uint32_t size, uint32_t seed)
{
	uint8_t *data = malloc(size);

	fill(data, size, seed);
	ck_assert_msg(!memcmp(cells + address, data, size), "wrong bytes at %#x", address);
	free(data);
}

/* One assertion for all of them: each costs a system call. */
static void expect_value(uint32_t from, uint32_t to, uint8_t value)
{
	while (from < to && cells[from] == value)
		from++;
	ck_assert_msg(from >= to, "cell %#x is not %#x", from, value);
}

static int execute(struct flash_plan *plan)
{
	return flash_plan_execute(plan, &chip, NULL, NULL, NULL, &error);
}

START_TEST(keeps_what_lies_around)
{
	struct flash_plan plan = { 0 };

	memset(cells, 0x5a, sizeof(cells));
	add(&plan, 10000, 200000, 1);
	ck_assert_int_eq(flash_plan_complete(&plan, &chip, &error), 0);
	ck_assert_uint_eq(plan.segments[0].address, 8192);
	ck_assert_uint_eq(plan.segments[0].size % SECTOR, 0);
	ck_assert_int_eq(execute(&plan), 0);
	expect_bytes(10000, 200000, 1);
	expect_value(0, 10000, 0x5a);
	expect_value(210000, SIZE, 0x5a);
	flash_plan_free(&plan);
}
END_TEST

START_TEST(segments_share_a_sector)
{
	struct flash_plan plan = { 0 };

	memset(cells, 0xa5, sizeof(cells));
	add(&plan, 20000, 100, 3); /* all three within 16384..20480 and behind */
	add(&plan, 16500, 1000, 2);
	add(&plan, 20100, 9000, 4);
	add(&plan, 500000, 10, 5);
	ck_assert_int_eq(flash_plan_complete(&plan, &chip, &error), 0);
	ck_assert_uint_eq(plan.count, 2);
	ck_assert_int_eq(execute(&plan), 0);
	expect_bytes(16500, 1000, 2);
	expect_bytes(20000, 100, 3);
	expect_bytes(20100, 9000, 4);
	expect_bytes(500000, 10, 5);
	expect_value(0, 16500, 0xa5);
	expect_value(17500, 20000, 0xa5);
	expect_value(29100, 500000, 0xa5);
	expect_value(500010, SIZE, 0xa5);
	flash_plan_free(&plan);
}
END_TEST

START_TEST(refuses_what_does_not_fit)
{
	struct flash_plan plan = { 0 };

	add(&plan, SIZE - 10, 11, 1);
	ck_assert_int_eq(flash_plan_complete(&plan, &chip, &error), -KPU_ERR_PARAM);
	flash_plan_free(&plan);
	add(&plan, 1000, 1000, 1);
	add(&plan, 1999, 5, 1);
	ck_assert_int_eq(flash_plan_complete(&plan, &chip, &error), -KPU_ERR_PARAM);
	ck_assert_ptr_nonnull(strstr(error.message, "runs into"));
	flash_plan_free(&plan);
	ck_assert_int_eq(flash_plan_add(&plan, 0, cells, 0, "nothing", &error),
			 -KPU_ERR_SIZE_NOTMATCH);
	expect_value(0, SIZE, 0xff);
}
END_TEST

START_TEST(writes_only_what_differs)
{
	struct flash_plan plan = { 0 };
	uint64_t changed;

	add(&plan, 0, 200000, 1);
	ck_assert_int_eq(flash_plan_complete(&plan, &chip, &error), 0);
	ck_assert_int_eq(execute(&plan), 0);
	cells[70000] ^= 0xff;
	operations = 0;
	ck_assert_int_eq(flash_plan_execute(&plan, &chip, &changed, NULL, NULL, &error), 0);
	ck_assert_uint_eq(changed, 65536);
	ck_assert_uint_le(operations, 9);
	expect_bytes(0, 200000, 1);
	flash_plan_free(&plan);
}
END_TEST

START_TEST(notices_worn_cells)
{
	struct flash_plan plan = { 0 };

	add(&plan, 0, 5000, 1);
	ck_assert_int_eq(flash_plan_complete(&plan, &chip, &error), 0);
	stuck = 77;
	ck_assert_int_eq(execute(&plan), -KPU_ERR_IO);
	flash_plan_free(&plan);
}
END_TEST

/* The cable is pulled at each operation in turn; what was written to disk before finishes it. */
static bool is_as_left(const struct flash_plan *plan, uint32_t *address)
{
	uint32_t unused;
	bool is_so;

	ck_assert_int_eq(flash_plan_was_left(plan, &chip, &is_so, address ? address : &unused, NULL,
					     NULL, &error),
			 0);
	return is_so;
}

START_TEST(finishes_after_an_interruption)
{
	char folder[] = "/tmp/kpu-flash-XXXXXX", path[64];
	bool finished = false;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/deep/er.journal", folder);
	for (unsigned at = 0; !finished; at++) {
		struct flash_plan plan = { 0 }, again = { 0 };

		setup();
		memset(cells, 0x77, sizeof(cells));
		add(&plan, 5000, 70000, 6);
		add(&plan, 300000, 3000, 7);
		ck_assert_int_eq(flash_plan_complete(&plan, &chip, &error), 0);
		ck_assert_int_eq(flash_plan_remember(&plan, &chip, NULL, NULL, &error), 0);
		ck_assert_int_eq(flash_journal_save(path, &plan, &error), 0);
		allowed = at;
		finished = execute(&plan) == 0;
		allowed = ~0u;
		ck_assert(flash_journal_exists(path));
		ck_assert_int_eq(flash_journal_load(path, &again, &error), 0);
		ck_assert(is_as_left(&again, NULL));
		ck_assert_int_eq(execute(&again), 0);
		expect_bytes(5000, 70000, 6);
		expect_bytes(300000, 3000, 7);
		expect_value(0, 5000, 0x77);
		expect_value(75000, 300000, 0x77);
		expect_value(303000, SIZE, 0x77);
		flash_plan_free(&plan);
		flash_plan_free(&again);
	}
	flash_journal_remove(path);
	ck_assert(!flash_journal_exists(path));
}
END_TEST

/* Four pieces: the first two done, the third begun, the last not. */
START_TEST(knows_what_others_wrote_since)
{
	static const struct {
		uint32_t address, found; /* 0: nothing to be found */
	} writes[] = { { 0x100, 0x10000 },
		       { 0x12000, 0x20000 },
		       { 0x23000, 0 },
		       { 0x37000, 0x30000 },
		       { 0x50000, 0 } };
	char path[] = "/tmp/kpu-journal-XXXXXX";
	struct flash_plan plan = { 0 }, loaded = { 0 };
	int fd = mkstemp(path);
	uint32_t address = 0;

	close(fd);
	setup();
	memset(cells, 0x77, sizeof(cells));
	add(&plan, 0, 0x40000, 6);
	ck_assert_int_eq(flash_plan_remember(&plan, &chip, NULL, NULL, &error), 0);
	ck_assert_int_eq(flash_journal_save(path, &plan, &error), 0);
	flash_plan_free(&plan);
	ck_assert_int_eq(flash_journal_load(path, &loaded, &error), 0);
	/* An erasure and 8 programmings for each. */
	allowed = 2 * 9 + 3;
	ck_assert_int_lt(execute(&loaded), 0);
	ck_assert(is_as_left(&loaded, NULL));
	cells[writes[_i].address] ^= 0x55;
	ck_assert_int_eq(is_as_left(&loaded, &address), !writes[_i].found);
	if (writes[_i].found)
		ck_assert_uint_eq(address, writes[_i].found);
	flash_plan_free(&loaded);
	unlink(path);
}
END_TEST

/* Who is at work is told from who was interrupted. */
START_TEST(a_journal_has_one_owner)
{
	char path[] = "/tmp/kpu-journal-XXXXXX";
	int fd = mkstemp(path), to_child[2], to_parent[2];
	pid_t child;
	char byte;

	close(fd);
	ck_assert(!flash_journal_held(path));
	ck_assert(pipe(to_child) == 0 && pipe(to_parent) == 0);
	child = fork();
	if (child == 0) {
		close(to_child[1]);
		byte = flash_journal_hold(path) ? '1' : '0';
		if (write(to_parent[1], &byte, 1) != 1 || read(to_child[0], &byte, 1) != 0)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(read(to_parent[0], &byte, 1), 1);
	ck_assert_int_eq(byte, '1');
	ck_assert(flash_journal_held(path));
	ck_assert(!flash_journal_hold(path));
	close(to_child[1]);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert(!flash_journal_held(path));
	ck_assert(flash_journal_hold(path));
	flash_journal_remove(path);
	ck_assert(!flash_journal_held(path));
}
END_TEST

START_TEST(refuses_a_damaged_journal)
{
	char path[] = "/tmp/kpu-journal-XXXXXX";
	struct flash_plan plan = { 0 };
	int fd = mkstemp(path);
	FILE *file;

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_lt(flash_journal_load(path, &plan, &error), 0);
	add(&plan, 0, 5000, 1);
	ck_assert_int_eq(flash_journal_save(path, &plan, &error), 0);
	flash_plan_free(&plan);
	file = fopen(path, "r+b");
	fseek(file, 2000, SEEK_SET);
	fputc(0xee, file);
	fclose(file);
	ck_assert_int_eq(flash_journal_load(path, &plan, &error), -KPU_ERR_CHECKSUM);
	ck_assert_uint_eq(plan.count, 0);
	unlink(path);
}
END_TEST

static bool stop_at_once(void *context, const char *what, uint64_t done, uint64_t total)
{
	(void)context;
	(void)what;
	(void)done;
	(void)total;
	return false;
}

static int refuse_write(void *context, uint32_t address, const void *data, uint32_t size,
			struct kpu_error *failure)
{
	(void)context;
	(void)address;
	(void)data;
	(void)size;
	failure->code = KPU_ERR_BUSY;
	return -KPU_ERR_BUSY;
}

/* A board that refuses, because a model runs from its flash, has changed nothing. */
START_TEST(a_refusal_changes_nothing)
{
	struct flash_plan plan = { 0 };
	struct flash_chip refusing = chip;
	uint64_t changed = 1;

	refusing.write = refuse_write;
	add(&plan, 0x8000, 5000, 6);
	ck_assert_int_eq(flash_plan_complete(&plan, &chip, &error), 0);
	ck_assert_int_eq(flash_plan_execute(&plan, &refusing, &changed, NULL, NULL, &error),
			 -KPU_ERR_BUSY);
	ck_assert_uint_eq(changed, 0);
	/* Half of it: the erasure has been done by then. */
	memset(cells, 0x5a, 0x10000);
	ck_assert_int_eq(flash_plan_execute(&plan, &refusing, &changed, NULL, NULL, &error),
			 -KPU_ERR_BUSY);
	ck_assert_uint_gt(changed, 0);
	flash_plan_free(&plan);
}
END_TEST

START_TEST(ends_when_asked)
{
	struct flash_plan plan = { 0 };

	add(&plan, 0, 5000, 1);
	ck_assert_int_eq(flash_plan_complete(&plan, &chip, &error), 0);
	ck_assert_int_eq(flash_plan_execute(&plan, &chip, NULL, stop_at_once, NULL, &error),
			 -KPU_ERR_CANCELLED);
	flash_plan_free(&plan);
}
END_TEST

/* --- the map ---------------------------------------------------------------------------------- */

static size_t put_model(uint32_t address)
{
	const char *reason = NULL;
	size_t size;
	uint8_t *model = disc_detector_model(&size, &reason);

	ck_assert_ptr_nonnull(model);
	memcpy(cells + address, model, size);
	free(model);
	return size;
}

static void put_program(size_t size)
{
	uint8_t *program = malloc(size), *image;
	size_t image_size;

	fill(program, size, 9);
	image = firmware_image_make(program, size, &image_size);
	ck_assert_uint_eq(image_size, size + 37);
	memcpy(cells, image, image_size);
	free(image);
	free(program);
}

static void scan(struct flash_map *map)
{
	ck_assert_int_eq(flash_map_scan(&chip, SIZE, false, map, NULL, NULL, &error), 0);
}

static void expect_region(const struct flash_map *map, size_t index, enum flash_content content,
			  uint32_t address, uint32_t size)
{
	ck_assert_uint_lt(index, map->count);
	ck_assert_int_eq(map->regions[index].content, content);
	ck_assert_uint_eq(map->regions[index].address, address);
	ck_assert_uint_eq(map->regions[index].size, size);
}

START_TEST(finds_what_lies_where)
{
	struct flash_map map;
	size_t model;

	put_program(50000);
	model = put_model(0x40000);
	fill(cells + 0x81000, 5000, 3);
	scan(&map);
	expect_region(&map, 0, FLASH_FIRMWARE, 0, 50037);
	expect_region(&map, 1, FLASH_BLANK, 53248, 0x40000 - 53248);
	expect_region(&map, 2, FLASH_MODEL, 0x40000, (uint32_t)model);
	ck_assert_str_eq(map.regions[2].text, "kmodel V3");
	expect_region(&map, 4, FLASH_UNKNOWN, 0x81000, 8192);
	ck_assert_uint_eq(map.count, 6);

	/* Nothing to lose where it is erased or where the same kind of thing begins. */
	ck_assert_ptr_null(flash_map_loss(&map, 0x90000, 0x10000));
	ck_assert_ptr_null(flash_map_loss(&map, 0x40000, 0x1000));
	ck_assert_ptr_null(flash_map_loss(&map, 0, 4096));
	/* Into the middle of a model, over a whole one from before it, over the unknown. */
	ck_assert_ptr_eq(flash_map_loss(&map, 0x40100, 0x10), &map.regions[2]);
	ck_assert_ptr_eq(flash_map_loss(&map, 0x30000, 0x20000), &map.regions[2]);
	ck_assert_ptr_eq(flash_map_loss(&map, 0x80000, 0x1001), &map.regions[4]);
	flash_map_free(&map);
}
END_TEST

START_TEST(tells_a_damaged_program)
{
	struct flash_map map;

	put_program(50000);
	cells[20000] ^= 1;
	scan(&map);
	expect_region(&map, 0, FLASH_FIRMWARE_DAMAGED, 0, 50037);
	/* It may be anything that begins with such a number. */
	ck_assert_ptr_eq(flash_map_loss(&map, 0, 4096), &map.regions[0]);
	flash_map_free(&map);
	/* Long ones are read only on demand. */
	setup();
	put_program(300000);
	scan(&map);
	expect_region(&map, 0, FLASH_FIRMWARE_OPEN, 0, 300037);
	flash_map_free(&map);
	ck_assert_int_eq(flash_map_scan(&chip, SIZE, true, &map, NULL, NULL, &error), 0);
	expect_region(&map, 0, FLASH_FIRMWARE, 0, 300037);
	flash_map_free(&map);
}
END_TEST

START_TEST(a_three_is_no_model)
{
	struct flash_map map;

	cells[0x10000] = 3;
	memset(cells + 0x10001, 0, 200);
	scan(&map);
	expect_region(&map, 1, FLASH_UNKNOWN, 0x10000, SECTOR);
	flash_map_free(&map);
}
END_TEST

TCase *flash_tests(void)
{
	TCase *test = tcase_create("flash");

	tcase_add_checked_fixture(test, setup, NULL);
	tcase_set_timeout(test, 60);
	tcase_add_test(test, keeps_what_lies_around);
	tcase_add_test(test, segments_share_a_sector);
	tcase_add_test(test, refuses_what_does_not_fit);
	tcase_add_test(test, writes_only_what_differs);
	tcase_add_test(test, notices_worn_cells);
	tcase_add_test(test, finishes_after_an_interruption);
	tcase_add_loop_test(test, knows_what_others_wrote_since, 0, 5);
	tcase_add_test(test, a_journal_has_one_owner);
	tcase_add_test(test, refuses_a_damaged_journal);
	tcase_add_test(test, a_refusal_changes_nothing);
	tcase_add_test(test, ends_when_asked);
	tcase_add_test(test, finds_what_lies_where);
	tcase_add_test(test, tells_a_damaged_program);
	tcase_add_test(test, a_three_is_no_model);
	return test;
}
