/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/devices/nor_flash_commands.h"

#include <stddef.h>

/* clang-format off */
static const struct nor_command commands[] = {
	/*        action            addr  mode  dummy data argument */
	{ 0x03, NOR_READ,             1, false,  0,   1, 0 },
	{ 0x0b, NOR_READ,             1, false,  8,   1, 0 },
	{ 0x3b, NOR_READ,             1, false,  8,   2, 0 },
	{ 0x6b, NOR_READ,             1, false,  8,   4, 0 },
	{ 0xbb, NOR_READ,             2, true,   0,   2, 0 },
	{ 0xeb, NOR_READ,             4, true,   4,   4, 0 },
	{ 0x02, NOR_PROGRAM,          1, false,  0,   1, 0 },
	{ 0x32, NOR_PROGRAM,          1, false,  0,   4, 0 },
	{ 0x20, NOR_ERASE,            1, false,  0,   0, 4096 },
	{ 0x52, NOR_ERASE,            1, false,  0,   0, 32768 },
	{ 0xd8, NOR_ERASE,            1, false,  0,   0, 65536 },
	{ 0x60, NOR_ERASE_CHIP,       0, false,  0,   0, 0 },
	{ 0xc7, NOR_ERASE_CHIP,       0, false,  0,   0, 0 },
	{ 0x06, NOR_WRITE_ENABLE,     0, false,  0,   0, 0 },
	{ 0x04, NOR_WRITE_DISABLE,    0, false,  0,   0, 0 },
	{ 0x05, NOR_READ_STATUS,      0, false,  0,   1, 0 },
	{ 0x35, NOR_READ_STATUS,      0, false,  0,   1, 1 },
	{ 0x15, NOR_READ_STATUS,      0, false,  0,   1, 2 },
	{ 0x01, NOR_WRITE_STATUS,     0, false,  0,   1, 0 },
	{ 0x31, NOR_WRITE_STATUS,     0, false,  0,   1, 1 },
	{ 0x11, NOR_WRITE_STATUS,     0, false,  0,   1, 2 },
	{ 0x9f, NOR_JEDEC_ID,         0, false,  0,   1, 0 },
	{ 0x90, NOR_DEVICE_ID,        1, false,  0,   1, 0 },
	{ 0x4b, NOR_UNIQUE_ID,        0, false, 32,   1, 0 },
	{ 0xb9, NOR_POWER_DOWN,       0, false,  0,   0, 0 },
	{ 0xab, NOR_RELEASE,          0, false, 24,   1, 0 },
	{ 0x38, NOR_ENTER_QPI,        0, false,  0,   0, 0 },
	{ 0xff, NOR_LEAVE_QPI,        0, false,  0,   0, 0 },
	{ 0x66, NOR_RESET_ENABLE,     0, false,  0,   0, 0 },
	{ 0x99, NOR_RESET,            0, false,  0,   0, 0 },
};
/* clang-format on */

const struct nor_command *nor_command_find(uint8_t code)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].code == code)
			return &commands[i];
	}
	return NULL;
}

bool nor_command_is_quad(const struct nor_command *command)
{
	return command->address_lanes == 4 || command->data_lanes == 4 ||
	       command->action == NOR_ENTER_QPI;
}
