/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_UARTHS_H
#define K210_EMU_DEVICES_UARTHS_H

#include <stdbool.h>

struct board;
struct uarths;

bool uarths_create(struct board *board);

/* The bridge has bytes for this UART. */
void uarths_input_available(struct uarths *uarths);

#endif
