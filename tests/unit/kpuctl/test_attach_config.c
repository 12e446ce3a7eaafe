/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/kpuctl/suites.h"
#include "utils/kpuctl/boards/attach_config.h"

static struct attach_config config;
static struct kpu_error error;

/* A Maix Dock, a Maix Go and a K210 that somebody wired to a CP210x. */
static struct found_board dock = { .vendor = 0x1a86,
				   .product = 0x7523,
				   .usb = "1-4.2:1.0",
				   .product_name = "USB Serial",
				   .tty = "ttyUSB3" };
static struct found_board go = { .vendor = 0x0403,
				 .product = 0x6010,
				 .interface = 1,
				 .usb = "1-4:1.1",
				 .product_name = "Sipeed-Debug",
				 .serial = "9D5245F5FA",
				 .tty = "ttyUSB1" };
static struct found_board wired = { .vendor = 0x10c4, .product = 0xea60, .usb = "2-1:1.0" };

static void know_boards(void)
{
	struct found_board *const all[] = { &dock, &go, &wired };

	for (size_t i = 0; i < 3; i++) {
		all[i]->board = kpu_boot_find_board(all[i]->vendor, all[i]->product,
						    all[i]->interface, all[i]->product_name);
		ck_assert_ptr_nonnull(all[i]->board);
	}
}

static int read_text(const char *text, size_t size)
{
	char path[] = "/tmp/attach_config.XXXXXX";
	int fd = mkstemp(path), rc;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
	close(fd);
	rc = attach_config_read(path, &config, &error);
	unlink(path);
	return rc;
}

static void rules(const char *text)
{
	know_boards();
	ck_assert_msg(read_text(text, strlen(text)) == 0, "%s", error.message);
}

static bool attaches(const struct found_board *board)
{
	return attach_config_decide(&config, board).attach;
}

START_TEST(without_rules_boards_that_are_sold_are_attached)
{
	know_boards();
	ck_assert_int_eq(attach_config_read("/nonexistent/attach.conf", &config, &error), 0);
	ck_assert(attaches(&dock) && attaches(&go) && !attaches(&wired));
	rules("# only a comment\n\n   \t\n");
	ck_assert(attaches(&dock) && attaches(&go) && !attaches(&wired));
	ck_assert_uint_eq(attach_config_decide(&config, &dock).line, 0);
}
END_TEST

START_TEST(the_first_rule_that_fits_decides)
{
	rules("ignore serial=other\n"
	      "attach tty=ttyUSB3 style=KD233 rate=1500000 # this one\n"
	      "ignore\n");
	struct attach_decision decision = attach_config_decide(&config, &dock);

	ck_assert(decision.attach);
	ck_assert_uint_eq(decision.line, 2);
	ck_assert_str_eq(decision.style, "kd233");
	ck_assert_uint_eq(decision.max_rate, 1500000);
	decision = attach_config_decide(&config, &go);
	ck_assert(!decision.attach);
	ck_assert_uint_eq(decision.line, 3);
	ck_assert_str_eq(decision.style, "");
	attach_config_free(&config);
}
END_TEST

static const struct {
	const char *rule;
	bool dock, go, wired; /* attached */
} selections[] = {
	{ "ignore generic", false, true, false },
	{ "ignore id=1a86:7523", false, true, false },
	{ "ignore id=1A86:*", false, true, false },
	{ "ignore id=1a86:7522", true, true, false },
	{ "attach id=10c4:ea60", true, true, true },
	{ "ignore serial=9D52*", true, false, false },
	{ "ignore serial=9D52", true, true, false },
	{ "ignore serial=*", false, false, false },
	{ "ignore serial=?*", true, false, false },
	{ "ignore product=USB?Serial", false, true, false },
	{ "ignore port=1-4", true, false, false },
	{ "ignore port=1-4.*", false, true, false },
	{ "ignore tty=ttyUSB[12]", true, false, false },
	{ "ignore id=0403:6010 serial=9D5245F5FA tty=ttyUSB1 product=Sipeed*", true, false, false },
	{ "ignore id=0403:6010 serial=other", true, true, false },
	{ "ignore generic id=0403:6010", true, true, false },
};

START_TEST(rules_select)
{
	rules(selections[_i].rule);
	ck_assert_int_eq(attaches(&dock), selections[_i].dock);
	ck_assert_int_eq(attaches(&go), selections[_i].go);
	ck_assert_int_eq(attaches(&wired), selections[_i].wired);
	attach_config_free(&config);
}
END_TEST

/* The line is the second, and the word at fault is named. */
static const struct {
	const char *rule, *named;
} mistakes[] = {
	{ "allow id=1a86:7523", "allow" },
	{ "ignore id=1a86", "id=1a86" },
	{ "ignore id=1a86:752", "id=1a86:752" },
	{ "ignore id=1a86:75233", "id=1a86:75233" },
	{ "ignore id=0x1a86:7523", "id=0x1a86:7523" },
	{ "ignore id=*:7523", "id=*:7523" },
	{ "ignore id=+1a8:7523", "id=+1a8:7523" },
	{ "ignore serial=", "serial=" },
	{ "ignore serial", "serial" },
	{ "ignore serial = 12", "serial" },
	{ "ignore vendor=1a86", "vendor=1a86" },
	{ "ignore style=dan", "style=dan" },
	{ "ignore rate=115200", "rate=115200" },
	{ "attach style=do", "do" },
	{ "attach rate=fast", "fast" },
	{ "attach rate=0", "0" },
	{ "attach rate=115200x", "115200x" },
	{ "attach rate=99999999999999999999", "9999" },
	{ "ignore serial="
	  "0123456789012345678901234567890123456789012345678901234567890123456789"
	  "0123456789012345678901234567890123456789",
	  "too long" },
};

START_TEST(mistakes_are_named)
{
	char text[256];

	snprintf(text, sizeof(text), "ignore generic\n%s\nattach\n", mistakes[_i].rule);
	ck_assert_int_eq(read_text(text, strlen(text)), -KPU_ERR_PARAM);
	ck_assert_msg(strstr(error.message, "line 2") && strstr(error.message, mistakes[_i].named),
		      "%s", error.message);
	ck_assert_ptr_null(config.rules);
}
END_TEST

START_TEST(files_that_are_none)
{
	static char line[2000];
	static const char noise[] = "ignore \0 x\n\xff\xfe=\x1b[2J\n";

	memset(line, 'x', sizeof(line));
	ck_assert_int_eq(read_text(line, sizeof(line)), -KPU_ERR_PARAM);
	ck_assert_ptr_nonnull(strstr(error.message, "line 1"));
	ck_assert_int_eq(read_text(noise, sizeof(noise) - 1), -KPU_ERR_PARAM);
	ck_assert_ptr_null(strchr(error.message, '\x1b'));
	ck_assert_int_eq(attach_config_read("/", &config, &error), -KPU_ERR_READ_FILE);
	/* No end of line at the end. */
	rules("ignore");
	ck_assert(!attaches(&go));
	attach_config_free(&config);
}
END_TEST

/* What is installed says nothing yet, and each example in it is a rule. */
START_TEST(installed_file_has_examples)
{
	FILE *file = fopen("packaging/attach.conf", "r");
	char text[256];
	size_t examples = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(attach_config_read("packaging/attach.conf", &config, &error), 0);
	ck_assert_uint_eq(config.count, 0);
	while (fgets(text, sizeof(text), file)) {
		if (strncmp(text, "#attach", 7) && strncmp(text, "#ignore", 7))
			continue;
		ck_assert_msg(read_text(text + 1, strlen(text + 1)) == 0, "%s", error.message);
		ck_assert_uint_eq(config.count, 1);
		attach_config_free(&config);
		examples++;
	}
	fclose(file);
	ck_assert_uint_ge(examples, 3);
}
END_TEST

/* Each board that is sold starts the service, no other device does. */
START_TEST(udev_rules_name_the_boards_of_the_table)
{
	FILE *file = fopen("packaging/60-kpu-boards.rules", "r");
	char text[512];
	size_t lines = 0;

	ck_assert_ptr_nonnull(file);
	while (fgets(text, sizeof(text), file)) {
		const struct kpu_boot_board *board = kpu_boot_boards;
		char wanted[80];

		if (!strstr(text, "ATTRS{idVendor}"))
			continue;
		lines++;
		for (; board->name; board++) {
			snprintf(wanted, sizeof(wanted),
				 "ATTRS{idVendor}==\"%04x\", ATTRS{idProduct}==\"%04x\"",
				 board->vendor, board->product);
			if (!board->is_by_hand && strstr(text, wanted))
				break;
		}
		ck_assert_msg(board->name != NULL, "%s", text);
	}
	ck_assert_uint_ge(lines, 1);
	for (const struct kpu_boot_board *board = kpu_boot_boards; board->name; board++) {
		char pattern[80];
		bool there = false;

		snprintf(pattern, sizeof(pattern), "\"%04x\", ATTRS{idProduct}==\"%04x\"",
			 board->vendor, board->product);
		rewind(file);
		while (fgets(text, sizeof(text), file))
			there |= strstr(text, pattern) != NULL;
		ck_assert_msg(there == !board->is_by_hand, "%s: %s", board->name, pattern);
	}
	fclose(file);
}
END_TEST

TCase *attach_config_tests(void)
{
	TCase *tcase = tcase_create("attach_config");

	tcase_add_test(tcase, without_rules_boards_that_are_sold_are_attached);
	tcase_add_test(tcase, the_first_rule_that_fits_decides);
	tcase_add_loop_test(tcase, rules_select, 0, sizeof(selections) / sizeof(selections[0]));
	tcase_add_loop_test(tcase, mistakes_are_named, 0, sizeof(mistakes) / sizeof(mistakes[0]));
	tcase_add_test(tcase, files_that_are_none);
	tcase_add_test(tcase, installed_file_has_examples);
	tcase_add_test(tcase, udev_rules_name_the_boards_of_the_table);
	return tcase;
}
