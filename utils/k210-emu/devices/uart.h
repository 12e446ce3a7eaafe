/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_UART_H
#define K210_EMU_DEVICES_UART_H

#include <stdbool.h>

struct board;
struct uart;

/* UART1 (index 0) to UART3 (index 2). */
bool uart_create(struct board *board, unsigned index);

/* The bridge has bytes for this UART. */
void uart_input_available(struct uart *uart);

#endif
