/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <gpiod.h>

#include "tests/unit/spi/fake_chip.h"

struct gpiod_chip {
	char unused;
};

struct gpiod_chip_info {
	char unused;
};

struct gpiod_line_info {
	char unused;
};

struct gpiod_line_settings {
	enum gpiod_line_direction direction;
	enum gpiod_line_edge edge;
	enum gpiod_line_bias bias;
};

struct gpiod_line_config {
	unsigned offset;
	struct gpiod_line_settings settings;
};

struct gpiod_request_config {
	const char *consumer;
};

struct gpiod_line_request {
	unsigned offset;
};

struct gpiod_edge_event {
	bool rising;
};

struct gpiod_edge_event_buffer {
	size_t capacity, count;
	struct gpiod_edge_event events[64];
};

struct gpiod_chip *gpiod_chip_open(const char *path)
{
	return fake_chip_open(path) < 0 ? NULL : fake_new(sizeof(struct gpiod_chip));
}

void gpiod_chip_close(struct gpiod_chip *chip)
{
	fake_free(chip);
}

struct gpiod_chip_info *gpiod_chip_get_info(struct gpiod_chip *chip)
{
	(void)chip;
	return fake_new(sizeof(struct gpiod_chip_info));
}

void gpiod_chip_info_free(struct gpiod_chip_info *info)
{
	fake_free(info);
}

const char *gpiod_chip_info_get_label(struct gpiod_chip_info *info)
{
	(void)info;
	return FAKE_LABEL;
}

size_t gpiod_chip_info_get_num_lines(struct gpiod_chip_info *info)
{
	(void)info;
	return FAKE_LINES;
}

struct gpiod_line_info *gpiod_chip_get_line_info(struct gpiod_chip *chip, unsigned int offset)
{
	(void)chip;
	return offset < FAKE_LINES ? fake_new(sizeof(struct gpiod_line_info)) : NULL;
}

void gpiod_line_info_free(struct gpiod_line_info *info)
{
	fake_free(info);
}

const char *gpiod_line_info_get_consumer(struct gpiod_line_info *info)
{
	(void)info;
	return fake_chip.holder;
}

struct gpiod_line_settings *gpiod_line_settings_new(void)
{
	return fake_new(sizeof(struct gpiod_line_settings));
}

void gpiod_line_settings_free(struct gpiod_line_settings *settings)
{
	fake_free(settings);
}

int gpiod_line_settings_set_direction(struct gpiod_line_settings *settings,
				      enum gpiod_line_direction direction)
{
	settings->direction = direction;
	return 0;
}

int gpiod_line_settings_set_edge_detection(struct gpiod_line_settings *settings,
					   enum gpiod_line_edge edge)
{
	settings->edge = edge;
	return 0;
}

int gpiod_line_settings_set_bias(struct gpiod_line_settings *settings, enum gpiod_line_bias bias)
{
	settings->bias = bias;
	return 0;
}

struct gpiod_line_config *gpiod_line_config_new(void)
{
	return fake_new(sizeof(struct gpiod_line_config));
}

void gpiod_line_config_free(struct gpiod_line_config *config)
{
	fake_free(config);
}

int gpiod_line_config_add_line_settings(struct gpiod_line_config *config,
					const unsigned int *offsets, size_t num_offsets,
					struct gpiod_line_settings *settings)
{
	if (num_offsets != 1)
		return -1;
	config->offset = offsets[0];
	config->settings = *settings;
	return 0;
}

struct gpiod_request_config *gpiod_request_config_new(void)
{
	return fake_new(sizeof(struct gpiod_request_config));
}

void gpiod_request_config_free(struct gpiod_request_config *config)
{
	fake_free(config);
}

void gpiod_request_config_set_consumer(struct gpiod_request_config *config, const char *consumer)
{
	config->consumer = consumer;
}

struct gpiod_line_request *gpiod_chip_request_lines(struct gpiod_chip *chip,
						    struct gpiod_request_config *req_cfg,
						    struct gpiod_line_config *line_cfg)
{
	struct gpiod_line_request *request;

	(void)chip;
	if (fake_chip_request(line_cfg->offset, req_cfg->consumer) < 0)
		return NULL;
	fake_chip.input = line_cfg->settings.direction == GPIOD_LINE_DIRECTION_INPUT;
	fake_chip.both_edges = line_cfg->settings.edge == GPIOD_LINE_EDGE_BOTH;
	fake_chip.pull_down = line_cfg->settings.bias == GPIOD_LINE_BIAS_PULL_DOWN;
	request = fake_new(sizeof(*request));
	request->offset = line_cfg->offset;
	return request;
}

void gpiod_line_request_release(struct gpiod_line_request *request)
{
	fake_free(request);
}

enum gpiod_line_value gpiod_line_request_get_value(struct gpiod_line_request *request,
						   unsigned int offset)
{
	return request->offset == offset ? (enum gpiod_line_value)fake_chip_level()
					 : GPIOD_LINE_VALUE_ERROR;
}

int gpiod_line_request_get_fd(struct gpiod_line_request *request)
{
	(void)request;
	return fake_chip.edges[0];
}

int gpiod_line_request_read_edge_events(struct gpiod_line_request *request,
					struct gpiod_edge_event_buffer *buffer, size_t max_events)
{
	bool rising[64];
	int count = fake_chip_read(rising,
				   max_events < buffer->capacity ? max_events : buffer->capacity);

	(void)request;
	for (int i = 0; i < count; i++)
		buffer->events[i].rising = rising[i];
	buffer->count = count > 0 ? (size_t)count : 0;
	return count;
}

struct gpiod_edge_event_buffer *gpiod_edge_event_buffer_new(size_t capacity)
{
	struct gpiod_edge_event_buffer *buffer = fake_new(sizeof(*buffer));

	buffer->capacity = capacity;
	return buffer;
}

void gpiod_edge_event_buffer_free(struct gpiod_edge_event_buffer *buffer)
{
	fake_free(buffer);
}

struct gpiod_edge_event *gpiod_edge_event_buffer_get_event(struct gpiod_edge_event_buffer *buffer,
							   unsigned long index)
{
	return index < buffer->count ? &buffer->events[index] : NULL;
}

enum gpiod_edge_event_type gpiod_edge_event_get_event_type(struct gpiod_edge_event *event)
{
	return event->rising ? GPIOD_EDGE_EVENT_RISING_EDGE : GPIOD_EDGE_EVENT_FALLING_EDGE;
}
