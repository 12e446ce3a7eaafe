/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* How often the project's own models are right. */
#ifndef TOOLS_TRAIN_MEASURE_H
#define TOOLS_TRAIN_MEASURE_H

#include <kpu.h>

#include "tools/train/scene.h"

/* Pictures that no training has seen: of held-back digits, and composed from this seed on. */
#define HELD_BACK_SCENES_SEED 88000001u
#define HELD_BACK_DIGITS_SEED 77000001u
#define LEAST_OVERLAP         0.5f /* intersection over union: a box that counts as found */

struct digit_score {
	unsigned right, all;
};

/* Every @step-th digit of the sheet as it is. An error number of libkpu, or 0. */
int measure_plain_digits(struct kpu_model *model, const struct glyph_sheet *sheet, unsigned step,
			 struct digit_score *score);
/* @count composed ones. */
int measure_composed_digits(struct kpu_model *model, const struct glyph_sheet *sheet,
			    unsigned count, struct digit_score *score);

struct scene_score {
	unsigned found, missed;      /* digits; found: of the right class and place */
	unsigned false_alarms;       /* boxes where there is none, or of another class */
	unsigned places, places_all; /* digits found whatever the class; boxes */
};

float scene_precision(const struct scene_score *score);
float scene_recall(const struct scene_score *score);

/* Adds one scene: each box, the strongest first, finds at most one digit. */
void score_scene(const struct kpu_detections *detections, const struct glyph_box *truth,
		 unsigned count, struct scene_score *score);

/* Decodes the logits of scene @number. */
typedef int scene_runner(void *context, const struct scene *scene, unsigned number,
			 struct kpu_detections **detections);
int measure_scenes(const struct glyph_sheet *sheet, unsigned count, scene_runner *run,
		   void *context, struct scene_score *score);

/* A runner: context is a struct scene_model. */
struct scene_model {
	struct kpu_model *model;
	const struct kpu_yolo2 *yolo2;
};

int run_scene_model(void *context, const struct scene *scene, unsigned number,
		    struct kpu_detections **detections);

/* The detector's gray input. */
int scene_to_input(const struct scene *scene, uint8_t gray[SCENE_WIDTH * SCENE_HEIGHT]);

#endif
