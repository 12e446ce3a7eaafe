/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/boards/gpio_line.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "utils/kpuctl/boards/system_file.h"
#include "utils/kpuctl/failure.h"

#define NUMBER_MAX 1023

bool gpio_line_parse(struct gpio_line *line, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;
	unsigned long number;
	char *end;

	/* What would be taken apart again on its way to the kernel. */
	if (!length || length >= sizeof(line->chip) || memchr(text, ',', length))
		return false;
	errno = 0;
	number = strtoul(colon + 1, &end, 10);
	if (errno || end == colon + 1 || *end || colon[1] < '0' || colon[1] > '9' ||
	    number > NUMBER_MAX)
		return false;
	memset(line, 0, sizeof(*line));
	memcpy(line->chip, text, length);
	line->number = (unsigned)number;
	return true;
}

/* -1 when it is no GPIO chip that this process may look at. */
static int open_chip(const char *path, struct gpiochip_info *info)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && ioctl(fd, GPIO_GET_CHIPINFO_IOCTL, info) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* How many chips have this label; *path is the last one that has it. */
static unsigned find_label(const char *label, char *path, size_t size)
{
	struct gpiochip_info info;
	unsigned count = 0;
	glob_t found;

	system_glob("", &found, "/dev/gpiochip*");
	for (size_t i = 0; i < found.gl_pathc; i++) {
		int fd = open_chip(found.gl_pathv[i], &info);

		if (fd < 0)
			continue;
		close(fd);
		if (strcmp(info.label, label))
			continue;
		count++;
		snprintf(path, size, "%s", found.gl_pathv[i]);
	}
	globfree(&found);
	return count;
}

static int check_line(int chip, const struct gpiochip_info *info, const struct gpio_line *line,
		      const char *name, struct kpu_error *error)
{
	struct gpio_v2_line_info state = { .offset = line->number };

	if (line->number >= info->lines)
		return fail(error, KPU_ERR_PARAM, "%s=%s:%u: the chip has lines 0 to %u", name,
			    line->chip, line->number, info->lines - 1);
	if (ioctl(chip, GPIO_V2_GET_LINEINFO_IOCTL, &state) == 0 &&
	    (state.flags & GPIO_V2_LINE_FLAG_USED))
		return fail(error, KPU_ERR_BUSY, "%s=%s:%u: the line is in use by \"%.32s\"", name,
			    line->chip, line->number, state.consumer);
	return 0;
}

int gpio_line_check(struct gpio_line *line, const char *name, struct kpu_error *error)
{
	struct gpiochip_info info = { .lines = 0 };
	char path[80], other[80];
	unsigned same;
	int chip, rc;

	snprintf(path, sizeof(path), "%s%s", *line->chip == '/' ? "" : "/dev/", line->chip);
	chip = open_chip(path, &info);
	if (chip < 0 && find_label(line->chip, path, sizeof(path)))
		chip = open_chip(path, &info);
	if (chip < 0)
		return fail(error, KPU_ERR_NO_DEVICE,
			    "%s=%s:%u: there is no such GPIO chip; gpiodetect shows those that are",
			    name, line->chip, line->number);
	rc = check_line(chip, &info, line, name, error);
	close(chip);
	if (rc < 0)
		return rc;
	snprintf(line->label, sizeof(line->label), "%s", info.label);
	same = find_label(info.label, other, sizeof(other));
	if (same > 1 || strchr(info.label, ','))
		return fail(error, KPU_ERR_PARAM,
			    "%s=%s:%u: drivers find a chip by its label, and %u are called \"%s\"",
			    name, line->chip, line->number, same, info.label);
	return 0;
}
