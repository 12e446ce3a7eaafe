/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The firmware on boards whose flash has a record of their SPI pins, on wires of all kinds. */
#include <check.h>
#include <kpu.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link/board_record.h"
#include "link/bytes.h"
#include "link/crc.h"

#define BUILT_IN "sclk=21,cs=24,mosi=22,miso=23,sense=15,ready=32"
#define GROVE    "sclk=27,cs=29,mosi=28,miso=26,sense=25,ready=24"
#define ONE_WIRE "sclk=6,cs=7,mosi=40,miso=40,sense=41,ready=47"

#define FLASH_BYTES (256u * 1024)

static const struct kpu_spi_pins grove = { 27, 29, 28, 26, 25, 24 };
static const struct kpu_spi_pins one_wire = { 6, 7, 40, 40, 41, 47 };
static const struct kpu_spi_pins off = { 255, 255, 255, 255, 255, 255 };
static const struct kpu_spi_pins impossible = { 27, 29, 28, 26, 25, 5 };

enum damage {
	NO_DAMAGE,
	WRONG_BIT,
	OTHER_VERSION,
};

/* @pins NULL: no record. */
static void make_flash(const char *path, const struct kpu_spi_pins *pins, enum damage damage)
{
	uint8_t *flash = malloc(FLASH_BYTES), *record;
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(flash);
	record = flash + KPU_BOARD_RECORD_ADDRESS;
	memset(flash, 0xff, FLASH_BYTES);
	if (pins)
		kpu_board_record_write(record, pins);
	if (damage == WRONG_BIT)
		record[18] ^= 0x10;
	if (damage == OTHER_VERSION) {
		record[8] = 2;
		kpu_put_u32(record + 12,
			    kpu_crc32(kpu_crc32(KPU_CRC32_START, record, 12), record + 16, 16));
	}
	ck_assert_uint_eq(fwrite(flash, 1, FLASH_BYTES, file), FLASH_BYTES);
	fclose(file);
	free(flash);
}

/* @wires NULL: over the serial line. */
static int open_board(const char *path, const char *wires, struct kpu_device **device,
		      struct kpu_error *error)
{
	char uri[300];

	if (wires)
		snprintf(uri, sizeof(uri), "emu:?flash=%s,size=256K&spi=10000000&spi-wires=%s",
			 path, wires);
	else
		snprintf(uri, sizeof(uri), "emu:?flash=%s,size=256K", path);
	return kpu_open(uri, device, error);
}

static void name_flash(char *path, size_t size, unsigned number)
{
	snprintf(path, size, "/tmp/kpu-pins-test-%d-%u", (int)getpid(), number);
}

static const struct {
	const struct kpu_spi_pins *pins;
	enum damage damage;
	const char *wires;
	uint32_t features;
} boards[] = {
	{ NULL, NO_DAMAGE, BUILT_IN, 0 },
	{ &grove, NO_DAMAGE, GROVE, KPU_FEATURE_PINS_RECORD },
	{ &one_wire, NO_DAMAGE, ONE_WIRE, KPU_FEATURE_PINS_RECORD },
	{ &grove, WRONG_BIT, BUILT_IN, KPU_FEATURE_PINS_REFUSED },
	{ &grove, OTHER_VERSION, BUILT_IN, KPU_FEATURE_PINS_REFUSED },
	{ &impossible, NO_DAMAGE, BUILT_IN, KPU_FEATURE_PINS_REFUSED },
	/* Whatever it says: the serial line is always there. */
	{ &grove, NO_DAMAGE, NULL, KPU_FEATURE_PINS_RECORD },
	{ &off, NO_DAMAGE, NULL, KPU_FEATURE_PINS_RECORD },
	{ &impossible, NO_DAMAGE, NULL, KPU_FEATURE_PINS_REFUSED },
};

START_TEST(works_on_the_wires_it_was_told_of)
{
	struct kpu_device_info info;
	struct kpu_device *device;
	struct kpu_memory memory;
	struct kpu_error error;
	char path[64];

	name_flash(path, sizeof(path), (unsigned)_i);
	make_flash(path, boards[_i].pins, boards[_i].damage);
	ck_assert_msg(open_board(path, boards[_i].wires, &device, &error) == 0, "%s",
		      error.message);
	ck_assert_int_eq(kpu_memory(device, &memory), 0);
	ck_assert_uint_gt(memory.total, 0);
	ck_assert_int_eq(kpu_device_info(device, &info), 0);
	ck_assert_uint_eq(info.features & (KPU_FEATURE_PINS_RECORD | KPU_FEATURE_PINS_REFUSED),
			  boards[_i].features);
	kpu_close(device);
	unlink(path);
}
END_TEST

struct silent_board {
	const struct kpu_spi_pins *pins;
	const char *wires;
	unsigned number;
	int code;
};

static void *open_silent(void *context)
{
	struct silent_board *board = context;
	struct kpu_device *device;
	struct kpu_error error;
	char path[64];

	name_flash(path, sizeof(path), 100 + board->number);
	make_flash(path, board->pins, NO_DAMAGE);
	board->code = open_board(path, board->wires, &device, &error);
	if (board->code == 0)
		kpu_close(device);
	unlink(path);
	return NULL;
}

/* All at once, because each takes the library's whole patience. */
START_TEST(is_silent_on_other_wires)
{
	struct silent_board silent[] = { { &grove, BUILT_IN, 0, 0 },
					 { NULL, GROVE, 1, 0 },
					 { &off, BUILT_IN, 2, 0 },
					 { &impossible, GROVE, 3, 0 } };
	const unsigned count = sizeof(silent) / sizeof(silent[0]);
	pthread_t threads[sizeof(silent) / sizeof(silent[0])];

	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, open_silent, &silent[i]), 0);
	for (unsigned i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(silent[i].code, -KPU_ERR_TIMEOUT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("SPI pins of the flash's record");
	TCase *tests = tcase_create("pins");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, works_on_the_wires_it_was_told_of, 0,
			    sizeof(boards) / sizeof(boards[0]));
	tcase_add_test(tests, is_silent_on_other_wires);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
