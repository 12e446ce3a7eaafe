/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tools/train/scene.h"

#include <string.h>

#define PATCH        120u /* pixels that the largest turned digit needs, and some */
#define LIGHT_STEP_X 8u   /* knots of the uneven light */
#define LIGHT_STEP_Y 6u

const struct scene_crowd scene_usual = { 2, 10 };
const struct scene_crowd scene_crowded = { 10, 20 };

struct colour {
	float r, g, b;
};

struct light {
	float knots[LIGHT_STEP_Y + 1][LIGHT_STEP_X + 1];
	float right, down; /* over the whole picture */
};

static float gray_of(struct colour c)
{
	return (77 * c.r + 150 * c.g + 29 * c.b) / 256;
}

static uint8_t clamp(float value)
{
	return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static struct colour tinted(struct random *random, float level, float tint)
{
	return (struct colour){ level + random_float(random, -tint, tint),
				level + random_float(random, -tint, tint),
				level + random_float(random, -tint, tint) };
}

static struct colour random_paper(struct random *random)
{
	unsigned kind = random_below(random, 100);

	if (kind < 70)
		return tinted(random, random_float(random, 165, 245), 18);
	if (kind < 85)
		return tinted(random, random_float(random, 20, 85), 22);
	return tinted(random, random_float(random, 85, 165), 25);
}

/* Dark on light, light on dark; far enough from the paper to be read. */
static struct colour random_ink(struct random *random, struct colour paper)
{
	float level = gray_of(paper);
	struct colour ink;

	if (level > 125)
		ink = tinted(random, random_float(random, 10, level - 90), 35);
	else
		ink = tinted(random, random_float(random, level + 90, 245), 25);
	return ink;
}

static void random_light(struct random *random, struct light *light)
{
	float uneven = random_float(random, 0, 14);

	for (unsigned y = 0; y <= LIGHT_STEP_Y; y++)
		for (unsigned x = 0; x <= LIGHT_STEP_X; x++)
			light->knots[y][x] = random_float(random, -uneven, uneven);
	light->right = random_float(random, -30, 30);
	light->down = random_float(random, -30, 30);
}

static float light_at(const struct light *light, unsigned x, unsigned y)
{
	float kx = (float)(x * LIGHT_STEP_X) / SCENE_WIDTH;
	float ky = (float)(y * LIGHT_STEP_Y) / SCENE_HEIGHT;
	unsigned left = (unsigned)kx, top = (unsigned)ky;
	float right = kx - (float)left, down = ky - (float)top;
	float upper = light->knots[top][left] * (1 - right) + light->knots[top][left + 1] * right;
	float lower =
		light->knots[top + 1][left] * (1 - right) + light->knots[top + 1][left + 1] * right;

	return upper * (1 - down) + lower * down + light->right * ((float)x / SCENE_WIDTH - 0.5f) +
	       light->down * ((float)y / SCENE_HEIGHT - 0.5f);
}

static void blend(uint8_t *pixel, struct colour ink, float part)
{
	pixel[0] = clamp((float)pixel[0] + (ink.r - (float)pixel[0]) * part);
	pixel[1] = clamp((float)pixel[1] + (ink.g - (float)pixel[1]) * part);
	pixel[2] = clamp((float)pixel[2] + (ink.b - (float)pixel[2]) * part);
}

static void blend_at(struct scene *scene, int x, int y, struct colour ink, float part)
{
	if (x >= 0 && y >= 0 && x < (int)SCENE_WIDTH && y < (int)SCENE_HEIGHT)
		blend(&scene->rgb[((unsigned)y * SCENE_WIDTH + (unsigned)x) * 3], ink, part);
}

static void fill(struct scene *scene, int left, int top, int width, int height, struct colour ink,
		 float part)
{
	for (int y = top; y < top + height; y++)
		for (int x = left; x < left + width; x++)
			blend_at(scene, x, y, ink, part);
}

/* Ruled or squared paper. */
static void rule(struct scene *scene, struct random *random, struct colour paper)
{
	int step = random_int(random, 12, 34), first = random_int(random, 0, 11);
	float part = random_float(random, 0.1f, 0.35f);
	struct colour ink = gray_of(paper) > 125 ? (struct colour){ 70, 90, 160 }
						 : (struct colour){ 190, 200, 190 };
	int squared = random_chance(random, 40);

	for (int y = first; y < (int)SCENE_HEIGHT; y += step)
		fill(scene, 0, y, SCENE_WIDTH, 1, ink, part);
	for (int x = first; squared && x < (int)SCENE_WIDTH; x += step)
		fill(scene, x, 0, 1, SCENE_HEIGHT, ink, part);
}

/* Something of another colour that lies on the sheet, or the sheet's edge. */
static void lay_object(struct scene *scene, struct random *random)
{
	struct colour colour = tinted(random, random_float(random, 20, 235), 60);
	int width = random_int(random, 6, 110), height = random_int(random, 6, 90);
	int left = random_int(random, -20, SCENE_WIDTH),
	    top = random_int(random, -20, SCENE_HEIGHT);

	fill(scene, left, top, width, height, colour, random_float(random, 0.3f, 1));
}

/* A round dot of a pen. */
static void dot(struct scene *scene, float x, float y, float radius, struct colour ink)
{
	for (int py = (int)(y - radius - 1); py <= (int)(y + radius + 1); py++) {
		for (int px = (int)(x - radius - 1); px <= (int)(x + radius + 1); px++) {
			float dx = (float)px - x, dy = (float)py - y;

			if (dx * dx + dy * dy <= radius * radius)
				blend_at(scene, px, py, ink, 0.8f);
		}
	}
}

/* A stroke of a pen that is no digit: a curve that turns evenly, or a straight dash. */
static void scribble(struct scene *scene, struct random *random, struct colour ink)
{
	float x = random_float(random, 0, SCENE_WIDTH), y = random_float(random, 0, SCENE_HEIGHT);
	float dx = random_float(random, -1.2f, 1.2f), dy = random_float(random, -1.2f, 1.2f);
	float bend = random_chance(random, 50) ? 0 : random_float(random, -0.02f, 0.02f);
	float radius = random_float(random, 0.6f, 2.5f);
	int length = bend != 0 ? random_int(random, 90, 260) : random_int(random, 4, 200);

	for (int i = 0; i < length; i++) {
		float turned = dx - bend * dy;

		dot(scene, x, y, radius, ink);
		dy += bend * dx;
		dx = turned;
		x += dx;
		y += dy;
	}
}

static int touches(const struct scene *scene, const struct glyph_box *box, int margin)
{
	for (unsigned i = 0; i < scene->box_count; i++) {
		const struct glyph_box *other = &scene->boxes[i];

		if (box->left < other->right + margin && other->left < box->right + margin &&
		    box->top < other->bottom + margin && other->top < box->bottom + margin)
			return 1;
	}
	return 0;
}

static void ink_patch(struct scene *scene, const uint8_t *coverage, int left, int top,
		      struct colour ink, float strength)
{
	for (unsigned y = 0; y < PATCH; y++)
		for (unsigned x = 0; x < PATCH; x++)
			if (coverage[y * PATCH + x])
				blend_at(scene, left + (int)x, top + (int)y, ink,
					 (float)coverage[y * PATCH + x] / 255 * strength);
}

/* Little of what the digit would cover looks like its ink. */
static int readable(const struct scene *scene, const struct glyph_box *box, struct colour ink)
{
	int alike = 0, pixels = (box->right - box->left) * (box->bottom - box->top);

	for (int y = box->top; y < box->bottom; y++) {
		for (int x = box->left; x < box->right; x++) {
			const uint8_t *p =
				&scene->rgb[((unsigned)y * SCENE_WIDTH + (unsigned)x) * 3];
			float apart = gray_of((struct colour){ p[0], p[1], p[2] }) - gray_of(ink);

			alike += apart > -40 && apart < 40;
		}
	}
	return alike * 20 <= pixels;
}

/* Looks for a free place; a crowded scene gets fewer digits. */
static void write_digit(struct scene *scene, const struct glyph_sheet *sheet, struct random *random,
			struct colour ink, float size)
{
	unsigned class_id = random_below(random, GLYPH_CLASSES);
	unsigned index = random_below(random, glyph_count(sheet));
	struct glyph_pose pose = glyph_random_pose(random, size, 1);
	uint8_t coverage[PATCH * PATCH];
	struct glyph_box box;
	int width, height;

	pose.centre_x = pose.centre_y = PATCH / 2.0f;
	glyph_cover(sheet, class_id, index, &pose, PATCH, PATCH, coverage, &box);
	width = box.right - box.left;
	height = box.bottom - box.top;
	if (width < 3 || height < 10)
		return;
	for (unsigned i = 0; i < 40; i++) {
		int x = random_int(random, 2, (int)SCENE_WIDTH - width - 2);
		int y = random_int(random, 2, (int)SCENE_HEIGHT - height - 2);
		struct glyph_box placed = { class_id, x, y, x + width, y + height };

		if (touches(scene, &placed, 3) || !readable(scene, &placed, ink))
			continue;
		ink_patch(scene, coverage, x - box.left, y - box.top, ink,
			  random_float(random, 0.8f, 1));
		scene->boxes[scene->box_count++] = placed;
		return;
	}
}

static void soften(struct scene *scene, float centre)
{
	static uint8_t before[sizeof(scene->rgb)];
	const size_t row = SCENE_WIDTH * 3;
	float side = (1 - centre) / 4;

	memcpy(before, scene->rgb, sizeof(before));
	for (size_t i = row; i + row < sizeof(before); i++)
		scene->rgb[i] =
			clamp(centre * before[i] + side * (before[i - 3] + before[i + 3] +
							   before[i - row] + before[i + row]));
}

static void add_noise(struct scene *scene, struct random *random, int amplitude)
{
	for (size_t i = 0; amplitude && i < sizeof(scene->rgb); i += 3) {
		int noise = random_int(random, -amplitude, amplitude);

		for (size_t c = 0; c < 3; c++)
			scene->rgb[i + c] = clamp((float)(scene->rgb[i + c] + noise));
	}
}

static void paint_paper(struct scene *scene, struct random *random, struct colour paper)
{
	struct light light;

	random_light(random, &light);
	for (unsigned y = 0; y < SCENE_HEIGHT; y++) {
		for (unsigned x = 0; x < SCENE_WIDTH; x++) {
			uint8_t *pixel = &scene->rgb[(y * SCENE_WIDTH + x) * 3];
			float shade = light_at(&light, x, y);

			pixel[0] = clamp(paper.r + shade);
			pixel[1] = clamp(paper.g + shade);
			pixel[2] = clamp(paper.b + shade);
		}
	}
}

void scene_compose(struct scene *scene, const struct glyph_sheet *sheet, struct scene_crowd crowd,
		   uint64_t seed)
{
	struct random random = random_start(seed);
	struct colour paper = random_paper(&random), ink = random_ink(&random, paper);
	unsigned wanted = (unsigned)random_int(&random, (int)crowd.least, (int)crowd.most);
	float usual = random_float(&random, 34, 66);

	if (random_chance(&random, 4))
		wanted = 0;
	scene->box_count = 0;
	paint_paper(scene, &random, paper);
	if (random_chance(&random, 40))
		rule(scene, &random, paper);
	for (unsigned i = random_chance(&random, 40) ? random_below(&random, 4) : 0; i > 0; i--)
		lay_object(scene, &random);
	for (unsigned i = random_chance(&random, 40) ? random_below(&random, 4) : 0; i > 0; i--)
		scribble(scene, &random, ink);
	for (unsigned i = 0; i < wanted; i++) {
		float size = usual * random_float(&random, 0.8f, 1.25f);

		if (random_chance(&random, 15))
			ink = random_ink(&random, paper);
		write_digit(scene, sheet, &random, ink, size);
	}
	if (random_chance(&random, 40))
		soften(scene, random_float(&random, 0.3f, 1));
	add_noise(scene, &random, random_int(&random, 0, 12));
}

void digit_plain(uint8_t gray[DIGIT_SIZE * DIGIT_SIZE], const struct glyph_sheet *sheet,
		 unsigned class_id, unsigned index)
{
	const int margin = (DIGIT_SIZE - GLYPH_SIZE) / 2;

	for (int y = 0; y < (int)DIGIT_SIZE; y++)
		for (int x = 0; x < (int)DIGIT_SIZE; x++)
			gray[y * (int)DIGIT_SIZE + x] =
				glyph_ink(sheet, class_id, index, x - margin, y - margin);
}

void digit_compose(uint8_t gray[DIGIT_SIZE * DIGIT_SIZE], const struct glyph_sheet *sheet,
		   unsigned class_id, unsigned index, uint64_t seed)
{
	struct random random = random_start(seed);
	struct glyph_pose pose = glyph_random_pose(&random, random_float(&random, 17, 26), 1);
	float paper = gray_of(random_paper(&random)), ink;
	uint8_t coverage[DIGIT_SIZE * DIGIT_SIZE];
	int noise = random_int(&random, 0, 12);
	struct glyph_box box;

	if (random_chance(&random, 50)) {
		/* As on the sheet, but for the pose. */
		paper = 0;
		ink = 255;
		noise = 0;
	} else {
		ink = gray_of(random_ink(&random, (struct colour){ paper, paper, paper }));
	}
	pose.centre_x = DIGIT_SIZE / 2.0f - 0.5f + random_float(&random, -2, 2);
	pose.centre_y = DIGIT_SIZE / 2.0f - 0.5f + random_float(&random, -2, 2);
	glyph_cover(sheet, class_id, index, &pose, DIGIT_SIZE, DIGIT_SIZE, coverage, &box);
	for (unsigned i = 0; i < DIGIT_SIZE * DIGIT_SIZE; i++)
		gray[i] = clamp(paper + (ink - paper) * (float)coverage[i] / 255 +
				(float)random_int(&random, -noise, noise));
}

unsigned digit_compose_numbered(uint8_t gray[DIGIT_SIZE * DIGIT_SIZE],
				const struct glyph_sheet *sheet, uint64_t seed)
{
	struct random random = random_start(seed);
	unsigned class_id = random_below(&random, GLYPH_CLASSES);
	unsigned index = random_below(&random, glyph_count(sheet));

	digit_compose(gray, sheet, class_id, index, random_u32(&random));
	return class_id;
}
