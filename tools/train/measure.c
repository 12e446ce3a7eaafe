/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tools/train/measure.h"

#include <string.h>

static int classify(struct kpu_model *model, const uint8_t gray[DIGIT_SIZE * DIGIT_SIZE],
		    unsigned class_id, struct digit_score *score)
{
	struct kpu_result *result;
	struct kpu_tensor tensor;
	const float *values;
	unsigned best = 0;
	int rc = kpu_forward_output(model, gray, (size_t)DIGIT_SIZE * DIGIT_SIZE, 0, &result);

	if (rc < 0)
		return rc;
	rc = kpu_result_tensor(result, 0, &tensor);
	if (rc == 0 && tensor.info.elements == GLYPH_CLASSES &&
	    tensor.info.type == KPU_TENSOR_FLOAT32) {
		values = tensor.data;
		for (unsigned i = 1; i < GLYPH_CLASSES; i++)
			best = values[i] > values[best] ? i : best;
		score->right += best == class_id;
		score->all++;
	} else if (rc == 0) {
		rc = -KPU_ERR_SIZE_NOTMATCH;
	}
	kpu_result_free(result);
	return rc;
}

int measure_plain_digits(struct kpu_model *model, const struct glyph_sheet *sheet, unsigned step,
			 struct digit_score *score)
{
	uint8_t gray[DIGIT_SIZE * DIGIT_SIZE];
	unsigned each = glyph_count(sheet);
	int rc = 0;

	memset(score, 0, sizeof(*score));
	for (unsigned i = 0; i < each * GLYPH_CLASSES && rc == 0; i += step) {
		digit_plain(gray, sheet, i / each, i % each);
		rc = classify(model, gray, i / each, score);
	}
	return rc;
}

int measure_composed_digits(struct kpu_model *model, const struct glyph_sheet *sheet,
			    unsigned count, struct digit_score *score)
{
	uint8_t gray[DIGIT_SIZE * DIGIT_SIZE];
	int rc = 0;

	memset(score, 0, sizeof(*score));
	for (unsigned i = 0; i < count && rc == 0; i++) {
		unsigned class_id = digit_compose_numbered(gray, sheet, HELD_BACK_DIGITS_SEED + i);

		rc = classify(model, gray, class_id, score);
	}
	return rc;
}

float scene_precision(const struct scene_score *score)
{
	return score->found ? (float)score->found / (float)(score->found + score->false_alarms) : 0;
}

float scene_recall(const struct scene_score *score)
{
	return score->found ? (float)score->found / (float)(score->found + score->missed) : 0;
}

static float overlap(const struct kpu_detection *a, const struct glyph_box *b)
{
	float left = a->left > (float)b->left ? a->left : (float)b->left;
	float top = a->top > (float)b->top ? a->top : (float)b->top;
	float right = a->right < (float)b->right ? a->right : (float)b->right;
	float bottom = a->bottom < (float)b->bottom ? a->bottom : (float)b->bottom;
	float common = right > left && bottom > top ? (right - left) * (bottom - top) : 0;
	float areas = (a->right - a->left) * (a->bottom - a->top) +
		      (float)((b->right - b->left) * (b->bottom - b->top));

	return common / (areas - common);
}

/* Number of boxes that find a digit; with @same_class only one of their own class. */
static unsigned match(const struct kpu_detections *detections, const struct glyph_box *truth,
		      unsigned count, int same_class)
{
	const struct kpu_detection *items = kpu_detections_items(detections);
	int taken[SCENE_BOXES_MAX] = { 0 };
	unsigned found = 0;

	for (size_t i = 0; i < kpu_detections_count(detections); i++) {
		float most = LEAST_OVERLAP;
		int best = -1;

		for (unsigned t = 0; t < count; t++) {
			float common = overlap(&items[i], &truth[t]);

			if (taken[t] || common < most ||
			    (same_class && truth[t].class_id != items[i].class_index))
				continue;
			most = common;
			best = (int)t;
		}
		if (best < 0)
			continue;
		taken[best] = 1;
		found++;
	}
	return found;
}

void score_scene(const struct kpu_detections *detections, const struct glyph_box *truth,
		 unsigned count, struct scene_score *score)
{
	unsigned boxes = (unsigned)kpu_detections_count(detections);
	unsigned found = match(detections, truth, count, 1);

	score->found += found;
	score->missed += count - found;
	score->false_alarms += boxes - found;
	score->places += match(detections, truth, count, 0);
	score->places_all += boxes;
}

int scene_to_input(const struct scene *scene, uint8_t gray[SCENE_WIDTH * SCENE_HEIGHT])
{
	const size_t size = (size_t)SCENE_WIDTH * SCENE_HEIGHT;
	const struct kpu_image image = { KPU_PIXEL_RGB888, SCENE_WIDTH, SCENE_HEIGHT, 0,
					 scene->rgb };
	const struct kpu_tensor_info info = { .type = KPU_TENSOR_UINT8,
					      .width = SCENE_WIDTH,
					      .height = SCENE_HEIGHT,
					      .channels = 1,
					      .bytes = size };

	return kpu_image_to_input(&image, &info, KPU_RESIZE_EXACT, gray, size, NULL);
}

int run_scene_model(void *context, const struct scene *scene, unsigned number,
		    struct kpu_detections **detections)
{
	static uint8_t gray[SCENE_WIDTH * SCENE_HEIGHT];
	const struct scene_model *runner = context;
	int rc = scene_to_input(scene, gray);

	(void)number;
	return rc < 0 ? rc
		      : kpu_yolo2_run(runner->yolo2, runner->model, gray, sizeof(gray), detections);
}

int measure_scenes(const struct glyph_sheet *sheet, unsigned count, scene_runner *run,
		   void *context, struct scene_score *score)
{
	static struct scene scene;
	struct kpu_detections *detections;

	memset(score, 0, sizeof(*score));
	for (unsigned i = 0; i < count; i++) {
		int rc;

		scene_compose(&scene, sheet, scene_usual, HELD_BACK_SCENES_SEED + i);
		rc = run(context, &scene, i, &detections);
		if (rc < 0)
			return rc;
		score_scene(detections, scene.boxes, scene.box_count, score);
		kpu_detections_free(detections);
	}
	return 0;
}
