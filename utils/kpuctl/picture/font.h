/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A small font of dots. */
#ifndef KPUCTL_FONT_H
#define KPUCTL_FONT_H

#include <stdbool.h>

#define FONT_WIDTH  5u
#define FONT_HEIGHT 8u /* seven rows above the line, one below */

bool font_pixel(char letter, unsigned column, unsigned row);

#endif
