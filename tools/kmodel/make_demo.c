/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* make_demo MODEL JSON PNG: the disc detector, its anchors and labels, the scene of the demo. */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/kmodel/disc_detector.h"

static int write_model(const char *path)
{
	const char *reason = "cannot write";
	size_t size = 0;
	uint8_t *model = disc_detector_model(&size, &reason);
	FILE *file = model ? fopen(path, "wb") : NULL;
	int failed = 1;

	if (file) {
		failed = fwrite(model, 1, size, file) != size;
		failed |= fclose(file) != 0;
	}
	if (failed)
		fprintf(stderr, "make_demo: %s: %s\n", path, reason);
	free(model);
	return failed;
}

/* A cell beside the right one sees nearly as much of a disc; boxes overlap by a sixth or more. */
static int write_side_file(const char *path)
{
	FILE *file = fopen(path, "w");
	int failed = 1;

	if (file) {
		failed = fprintf(file,
				 "{ \"anchors\": [%.1f, %.1f],\n"
				 "  \"labels\": [\"red\", \"green\", \"blue\"],\n"
				 "  \"threshold\": 0.85, \"nms\": 0.15 }\n",
				 (double)DISC_ANCHOR, (double)DISC_ANCHOR) < 0;
		failed |= fclose(file) != 0;
	}
	if (failed)
		fprintf(stderr, "make_demo: %s: cannot write\n", path);
	return failed;
}

static int write_scene(const char *path)
{
	static uint8_t rgb[DISC_WIDTH * DISC_HEIGHT * 3];
	png_image image = { .version = PNG_IMAGE_VERSION,
			    .width = DISC_WIDTH,
			    .height = DISC_HEIGHT,
			    .format = PNG_FORMAT_RGB };

	disc_detector_scene(rgb, disc_demo_scene, disc_demo_scene_size, 1);
	if (png_image_write_to_file(&image, path, 0, rgb, 0, NULL))
		return 0;
	fprintf(stderr, "make_demo: %s: %s\n", path, image.message);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: make_demo MODEL.kmodel MODEL.json PICTURE.png\n");
		return 2;
	}
	return write_model(argv[1]) || write_side_file(argv[2]) || write_scene(argv[3]);
}
