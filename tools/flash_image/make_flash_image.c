/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* make_flash_image PROGRAM IMAGE: puts header and digest around a program for the mask ROM. */
#include <stdio.h>
#include <stdlib.h>

#include "k210/flash_image.h"

#include "utils/kpuctl/flash/firmware_image.h"

static uint8_t *read_program(const char *path, size_t *size)
{
	uint8_t *program = malloc(K210_FLASH_IMAGE_MAX + 1);
	FILE *file = fopen(path, "rb");

	*size = 0;
	if (program && file)
		*size = fread(program, 1, K210_FLASH_IMAGE_MAX + 1, file);
	if (file)
		fclose(file);
	return program;
}

int main(int argc, char **argv)
{
	size_t size, image_size = 0;
	uint8_t *program, *image;
	FILE *out;
	int good;

	if (argc != 3) {
		fprintf(stderr, "usage: make_flash_image PROGRAM IMAGE\n");
		return 2;
	}
	program = read_program(argv[1], &size);
	image = program ? firmware_image_make(program, size, &image_size) : NULL;
	free(program);
	if (!image) {
		fprintf(stderr, "%s: cannot be read, is empty or longer than %u bytes\n", argv[1],
			K210_FLASH_IMAGE_MAX);
		return 1;
	}
	out = fopen(argv[2], "wb");
	good = out && fwrite(image, 1, image_size, out) == image_size;
	if (out)
		good &= fclose(out) == 0;
	free(image);
	if (!good) {
		perror(argv[2]);
		return 1;
	}
	return 0;
}
