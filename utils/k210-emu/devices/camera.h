/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A camera at the DVP: a picture from a file, and the registers that its control bus shows. It
 * sends the same picture for ever, scaled to whatever size the interface expects, as a sensor does
 * that was set to that size.
 *
 * Sensors and their identities (their data sheets): OV2640 0x60, registers 0x0a/0x0b of bank 1 are
 * 26 42; OV5640 0x78, registers 0x300a/0x300b are 56 40; GC0328 0x42, register 0xf0 is 9d.
 *
 * Not modelled: every other register only stores; exposure, mirror, windows, colours.
 */
#ifndef K210_EMU_DEVICES_CAMERA_H
#define K210_EMU_DEVICES_CAMERA_H

#include <stdbool.h>
#include <stdint.h>

#define CAMERA_SIDE_MAX     4096u
#define CAMERA_RATE_DEFAULT 30u
#define CAMERA_RATE_MAX     1000u

enum camera_sensor {
	CAMERA_OV2640,
	CAMERA_OV5640,
	CAMERA_GC0328,
};

struct camera;

/* NULL: out of memory. A grey picture until one is loaded. */
struct camera *camera_new(enum camera_sensor sensor, unsigned frames_per_second);
void camera_free(struct camera *camera);
/* Loads a PPM file (P6, eight bits). Returns NULL or a sentence saying what is wrong. */
const char *camera_load(struct camera *camera, const char *path);
/* The same from memory: @rgb has three bytes a pixel and is copied. */
const char *camera_set_picture(struct camera *camera, const uint8_t *rgb, unsigned width,
			       unsigned height);

unsigned camera_rate(const struct camera *camera);
/* Pixel of the picture scaled to @width x @height, as three bytes. */
void camera_pixel(const struct camera *camera, unsigned x, unsigned y, unsigned width,
		  unsigned height, uint8_t rgb[3]);

/* Control bus: @bytes[0] is the address with the direction in bit 0. False: nobody answers. */
bool camera_write(struct camera *camera, const uint8_t *bytes, unsigned count);
bool camera_read(struct camera *camera, uint8_t address, uint8_t *value);
/* The sensor's reset pin. */
void camera_reset(struct camera *camera);

#endif
