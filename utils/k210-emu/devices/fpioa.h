/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_FPIOA_H
#define K210_EMU_DEVICES_FPIOA_H

#include <stdbool.h>
#include <stdint.h>

struct board;
struct fpioa;

/* The UART whose line is at a pin of the USB bridge. */
enum console_uart {
	CONSOLE_NONE,
	CONSOLE_UART1,
	CONSOLE_UART2,
	CONSOLE_UART3,
	CONSOLE_UARTHS,
};

bool fpioa_create(struct board *board);

/* The io word of a pin. */
uint32_t fpioa_io(const struct fpioa *fpioa, unsigned pin);

/* At IO4, towards the chip; at IO5, from the chip. */
enum console_uart fpioa_console_receiver(const struct fpioa *fpioa);
enum console_uart fpioa_console_transmitter(const struct fpioa *fpioa);

#endif
