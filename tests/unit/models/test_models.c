/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The project's own models do what their card says: recomputed on the emulated board with digits
 * that no training has seen. What the float networks reach stands in models/float.json.
 */
#include <check.h>
#include <json-c/json.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/train/measure.h"
#include "utils/kpuctl/models/detector.h"

#define LEAST_ACCURACY    0.96f
#define MOST_LOSS         0.015f /* against the float network */
#define LEAST_DETECTION   0.90f  /* precision and recall */
#define MODEL_BYTES_MAX   (400 * 1024)
#define SCENES            200u
#define SCENES_V4         40u /* the same network again */
#define SAMPLE_SCENES     4u
#define SAMPLE_MISSES_MAX 1u /* in one scene */

static struct glyph_sheet sheet;
static struct kpu_device *device;
static struct kpu_model *model;

static void setup(void)
{
	struct kpu_error error;

	ck_assert_int_eq(glyph_sheet_read(&sheet, "models/samples/held-back.png", GLYPH_PART_ALL),
			 0);
	ck_assert_uint_eq(glyph_count(&sheet), 100);
	ck_assert_msg(kpu_open("emu:", &device, &error) == 0, "%s", error.message);
}

static void teardown(void)
{
	kpu_model_free(model);
	model = NULL;
	kpu_close(device);
	free(sheet.pixels);
}

static void load(const char *path)
{
	struct kpu_error error;
	struct stat status;
	int rc = kpu_load(device, path, NULL, &model);

	kpu_last_error(device, &error);
	ck_assert_msg(rc == 0, "%s: %s", path, error.message);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_int_le(status.st_size, MODEL_BYTES_MAX);
}

static float float_accuracy(const char *model_name, const char *key)
{
	struct json_object *all = json_object_from_file("models/float.json"), *part, *value;
	float number;

	ck_assert(json_object_object_get_ex(all, model_name, &part));
	ck_assert(json_object_object_get_ex(part, key, &value));
	number = (float)json_object_get_double(value);
	json_object_put(all);
	return number;
}

static float share(const struct digit_score *score)
{
	return (float)score->right / (float)score->all;
}

static void check_classifier(const char *path)
{
	struct digit_score plain, composed;

	load(path);
	ck_assert_int_eq(measure_plain_digits(model, &sheet, 1, &plain), 0);
	ck_assert_int_eq(measure_composed_digits(model, &sheet, 1000, &composed), 0);
	ck_assert_uint_eq(plain.all, 1000);
	ck_assert_float_gt(share(&plain), LEAST_ACCURACY);
	ck_assert_float_gt(share(&composed), LEAST_ACCURACY);
	ck_assert_float_gt(share(&plain), float_accuracy("classifier", "plain") - MOST_LOSS);
	ck_assert_float_gt(share(&composed), float_accuracy("classifier", "composed") - MOST_LOSS);
}

START_TEST(classifier_v3_knows_held_back_digits)
{
	check_classifier("models/digits-classifier-v3.kmodel");
}
END_TEST

START_TEST(classifier_v4_knows_held_back_digits)
{
	check_classifier("models/digits-classifier-v4.kmodel");
}
END_TEST

static struct kpu_yolo2 *make_yolo2(const char *path)
{
	struct detector detector = { .threshold = -1, .nms = -1 };
	struct kpu_yolo2_config config;
	struct kpu_yolo2 *yolo2;
	struct kpu_error error;

	ck_assert_msg(detector_complete(&detector, path, NULL, kpu_model_network(model), &error) ==
			      0,
		      "%s", error.message);
	ck_assert_uint_eq(detector.labels.count, GLYPH_CLASSES);
	config = (struct kpu_yolo2_config){ .threshold = (float)detector.threshold,
					    .nms = (float)detector.nms,
					    .anchors = detector.anchors,
					    .anchor_count = detector.anchor_count };
	ck_assert_int_eq(kpu_yolo2_new(&config, &yolo2, &error), 0);
	detector_free(&detector);
	return yolo2;
}

static void check_detector(const char *path, unsigned scenes)
{
	struct scene_model runner;
	struct scene_score score;
	struct kpu_yolo2 *yolo2;

	load(path);
	yolo2 = make_yolo2(path);
	runner = (struct scene_model){ model, yolo2 };
	ck_assert_int_eq(measure_scenes(&sheet, scenes, run_scene_model, &runner, &score), 0);
	ck_assert_uint_gt(score.found + score.missed, 3 * scenes);
	ck_assert_float_gt(scene_precision(&score), LEAST_DETECTION);
	ck_assert_float_gt(scene_recall(&score), LEAST_DETECTION);
	kpu_yolo2_free(yolo2);
}

START_TEST(detector_v3_finds_held_back_digits)
{
	check_detector("models/digits-detector-v3.kmodel", SCENES);
}
END_TEST

START_TEST(detector_v4_finds_held_back_digits)
{
	check_detector("models/digits-detector-v4.kmodel", SCENES_V4);
}
END_TEST

/* That these tests see a model go bad: most weights of the fully connected layer are gone. */
START_TEST(a_damaged_classifier_is_seen)
{
	struct digit_score score;
	static uint8_t file[MODEL_BYTES_MAX];
	FILE *in = fopen("models/digits-classifier-v3.kmodel", "rb");
	size_t size = fread(file, 1, sizeof(file), in);

	fclose(in);
	ck_assert_uint_gt(size, 70000);
	memset(file + size - 50000, 0, 40000);
	ck_assert_int_eq(kpu_load_memory(device, file, size, NULL, &model), 0);
	ck_assert_int_eq(measure_plain_digits(model, &sheet, 10, &score), 0);
	ck_assert_float_lt(share(&score), LEAST_ACCURACY - 0.1f);
}
END_TEST

static uint8_t *read_picture(const char *path, unsigned *width, unsigned *height)
{
	png_image png = { .version = PNG_IMAGE_VERSION };
	uint8_t *rgb;

	ck_assert_msg(png_image_begin_read_from_file(&png, path), "%s: %s", path, png.message);
	png.format = PNG_FORMAT_RGB;
	rgb = malloc(PNG_IMAGE_SIZE(png));
	ck_assert(png_image_finish_read(&png, NULL, rgb, 0, NULL));
	*width = png.width;
	*height = png.height;
	return rgb;
}

static unsigned read_truth(const char *path, struct glyph_box boxes[SCENE_BOXES_MAX])
{
	struct json_object *truth = json_object_from_file(path), *objects, *value;
	unsigned count;

	ck_assert(json_object_object_get_ex(truth, "objects", &objects));
	count = (unsigned)json_object_array_length(objects);
	ck_assert_uint_le(count, SCENE_BOXES_MAX);
	for (unsigned i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(objects, i);
		const char *const keys[] = { "class", "x", "y", "width", "height" };
		int numbers[5];

		for (unsigned k = 0; k < 5; k++) {
			ck_assert(json_object_object_get_ex(item, keys[k], &value));
			numbers[k] = json_object_get_int(value);
		}
		boxes[i] = (struct glyph_box){ (unsigned)numbers[0], numbers[1], numbers[2],
					       numbers[1] + numbers[3], numbers[2] + numbers[4] };
	}
	json_object_put(truth);
	return count;
}

/* The shipped scenes, as a user has them: a PNG and what it shows. */
START_TEST(sample_scenes_have_their_expected_results)
{
	static struct scene scene;
	struct kpu_detections *detections;
	struct kpu_yolo2 *yolo2;
	struct scene_model runner;
	char path[64];

	load("models/digits-detector-v3.kmodel");
	yolo2 = make_yolo2("models/digits-detector-v3.kmodel");
	runner = (struct scene_model){ model, yolo2 };
	for (unsigned i = 1; i <= SAMPLE_SCENES; i++) {
		struct glyph_box truth[SCENE_BOXES_MAX];
		struct scene_score score = { 0 };
		unsigned width, height, count;
		uint8_t *rgb;

		snprintf(path, sizeof(path), "models/samples/scene-%u.png", i);
		rgb = read_picture(path, &width, &height);
		ck_assert_uint_eq(width, SCENE_WIDTH);
		ck_assert_uint_eq(height, SCENE_HEIGHT);
		memcpy(scene.rgb, rgb, sizeof(scene.rgb));
		free(rgb);
		snprintf(path, sizeof(path), "models/samples/scene-%u.json", i);
		count = read_truth(path, truth);
		ck_assert_int_eq(run_scene_model(&runner, &scene, i, &detections), 0);
		score_scene(detections, truth, count, &score);
		kpu_detections_free(detections);
		ck_assert_uint_gt(count, 0);
		ck_assert_msg(score.missed <= SAMPLE_MISSES_MAX &&
				      score.false_alarms <= SAMPLE_MISSES_MAX,
			      "%s: %u found, %u missed, %u wrong", path, score.found, score.missed,
			      score.false_alarms);
	}
	kpu_yolo2_free(yolo2);
}
END_TEST

START_TEST(sample_digits_are_named)
{
	struct kpu_tensor_info input;
	uint8_t gray[DIGIT_SIZE * DIGIT_SIZE];
	unsigned right = 0;
	char path[64];

	load("models/digits-classifier-v3.kmodel");
	kpu_network_input(kpu_model_network(model), 0, &input);
	for (unsigned i = 0; i < GLYPH_CLASSES; i++) {
		struct kpu_image image = { .format = KPU_PIXEL_RGB888 };
		struct kpu_result *result;
		struct kpu_tensor tensor;
		const float *values;
		unsigned best = 0;

		snprintf(path, sizeof(path), "models/samples/digit-%u.png", i);
		image.pixels = read_picture(path, &image.width, &image.height);
		ck_assert_int_eq(kpu_image_to_input(&image, &input, KPU_RESIZE_STRETCH, gray,
						    sizeof(gray), NULL),
				 0);
		free((void *)image.pixels);
		ck_assert_int_eq(kpu_forward_output(model, gray, sizeof(gray), 0, &result), 0);
		ck_assert_int_eq(kpu_result_tensor(result, 0, &tensor), 0);
		values = tensor.data;
		for (unsigned c = 1; c < GLYPH_CLASSES; c++)
			best = values[c] > values[best] ? c : best;
		right += best == i;
		kpu_result_free(result);
	}
	ck_assert_uint_eq(right, GLYPH_CLASSES);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("models");
	TCase *tests = tcase_create("models");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 240);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, classifier_v3_knows_held_back_digits);
	tcase_add_test(tests, classifier_v4_knows_held_back_digits);
	tcase_add_test(tests, detector_v3_finds_held_back_digits);
	tcase_add_test(tests, detector_v4_finds_held_back_digits);
	tcase_add_test(tests, a_damaged_classifier_is_seen);
	tcase_add_test(tests, sample_scenes_have_their_expected_results);
	tcase_add_test(tests, sample_digits_are_named);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
