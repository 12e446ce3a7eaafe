/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <string.h>

#include "lib/boot/boards.h"
#include "tests/unit/lib/suites.h"

/* The expectations are those of sipeed/kflash.py and of the boards' own documents. */

START_TEST(styles_have_the_names_of_the_vendors_loader)
{
	ck_assert_str_eq(kpu_boot_find_style("dan")->name, "dan");
	ck_assert_str_eq(kpu_boot_find_style("bit")->name, "dan");
	ck_assert_str_eq(kpu_boot_find_style("trainer")->name, "dan");
	ck_assert_str_eq(kpu_boot_find_style("goE")->name, kpu_boot_find_style("bit_mic")->name);
	ck_assert_str_eq(kpu_boot_find_style("goD")->name, "god");
	ck_assert_str_eq(kpu_boot_find_style("KD233")->name, "kd233");
	ck_assert_ptr_null(kpu_boot_find_style(""));
	ck_assert_ptr_null(kpu_boot_find_style("bi"));
	ck_assert_ptr_null(kpu_boot_find_style("bit_mi"));
	ck_assert_ptr_null(kpu_boot_find_style("maixduino,bit_mic"));
}
END_TEST

/* Reset must have been asserted and let go while IO16 is low; then the chip runs in ISP. */
START_TEST(styles_reset_before_they_ask)
{
	const struct kpu_boot_style *dan = kpu_boot_find_style("dan");
	const struct kpu_boot_style *kd233 = kpu_boot_find_style("kd233");

	ck_assert(dan->steps[1].rts && !dan->steps[1].dtr);
	ck_assert(!dan->steps[2].rts && dan->steps[2].dtr);
	ck_assert(kd233->steps[1].dtr && !kd233->steps[1].rts);
	ck_assert(!kd233->steps[2].dtr && kd233->steps[2].rts);
	ck_assert(!dan->idle.dtr && !dan->idle.rts && !kd233->idle.dtr && !kd233->idle.rts);
}
END_TEST

START_TEST(boards_are_found_by_ids_interface_and_name)
{
	const struct kpu_boot_board *board = kpu_boot_find_board(0x1a86, 0x7523, 0, "USB Serial");

	ck_assert_ptr_nonnull(board);
	ck_assert_str_eq(board->style, "dan");
	ck_assert_uint_eq(board->max_rate, 2000000);
	ck_assert(board->is_generic);

	board = kpu_boot_find_board(0x0403, 0x6010, 1, "Sipeed-Debug");
	ck_assert_str_eq(board->name, "Maix Go");
	ck_assert(!board->is_generic);
	ck_assert(kpu_boot_find_board(0x0403, 0x6010, 1, "Dual RS232-HS")->is_generic);
	ck_assert(kpu_boot_find_board(0x0403, 0x6010, 1, NULL)->is_generic);
	ck_assert(strstr(kpu_boot_find_board(0x0403, 0x6010, 0, NULL)->name, "Maixduino"));
	ck_assert_ptr_nonnull(kpu_boot_find_board(0x0403, 0x6010, -1, NULL));
	ck_assert_ptr_null(kpu_boot_find_board(0x0403, 0x6010, 2, NULL));
	ck_assert_ptr_null(kpu_boot_find_board(0x0403, 0x6011, 0, NULL));
	ck_assert_ptr_null(kpu_boot_find_board(0x1d6b, 0x0002, 0, NULL));
}
END_TEST

START_TEST(each_board_can_be_reset)
{
	for (const struct kpu_boot_board *board = kpu_boot_boards; board->name; board++) {
		ck_assert_msg(kpu_boot_find_style(board->style) != NULL, "%s", board->name);
		ck_assert_uint_ge(board->max_rate, 115200);
		ck_assert(*board->bridge);
		/* An entry that one above it hides can never be found. */
		ck_assert_ptr_eq(kpu_boot_find_board(board->vendor, board->product,
						     board->interface, board->usb_match),
				 board);
	}
}
END_TEST

TCase *boards_tests(void)
{
	TCase *tcase = tcase_create("boards");

	tcase_add_test(tcase, styles_have_the_names_of_the_vendors_loader);
	tcase_add_test(tcase, styles_reset_before_they_ask);
	tcase_add_test(tcase, boards_are_found_by_ids_interface_and_name);
	tcase_add_test(tcase, each_board_can_be_reset);
	return tcase;
}
