/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The ready line of a board on an SPI bus of this computer: one GPIO, by way of libgpiod. Not for
 * several threads at once.
 */
#ifndef KPU_LIB_READY_LINE_H
#define KPU_LIB_READY_LINE_H

#include <kpu.h>

struct kpu_ready_line;

/*
 * Takes the line that @text names, CHIP:NUMBER. CHIP is a device ("/dev/gpiochip0"), or a chip's
 * name or label as gpiodetect prints them ("gpiochip0", "pinctrl-bcm2711"). 0, or a negative error
 * that says what to do.
 */
int kpu_ready_line_open(const char *text, struct kpu_ready_line **line, struct kpu_error *error);
void kpu_ready_line_close(struct kpu_ready_line *line);

/* For poll(2), POLLIN: there are edges to take. */
int kpu_ready_line_fd(const struct kpu_ready_line *line);
/* Takes all edges there are, waits for none. 1: the line has fallen since the last call, even if it
 * is high again; 0: it has not. Negative errno: the chip is gone. */
int kpu_ready_line_fell(struct kpu_ready_line *line);
/* A line that cannot be read is low. */
bool kpu_ready_line_is_high(struct kpu_ready_line *line);

#endif
