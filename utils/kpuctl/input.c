/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/input.h"

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

enum kpu_resize option_resize(const struct command *command, const char *text)
{
	if (!strcmp(text, "stretch"))
		return KPU_RESIZE_STRETCH;
	if (!strcmp(text, "letterbox"))
		return KPU_RESIZE_LETTERBOX;
	if (strcmp(text, "exact"))
		usage_error(command, "--resize is stretch, letterbox or exact");
	return KPU_RESIZE_EXACT;
}

static bool is_raw(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (!strcmp(dot, ".u8") || !strcmp(dot, ".f32") || !strcmp(dot, ".bin"));
}

static int read_raw(const char *path, struct input *input)
{
	FILE *file = fopen(path, "rb");
	struct kpu_error error;
	size_t length;
	bool good;

	if (!file) {
		fail(&error, KPU_ERR_READ_FILE, "cannot open %s: %s", path, strerror(errno));
		return report_error(&error);
	}
	length = fread(input->data, 1, input->size, file);
	good = !ferror(file);
	if (!good)
		fail(&error, KPU_ERR_READ_FILE, "cannot read %s: %s", path, strerror(errno));
	if (good && length == input->size && fgetc(file) != EOF)
		length++;
	fclose(file);
	if (!good)
		return report_error(&error);
	if (length == input->size)
		return EXIT_OK;
	if (length > input->size)
		complain("%s has more than the %zu bytes that the model takes", path, input->size);
	else
		complain("%s has only %zu of the %zu bytes that the model takes", path, length,
			 input->size);
	note("        kpuctl netinfo shows the shape of the input; planar, without gaps");
	return EXIT_BAD_FILE;
}

struct crop option_crop(const struct command *command, const char *text)
{
	struct crop crop = { 0 };
	int used = 0;

	if (sscanf(text, "%5u,%5u,%5u,%5u%n", &crop.left, &crop.top, &crop.width, &crop.height,
		   &used) != 4 ||
	    text[used] || !crop.width || !crop.height)
		usage_error(command, "--crop is LEFT,TOP,WIDTH,HEIGHT in pixels");
	return crop;
}

static bool set_image(struct kpu_image *image, const struct picture *picture,
		      const struct crop *crop)
{
	struct crop whole = { 0, 0, picture->width, picture->height };

	crop = crop ? crop : &whole;
	if (crop->left > picture->width || crop->width > picture->width - crop->left ||
	    crop->top > picture->height || crop->height > picture->height - crop->top)
		return false;
	image->format = KPU_PIXEL_RGB888;
	image->width = crop->width;
	image->height = crop->height;
	image->stride = (size_t)picture->width * 3;
	image->pixels = picture->rgb + crop->top * image->stride + (size_t)crop->left * 3;
	return true;
}

static int read_picture(const char *path, const struct kpu_tensor_info *info, enum kpu_resize rule,
			const struct crop *crop, struct input *input)
{
	struct kpu_image image;
	struct kpu_error error;
	uint64_t start;
	int rc = picture_read(path, &input->picture, &error);

	if (rc < 0)
		return report_error(&error);
	if (!set_image(&image, &input->picture, crop)) {
		complain("%s is %ux%u, the part lies outside of it", path, input->picture.width,
			 input->picture.height);
		return EXIT_USAGE;
	}
	start = now_ns();
	rc = kpu_image_to_input(&image, info, rule, input->data, input->size, &input->placement);
	input->encode_ns = now_ns() - start;
	if (rc == -KPU_ERR_SIZE_NOTMATCH) {
		complain("%s is %ux%u, the model takes %ux%u", path, image.width, image.height,
			 info->width, info->height);
		return EXIT_BAD_FILE;
	}
	if (rc < 0) {
		complain("the model takes %ux%ux%u %s, not a picture", info->width, info->height,
			 info->channels,
			 info->type == KPU_TENSOR_UINT8 ? "bytes" : "floating-point numbers");
		return EXIT_BAD_FILE;
	}
	if (input->placement.resized && !crop)
		note("note: %s is %ux%u and was resized to the model's %ux%u", path, image.width,
		     image.height, info->width, info->height);
	return EXIT_OK;
}

int input_read(const char *path, const struct kpu_network *network, enum kpu_resize rule,
	       struct input *input)
{
	return input_read_part(path, network, rule, NULL, input);
}

int input_read_part(const char *path, const struct kpu_network *network, enum kpu_resize rule,
		    const struct crop *crop, struct input *input)
{
	struct kpu_network_info info;
	struct kpu_tensor_info tensor;
	int status;

	memset(input, 0, sizeof(*input));
	kpu_network_info(network, &info);
	kpu_network_input(network, 0, &tensor);
	input->size = info.input_bytes;
	input->data = calloc(1, input->size);
	if (!input->data) {
		complain("no memory for the input");
		return EXIT_FAILED;
	}
	if (is_raw(path)) {
		status = read_raw(path, input);
	} else if (info.inputs != 1) {
		complain("the model has %u inputs; give a raw file (.bin)", info.inputs);
		status = EXIT_BAD_FILE;
	} else {
		status = read_picture(path, &tensor, rule, crop, input);
	}
	if (status)
		input_free(input);
	return status;
}

void input_free(struct input *input)
{
	free(input->data);
	picture_free(&input->picture);
	input->data = NULL;
}
