/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The server on this board: its buffers, its line and its hardware. */
#ifndef FIRMWARE_BOARD_H
#define FIRMWARE_BOARD_H

#include <stdbool.h>

/* Hardware up, server waiting for a host. */
void board_init(void);
/* Moves bytes between line and server and lets the server work. True: there is more to do. */
bool board_poll(void);
/* Sleeps until something happens; returns at once if it already has. */
void board_sleep(void);

#endif
