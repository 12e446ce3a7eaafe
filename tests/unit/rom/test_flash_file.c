/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The file behind the flash: made, kept, locked, and what is in it after a kill in mid-write. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/rom/flash_bus.h"

#define SIZE (256u * 1024)

static struct machine machine;
static char folder[32], path[64];
static uint8_t bytes[SIZE];

static void set_up(void)
{
	strcpy(folder, "/tmp/k210-emu-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/flash", folder);
}

static void tear_down(void)
{
	unlink(path);
	rmdir(folder);
}

static struct nor_flash_options options(void)
{
	return (struct nor_flash_options){ .path = path, .size = SIZE };
}

static void start(enum board_clock clock)
{
	struct nor_flash_options flash = options();

	rom_start(&machine, clock, HART1_RELEASED, &flash);
}

static void read_file(void)
{
	int fd = open(path, O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(read(fd, bytes, SIZE), SIZE);
	ck_assert_int_eq(read(fd, bytes, 1), 0);
	close(fd);
}

static void write_file(const void *content, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_eq(write(fd, content, size), (ssize_t)size);
	close(fd);
}

static void check_blank(size_t from)
{
	for (size_t i = from; i < SIZE; i++)
		ck_assert_uint_eq(bytes[i], 0xff);
}

START_TEST(made_blank)
{
	start(BOARD_CLOCK_FAST);
	machine_stop(&machine);
	read_file();
	check_blank(0);
}
END_TEST

START_TEST(short_file_is_filled_up)
{
	write_file("abc", 3);
	start(BOARD_CLOCK_FAST);
	flash_read_back(&machine, 0, bytes, 4);
	ck_assert_mem_eq(bytes, "abc\xff", 4);
	machine_stop(&machine);
	read_file();
	ck_assert_mem_eq(bytes, "abc", 3);
	check_blank(3);
}
END_TEST

START_TEST(kept)
{
	start(BOARD_CLOCK_FAST);
	flash_program(&machine, 0x1234, "first", 5);
	flash_program(&machine, 0x20000, "\0", 1);
	flash_erase(&machine, 0x20, 0x20000);
	/* In the file at once, not at the end. */
	read_file();
	ck_assert_mem_eq(bytes + 0x1234, "first\xff", 6);
	ck_assert_uint_eq(bytes[0x20000], 0xff);
	machine_stop(&machine);
	start(BOARD_CLOCK_FAST);
	flash_read_back(&machine, 0x1234, bytes, 6);
	ck_assert_mem_eq(bytes, "first\xff", 6);
	machine_stop(&machine);
}
END_TEST

START_TEST(refused)
{
	struct nor_flash_options flash = options();
	struct machine second;

	start(BOARD_CLOCK_FAST);
	rom_start(&second, BOARD_CLOCK_FAST, HART1_RELEASED, NULL);
	/* In use. */
	ck_assert_ptr_nonnull(nor_flash_configure(second.board->flash, &flash));
	machine_stop(&machine);
	ck_assert_ptr_null(nor_flash_configure(second.board->flash, &flash));
	flash.size = SIZE / 2; /* smaller than the file */
	ck_assert_ptr_nonnull(nor_flash_configure(second.board->flash, &flash));
	flash.size = SIZE - 1;
	ck_assert_ptr_nonnull(nor_flash_configure(second.board->flash, &flash));
	flash.size = 2 * NOR_FLASH_SIZE_MAX;
	ck_assert_ptr_nonnull(nor_flash_configure(second.board->flash, &flash));
	flash = (struct nor_flash_options){ .path = folder };
	ck_assert_ptr_nonnull(nor_flash_configure(second.board->flash, &flash));
	machine_stop(&second);
}
END_TEST

START_TEST(identity)
{
	struct nor_flash_options flash = { .size = 8u << 20,
					   .id = { 0xef, 0x60, 0x17 },
					   .unique_id = { 1, 2, 3, 4, 5, 6, 7, 8 } };

	rom_start(&machine, BOARD_CLOCK_FAST, HART1_RELEASED, &flash);
	flash_command(&machine, "\x9f", 1, bytes, 3);
	ck_assert_mem_eq(bytes, "\xef\x60\x17", 3);
	flash_command(&machine, "\x4b\0\0\0\0", 5, bytes, 8);
	ck_assert_mem_eq(bytes, "\1\2\3\4\5\6\7\10", 8);
	machine_stop(&machine);
	flash = (struct nor_flash_options){ .size = 4u << 20 };
	rom_start(&machine, BOARD_CLOCK_FAST, HART1_RELEASED, &flash);
	flash_command(&machine, "\x9f", 1, bytes, 3);
	ck_assert_mem_eq(bytes, "\xc8\x60\x16", 3);
	machine_stop(&machine);
}
END_TEST

/* Begins something that takes its time, and is killed before it is over. */
static void run_until_killed(const char *command, size_t size)
{
	start(BOARD_CLOCK_REAL);
	flash_write_enable(&machine);
	flash_command(&machine, command, size, NULL, 0);
	rom_run(&machine, 1e-5);
	ck_assert_uint_eq(flash_status(&machine, 0x05) & 1, 1);
	raise(SIGKILL);
}

static void kill_in(const char *command, size_t size)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		run_until_killed(command, size);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	read_file();
}

/* Some of the page is programmed, all of it is what it was or was to be, nothing else changed. */
START_TEST(killed_while_programming)
{
	char command[4 + 256] = "\x02\0\x40\0";
	unsigned changed = 0;

	start(BOARD_CLOCK_FAST);
	machine_stop(&machine);
	kill_in(command, sizeof(command));
	for (size_t i = 0; i < SIZE; i++) {
		if (i < 0x4000 || i >= 0x4100)
			ck_assert_uint_eq(bytes[i], 0xff);
		else
			changed += bytes[i] == 0;
	}
	ck_assert_uint_gt(changed, 0);
	ck_assert_uint_lt(changed, 256);
}
END_TEST

START_TEST(killed_while_erasing)
{
	unsigned erased = 0;

	memset(bytes, 0x5a, SIZE);
	write_file(bytes, SIZE);
	kill_in("\x20\0\x40\0", 4);
	for (size_t i = 0; i < SIZE; i++) {
		if (i < 0x4000 || i >= 0x5000)
			ck_assert_uint_eq(bytes[i], 0x5a);
		else
			erased += bytes[i] == 0xff;
	}
	ck_assert_uint_gt(erased, 0);
	ck_assert_uint_lt(erased, 4096);
	/* The next run can put it right. */
	start(BOARD_CLOCK_FAST);
	flash_erase(&machine, 0x20, 0x4000);
	flash_program(&machine, 0x4000, "again", 5);
	machine_stop(&machine);
	read_file();
	ck_assert_mem_eq(bytes + 0x4000, "again\xff", 6);
	ck_assert_uint_eq(bytes[0x4fff], 0xff);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("file of the flash");
	TCase *tests = tcase_create("file");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, made_blank);
	tcase_add_test(tests, short_file_is_filled_up);
	tcase_add_test(tests, kept);
	tcase_add_test(tests, refused);
	tcase_add_test(tests, identity);
	tcase_add_test(tests, killed_while_programming);
	tcase_add_test(tests, killed_while_erasing);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
