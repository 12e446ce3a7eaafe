/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Pins of a board on an SPI bus, as users write them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/kpuctl/suites.h"
#include "utils/kpuctl/flash/pins_text.h"

static struct kpu_spi_pins pins;
static struct kpu_error error;

static const struct {
	const char *text;
	uint8_t io[KPU_SPI_PINS];
} good[] = {
	{ "sclk=27,cs=29,mosi=28,miso=26,sense=25,ready=24", { 27, 29, 28, 26, 25, 24 } },
	{ "ready=0,sense=1,miso=2,mosi=3,cs=46,sclk=47", { 47, 46, 3, 2, 1, 0 } },
	{ "data=40,sclk=6,cs=7,sense=41,ready=09", { 6, 7, 40, 40, 41, 9 } },
	{ "sclk=6,cs=7,mosi=40,miso=40,sense=41,ready=47", { 6, 7, 40, 40, 41, 47 } },
	{ "off", { 255, 255, 255, 255, 255, 255 } },
};

START_TEST(pins_are_read_and_printed)
{
	struct kpu_spi_pins again;
	char text[PINS_TEXT_BYTES];

	ck_assert_msg(pins_parse(good[_i].text, &pins, &error) == 0, "%s", error.message);
	ck_assert_mem_eq(&pins, good[_i].io, KPU_SPI_PINS);
	pins_print(&pins, text);
	ck_assert_int_eq(pins_parse(text, &again, &error), 0);
	ck_assert_mem_eq(&again, &pins, KPU_SPI_PINS);
}
END_TEST

static const struct {
	const char *text, *fault; /* what the message names */
} bad[] = {
	{ "", "NAME=IO" },
	{ ",", "NAME=IO" },
	{ "sclk", "\"sclk\"" },
	{ "=5", "no pin \"\"" },
	{ "sclk=", "sclk=" },
	{ "sclk=x", "sclk=x" },
	{ "sclk=-1", "sclk=-1" },
	{ "sclk= 1", "sclk= 1" },
	{ "sclk=+1", "sclk=+1" },
	{ "sclk=1x", "sclk=1x" },
	{ "sclk=48", "IO47" },
	{ "sclk=4294967297", "IO47" },
	{ "sclk=99999999999999999999999", "IO47" },
	{ "clock=1", "no pin \"clock\"" },
	{ "SCLK=1", "no pin \"SCLK\"" },
	{ "sclk=1,sclk=1", "sclk is given twice" },
	{ "mosi=1,data=2", "mosi is given twice" },
	{ "data=1,miso=2", "miso is given twice" },
	{ "sclk=27,cs=29,mosi=28,miso=26,sense=25", "ready is missing" },
	{ "sclk=27,cs=29,mosi=28,miso=26,sense=25,ready=24,", "NAME=IO" },
	{ "sclk=27,cs=29,data=28,sense=25,ready=4", "ready=4" },
	{ "sclk=27,cs=29,data=5,sense=25,ready=3", "mosi=5" },
	{ "sclk=27,cs=29,data=28,sense=28,ready=3", "both IO28" },
	{ "sclk=27,cs=27,mosi=28,miso=26,sense=25,ready=24", "sclk and cs are both IO27" },
	{ "off,sclk=1", "\"off\"" },
	{ "none", "\"none\"" },
};

START_TEST(what_is_wrong_is_named)
{
	ck_assert_int_eq(pins_parse(bad[_i].text, &pins, &error), -KPU_ERR_PARAM);
	ck_assert_msg(strstr(error.message, bad[_i].fault) != NULL, "%s: %s", bad[_i].text,
		      error.message);
}
END_TEST

START_TEST(no_text_breaks_it)
{
	static const char letters[] = "sclkcsmosimisosensereadydataoff=,0123456789\xff\n%s ";
	uint32_t state = 1;

	for (unsigned round = 0; round < 20000; round++) {
		size_t length = round % 200;
		char *text = malloc(length + 1);

		for (size_t i = 0; i < length; i++) {
			state = state * 1664525u + 1013904223u;
			text[i] = letters[(state >> 8) % (sizeof(letters) - 1)];
		}
		text[length] = 0;
		error.message[0] = 0;
		ck_assert(pins_parse(text, &pins, &error) < 0 || !strcmp(text, "off"));
		ck_assert(error.message[0] != 0 || !strcmp(text, "off"));
		free(text);
	}
}
END_TEST

TCase *pins_tests(void)
{
	TCase *tests = tcase_create("pins");

	tcase_add_loop_test(tests, pins_are_read_and_printed, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tests, what_is_wrong_is_named, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tests, no_text_breaks_it);
	return tests;
}
