/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What the runtime and the server need of the board's flash; hal/flash.h says what each one
 * does. */
#ifndef FIRMWARE_RUNTIME_FLASH_H
#define FIRMWARE_RUNTIME_FLASH_H

#include <stdbool.h>

#include "link/commands.h"

struct runtime_flash {
	bool (*identify)(struct kpu_flash_chip *chip);
	bool (*busy)(void);
	void (*read)(uint32_t address, uint8_t *bytes, uint32_t length);
	uint32_t (*program)(uint32_t address, const uint8_t *bytes, uint32_t length);
	void (*erase)(uint32_t address, uint32_t size);
	uint32_t (*nearest_clock)(uint32_t hz);
	void (*start_read)(uint32_t address, uint8_t *to, uint32_t words, bool reversed,
			   uint32_t hz);
	bool (*read_done)(void);
	void (*stop_read)(void);
};

#endif
