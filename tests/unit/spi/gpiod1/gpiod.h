/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What lib/ready_line.c uses of libgpiod 1, for computers that have another version. */
#ifndef KPU_TESTS_GPIOD1_H
#define KPU_TESTS_GPIOD1_H

#include <time.h>

struct gpiod_chip;
struct gpiod_line;

enum {
	GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN = 1 << 4
};

enum {
	GPIOD_LINE_EVENT_RISING_EDGE = 1,
	GPIOD_LINE_EVENT_FALLING_EDGE
};

struct gpiod_line_event {
	struct timespec ts;
	int event_type;
};

struct gpiod_chip *gpiod_chip_open(const char *path);
void gpiod_chip_close(struct gpiod_chip *chip);
const char *gpiod_chip_label(struct gpiod_chip *chip);
unsigned int gpiod_chip_num_lines(struct gpiod_chip *chip);
struct gpiod_line *gpiod_chip_get_line(struct gpiod_chip *chip, unsigned int offset);
const char *gpiod_line_consumer(struct gpiod_line *line);
int gpiod_line_request_both_edges_events_flags(struct gpiod_line *line, const char *consumer,
					       int flags);
int gpiod_line_get_value(struct gpiod_line *line);
int gpiod_line_event_read_multiple(struct gpiod_line *line, struct gpiod_line_event *events,
				   unsigned int num_events);
int gpiod_line_event_get_fd(struct gpiod_line *line);

#endif
