/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "lib/boot/boards.h"

#include <string.h>

/*
 * Sequences: sipeed/kflash.py, reset_to_isp_*(), where True is asserted; idle is the end of
 * reset_to_boot_*().
 *	dan	RTS resets, DTR pulls IO16
 *	kd233	DTR resets, RTS pulls IO16
 *	god	CMSIS-DAP firmware of the Maix Go, levels inverted; the way to (D1 R1) would boot
 *		from flash
 */
const struct kpu_boot_style kpu_boot_styles[] = {
	{ .name = "dan",
	  .other_names = "bit,trainer",
	  .steps = { { false, false }, { false, true }, { true, false } },
	  .idle = { false, false } },
	{ .name = "kd233",
	  .other_names = "goe,maixduino,bit_mic",
	  .steps = { { false, false }, { true, false }, { false, true } },
	  .idle = { false, false } },
	{ .name = "god",
	  .steps = { { true, true }, { true, false }, { true, false } },
	  .idle = { true, false } },
	{ .name = NULL },
};

/*
 * Which boards have which style: sipeed/kflash_gui, boards_info.json; bridges: the Sipeed wiki's
 * page about drivers (soft/maixpy/en/get_started/env_install_driver). The source of what is
 * particular to an entry stands above it. The rates only say where to begin: the test of the line
 * decides.
 */
const struct kpu_boot_board kpu_boot_boards[] = {
	/*
	 * CH340: 2 Mbaud is the most of its data sheet, 1.5 M and 2 M work in the field (kflash.py
	 * issue 14). KD233: style kd233, tried after dan as kflash.py does it.
	 */
	{ 0x1a86, 0x7523, -1, NULL, "Maix Dock, Maix Bit or KD233", "CH340", "dan", 2000000, true,
	  false },
	/* CH9102: ids in mu-editor/mu PR 2503, 4 Mbaud in its data sheet. */
	{ 0x1a86, 0x55d4, -1, NULL, "CanMV K210", "CH9102", "dan", 4000000, true, false },
	/*
	 * Two lines. The first is the K210's on boards with a CH552, the second on the Maix Go
	 * (kflash.py issue 21, U-Boot's doc/board/sipeed/maix.rst). They call themselves
	 * "Sipeed-Debug" (pyftdi issue 291). A CH552 does 1.5 Mbaud at best (MicroPython_K210_LoBo
	 * issue 13), other chips with these ids up to 4.5 M (MaixPy-v1 issue 372).
	 */
	{ 0x0403, 0x6010, 0, "Sipeed", "Maix Bit (with microphone), Maixduino, Cube, Amigo or Nano",
	  "CH552 or GD32 as FT2232", "goe", 4500000, false, false },
	{ 0x0403, 0x6010, 1, "Sipeed", "Maix Go", "STM32F103 as FT2232", "goe", 4500000, false,
	  false },
	{ 0x0403, 0x6010, 0, NULL, "Maix Bit, Maixduino, Cube, Amigo, Nano or Grove AI HAT",
	  "CH552 or GD32 as FT2232", "goe", 4500000, true, false },
	{ 0x0403, 0x6010, 1, NULL, "Maix Go", "STM32F103 as FT2232", "goe", 4500000, true, false },
	/* Kernel log of an M5StickV: gist kazken3/44ff5f71; 3 Mbaud: data sheet of the FT232. */
	{ 0x0403, 0x6001, -1, "M5", "M5StickV or UnitV", "microcontroller as FT232", "goe", 3000000,
	  false, false },
	{ 0x0403, 0x6001, -1, NULL, "M5StickV or UnitV", "FT232", "goe", 3000000, true, false },
	/* The Maix Go as it was sold first, with CMSIS-DAP (kflash.py's search by vendor). */
	{ 0xc251, 0xf001, -1, NULL, "Maix Go", "STM32F103 with CMSIS-DAP", "god", 2000000, false,
	  false },
	/* Vendors that kflash.py looks for; boards that are wired by hand. Rates: data sheets. */
	{ 0x10c4, 0xea60, -1, NULL, "a K210 on a CP210x", "CP210x", "dan", 2000000, true, true },
	{ 0x067b, 0x2303, -1, NULL, "a K210 on a PL2303", "PL2303", "dan", 3000000, true, true },
	{ .name = NULL },
};

static bool is_listed(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; at && *at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncasecmp(at, name, length) && (at[length] == ',' || !at[length]))
			return true;
	}
	return false;
}

const struct kpu_boot_style *kpu_boot_find_style(const char *name)
{
	const struct kpu_boot_style *style;

	if (!*name || strchr(name, ','))
		return NULL;
	for (style = kpu_boot_styles; style->name; style++) {
		if (*name &&
		    (!strcasecmp(style->name, name) || is_listed(style->other_names, name)))
			return style;
	}
	return NULL;
}

static bool contains(const char *text, const char *part)
{
	return !part || (text && strcasestr(text, part));
}

const struct kpu_boot_board *kpu_boot_find_board(uint16_t vendor, uint16_t product, int interface,
						 const char *product_name)
{
	const struct kpu_boot_board *board;

	for (board = kpu_boot_boards; board->name; board++) {
		if (board->vendor == vendor && board->product == product &&
		    (board->interface < 0 || interface < 0 || board->interface == interface) &&
		    contains(product_name, board->usb_match))
			return board;
	}
	return NULL;
}
