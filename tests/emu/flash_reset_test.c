/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A board that is reset, or loses its power, while kpuctl writes to its flash: the real command,
 * the real firmware. At whatever moment: either all of it is there, or the command fails, says how
 * to finish it, and so does everybody who looks at the flash until it is finished.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHIP_BYTES (512u * 1024)
#define FILE_BYTES (180u * 1024)
#define PLACE      0x8000u

static char folder[64], chip_path[96], file_path[96], control_path[96], output_path[96], uri[400];
static uint8_t wanted[FILE_BYTES];

static void write_random(const char *path, uint8_t *bytes, size_t size, uint32_t state)
{
	FILE *file = fopen(path, "wb");

	for (size_t i = 0; i < size; i++) {
		state = state * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(state >> 24);
	}
	ck_assert(file && fwrite(bytes, 1, size, file) == size);
	fclose(file);
}

static void setup(void)
{
	static uint8_t cells[CHIP_BYTES];

	snprintf(folder, sizeof(folder), "/tmp/kpu-reset-%d", (int)getpid());
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	snprintf(chip_path, sizeof(chip_path), "%s/chip", folder);
	snprintf(file_path, sizeof(file_path), "%s/file", folder);
	snprintf(control_path, sizeof(control_path), "%s/control", folder);
	snprintf(output_path, sizeof(output_path), "%s/output", folder);
	snprintf(uri, sizeof(uri), "emu:?flash=%s,size=512K&control=unix:%s&jitter=3&spi=25000000",
		 chip_path, control_path);
	write_random(chip_path, cells, sizeof(cells), 1);
	write_random(file_path, wanted, sizeof(wanted), 2);
	setenv("XDG_STATE_HOME", folder, 1);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void pause_ms(unsigned milliseconds)
{
	const struct timespec pause = { 0, milliseconds * 1000000l };

	nanosleep(&pause, NULL);
}

/* kpuctl flash ACTION ..., with all that it says in a file. */
static pid_t start(const char *const *arguments)
{
	const char *list[16] = { KPUCTL_PROGRAM, "-d", uri, "flash" };
	pid_t child;

	for (unsigned i = 0; arguments[i]; i++)
		list[4 + i] = arguments[i];
	child = fork();
	if (child == 0) {
		int out = open(output_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		dup2(out, 1);
		dup2(out, 2);
		execv(list[0], (char *const *)list);
		_exit(127);
	}
	return child;
}

static int finish(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool said(const char *words)
{
	static char text[8192];
	FILE *file = fopen(output_path, "r");
	size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[size] = 0;
	if (file)
		fclose(file);
	return strstr(text, words) != NULL;
}

/* The board of the call before ends a moment after its host. */
static int call(const char *const *arguments)
{
	int code;

	for (unsigned tries = 0; tries < 100; tries++) {
		code = finish(start(arguments));
		if (!said("another emulator uses the file"))
			break;
		pause_ms(50);
	}
	return code;
}

static int open_control(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, control_path, sizeof(control_path));
	for (unsigned tries = 0; tries < 200; tries++) {
		if (connect(line, (struct sockaddr *)&address, sizeof(address)) == 0)
			return line;
		pause_ms(5);
	}
	ck_abort_msg("no board: %s", strerror(errno));
}

/* The byte at @offset of the range has been erased or written. */
static bool has_reached(int chip, uint32_t offset, uint8_t before)
{
	uint8_t byte;

	ck_assert_int_eq(pread(chip, &byte, 1, PLACE + offset), 1);
	return byte != before;
}

/* When the write has got so far; false: it never did. */
static bool disturb(const char *command, uint32_t offset)
{
	int line = open_control(), chip = open(chip_path, O_RDONLY | O_CLOEXEC);
	char answer[16] = "";
	uint8_t before;
	ssize_t sent;

	ck_assert_int_eq(pread(chip, &before, 1, PLACE + offset), 1);
	for (unsigned polls = 0; polls < 1000000 && !has_reached(chip, offset, before); polls++)
		sched_yield();
	sent = send(line, command, strlen(command), MSG_NOSIGNAL);
	sent = sent > 0 ? read(line, answer, sizeof(answer) - 1) : sent;
	close(line);
	close(chip);
	return sent > 0 && !strcmp(answer, "ok\n");
}

static void expect_all_there(void)
{
	static uint8_t cells[CHIP_BYTES];
	FILE *file = fopen(chip_path, "rb");

	ck_assert_uint_eq(fread(cells, 1, sizeof(cells), file), sizeof(cells));
	fclose(file);
	ck_assert_mem_eq(cells + PLACE, wanted, FILE_BYTES);
}

/* In the file: its first sector, inside of blocks of 64 KiB, where they meet, its end. */
static const uint32_t moments[] = { 0, 5000, 0x8000, 100001, 0x28001, FILE_BYTES - 1 };

START_TEST(a_board_that_is_reset_in_a_write)
{
	static const char *const write_it[] = { "write", "0x8000", file_path, "--force", NULL };
	static const char *const info[] = { "info", NULL }, *const resume[] = { "resume", NULL };
	pid_t child = start(write_it);
	bool is_disturbed;
	int code;

	/* With the power goes what the chip is doing. */
	is_disturbed = disturb(_i % 2 ? "power\n" : "reset\n", moments[_i]);
	code = finish(child);
	ck_assert(is_disturbed || code == 0);
	if (code != 0) {
		ck_assert(said("half done") && said("kpuctl flash resume"));
		ck_assert_int_eq(call(info), 0);
		ck_assert(said("interrupted"));
		ck_assert_int_eq(call(write_it), 1);
		ck_assert(said("kpuctl flash resume"));
		ck_assert_int_eq(call(resume), 0);
	}
	expect_all_there();
	ck_assert_int_eq(call(resume), 0);
	ck_assert(said("no write to this flash was interrupted"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emu: resets while the flash is written");
	TCase *test = tcase_create("reset");
	SRunner *runner;
	int failed;

	tcase_set_timeout(test, 60);
	tcase_add_checked_fixture(test, setup, teardown);
	tcase_add_loop_test(test, a_board_that_is_reset_in_a_write, 0,
			    sizeof(moments) / sizeof(moments[0]));
	suite_add_tcase(suite, test);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
