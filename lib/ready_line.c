/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * libgpiod 1 (Debian 12) and libgpiod 2 (Debian 13) have hardly a function in common. What differs
 * is in the two sections below; KPU_GPIOD_API, set by the build, says which one is compiled. 0:
 * there was no libgpiod, and opening says so.
 */
#include "lib/ready_line.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"

#if KPU_GPIOD_API

#include <gpiod.h>

#define CONSUMER "kpu"
/* As many as the kernel keeps for one line. */
#define EVENTS     16
#define CHIPS_MAX  256u
#define LINE_MAX   4095ul
#define NAME_BYTES 64

#endif

#if KPU_GPIOD_API == 1

struct kpu_ready_line {
	struct gpiod_chip *chip;
	struct gpiod_line *line;
	bool was_high; /* after the last edge */
};

static bool has_label(struct gpiod_chip *chip, const char *label)
{
	return strcmp(gpiod_chip_label(chip), label) == 0;
}

static bool has_line(struct gpiod_chip *chip, unsigned offset)
{
	return offset < gpiod_chip_num_lines(chip);
}

static void get_holder(struct gpiod_chip *chip, unsigned offset, char name[NAME_BYTES])
{
	struct gpiod_line *line = gpiod_chip_get_line(chip, offset);
	const char *holder = line ? gpiod_line_consumer(line) : NULL;

	snprintf(name, NAME_BYTES, "%s", holder ? holder : "somebody");
}

/* 0 or a negative errno. */
static int request(struct kpu_ready_line *line, unsigned offset)
{
	line->line = gpiod_chip_get_line(line->chip, offset);
	if (line->line &&
	    gpiod_line_request_both_edges_events_flags(line->line, CONSUMER,
						       GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN) == 0)
		return 0;
	return -errno;
}

/* What is there, at least one edge: their number, or a negative errno. */
static int read_edges(struct kpu_ready_line *line, bool rising[EVENTS])
{
	struct gpiod_line_event events[EVENTS];
	int count = gpiod_line_event_read_multiple(line->line, events, EVENTS);

	for (int i = 0; i < count; i++)
		rising[i] = events[i].event_type == GPIOD_LINE_EVENT_RISING_EDGE;
	return count < 0 ? -errno : count;
}

int kpu_ready_line_fd(const struct kpu_ready_line *line)
{
	return gpiod_line_event_get_fd(line->line);
}

bool kpu_ready_line_is_high(struct kpu_ready_line *line)
{
	return gpiod_line_get_value(line->line) == 1;
}

void kpu_ready_line_close(struct kpu_ready_line *line)
{
	if (line->chip)
		gpiod_chip_close(line->chip); /* and lets go of the line */
	free(line);
}

#elif KPU_GPIOD_API == 2

struct kpu_ready_line {
	struct gpiod_chip *chip;
	struct gpiod_line_request *request;
	struct gpiod_edge_event_buffer *events;
	unsigned offset;
	bool was_high; /* after the last edge */
};

static bool has_label(struct gpiod_chip *chip, const char *label)
{
	struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
	bool same = info && strcmp(gpiod_chip_info_get_label(info), label) == 0;

	gpiod_chip_info_free(info);
	return same;
}

static bool has_line(struct gpiod_chip *chip, unsigned offset)
{
	struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
	bool has = info && offset < gpiod_chip_info_get_num_lines(info);

	gpiod_chip_info_free(info);
	return has;
}

static void get_holder(struct gpiod_chip *chip, unsigned offset, char name[NAME_BYTES])
{
	struct gpiod_line_info *info = gpiod_chip_get_line_info(chip, offset);
	const char *holder = info ? gpiod_line_info_get_consumer(info) : NULL;

	snprintf(name, NAME_BYTES, "%s", holder ? holder : "somebody");
	gpiod_line_info_free(info);
}

/* NULL: no memory. */
static struct gpiod_line_config *input_with_edges(unsigned offset)
{
	struct gpiod_line_settings *settings = gpiod_line_settings_new();
	struct gpiod_line_config *config = gpiod_line_config_new();
	bool set = settings && config &&
		   gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT) == 0 &&
		   gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH) == 0 &&
		   gpiod_line_settings_set_bias(settings, GPIOD_LINE_BIAS_PULL_DOWN) == 0 &&
		   gpiod_line_config_add_line_settings(config, &offset, 1, settings) == 0;

	gpiod_line_settings_free(settings);
	if (set)
		return config;
	gpiod_line_config_free(config);
	return NULL;
}

/* 0 or a negative errno. */
static int request(struct kpu_ready_line *line, unsigned offset)
{
	struct gpiod_request_config *consumer = gpiod_request_config_new();
	struct gpiod_line_config *config = input_with_edges(offset);
	int rc = -ENOMEM;

	line->offset = offset;
	line->events = gpiod_edge_event_buffer_new(EVENTS);
	if (consumer && config && line->events) {
		gpiod_request_config_set_consumer(consumer, CONSUMER);
		line->request = gpiod_chip_request_lines(line->chip, consumer, config);
		rc = line->request ? 0 : -errno;
	}
	gpiod_line_config_free(config);
	gpiod_request_config_free(consumer);
	return rc;
}

/* What is there, at least one edge: their number, or a negative errno. */
static int read_edges(struct kpu_ready_line *line, bool rising[EVENTS])
{
	int count = gpiod_line_request_read_edge_events(line->request, line->events, EVENTS);

	for (int i = 0; i < count; i++) {
		struct gpiod_edge_event *event =
			gpiod_edge_event_buffer_get_event(line->events, (unsigned long)i);

		rising[i] = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
	}
	return count < 0 ? -errno : count;
}

int kpu_ready_line_fd(const struct kpu_ready_line *line)
{
	return gpiod_line_request_get_fd(line->request);
}

bool kpu_ready_line_is_high(struct kpu_ready_line *line)
{
	return gpiod_line_request_get_value(line->request, line->offset) == GPIOD_LINE_VALUE_ACTIVE;
}

void kpu_ready_line_close(struct kpu_ready_line *line)
{
	if (line->request)
		gpiod_line_request_release(line->request);
	if (line->events)
		gpiod_edge_event_buffer_free(line->events);
	if (line->chip)
		gpiod_chip_close(line->chip);
	free(line);
}

#endif

#if KPU_GPIOD_API

/* A path, a name or a label. Numbers may differ from kernel to kernel; labels do not. */
static struct gpiod_chip *open_chip(const char *wanted)
{
	int reason = ENOENT;

	if (*wanted == '/')
		return gpiod_chip_open(wanted);
	for (unsigned i = 0; i < CHIPS_MAX; i++) {
		char path[NAME_BYTES];
		struct gpiod_chip *chip;

		snprintf(path, sizeof(path), "/dev/gpiochip%u", i);
		chip = gpiod_chip_open(path);
		if (chip && (!strcmp(path + strlen("/dev/"), wanted) || has_label(chip, wanted)))
			return chip;
		if (chip)
			gpiod_chip_close(chip);
		else if (errno == EACCES)
			reason = EACCES;
	}
	errno = reason;
	return NULL;
}

static int chip_failed(const char *chip, int reason, struct kpu_error *error)
{
	char words[64];
	const char *text = strerror_r(reason, words, sizeof(words));

	if (reason == EACCES) {
		kpu_fail(error, KPU_ERR_PERMISSION, "%s: this user may not open GPIO chips", chip);
		kpu_error_advise(error, "run it as root, or join the group that ls -l "
					"/dev/gpiochip* shows (often gpio)");
		return -KPU_ERR_PERMISSION;
	}
	if (*chip != '/')
		text = "no GPIO chip is called so";
	else if (reason == ENOTTY || reason == ENODEV)
		text = "this is no GPIO chip";
	kpu_fail(error, KPU_ERR_NO_DEVICE, "%s: %s", chip, text);
	kpu_error_advise(error, "gpiodetect (package gpiod) lists the chips, gpioinfo their lines");
	return -KPU_ERR_NO_DEVICE;
}

static int line_failed(struct kpu_ready_line *line, const char *text, unsigned offset, int reason,
		       struct kpu_error *error)
{
	char words[64], holder[NAME_BYTES];

	if (!has_line(line->chip, offset)) {
		kpu_fail(error, KPU_ERR_NO_DEVICE, "%s: the chip has no such line", text);
		kpu_error_advise(error, "gpioinfo (package gpiod) lists the lines");
		return -KPU_ERR_NO_DEVICE;
	}
	if (reason == EBUSY) {
		get_holder(line->chip, offset, holder);
		kpu_fail(error, KPU_ERR_BUSY, "%s: the line is held by \"%s\"", text, holder);
		kpu_error_advise(error, strcmp(holder, CONSUMER)
						? "free it there, or use another line"
						: "one program at a time: end the other one");
		return -KPU_ERR_BUSY;
	}
	kpu_fail(error, KPU_ERR_NO_DEVICE, "%s: %s", text,
		 strerror_r(reason, words, sizeof(words)));
	kpu_error_advise(error, "ready needs a line that is an input with an interrupt");
	return -KPU_ERR_NO_DEVICE;
}

/* "CHIP:NUMBER" */
static bool split(const char *text, char chip[NAME_BYTES], unsigned *offset)
{
	const char *colon = strrchr(text, ':');
	unsigned long number;
	char *end;

	if (!colon || colon == text || (size_t)(colon - text) >= NAME_BYTES || colon[1] < '0' ||
	    colon[1] > '9')
		return false;
	number = strtoul(colon + 1, &end, 10);
	if (*end || number > LINE_MAX)
		return false;
	snprintf(chip, NAME_BYTES, "%.*s", (int)(colon - text), text);
	*offset = (unsigned)number;
	return true;
}

int kpu_ready_line_open(const char *text, struct kpu_ready_line **opened, struct kpu_error *error)
{
	struct kpu_ready_line *line;
	char chip[NAME_BYTES];
	unsigned offset;
	int rc;

	if (!split(text, chip, &offset))
		return kpu_fail(error, KPU_ERR_PARAM,
				"ready=%.80s does not name a line, as /dev/gpiochip0:25 does",
				text);
	line = calloc(1, sizeof(*line));
	if (!line)
		return kpu_fail_memory(error);
	line->chip = open_chip(chip);
	if (!line->chip) {
		rc = chip_failed(chip, errno, error);
		kpu_ready_line_close(line);
		return rc;
	}
	rc = request(line, offset);
	if (rc < 0) {
		rc = line_failed(line, text, offset, -rc, error);
		kpu_ready_line_close(line);
		return rc;
	}
	line->was_high = kpu_ready_line_is_high(line);
	*opened = line;
	return 0;
}

/* 1: there is an edge to read; negative: there will be none any more. */
static int has_edge(const struct kpu_ready_line *line)
{
	struct pollfd look = { .fd = kpu_ready_line_fd(line), .events = POLLIN };

	if (poll(&look, 1, 0) < 0)
		return errno == EINTR ? 0 : -errno;
	if (look.revents & POLLIN)
		return 1;
	return look.revents ? -ENODEV : 0;
}

/*
 * For the kind of an edge the kernel looks at the line when its handler's thread runs. A fall
 * shorter than that takes is told as a rise, or two; so a rise of a line that was high is a fall.
 */
int kpu_ready_line_fell(struct kpu_ready_line *line)
{
	bool rising[EVENTS], fell = false;
	int count = has_edge(line);

	if (count > 0)
		count = read_edges(line, rising);
	if (count < 0)
		return count;
	for (int i = 0; i < count; i++) {
		fell |= line->was_high || !rising[i];
		line->was_high = rising[i];
	}
	return fell;
}

#else

int kpu_ready_line_open(const char *text, struct kpu_ready_line **line, struct kpu_error *error)
{
	(void)text;
	(void)line;
	kpu_fail(error, KPU_ERR_NOT_IMPLEMENT, "spi: this libkpu was built without libgpiod");
	kpu_error_advise(error, "install libgpiod-dev and build again, or use the kernel's driver "
				"(modprobe kpu_spi)");
	return -KPU_ERR_NOT_IMPLEMENT;
}

/* Nothing was opened: nobody calls these. */
void kpu_ready_line_close(struct kpu_ready_line *line)
{
	(void)line;
}

int kpu_ready_line_fd(const struct kpu_ready_line *line)
{
	(void)line;
	return -1;
}

int kpu_ready_line_fell(struct kpu_ready_line *line)
{
	(void)line;
	return -ENODEV;
}

bool kpu_ready_line_is_high(struct kpu_ready_line *line)
{
	(void)line;
	return false;
}

#endif
