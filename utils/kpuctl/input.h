/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_INPUT_H
#define KPUCTL_INPUT_H

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/picture/picture.h"

/* What a model is fed with. */
struct input {
	void *data;
	size_t size;
	struct picture picture; /* rgb NULL: the file held raw numbers */
	struct kpu_placement placement;
	uint64_t encode_ns; /* picture to input */
};

/* Part of a picture, pixels. */
struct crop {
	uint32_t left, top, width, height;
};

/*
 * Reads a JPEG or PNG ("-": from standard input) and fits it to input 0 of @network with a note
 * when its size differs, or takes a file that holds just the input's bytes (.u8, .f32, .bin) as it
 * is. Returns an exit code, 0 = done; the message has been printed.
 */
int input_read(const char *path, const struct kpu_network *network, enum kpu_resize rule,
	       struct input *input);
/* The same with a part of the picture; @crop NULL = all of it. */
int input_read_part(const char *path, const struct kpu_network *network, enum kpu_resize rule,
		    const struct crop *crop, struct input *input);
void input_free(struct input *input);

/* "stretch", "letterbox", "exact". */
enum kpu_resize option_resize(const struct command *command, const char *text);

/* "LEFT,TOP,WIDTH,HEIGHT". */
struct crop option_crop(const struct command *command, const char *text);

uint64_t now_ns(void);

#endif
