/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Boot pin high: what the ROM makes of the flash's content. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/rom/isp_client.h"

/* Longer than the ROM takes to look at the boot pin. */
#define SETTLE 0.2

static const char greeting_text[] = "divisor=d38\nio4=12\nio5=13\nhart 1 comes by itself=1\n"
				    "hart 1 comes when called=1\n";

static struct machine machine;
static struct program program;

static void start_with(uint8_t flags, const char *name)
{
	program_read(&program, name);
	rom_start(&machine, BOARD_CLOCK_FAST, HART1_PARKED, NULL);
	rom_write_image(&machine, flags, &program);
}

/* Changes one byte of the image by clearing bits, as programming would. */
static void damage(uint32_t address)
{
	static const uint8_t zero[] = { 0 };
	struct nor_flash *flash = machine.board->flash;
	const uint8_t command[] = { 0x02, address >> 16, address >> 8 & 255, address & 255 };

	nor_flash_select(flash, 1000000);
	nor_flash_transfer(flash, 0x06, 1, true);
	nor_flash_deselect(flash);
	nor_flash_select(flash, 1000000);
	for (size_t i = 0; i < sizeof(command); i++)
		nor_flash_transfer(flash, command[i], 1, true);
	nor_flash_transfer(flash, zero[0], 1, true);
	nor_flash_deselect(flash);
	rom_run(&machine, 0.001);
}

static void check_isp(void)
{
	rom_run(&machine, SETTLE);
	isp_greet(&machine);
	machine_stop(&machine);
}

/*
 * A blank flash says that 0xffffffff bytes follow: the ROM gives up with exit code 0xe9 and says so
 * (rom/k210.rom.c turbo_mode_boot, exit; rom/STRINGS.txt). Only a reset with IO16 low helps.
 */
START_TEST(blank)
{
	rom_start(&machine, _i ? BOARD_CLOCK_REAL : BOARD_CLOCK_FAST, HART1_PARKED, NULL);
	rom_run(&machine, SETTLE);
	ck_assert_str_eq(machine.output,
			 "interesting, something's wrong, boot failed with exit code 233, "
			 "go to find your vendor.");
	rom_clear_output(&machine);
	rom_exchange(&machine, "\xc0\xc2\0\0\0\0\0\0\0\0\0\0\0\0\xc0", 15, 1);
	ck_assert_uint_eq(machine.output_size, 0);
	bridge_press_boot(machine.board->bridge, true);
	board_request_reset(machine.board, RESET_PIN);
	check_isp();
}
END_TEST

/* What the ROM leaves to a program (rom/entry.S): 88000020 and 88000068. */
START_TEST(entry_state)
{
	if (!machine_programs_available())
		return;
	start_with(0, "rom_state");
	rom_run(&machine, SETTLE);
	ck_assert_str_eq(machine.output,
			 "floating point=3\ninterrupts=0\nmie=0\nmip=0\n"
			 "floating point=3\ninterrupts=0\nmie=8\nmip=8\nreceive interrupt=2\n");
	machine_stop(&machine);
}
END_TEST

START_TEST(good_image)
{
	if (!machine_programs_available())
		return;
	/* Bit 1 of the flags only selects how the ROM reads. */
	start_with(_i ? 0x02 : 0x00, "rom_entry");
	rom_run(&machine, SETTLE);
	ck_assert_str_eq(machine.output, greeting_text);
	machine_stop(&machine);
}
END_TEST

START_TEST(good_image_again_after_resets)
{
	static const enum reset_cause causes[] = { RESET_PIN, RESET_SOFT, RESET_WDT0,
						   RESET_POWER_ON };

	if (!machine_programs_available())
		return;
	start_with(0, "rom_entry");
	rom_run(&machine, SETTLE);
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		rom_clear_output(&machine);
		board_request_reset(machine.board, causes[i]);
		rom_run(&machine, SETTLE);
		ck_assert_str_eq(machine.output, greeting_text);
	}
	machine_stop(&machine);
}
END_TEST

START_TEST(bad_hash)
{
	if (!machine_programs_available())
		return;
	start_with(0, "rom_entry");
	switch (_i) {
	case 0: /* in the program */
		for (uint32_t at = 5; at < 5 + 16; at++)
			damage(at);
		break;
	case 1: /* in the hash */
		for (uint32_t at = 5; at < 5 + 8; at++)
			damage(at + (uint32_t)program.size);
		break;
	default: /* the length is hashed too */
		damage(1);
		damage(2);
		break;
	}
	check_isp();
}
END_TEST

START_TEST(encrypted)
{
	if (!machine_programs_available())
		return;
	start_with(0x01, "rom_entry");
	check_isp();
}
END_TEST

START_TEST(boot_pin_low)
{
	if (!machine_programs_available())
		return;
	start_with(0, "rom_entry");
	bridge_press_boot(machine.board->bridge, true);
	rom_run(&machine, SETTLE);
	isp_greet(&machine);
	/* It is looked at once: letting go changes nothing, the next reset does. */
	bridge_press_boot(machine.board->bridge, false);
	rom_run(&machine, SETTLE);
	isp_greet(&machine);
	rom_clear_output(&machine);
	board_request_reset(machine.board, RESET_PIN);
	rom_run(&machine, SETTLE);
	ck_assert_str_eq(machine.output, greeting_text);
	machine_stop(&machine);
}
END_TEST

/* Real clock: the 8 ms until the pin is looked at, and not much more for a small image. */
START_TEST(real_time)
{
	double seconds;

	if (!machine_programs_available())
		return;
	program_read(&program, "rom_entry");
	rom_start(&machine, BOARD_CLOCK_REAL, HART1_RELEASED, NULL);
	rom_write_image(&machine, 0, &program);
	while (!machine.output_size)
		rom_run(&machine, 0.0005);
	seconds = (double)board_picoseconds(machine.board) * 1e-12;
	ck_assert_double_ge(seconds, 0.008 + (double)program.size / 3.125e6);
	ck_assert_double_le(seconds, 0.01 + (double)program.size / 3.125e6);
	machine_stop(&machine);
}
END_TEST

/*
 * Real clock: the first versions of kflash.py (kentool.py) release reset, pull IO16 a USB request
 * later, and greet 10 ms after that, once.
 */
START_TEST(early_greeting)
{
	static const uint8_t greeting[] = "\xc0\xc2\0\0\0\0\0\0\0\0\0\0\0\0\xc0";

	rom_start(&machine, BOARD_CLOCK_REAL, HART1_PARKED, NULL);
	bridge_set_rate(machine.board->bridge, 115200);
	rom_run(&machine, 0.002);
	bridge_press_boot(machine.board->bridge, true);
	rom_run(&machine, 0.01);
	rom_exchange(&machine, greeting, 15, 4);
	ck_assert_mem_eq(machine.output, "\xc0\xc2\xe0\xc0", 4);
	machine_stop(&machine);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("boot from flash");
	TCase *tests = tcase_create("boot");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, blank, 0, 2);
	tcase_add_test(tests, entry_state);
	tcase_add_loop_test(tests, good_image, 0, 2);
	tcase_add_test(tests, good_image_again_after_resets);
	tcase_add_loop_test(tests, bad_hash, 0, 3);
	tcase_add_test(tests, encrypted);
	tcase_add_test(tests, boot_pin_low);
	tcase_add_test(tests, real_time);
	tcase_add_test(tests, early_greeting);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
