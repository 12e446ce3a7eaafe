/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Draws what a layer sees: the second program of MaixPy's KPU page, in C.
 *
 *	feature_map DEVICE MODEL.kmodel INPUT.u8 LAYER OUT.pgm
 *
 * INPUT.u8 holds just the bytes that the model takes, planar.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <kpu.h>

static void check(struct kpu_device *device, int result)
{
	struct kpu_error error;

	if (result >= 0)
		return;
	kpu_last_error(device, &error);
	errx(1, "%s (%s)", error.message, error.next_step);
}

static void write_pgm(const char *path, const struct kpu_gray *gray)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		err(1, "%s", path);
	fprintf(file, "P5\n%u %u\n255\n", gray->width, gray->height);
	fwrite(gray->pixels, gray->width, gray->height, file);
	if (ferror(file) || fclose(file))
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	struct kpu_network_info info;
	struct kpu_result *result;
	struct kpu_device *device;
	struct kpu_tensor tensor;
	struct kpu_model *model;
	struct kpu_error error;
	struct kpu_gray gray;
	unsigned layer;
	FILE *file;
	void *input;

	if (argc != 6 || sscanf(argv[4], "%u", &layer) != 1)
		errx(2, "usage: feature_map DEVICE MODEL.kmodel INPUT.u8 LAYER OUT.pgm");
	if (kpu_open(argv[1], &device, &error) < 0)
		errx(1, "%s (%s)", error.message, error.next_step);
	check(device, kpu_load(device, argv[2], NULL, &model));
	kpu_network_info(kpu_model_network(model), &info);
	check(device, kpu_input_alloc(model, &input));
	file = fopen(argv[3], "rb");
	if (!file)
		err(1, "%s", argv[3]);
	/* A longer file is of another kind, a JPEG perhaps. */
	if (fread(input, 1, info.input_bytes, file) != info.input_bytes || fgetc(file) != EOF)
		errx(1, "%s: not the %zu bytes that the model takes", argv[3], info.input_bytes);
	fclose(file);

	check(device, kpu_forward_layer(model, input, info.input_bytes, layer, &result));
	kpu_result_tensor(result, 0, &tensor);
	printf("%u channels of %ux%u\n", tensor.info.channels, tensor.info.width,
	       tensor.info.height);
	if (kpu_fmap_mosaic(&tensor, 0, 1, &gray) < 0)
		errx(1, "this layer has no picture");
	write_pgm(argv[5], &gray);

	kpu_gray_free(&gray);
	kpu_result_free(result);
	kpu_input_free(model, input);
	kpu_model_free(model);
	kpu_close(device);
	return 0;
}
