/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Prints how well models do with held-back digits, as lines of the model card:
 *
 *	measure_models SHEET.png classifier MODEL.kmodel
 *	measure_models SHEET.png detector MODEL.kmodel
 *	measure_models SHEET.png logits MODEL.kmodel LOGITS	of the float network, 200 scenes
 *
 * Models run on an emulated board; anchors and thresholds are those of the model's side file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/train/measure.h"
#include "utils/kpuctl/models/detector.h"

#define SCENES 200u
#define DIGITS 1000u

struct logits {
	struct kpu_tensor_info info;
	const struct kpu_yolo2 *yolo2;
	FILE *file;
};

static int decode_logits(void *context, const struct scene *scene, unsigned number,
			 struct kpu_detections **detections)
{
	struct logits *logits = context;
	float *values = malloc(logits->info.bytes);
	struct kpu_tensor tensor = { .info = logits->info, .data = values };
	int rc = -KPU_ERR_READ_FILE;

	(void)scene;
	(void)number;
	if (values && fread(values, 1, logits->info.bytes, logits->file) == logits->info.bytes)
		rc = kpu_yolo2_decode(logits->yolo2, &tensor, SCENE_WIDTH, SCENE_HEIGHT,
				      detections);
	free(values);
	return rc;
}

static void print_scenes(const char *what, const struct scene_score *score)
{
	printf("%s: precision %.1f %%, recall %.1f %%; places alone %.1f %%, %.1f %% (%u digits in "
	       "%u scenes)\n",
	       what, 100 * (double)scene_precision(score), 100 * (double)scene_recall(score),
	       100.0 * score->places / score->places_all,
	       100.0 * score->places / (score->found + score->missed), score->found + score->missed,
	       SCENES);
}

static struct kpu_yolo2 *make_yolo2(const struct kpu_network *network, const char *path)
{
	struct detector detector = { .threshold = -1, .nms = -1 };
	struct kpu_yolo2_config config;
	struct kpu_yolo2 *yolo2;
	struct kpu_error error;

	if (detector_complete(&detector, path, NULL, network, &error) < 0) {
		fprintf(stderr, "measure_models: %s\n", error.message);
		return NULL;
	}
	config = (struct kpu_yolo2_config){ .threshold = (float)detector.threshold,
					    .nms = (float)detector.nms,
					    .anchors = detector.anchors,
					    .anchor_count = detector.anchor_count };
	return kpu_yolo2_new(&config, &yolo2, &error) < 0 ? NULL : yolo2;
}

static int measure_logits(const struct glyph_sheet *sheet, const char *path, const char *file)
{
	struct logits logits = { .file = fopen(file, "rb") };
	struct kpu_network *network;
	struct scene_score score;
	struct kpu_error error;
	struct kpu_yolo2 *yolo2;
	int rc = kpu_network_open(path, &network, &error);

	if (!logits.file || rc < 0)
		return -KPU_ERR_READ_FILE;
	kpu_network_output(network, 0, &logits.info);
	yolo2 = make_yolo2(network, path);
	logits.yolo2 = yolo2;
	rc = yolo2 ? measure_scenes(sheet, SCENES, decode_logits, &logits, &score) : -KPU_ERR_PARAM;
	if (rc == 0)
		print_scenes(file, &score);
	kpu_yolo2_free(yolo2);
	kpu_network_free(network);
	fclose(logits.file);
	return rc;
}

static int measure_classifier(struct kpu_model *model, const struct glyph_sheet *sheet,
			      const char *path)
{
	struct digit_score plain, composed;
	int rc = measure_plain_digits(model, sheet, 1, &plain);

	if (rc == 0)
		rc = measure_composed_digits(model, sheet, DIGITS, &composed);
	if (rc == 0)
		printf("%s: %.1f %% of %u digits as they are, %.1f %% of %u composed ones\n", path,
		       100.0 * plain.right / plain.all, plain.all,
		       100.0 * composed.right / composed.all, composed.all);
	return rc;
}

static int measure_detector(struct kpu_model *model, const struct glyph_sheet *sheet,
			    const char *path)
{
	struct kpu_yolo2 *yolo2 = make_yolo2(kpu_model_network(model), path);
	struct scene_model runner = { model, yolo2 };
	struct scene_score score;
	int rc = yolo2 ? measure_scenes(sheet, SCENES, run_scene_model, &runner, &score)
		       : -KPU_ERR_PARAM;

	if (rc == 0)
		print_scenes(path, &score);
	kpu_yolo2_free(yolo2);
	return rc;
}

static int measure_model(const struct glyph_sheet *sheet, const char *kind, const char *path)
{
	struct kpu_device *device;
	struct kpu_model *model;
	struct kpu_error error;
	int rc = kpu_open("emu:", &device, &error);

	if (rc < 0)
		return rc;
	rc = kpu_load(device, path, NULL, &model);
	if (rc == 0) {
		rc = strcmp(kind, "detector") ? measure_classifier(model, sheet, path)
					      : measure_detector(model, sheet, path);
		kpu_model_free(model);
	}
	kpu_close(device);
	return rc;
}

int main(int argc, char **argv)
{
	struct glyph_sheet sheet;
	int rc;

	if (argc < 4 || (!strcmp(argv[2], "logits") && argc != 5)) {
		fputs("usage: measure_models SHEET.png classifier|detector|logits MODEL [LOGITS]\n",
		      stderr);
		return 2;
	}
	if (glyph_sheet_read(&sheet, argv[1], GLYPH_PART_ALL))
		return 1;
	rc = strcmp(argv[2], "logits") ? measure_model(&sheet, argv[2], argv[3])
				       : measure_logits(&sheet, argv[3], argv[4]);
	free(sheet.pixels);
	if (rc < 0)
		fprintf(stderr, "measure_models: %s: %s\n", argv[3], kpu_strerror(rc));
	return rc < 0;
}
