/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/picture/picture.h"

/*
 * How the upright picture is read from the stored one: its rows and columns change places or not,
 * then each direction runs forward or backward. In the order of EXIF's values 1 to 8 (JEITA
 * CP-3451, tag 274).
 */
static const struct view {
	bool swap, flip_x, flip_y; /* flips of the stored picture's coordinates */
} views[] = {
	{ false, false, false }, /* as it is */
	{ false, true, false },  /* mirrored */
	{ false, true, true },   /* upside down */
	{ false, false, true },  /* upside down, mirrored */
	{ true, false, false },  /* mirrored, lies on its side */
	{ true, false, true },   /* top to the left: the camera was turned counterclockwise */
	{ true, true, true },    /* mirrored, lies on the other side */
	{ true, true, false },   /* top to the right */
};

int picture_turn(struct picture *picture, unsigned orientation, struct kpu_error *error)
{
	const struct view *view;
	struct picture upright;
	uint8_t *to;
	int rc;

	if (orientation < 2 || orientation > sizeof(views) / sizeof(views[0]))
		return 0;
	view = &views[orientation - 1];
	rc = picture_allocate(&upright, view->swap ? picture->height : picture->width,
			      view->swap ? picture->width : picture->height, error);
	if (rc < 0)
		return rc;
	to = upright.rgb;
	for (uint32_t y = 0; y < upright.height; y++) {
		for (uint32_t x = 0; x < upright.width; x++, to += 3) {
			uint32_t column = view->swap ? y : x, row = view->swap ? x : y;

			column = view->flip_x ? picture->width - 1 - column : column;
			row = view->flip_y ? picture->height - 1 - row : row;
			memcpy(to, picture->rgb + ((size_t)row * picture->width + column) * 3, 3);
		}
	}
	free(picture->rgb);
	*picture = upright;
	return 0;
}
