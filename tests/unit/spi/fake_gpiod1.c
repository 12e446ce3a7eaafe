/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <gpiod.h>

#include "tests/unit/spi/fake_chip.h"

struct gpiod_line {
	unsigned offset;
};

struct gpiod_chip {
	struct gpiod_line line;
};

struct gpiod_chip *gpiod_chip_open(const char *path)
{
	return fake_chip_open(path) < 0 ? NULL : fake_new(sizeof(struct gpiod_chip));
}

void gpiod_chip_close(struct gpiod_chip *chip)
{
	fake_free(chip);
}

const char *gpiod_chip_label(struct gpiod_chip *chip)
{
	(void)chip;
	return FAKE_LABEL;
}

unsigned int gpiod_chip_num_lines(struct gpiod_chip *chip)
{
	(void)chip;
	return FAKE_LINES;
}

struct gpiod_line *gpiod_chip_get_line(struct gpiod_chip *chip, unsigned int offset)
{
	errno = EINVAL;
	if (offset >= FAKE_LINES)
		return NULL;
	chip->line.offset = offset;
	return &chip->line;
}

const char *gpiod_line_consumer(struct gpiod_line *line)
{
	(void)line;
	return fake_chip.holder;
}

int gpiod_line_request_both_edges_events_flags(struct gpiod_line *line, const char *consumer,
					       int flags)
{
	fake_chip.input = fake_chip.both_edges = true;
	fake_chip.pull_down = flags == GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
	return fake_chip_request(line->offset, consumer);
}

int gpiod_line_get_value(struct gpiod_line *line)
{
	(void)line;
	return fake_chip_level();
}

int gpiod_line_event_read_multiple(struct gpiod_line *line, struct gpiod_line_event *events,
				   unsigned int num_events)
{
	bool rising[64];
	int count = fake_chip_read(rising, num_events < 64 ? num_events : 64);

	(void)line;
	for (int i = 0; i < count; i++)
		events[i].event_type =
			rising[i] ? GPIOD_LINE_EVENT_RISING_EDGE : GPIOD_LINE_EVENT_FALLING_EDGE;
	return count;
}

int gpiod_line_event_get_fd(struct gpiod_line *line)
{
	(void)line;
	return fake_chip.edges[0];
}
