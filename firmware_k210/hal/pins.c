/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* As K210 standalone SDK lib/drivers/fpioa.c: two pins with one function disturb each other. */
#include "firmware_k210/hal/pins.h"

#include "firmware_k210/hal/mmio.h"
#include "k210/fpioa.h"
#include "k210/memory_map.h"

#define IO(pin) (K210_FPIOA_BASE + (uintptr_t)K210_FPIOA_IO(pin))

void pins_route(unsigned pin, uint32_t word)
{
	for (unsigned other = 0; other < K210_FPIOA_PIN_COUNT; other++)
		if (other != pin && !((mmio_read32(IO(other)) ^ word) & K210_FPIOA_FUNCTION_MASK))
			pins_release(other);
	mmio_write32(IO(pin), word);
}

void pins_release(unsigned pin)
{
	mmio_write32(IO(pin), K210_FUNCTION_RESERVED0);
}
