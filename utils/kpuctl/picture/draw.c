/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdbool.h>
#include <string.h>

#include "utils/kpuctl/picture/draw.h"
#include "utils/kpuctl/picture/font.h"
#include "utils/kpuctl/utf8.h"

#define TAG_PAD 2

struct colour class_colour(uint32_t class_index)
{
	static const struct colour palette[] = {
		{ 255, 64, 88 },  { 44, 196, 120 }, { 58, 134, 255 },  { 255, 176, 32 },
		{ 178, 96, 255 }, { 0, 190, 204 },  { 255, 110, 200 }, { 154, 205, 50 },
	};

	return palette[class_index % (sizeof(palette) / sizeof(palette[0]))];
}

static void set_pixel(struct picture *picture, long x, long y, struct colour colour,
		      unsigned opacity)
{
	uint8_t *pixel;

	if (x < 0 || y < 0 || x >= (long)picture->width || y >= (long)picture->height)
		return;
	pixel = picture->rgb + ((size_t)y * picture->width + (size_t)x) * 3;
	pixel[0] = (uint8_t)((pixel[0] * (255 - opacity) + colour.red * opacity) / 255);
	pixel[1] = (uint8_t)((pixel[1] * (255 - opacity) + colour.green * opacity) / 255);
	pixel[2] = (uint8_t)((pixel[2] * (255 - opacity) + colour.blue * opacity) / 255);
}

static void fill(struct picture *picture, const struct area *area, struct colour colour,
		 unsigned opacity)
{
	for (long y = area->top; y < area->bottom; y++) {
		for (long x = area->left; x < area->right; x++)
			set_pixel(picture, x, y, colour, opacity);
	}
}

static void frame(struct picture *picture, const struct area *area, long thick,
		  struct colour colour, unsigned opacity)
{
	struct area top = { area->left, area->top, area->right, area->top + thick };
	struct area bottom = { area->left, area->bottom - thick, area->right, area->bottom };
	struct area left = { area->left, area->top + thick, area->left + thick,
			     area->bottom - thick };
	struct area right = { area->right - thick, area->top + thick, area->right,
			      area->bottom - thick };

	fill(picture, &top, colour, opacity);
	fill(picture, &bottom, colour, opacity);
	fill(picture, &left, colour, opacity);
	fill(picture, &right, colour, opacity);
}

static void draw_text(struct picture *picture, long x, long y, long scale, const char *text,
		      struct colour colour)
{
	for (; *text; text = utf8_next(text), x += (FONT_WIDTH + 1) * scale) {
		for (unsigned row = 0; row < FONT_HEIGHT; row++) {
			for (unsigned column = 0; column < FONT_WIDTH; column++) {
				struct area dot = { x + (long)column * scale, y + (long)row * scale,
						    x + (long)(column + 1) * scale,
						    y + (long)(row + 1) * scale };

				if (font_pixel(*text, column, row))
					fill(picture, &dot, colour, 255);
			}
		}
	}
}

/* Black or white, whichever is easier to read on @colour. */
static struct colour text_colour(struct colour colour)
{
	unsigned light = (colour.red * 77u + colour.green * 150u + colour.blue * 29u) >> 8;

	return light > 140 ? (struct colour){ 16, 16, 16 } : (struct colour){ 255, 255, 255 };
}

static long clamp(long value, long least, long most)
{
	if (value > most)
		value = most;
	return value < least ? least : value;
}

/* Of lines and letters, in pixels. */
static long shorter_side(const struct picture *picture)
{
	return picture->width < picture->height ? picture->width : picture->height;
}

static struct area box_of(const struct picture *picture, const struct kpu_detection *detection)
{
	return (struct area){
		.left = clamp(detection->x, 0, (long)picture->width - 1),
		.top = clamp(detection->y, 0, (long)picture->height - 1),
		.right = clamp((long)detection->x + detection->width, 1, picture->width),
		.bottom = clamp((long)detection->y + detection->height, 1, picture->height),
	};
}

void draw_box(struct picture *picture, const struct kpu_detection *detection)
{
	long thick = clamp(shorter_side(picture) / 150, 2, 12);
	struct colour shadow = { 0, 0, 0 };
	struct area box = box_of(picture, detection);
	struct area around = { box.left - 1, box.top - 1, box.right + 1, box.bottom + 1 };
	struct area inside = { box.left + thick, box.top + thick, box.right - thick,
			       box.bottom - thick };

	/* A dark line on both sides keeps the box visible on any ground. */
	frame(picture, &around, 1, shadow, 110);
	frame(picture, &inside, 1, shadow, 110);
	frame(picture, &box, thick, class_colour(detection->class_index), 255);
}

struct others {
	const struct area *placed;
	size_t count;
};

/* Moves the tag there; true: it is in the picture and on no other one. */
static bool is_free(const struct picture *picture, const struct others *others, struct area *tag,
		    long top)
{
	tag->bottom += top - tag->top;
	tag->top = top;
	if (top < 0 || tag->bottom > (long)picture->height)
		return false;
	for (size_t i = 0; i < others->count; i++) {
		const struct area *other = &others->placed[i];

		if (tag->left < other->right && other->left < tag->right &&
		    tag->top < other->bottom && other->top < tag->bottom)
			return false;
	}
	return true;
}

static void find_place(const struct picture *picture, const struct others *others,
		       const struct area *box, struct area *tag)
{
	long height = tag->bottom - tag->top;
	long usual = box->top >= height ? box->top - height : box->top;

	if (is_free(picture, others, tag, usual) || is_free(picture, others, tag, box->top) ||
	    is_free(picture, others, tag, box->bottom) ||
	    is_free(picture, others, tag, box->bottom - height))
		return;
	for (long top = box->top + height; top < box->bottom - height; top += height) {
		if (is_free(picture, others, tag, top))
			return;
	}
	is_free(picture, others, tag, usual);
}

static long scale_of(const struct picture *picture)
{
	return clamp((shorter_side(picture) + 120) / 300, 1, 10);
}

struct area place_tag(const struct picture *picture, const struct kpu_detection *detection,
		      const char *label, const struct area *placed, size_t count)
{
	struct others others = { placed, count };
	long scale = scale_of(picture), pad = TAG_PAD * scale;
	long width = (long)utf8_characters(label) * (FONT_WIDTH + 1) * scale - scale + 2 * pad;
	struct area box = box_of(picture, detection), tag = { 0 };

	tag.left = clamp(box.left, 0, (long)picture->width - width);
	tag.right = tag.left + width;
	tag.bottom = FONT_HEIGHT * scale + 2 * pad;
	find_place(picture, &others, &box, &tag);
	return tag;
}

void draw_tag(struct picture *picture, const struct kpu_detection *detection, const char *label,
	      const struct area *tag)
{
	struct colour colour = class_colour(detection->class_index);
	long scale = scale_of(picture), pad = TAG_PAD * scale;

	fill(picture, tag, colour, 230);
	draw_text(picture, tag->left + pad, tag->top + pad, scale, label, text_colour(colour));
}
