/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What is on the chip. */
#include "utils/k210-emu/devices/all.h"

#include "utils/k210-emu/devices/clint.h"
#include "utils/k210-emu/devices/dmac.h"
#include "utils/k210-emu/devices/dvp.h"
#include "utils/k210-emu/devices/fpioa.h"
#include "utils/k210-emu/devices/gpio.h"
#include "utils/k210-emu/devices/gpiohs.h"
#include "utils/k210-emu/devices/i2c.h"
#include "utils/k210-emu/devices/kpu.h"
#include "utils/k210-emu/devices/nor_flash.h"
#include "utils/k210-emu/devices/plic.h"
#include "utils/k210-emu/devices/rtc.h"
#include "utils/k210-emu/devices/sha256.h"
#include "utils/k210-emu/devices/spi.h"
#include "utils/k210-emu/devices/spi_slave.h"
#include "utils/k210-emu/devices/stored.h"
#include "utils/k210-emu/devices/sysctl.h"
#include "utils/k210-emu/devices/timer.h"
#include "utils/k210-emu/devices/uart.h"
#include "utils/k210-emu/devices/uarths.h"
#include "utils/k210-emu/devices/wdt.h"

/* Reset follows this order: the interrupt controllers before what drives them. */
bool devices_create(struct board *board)
{
	bool ok = (board->flash = nor_flash_new(board)) != NULL && sysctl_create(board) &&
		  plic_create(board) && clint_create(board) && dmac_create(board) &&
		  fpioa_create(board) && gpiohs_create(board) && gpio_create(board) &&
		  uarths_create(board) && kpu_create(board) && dvp_create(board) &&
		  rtc_create(board) && sha256_create(board) && stored_blocks_create(board);

	for (unsigned i = 0; i < 3; i++)
		ok = ok && uart_create(board, i) && i2c_create(board, i) &&
		     timer_block_create(board, i);
	return ok && wdt_create(board, 0) && wdt_create(board, 1) && spi_create(board, 0, NULL) &&
	       spi_create(board, 1, NULL) && spi_slave_create(board) &&
	       spi_create(board, 3, board->flash);
}
