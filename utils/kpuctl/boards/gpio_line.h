/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A GPIO line as users name it, and what the kernel says about it. */
#ifndef KPUCTL_GPIO_LINE_H
#define KPUCTL_GPIO_LINE_H

#include <kpu.h>

struct gpio_line {
	char chip[64]; /* "gpiochip2", "/dev/gpiochip2", or a label; as given */
	unsigned number;
	char label[32]; /* the chip's: by this drivers know it */
};

/* "CHIP:NUMBER". False: it makes no sense. */
bool gpio_line_parse(struct gpio_line *line, const char *text);
/*
 * Finds the chip and fills in its label. The line must exist, and nobody may have it; @name is what
 * it is for ("ready"), for messages. 0 or a negative error.
 */
int gpio_line_check(struct gpio_line *line, const char *name, struct kpu_error *error);

#endif
