/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The record of a board's pins: its bytes by hand, and every way in which they can be wrong. */
#include <check.h>
#include <stdlib.h>

#include "link/board_record.h"
#include "link/bytes.h"
#include "link/crc.h"

/* The Grove AI HAT's; the CRC is that of zlib. */
static const uint8_t good[KPU_BOARD_RECORD_BYTES] = {
	'K', 'P', 'U', 'B', 'O', 'A', 'R', 'D', 1, 0, 32, 0, 0x0c, 0x61, 0x48, 0x1d,
	27,  29,  28,  26,  25,  24,  0,   0,   0, 0, 0,  0, 0,    0,    0,    0,
};
static const struct kpu_spi_pins grove = { 27, 29, 28, 26, 25, 24 };
static const struct kpu_spi_pins untouched = { 1, 2, 3, 6, 7, 8 };

static uint8_t sector[KPU_BOARD_RECORD_BYTES_MAX];
static struct kpu_spi_pins pins;

static void setup(void)
{
	memset(sector, 0xff, sizeof(sector));
	memcpy(sector, good, sizeof(good));
	pins = untouched;
}

static enum kpu_board_record_state look(void)
{
	enum kpu_board_record_state state = kpu_board_record_read(sector, &pins);

	if (state != KPU_BOARD_RECORD_GOOD)
		ck_assert_mem_eq(&pins, &untouched, sizeof(pins));
	return state;
}

static void seal(size_t length)
{
	uint32_t crc = kpu_crc32(KPU_CRC32_START, sector, 12);

	kpu_put_u32(sector + 12, kpu_crc32(crc, sector + 16, length - 16));
}

START_TEST(says_the_pins)
{
	uint8_t written[KPU_BOARD_RECORD_BYTES];

	ck_assert_int_eq(look(), KPU_BOARD_RECORD_GOOD);
	ck_assert_mem_eq(&pins, &grove, sizeof(pins));
	kpu_board_record_write(written, &grove);
	ck_assert_mem_eq(written, good, sizeof(good));
}
END_TEST

START_TEST(is_absent_where_something_else_is)
{
	memset(sector, 0xff, sizeof(sector));
	ck_assert_int_eq(look(), KPU_BOARD_RECORD_ABSENT);
	memset(sector, 0, sizeof(sector));
	ck_assert_int_eq(look(), KPU_BOARD_RECORD_ABSENT);
	for (unsigned seed = 1; seed < 2000; seed++) {
		uint32_t state = seed * 2654435761u;

		for (size_t i = 0; i < sizeof(sector); i++)
			sector[i] = (uint8_t)((state = state * 1664525u + 1013904223u) >> 24);
		ck_assert_int_eq(look(), KPU_BOARD_RECORD_ABSENT);
	}
}
END_TEST

/* kpuctl finds out by CRC what a flash has to be told. */
START_TEST(two_records_have_two_checksums)
{
	struct kpu_spi_pins other = grove;
	uint32_t crc = kpu_crc32(KPU_CRC32_START, sector, sizeof(sector));

	other.ready = 47;
	kpu_board_record_write(sector, &other);
	ck_assert_uint_ne(kpu_crc32(KPU_CRC32_START, sector, sizeof(sector)), crc);
}
END_TEST

/* Also what a flash does whose power failed: bits that were to be cleared stand. */
START_TEST(notices_every_wrong_bit)
{
	for (size_t bit = 0; bit < sizeof(good) * 8; bit++) {
		enum kpu_board_record_state state;

		setup();
		sector[bit / 8] ^= (uint8_t)(1u << bit % 8);
		state = look();
		ck_assert_int_eq(state,
				 bit < 64 ? KPU_BOARD_RECORD_ABSENT : KPU_BOARD_RECORD_DAMAGED);
	}
	/* Behind the pins it is zeros, which have to be there, too. */
	for (size_t written = 8; written < sizeof(good); written++) {
		setup();
		memset(sector + written, 0xff, sizeof(good) - written);
		ck_assert_int_eq(look(), KPU_BOARD_RECORD_DAMAGED);
	}
}
END_TEST

START_TEST(no_length_leads_out_of_it)
{
	for (uint32_t length = 0; length <= 0xffff; length++) {
		bool possible =
			length >= KPU_BOARD_RECORD_BYTES && length <= KPU_BOARD_RECORD_BYTES_MAX;
		uint8_t *exact = malloc(KPU_BOARD_RECORD_BYTES_MAX);

		setup();
		kpu_put_u16(sector + 10, (uint16_t)length);
		if (possible)
			seal(length);
		memcpy(exact, sector, sizeof(sector));
		ck_assert_int_eq(kpu_board_record_read(exact, &pins),
				 possible ? KPU_BOARD_RECORD_GOOD : KPU_BOARD_RECORD_DAMAGED);
		free(exact);
	}
}
END_TEST

START_TEST(another_version_is_not_guessed_at)
{
	for (unsigned version = 0; version <= 0xffff; version += version < 4 ? 1 : 0x3fff) {
		setup();
		kpu_put_u16(sector + 8, (uint16_t)version);
		seal(KPU_BOARD_RECORD_BYTES);
		ck_assert_int_eq(look(),
				 version == 1 ? KPU_BOARD_RECORD_GOOD : KPU_BOARD_RECORD_NEWER);
	}
}
END_TEST

static const struct {
	uint8_t io[KPU_SPI_PINS];
	enum kpu_board_record_state state;
} wirings[] = {
	{ { 21, 24, 22, 23, 15, 32 }, KPU_BOARD_RECORD_GOOD },
	{ { 21, 24, 22, 22, 15, 32 }, KPU_BOARD_RECORD_GOOD }, /* one data wire */
	{ { 0, 1, 2, 3, 46, 47 }, KPU_BOARD_RECORD_GOOD },
	{ { 255, 255, 255, 255, 255, 255 }, KPU_BOARD_RECORD_GOOD }, /* off */
	{ { 21, 24, 22, 23, 15, 255 }, KPU_BOARD_RECORD_PINS },
	{ { 255, 24, 22, 23, 15, 32 }, KPU_BOARD_RECORD_PINS },
	{ { 255, 255, 255, 23, 255, 255 }, KPU_BOARD_RECORD_PINS },
	{ { 48, 24, 22, 23, 15, 32 }, KPU_BOARD_RECORD_PINS },
	{ { 21, 24, 22, 254, 15, 32 }, KPU_BOARD_RECORD_PINS },
	{ { 21, 24, 22, 23, 64, 32 }, KPU_BOARD_RECORD_PINS },
	{ { 4, 24, 22, 23, 15, 32 }, KPU_BOARD_RECORD_PINS },
	{ { 21, 24, 22, 23, 15, 5 }, KPU_BOARD_RECORD_PINS },
	{ { 21, 21, 22, 23, 15, 32 }, KPU_BOARD_RECORD_PINS },
	{ { 21, 24, 22, 21, 15, 32 }, KPU_BOARD_RECORD_PINS },
	{ { 21, 24, 22, 23, 22, 32 }, KPU_BOARD_RECORD_PINS },
	{ { 21, 24, 22, 23, 15, 23 }, KPU_BOARD_RECORD_PINS },
	{ { 21, 24, 22, 22, 22, 32 }, KPU_BOARD_RECORD_PINS },
	{ { 21, 24, 24, 24, 15, 32 }, KPU_BOARD_RECORD_PINS },
};

START_TEST(pins_must_be_possible)
{
	memcpy(sector + 16, wirings[_i].io, KPU_SPI_PINS);
	seal(KPU_BOARD_RECORD_BYTES);
	ck_assert_int_eq(look(), wirings[_i].state);
	if (wirings[_i].state == KPU_BOARD_RECORD_GOOD)
		ck_assert_mem_eq(&pins, wirings[_i].io, sizeof(pins));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record of a board");
	TCase *test = tcase_create("record");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(test, setup, NULL);
	tcase_add_test(test, says_the_pins);
	tcase_add_test(test, is_absent_where_something_else_is);
	tcase_add_test(test, two_records_have_two_checksums);
	tcase_add_test(test, notices_every_wrong_bit);
	tcase_add_test(test, no_length_leads_out_of_it);
	tcase_add_test(test, another_version_is_not_guessed_at);
	tcase_add_loop_test(test, pins_must_be_possible, 0, sizeof(wirings) / sizeof(wirings[0]));
	suite_add_tcase(suite, test);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
