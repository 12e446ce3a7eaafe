/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* JPEG files as cameras make them: turned, with bytes between segments, cut, with hostile EXIF. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "tests/unit/kpuctl/suites.h"
#include "utils/kpuctl/picture/picture.h"

/* Upright: 32 x 16, black but for a white top left corner and a gray top right one. */
#define WIDTH  32
#define HEIGHT 16
#define WHITE  255
#define GRAY   128

static uint8_t upright_pixel(unsigned x, unsigned y)
{
	if (y >= HEIGHT / 2)
		return 0;
	return x < WIDTH / 2 ? WHITE : GRAY;
}

/*
 * Where the upright picture's top left pixel and its top right one are stored, and whether the
 * stored picture is as wide as the upright one is high; from the sentences of EXIF, JEITA CP-3451,
 * tag 274: "row 0 is the visual top, column 0 the visual left" and so on.
 */
struct stored {
	const char *row, *column; /* side of the scene that row 0 and column 0 are */
};

static const struct stored stored[9] = {
	[1] = { "top", "left" },     [2] = { "top", "right" },   [3] = { "bottom", "right" },
	[4] = { "bottom", "left" },  [5] = { "left", "top" },    [6] = { "right", "top" },
	[7] = { "right", "bottom" }, [8] = { "left", "bottom" },
};

/* Place in the scene of a distance from the side that is named. */
static void place(const char *side, unsigned distance, unsigned *x, unsigned *y)
{
	if (!strcmp(side, "top"))
		*y = distance;
	else if (!strcmp(side, "bottom"))
		*y = HEIGHT - 1 - distance;
	else if (!strcmp(side, "left"))
		*x = distance;
	else
		*x = WIDTH - 1 - distance;
}

static const uint8_t exif_head[] = {
	'E', 'x', 'i',  'f',  0, 0,             /* */
	'M', 'M', 0,    42,   0, 0, 0, 8,       /* big endian, IFD 0 at 8 */
	0,   1,   0x01, 0x12, 0, 3, 0, 0, 0, 1, /* one entry: 274, SHORT, 1 of it */
};

/* A JPEG of the scene as a camera with this orientation stores it; to be freed. */
static uint8_t *make_jpeg(unsigned orientation, unsigned long *size)
{
	bool lies = orientation >= 5;
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	uint8_t exif[sizeof(exif_head) + 8] = { 0 }, line[WIDTH];
	unsigned char *data = NULL;
	JSAMPROW row = line;

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	*size = 0;
	jpeg_mem_dest(&jpeg, &data, size);
	jpeg.image_width = lies ? HEIGHT : WIDTH;
	jpeg.image_height = lies ? WIDTH : HEIGHT;
	jpeg.input_components = 1;
	jpeg.in_color_space = JCS_GRAYSCALE;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, 100, TRUE);
	jpeg_start_compress(&jpeg, TRUE);
	memcpy(exif, exif_head, sizeof(exif_head));
	exif[sizeof(exif_head) + 1] = (uint8_t)orientation;
	jpeg_write_marker(&jpeg, JPEG_APP0 + 1, exif, sizeof(exif));
	for (unsigned y = 0; y < jpeg.image_height; y++) {
		for (unsigned x = 0; x < jpeg.image_width; x++) {
			unsigned scene_x = 0, scene_y = 0;

			place(stored[orientation].row, y, &scene_x, &scene_y);
			place(stored[orientation].column, x, &scene_x, &scene_y);
			line[x] = upright_pixel(scene_x, scene_y);
		}
		jpeg_write_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	return data;
}

static void check_upright(const struct picture *picture)
{
	ck_assert_uint_eq(picture->width, WIDTH);
	ck_assert_uint_eq(picture->height, HEIGHT);
	for (unsigned y = 0; y < HEIGHT; y++) {
		for (unsigned x = 0; x < WIDTH; x++) {
			const uint8_t *pixel = picture->rgb + (y * WIDTH + x) * 3;
			int difference = pixel[0] - upright_pixel(x, y);

			ck_assert_msg(abs(difference) < 4, "%u,%u is %u", x, y, pixel[0]);
		}
	}
}

START_TEST(photos_come_out_upright)
{
	struct picture picture = { 0 };
	struct kpu_error error;
	unsigned long size;
	uint8_t *data = make_jpeg((unsigned)_i, &size);

	ck_assert_int_eq(picture_decode_jpeg(data, size, &picture, &error), 0);
	check_upright(&picture);
	picture_free(&picture);
	free(data);
}
END_TEST

/* Any byte of the EXIF data may be anything: it is not what the picture is made of. */
START_TEST(damaged_exif_is_survived)
{
	unsigned long size, start;
	uint8_t *data = make_jpeg(6, &size);

	for (start = 0; memcmp(data + start, "Exif", 4) != 0; start++)
		ck_assert_uint_lt(start, size - 4);
	for (unsigned long at = start; at < start + sizeof(exif_head) + 8; at++) {
		for (unsigned value = 0; value < 256; value += 5) {
			struct picture picture = { 0 };
			struct kpu_error error;
			uint8_t old = data[at];

			data[at] = (uint8_t)value;
			ck_assert_int_eq(picture_decode_jpeg(data, size, &picture, &error), 0);
			data[at] = old;
			picture_free(&picture);
		}
	}
	free(data);
}
END_TEST

START_TEST(bytes_between_segments_harm_nothing)
{
	struct picture picture = { 0 };
	struct kpu_error error;
	unsigned long size;
	uint8_t *data = make_jpeg(1, &size), *longer = malloc(size + 2);

	/* Behind the coded data, before the marker of the end. */
	memcpy(longer, data, size - 2);
	memset(longer + size - 2, 0, 2);
	memcpy(longer + size, data + size - 2, 2);
	ck_assert_int_eq(picture_decode_jpeg(longer, size + 2, &picture, &error), 0);
	check_upright(&picture);
	picture_free(&picture);
	/* But a picture that ends in the middle is refused. */
	ck_assert_int_eq(picture_decode_jpeg(data, size - 20, &picture, &error),
			 -KPU_ERR_BAD_IMAGE);
	picture_free(&picture);
	free(longer);
	free(data);
}
END_TEST

/* Undamaged, but with inks instead of colours: as @space, of a picture in CMYK. */
static uint8_t *make_print(J_COLOR_SPACE space, unsigned long *size)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	uint8_t line[8 * 4] = { 0 };
	unsigned char *data = NULL;
	JSAMPROW row = line;

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	*size = 0;
	jpeg_mem_dest(&jpeg, &data, size);
	jpeg.image_width = jpeg.image_height = 8;
	jpeg.input_components = 4;
	jpeg.in_color_space = JCS_CMYK;
	jpeg_set_defaults(&jpeg);
	jpeg_set_colorspace(&jpeg, space);
	jpeg_start_compress(&jpeg, TRUE);
	for (unsigned y = 0; y < 8; y++)
		jpeg_write_scanlines(&jpeg, &row, 1);
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	return data;
}

START_TEST(pictures_for_printing_are_called_so)
{
	static const J_COLOR_SPACE spaces[] = { JCS_CMYK, JCS_YCCK };
	struct picture picture = { 0 };
	struct kpu_error error;
	unsigned long size;
	uint8_t *data = make_print(spaces[_i], &size);

	ck_assert_int_eq(picture_decode_jpeg(data, size, &picture, &error), -KPU_ERR_BAD_IMAGE);
	ck_assert_ptr_nonnull(strstr(error.message, "CMYK"));
	ck_assert_ptr_null(strstr(error.message, "damaged"));
	ck_assert_ptr_nonnull(strstr(error.next_step, "RGB"));
	free(data);
}
END_TEST

TCase *picture_tests(void)
{
	TCase *tests = tcase_create("picture");

	tcase_add_loop_test(tests, photos_come_out_upright, 1, 9);
	tcase_add_test(tests, damaged_exif_is_survived);
	tcase_add_loop_test(tests, pictures_for_printing_are_called_so, 0, 2);
	tcase_add_test(tests, bytes_between_segments_harm_nothing);
	return tests;
}
