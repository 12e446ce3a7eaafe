/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/devices/camera.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REGISTERS 65536u

struct identity {
	uint8_t address;       /* for writing */
	unsigned number_bytes; /* of a register's number */
	uint8_t bank_register; /* 0: no banks; its lowest bits are part of the number */
	struct {
		uint16_t number;
		uint8_t value;
	} ids[2];
};

static const struct identity identities[] = {
	[CAMERA_OV2640] = { 0x60, 1, 0xff, { { 0x10a, 0x26 }, { 0x10b, 0x42 } } },
	[CAMERA_OV5640] = { 0x78, 2, 0x00, { { 0x300a, 0x56 }, { 0x300b, 0x40 } } },
	[CAMERA_GC0328] = { 0x42, 1, 0xfe, { { 0x0f0, 0x9d }, { 0x1f0, 0x9d } } },
};

struct camera {
	const struct identity *identity;
	unsigned rate;
	uint8_t *picture; /* three bytes a pixel */
	unsigned width, height;
	uint8_t *registers; /* REGISTERS */
	uint16_t selected;
};

void camera_reset(struct camera *camera)
{
	memset(camera->registers, 0, REGISTERS);
	for (unsigned i = 0; i < 2; i++)
		camera->registers[camera->identity->ids[i].number] = camera->identity->ids[i].value;
	camera->selected = 0;
}

struct camera *camera_new(enum camera_sensor sensor, unsigned frames_per_second)
{
	static const uint8_t grey[3] = { 128, 128, 128 };
	struct camera *camera = calloc(1, sizeof(*camera));

	if (!camera)
		return NULL;
	camera->identity = &identities[sensor];
	camera->rate = frames_per_second;
	camera->registers = malloc(REGISTERS);
	if (!camera->registers || camera_set_picture(camera, grey, 1, 1)) {
		camera_free(camera);
		return NULL;
	}
	camera_reset(camera);
	return camera;
}

void camera_free(struct camera *camera)
{
	if (!camera)
		return;
	free(camera->picture);
	free(camera->registers);
	free(camera);
}

/* ---- picture ---- */

static const char *take_picture(struct camera *camera, uint8_t *rgb, unsigned width,
				unsigned height)
{
	free(camera->picture);
	camera->picture = rgb;
	camera->width = width;
	camera->height = height;
	return NULL;
}

const char *camera_set_picture(struct camera *camera, const uint8_t *rgb, unsigned width,
			       unsigned height)
{
	size_t size = (size_t)width * height * 3;
	uint8_t *copy = malloc(size);

	if (!copy)
		return "out of memory";
	memcpy(copy, rgb, size);
	return take_picture(camera, copy, width, height);
}

/* A number of the header, behind white space and comments. False: there is none up to @limit. */
static bool read_number(FILE *file, unsigned limit, unsigned *number)
{
	int c = getc(file);

	while (isspace(c) || c == '#') {
		if (c == '#')
			while (c != '\n' && c != EOF)
				c = getc(file);
		c = getc(file);
	}
	*number = 0;
	if (!isdigit(c))
		return false;
	for (; isdigit(c); c = getc(file)) {
		*number = *number * 10 + (unsigned)(c - '0');
		if (*number > limit)
			return false;
	}
	return isspace(c);
}

static const char *read_picture(struct camera *camera, FILE *file)
{
	unsigned width, height, maximum;
	uint8_t *rgb;
	size_t size;

	if (getc(file) != 'P' || getc(file) != '6')
		return "not a PPM file (P6); other pictures can be converted: pngtopnm, djpeg";
	if (!read_number(file, CAMERA_SIDE_MAX, &width) ||
	    !read_number(file, CAMERA_SIDE_MAX, &height) || !width || !height)
		return "width and height must be 1 to 4096";
	if (!read_number(file, 65535, &maximum) || maximum != 255)
		return "the PPM file does not have eight bits a channel (maximum 255)";
	size = (size_t)width * height * 3;
	rgb = malloc(size);
	if (!rgb)
		return "out of memory";
	if (fread(rgb, 1, size, file) != size) {
		free(rgb);
		return "the PPM file is shorter than its header says";
	}
	return take_picture(camera, rgb, width, height);
}

const char *camera_load(struct camera *camera, const char *path)
{
	FILE *file = fopen(path, "rb");
	const char *problem;

	if (!file)
		return strerror(errno);
	problem = read_picture(camera, file);
	fclose(file);
	return problem;
}

unsigned camera_rate(const struct camera *camera)
{
	return camera->rate;
}

void camera_pixel(const struct camera *camera, unsigned x, unsigned y, unsigned width,
		  unsigned height, uint8_t rgb[3])
{
	size_t column = (size_t)x * camera->width / width;
	size_t line = (size_t)y * camera->height / height;

	memcpy(rgb, camera->picture + (line * camera->width + column) * 3, 3);
}

/* ---- control bus ---- */

static uint16_t register_number(const struct camera *camera, const uint8_t *bytes)
{
	const struct identity *identity = camera->identity;

	if (identity->number_bytes == 2)
		return (uint16_t)(bytes[0] << 8 | bytes[1]);
	/* The bank register itself is seen from every bank. */
	if (bytes[0] == identity->bank_register)
		return bytes[0];
	return (uint16_t)(bytes[0] | (camera->registers[identity->bank_register] & 3) << 8);
}

bool camera_write(struct camera *camera, const uint8_t *bytes, unsigned count)
{
	unsigned header = 1 + camera->identity->number_bytes;

	if (count == 0 || bytes[0] != camera->identity->address)
		return false;
	if (count < header)
		return true;
	camera->selected = register_number(camera, bytes + 1);
	if (count > header)
		camera->registers[camera->selected] = bytes[header];
	/* Identities are read-only. */
	for (unsigned i = 0; i < 2; i++)
		camera->registers[camera->identity->ids[i].number] = camera->identity->ids[i].value;
	return true;
}

bool camera_read(struct camera *camera, uint8_t address, uint8_t *value)
{
	if (address != (camera->identity->address | 1))
		return false;
	*value = camera->registers[camera->selected];
	return true;
}
