/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The board's flash through the library, with the real firmware on the emulated board. */
#include <check.h>
#include <kpu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/emu/must.h"
#include "link/crc.h"

static struct kpu_device *device;
static char path[64], errors_path[64];

static void open_board(const char *options)
{
	struct kpu_error error;
	char uri[300];

	snprintf(uri, sizeof(uri), "emu:?flash=%s&guest-errors=%s&%s", path, errors_path, options);
	ck_assert_msg(kpu_open(uri, &device, &error) == 0, "%s", error.message);
}

static void setup(void)
{
	snprintf(path, sizeof(path), "/tmp/kpu-flash-%d", (int)getpid());
	snprintf(errors_path, sizeof(errors_path), "/tmp/kpu-flash-errors-%d", (int)getpid());
	open_board("jitter=3");
}

/* The firmware has done nothing that the chip does not know or like. */
static void teardown(void)
{
	char line[200] = "";
	FILE *errors;

	kpu_close(device);
	errors = fopen(errors_path, "r");
	ck_assert_ptr_nonnull(errors);
	ck_assert_msg(!fgets(line, sizeof(line), errors), "%s", line);
	fclose(errors);
	unlink(errors_path);
	unlink(path);
}

START_TEST(names_the_chip)
{
	struct kpu_flash_info info;

	must(kpu_flash_info(device, &info));
	/* What the emulated chip is, see nor_flash.c: GigaDevice, 1.8 V, 2^24 bytes. */
	ck_assert_uint_eq(info.jedec_id, 0xc86018);
	ck_assert_uint_eq(info.size, 16 * 1024 * 1024);
	ck_assert_uint_eq(info.unique_id, 0xd166b0462b355a2f);
	ck_assert_uint_eq(info.erase_bytes, 4096);
	ck_assert_uint_eq(info.program_bytes, 256);
	ck_assert_uint_eq(info.clock_hz, 67166666);
}
END_TEST

/* The firmware turns the chip's quad mode on when it is asked first, which takes 5 ms: over a fast
 * line the next questions come while the chip is at work. Nor does a reset of the board stop it. */
START_TEST(knows_a_chip_at_work)
{
	static uint8_t bytes[4096];
	struct kpu_flash_info info;

	kpu_close(device);
	open_board("clock=real&spi=25000000");
	for (unsigned i = 0; i < 3; i++) {
		must(kpu_flash_info(device, &info));
		ck_assert_uint_eq(info.size, 16 * 1024 * 1024);
		must(kpu_flash_read(device, 0x1000, bytes, sizeof(bytes), NULL, NULL));
	}
}
END_TEST

/* Commands to the emulator's side channel. */
static void tell(const char *path_of_control, const char *commands, unsigned count)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[16] = "";
	ssize_t size = 0, got;

	memcpy(address.sun_path, path_of_control, strlen(path_of_control) + 1);
	ck_assert_int_eq(connect(control, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(write(control, commands, strlen(commands)), (ssize_t)strlen(commands));
	while (size < 3 * (ssize_t)count) {
		got = read(control, answer + size, sizeof(answer) - 1 - (size_t)size);
		ck_assert_int_gt(got, 0);
		size += got;
	}
	ck_assert_str_eq(answer, "ok\nok\n");
	close(control);
}

static const char *const modes[] = { "dual-read", "quad-read", "qpi", "power-down" };

/* The program before may have left the chip in a mode in which it takes no command, or others. */
START_TEST(wakes_the_chip)
{
	static const uint8_t pattern[5] = "here";
	char control[64], options[128], commands[64];
	struct kpu_flash_info info;
	uint8_t bytes[5];
	int rc;

	kpu_close(device);
	snprintf(control, sizeof(control), "/tmp/kpu-flash-control-%d", (int)getpid());
	snprintf(options, sizeof(options), "clock=real&spi=25000000&control=unix:%s", control);
	open_board(options);
	must(kpu_flash_write(device, 0x1000, pattern, sizeof(pattern), NULL, NULL));
	snprintf(commands, sizeof(commands), "flash-mode %s\nreset\n", modes[_i]);
	tell(control, commands, 2);
	rc = kpu_flash_info(device, &info);
	if (rc == -KPU_ERR_BOARD_RESET)
		rc = kpu_flash_info(device, &info);
	must(rc);
	ck_assert_uint_eq(info.jedec_id, 0xc86018);
	ck_assert_uint_eq(info.unique_id, 0xd166b0462b355a2f);
	must(kpu_flash_read(device, 0x1000, bytes, sizeof(bytes), NULL, NULL));
	ck_assert_mem_eq(bytes, pattern, sizeof(bytes));
	unlink(control);
}
END_TEST

static void file_bytes(uint32_t address, uint8_t *bytes, size_t size)
{
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, address, SEEK_SET), 0);
	ck_assert_uint_eq(fread(bytes, 1, size, file), size);
	fclose(file);
}

/* Any address, any size: pages and words are cut where they must be. */
START_TEST(writes_what_it_is_given)
{
	static const struct {
		uint32_t address, size;
	} ranges[] = { { 0, 1 },         { 0x1003, 5 },     { 0x20ff, 2 },       { 0x3001, 255 },
		       { 0x4000, 4096 }, { 0xfff1, 70001 }, { 0xfff000, 0x1000 } };
	uint32_t address = ranges[_i].address, size = ranges[_i].size, crc;
	uint32_t first = address & ~4095u, end = (address + size + 4095) & ~4095u;
	uint8_t *bytes = malloc(size), *back = malloc(size), *all = malloc(end - first);

	for (uint32_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * i >> 3 ^ i);
	must(kpu_flash_erase(device, first, end - first, NULL, NULL));
	must(kpu_flash_write(device, address, bytes, size, NULL, NULL));
	must(kpu_flash_read(device, address, back, size, NULL, NULL));
	ck_assert_mem_eq(back, bytes, size);
	must(kpu_flash_check(device, address, size, &crc));
	ck_assert_uint_eq(crc, kpu_crc32(KPU_CRC32_START, bytes, size));
	file_bytes(first, all, end - first);
	ck_assert_mem_eq(all + (address - first), bytes, size);
	for (uint32_t i = first; i < end; i++)
		if (i < address || i >= address + size)
			ck_assert_uint_eq(all[i - first], 0xff);
	free(bytes);
	free(back);
	free(all);
}
END_TEST

START_TEST(erases_only_that)
{
	static uint8_t bytes[0x22000], zeros[0x22000];

	must(kpu_flash_erase(device, 0xe000, sizeof(zeros), NULL, NULL));
	must(kpu_flash_write(device, 0xe000, zeros, sizeof(zeros), NULL, NULL));
	must(kpu_flash_erase(device, 0xf000, sizeof(zeros) - 0x2000, NULL, NULL));
	file_bytes(0xe000, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		ck_assert_uint_eq(bytes[i], i < 0x1000 || i >= sizeof(bytes) - 0x1000 ? 0 : 0xff);
}
END_TEST

START_TEST(refuses_what_is_not_there)
{
	struct kpu_memory before, after;
	uint8_t byte = 0;
	uint32_t crc;

	must(kpu_memory(device, &before));
	ck_assert_int_eq(kpu_flash_read(device, 0xffffff, &byte, 2, NULL, NULL), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_flash_write(device, 0x1000000, &byte, 1, NULL, NULL), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_flash_erase(device, 0x800, 4096, NULL, NULL), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_flash_erase(device, 0x1000, 100, NULL, NULL), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_flash_check(device, 0xfffff0, 17, &crc), -KPU_ERR_PARAM);
	must(kpu_memory(device, &after));
	ck_assert_uint_eq(before.free, after.free);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emu: flash");
	TCase *flash = tcase_create("flash");
	SRunner *runner;
	int failed;

	tcase_set_timeout(flash, 120);
	tcase_add_checked_fixture(flash, setup, teardown);
	tcase_add_test(flash, names_the_chip);
	tcase_add_test(flash, knows_a_chip_at_work);
	tcase_add_loop_test(flash, wakes_the_chip, 0, sizeof(modes) / sizeof(modes[0]));
	tcase_add_loop_test(flash, writes_what_it_is_given, 0, 7);
	tcase_add_test(flash, erases_only_that);
	tcase_add_test(flash, refuses_what_is_not_there);
	suite_add_tcase(suite, flash);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
