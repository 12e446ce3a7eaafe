/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Finds faces in a picture: the first program of MaixPy's KPU page, in C.
 *
 *	faces DEVICE MODEL.kmodel PICTURE.ppm
 *
 * DEVICE is emu:, /dev/kpu0 or /dev/ttyUSB0; the picture is a PPM ("P6"), of any size.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <kpu.h>

static struct kpu_image read_ppm(const char *path)
{
	struct kpu_image image = { .format = KPU_PIXEL_RGB888 };
	FILE *file = fopen(path, "rb");
	unsigned brightest;
	size_t bytes;
	void *pixels;

	if (!file)
		err(1, "%s", path);
	if (fscanf(file, "P6 %u %u %u%*c", &image.width, &image.height, &brightest) != 3 ||
	    brightest != 255 || !image.width || image.width > 16384 || !image.height ||
	    image.height > 16384)
		errx(1, "%s: not a PPM of 8 bits without comments, as djpeg makes", path);
	bytes = (size_t)image.width * image.height * 3;
	pixels = malloc(bytes);
	if (!pixels || fread(pixels, 1, bytes, file) != bytes)
		errx(1, "%s: too short", path);
	fclose(file);
	image.pixels = pixels;
	return image;
}

static void check(struct kpu_device *device, int result)
{
	struct kpu_error error;

	if (result >= 0)
		return;
	kpu_last_error(device, &error);
	errx(1, "%s (%s)", error.message, error.next_step);
}

int main(int argc, char **argv)
{
	static const float anchors[] = { 1.889f,  2.5245f,   2.9465f,  3.94056f,  3.99987f,
					 5.3658f, 5.155437f, 6.92275f, 6.718375f, 9.01025f };
	struct kpu_yolo2_config config = {
		.threshold = 0.5f,
		.nms = 0.3f,
		.anchors = anchors,
		.anchor_count = 5,
	};
	struct kpu_detections *faces;
	struct kpu_device *device;
	struct kpu_model *model;
	struct kpu_yolo2 *yolo2;
	struct kpu_placement placement;
	struct kpu_tensor_info net;
	struct kpu_image image;
	struct kpu_error error;
	void *input;

	if (argc != 4)
		errx(2, "usage: faces DEVICE MODEL.kmodel PICTURE.ppm");
	image = read_ppm(argv[3]);
	if (kpu_open(argv[1], &device, &error) < 0 || kpu_yolo2_new(&config, &yolo2, &error) < 0)
		errx(1, "%s (%s)", error.message, error.next_step);
	check(device, kpu_load(device, argv[2], NULL, &model));
	check(device, kpu_input_alloc(model, &input));

	kpu_network_input(kpu_model_network(model), 0, &net);
	if (kpu_image_to_input(&image, &net, KPU_RESIZE_STRETCH, input, net.bytes, &placement) < 0)
		errx(1, "the model does not take pictures");
	check(device, kpu_yolo2_run(yolo2, model, input, net.bytes, &faces));
	for (size_t i = 0; i < kpu_detections_count(faces); i++) {
		struct kpu_detection face = kpu_detections_items(faces)[i];

		kpu_detection_place(&face, &placement, image.width, image.height);
		printf("face %.3f at %d,%d size %dx%d\n", (double)face.score, face.x, face.y,
		       face.width, face.height);
	}

	kpu_detections_free(faces);
	kpu_yolo2_free(yolo2);
	kpu_input_free(model, input);
	kpu_model_free(model);
	kpu_close(device);
	free((void *)image.pixels);
	return 0;
}
