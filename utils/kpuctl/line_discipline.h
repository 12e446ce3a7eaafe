/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Giving a serial port to the kernel driver and taking it back. */
#ifndef KPUCTL_LINE_DISCIPLINE_H
#define KPUCTL_LINE_DISCIPLINE_H

#include <stdint.h>

/* Opens @path raw at @baud and gives the line to kpu_tty. Returns the descriptor, which holds it,
 * or a negative errno. */
int line_give(const char *path, uint32_t baud);
/* Back to an ordinary tty. */
void line_take_back(int fd);

#endif
