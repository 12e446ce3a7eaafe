/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The decoder against the vectors that were made with MaixPy's open decode code. */
#include <glob.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/exponential.h"
#include "tests/unit/lib/suites.h"

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return value;
}

static uint32_t number(struct json_object *object, const char *key)
{
	return (uint32_t)json_object_get_int64(member(object, key));
}

/* x2 or y2 of 4294967295 is the original's overflow; ours stops at the largest signed number. */
static bool same_side(int32_t got, int64_t first, int64_t last, int64_t tolerance)
{
	int64_t wanted = last == 4294967295 ? INT32_MAX - first : last - first;

	return got - wanted <= tolerance && wanted - got <= tolerance;
}

static void compare(const struct kpu_detection *got, struct json_object *wanted,
		    struct json_object *tolerance, const char *name)
{
	int64_t pixels = json_object_get_int64(member(tolerance, "rect_px"));
	double difference = (double)got->score - json_object_get_double(member(wanted, "value"));
	int64_t x1 = json_object_get_int64(member(wanted, "x1"));
	int64_t y1 = json_object_get_int64(member(wanted, "y1"));

	ck_assert_msg(difference < json_object_get_double(member(tolerance, "value_abs")) &&
			      -difference < json_object_get_double(member(tolerance, "value_abs")),
		      "%s: score is off by %g", name, difference);
	ck_assert_uint_eq(got->class_index, number(wanted, "classid"));
	ck_assert_msg(llabs(got->x - x1) <= pixels && llabs(got->y - y1) <= pixels &&
			      same_side(got->width, x1, json_object_get_int64(member(wanted, "x2")),
					pixels) &&
			      same_side(got->height, y1,
					json_object_get_int64(member(wanted, "y2")), pixels),
		      "%s: box %d %d %d %d", name, got->x, got->y, got->width, got->height);
}

static struct kpu_yolo2 *make(struct json_object *vector)
{
	struct json_object *list = member(vector, "anchors");
	float anchors[128];
	struct kpu_yolo2_config config = {
		.threshold = (float)json_object_get_double(member(vector, "threshold")),
		.nms = (float)json_object_get_double(member(vector, "nms")),
		.anchors = anchors,
		.anchor_count = number(vector, "anchor_num"),
		.order = KPU_ORDER_INDEX,
	};
	struct kpu_yolo2 *yolo2;

	for (size_t i = 0; i < 2 * config.anchor_count; i++)
		anchors[i] = (float)json_object_get_double(json_object_array_get_idx(list, i));
	ck_assert_int_eq(kpu_yolo2_new(&config, &yolo2, NULL), 0);
	return yolo2;
}

static struct kpu_tensor tensor_of(struct json_object *vector, const void *data, size_t size)
{
	struct kpu_tensor tensor = { .data = data };

	tensor.info.type = KPU_TENSOR_FLOAT32;
	tensor.info.width = number(vector, "grid_w");
	tensor.info.height = number(vector, "grid_h");
	tensor.info.channels = number(vector, "anchor_num") * (5 + number(vector, "classes"));
	tensor.info.elements = size / 4;
	tensor.info.bytes = size;
	return tensor;
}

static void check_vector(const char *path)
{
	struct json_object *vector = json_object_from_file(path);
	struct kpu_detections *detections;
	struct json_object *wanted;
	struct kpu_tensor tensor;
	struct kpu_yolo2 *yolo2;
	char data_path[512];
	void *data, *before;
	size_t size;

	snprintf(data_path, sizeof(data_path), "%.*s.f32", (int)strlen(path) - 5, path);
	data = read_whole(data_path, &size);
	before = malloc(size);
	memcpy(before, data, size);
	yolo2 = make(vector);
	tensor = tensor_of(vector, data, size);
	ck_assert_int_eq(kpu_yolo2_decode(yolo2, &tensor, number(vector, "net_w"),
					  number(vector, "net_h"), &detections),
			 0);
	wanted = member(vector, "detections");
	ck_assert_msg(kpu_detections_count(detections) == json_object_array_length(wanted),
		      "%s: %zu found, %zu wanted", path, kpu_detections_count(detections),
		      json_object_array_length(wanted));
	for (size_t i = 0; i < json_object_array_length(wanted); i++)
		compare(kpu_detections_items(detections) + i, json_object_array_get_idx(wanted, i),
			member(vector, "tolerance"), path);
	/* MaixPy overwrites the output; we must not. */
	ck_assert_mem_eq(data, before, size);
	kpu_detections_free(detections);
	kpu_yolo2_free(yolo2);
	json_object_put(vector);
	free(data);
	free(before);
}

START_TEST(vectors_give_the_boxes_of_the_original)
{
	char pattern[512];
	glob_t found;

	if (!shared_path("vectors/yolo2", pattern, sizeof(pattern)))
		return;
	strcat(pattern, "/*.json");
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	ck_assert_uint_ge(found.gl_pathc, 15);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_vector(found.gl_pathv[i]);
	globfree(&found);
}
END_TEST

static const float two_anchors[] = { 1, 1, 2, 2 };

static struct kpu_yolo2 *simple(float threshold, enum kpu_detection_order order, uint32_t most)
{
	struct kpu_yolo2_config config = {
		.threshold = threshold,
		.nms = 1,
		.anchors = two_anchors,
		.anchor_count = 2,
		.order = order,
		.max_results = most,
	};
	struct kpu_yolo2 *yolo2;

	ck_assert_int_eq(kpu_yolo2_new(&config, &yolo2, NULL), 0);
	return yolo2;
}

/* 2x1 cells, 2 anchors, 1 class: objectness logits of the four boxes in index order. */
static struct kpu_detections *decode(struct kpu_yolo2 *yolo2, const float objectness[4])
{
	float data[24] = { 0 };
	struct kpu_tensor tensor = {
		.info = { KPU_TENSOR_FLOAT32, 2, 1, 12, 24, sizeof(data), 0, 0 },
		.data = data,
	};
	struct kpu_detections *detections;

	for (unsigned i = 0; i < 4; i++)
		data[i / 2 * 12 + 8 + i % 2] = objectness[i];
	ck_assert_int_eq(kpu_yolo2_decode(yolo2, &tensor, 64, 32, &detections), 0);
	kpu_yolo2_free(yolo2);
	return detections;
}

START_TEST(order_and_limit_are_obeyed)
{
	static const float objectness[] = { 1, 3, -9, 2 };
	struct kpu_detections *list = decode(simple(0.5f, KPU_ORDER_SCORE, 0), objectness);
	const struct kpu_detection *items = kpu_detections_items(list);

	ck_assert_uint_eq(kpu_detections_count(list), 3);
	ck_assert_uint_eq(items[0].box_index, 1);
	ck_assert_uint_eq(items[1].box_index, 3);
	ck_assert_uint_eq(items[2].box_index, 0);
	/* sigmoid(3); the box of cell 1 has its centre at 1.5 cells of 32 pixels, anchor 1x1. */
	ck_assert_float_eq_tol(items[0].score, 0.952574f, 1e-6f);
	ck_assert_float_eq_tol(items[0].left, 32, 1e-3f);
	ck_assert_float_eq_tol(items[0].right, 64, 1e-3f);
	kpu_detections_free(list);

	list = decode(simple(0.5f, KPU_ORDER_INDEX, 2), objectness);
	items = kpu_detections_items(list);
	ck_assert_uint_eq(kpu_detections_count(list), 2);
	ck_assert_uint_eq(items[0].box_index, 1);
	ck_assert_uint_eq(items[1].box_index, 3);
	kpu_detections_free(list);
}
END_TEST

START_TEST(numbers_that_are_none_are_not_found)
{
	const float odd[] = { __builtin_nanf(""), __builtin_inff(), -__builtin_inff(), 80 };
	struct kpu_detections *list = decode(simple(0, KPU_ORDER_INDEX, 0), odd);

	/* Infinity is certain, minus infinity scores exactly 0, which is not above 0. */
	ck_assert_uint_eq(kpu_detections_count(list), 2);
	ck_assert_uint_eq(kpu_detections_items(list)[0].box_index, 1);
	ck_assert_uint_eq(kpu_detections_items(list)[1].box_index, 3);
	kpu_detections_free(list);
	list = decode(simple(1, KPU_ORDER_INDEX, 0), odd);
	ck_assert_uint_eq(kpu_detections_count(list), 0);
	ck_assert_ptr_null(kpu_detections_items(list));
	kpu_detections_free(list);
}
END_TEST

START_TEST(shapes_must_suit_the_anchors)
{
	struct kpu_tensor_info info = { KPU_TENSOR_FLOAT32, 2, 1, 12, 24, 96, 0, 0 };
	struct kpu_yolo2 *yolo2 = simple(0.5f, KPU_ORDER_SCORE, 0);
	struct kpu_error error;

	ck_assert_int_eq(kpu_yolo2_check(yolo2, &info, &error), 0);
	info.channels = 13;
	ck_assert_int_eq(kpu_yolo2_check(yolo2, &info, &error), -KPU_ERR_SIZE_NOTMATCH);
	ck_assert_ptr_nonnull(strstr(error.message, "13"));
	info.channels = 10; /* no class */
	ck_assert_int_eq(kpu_yolo2_check(yolo2, &info, NULL), -KPU_ERR_SIZE_NOTMATCH);
	info.channels = 12;
	info.type = KPU_TENSOR_UINT8;
	ck_assert_int_eq(kpu_yolo2_check(yolo2, &info, NULL), -KPU_ERR_SIZE_NOTMATCH);
	info.type = KPU_TENSOR_FLOAT32;
	info.width = 0;
	ck_assert_int_eq(kpu_yolo2_check(yolo2, &info, NULL), -KPU_ERR_SIZE_NOTMATCH);
	kpu_yolo2_free(yolo2);
}
END_TEST

START_TEST(wrong_parameters_are_refused)
{
	const float bad[] = { 1, -1 };
	struct kpu_yolo2_config good = { 0.5f, 0.3f, two_anchors, 2, 0, KPU_ORDER_SCORE, 0 };
	struct kpu_yolo2_config config;
	struct kpu_yolo2 *yolo2;

	config = good;
	config.threshold = 1.5f;
	ck_assert_int_eq(kpu_yolo2_new(&config, &yolo2, NULL), -KPU_ERR_PARAM);
	config.threshold = __builtin_nanf("");
	ck_assert_int_eq(kpu_yolo2_new(&config, &yolo2, NULL), -KPU_ERR_PARAM);
	config = good;
	config.nms = -0.1f;
	ck_assert_int_eq(kpu_yolo2_new(&config, &yolo2, NULL), -KPU_ERR_PARAM);
	config = good;
	config.anchor_count = 0;
	ck_assert_int_eq(kpu_yolo2_new(&config, &yolo2, NULL), -KPU_ERR_PARAM);
	config.anchor_count = 65;
	ck_assert_int_eq(kpu_yolo2_new(&config, &yolo2, NULL), -KPU_ERR_PARAM);
	config = good;
	config.anchors = bad;
	config.anchor_count = 1;
	ck_assert_int_eq(kpu_yolo2_new(&config, &yolo2, NULL), -KPU_ERR_PARAM);
	ck_assert_ptr_null(yolo2);
}
END_TEST

START_TEST(boxes_go_back_to_the_picture)
{
	struct kpu_placement placement = { 0.5f, 0.5f, 10, 20, true };
	struct kpu_detection box = { .left = 20, .top = 30, .right = 60, .bottom = 500 };

	kpu_detection_place(&box, &placement, 640, 480);
	ck_assert_int_eq(box.x, 20);
	ck_assert_int_eq(box.y, 20);
	ck_assert_int_eq(box.width, 80);
	ck_assert_int_eq(box.height, 460);
}
END_TEST

START_TEST(exponential_agrees_with_the_c_library)
{
	for (int i = -20000; i <= 20000; i++) {
		double x = i * 0.035, got = kpu_exponential(x), wanted = __builtin_exp(x);

		if (wanted < 1e-300 || wanted > 1e300)
			continue;
		ck_assert_double_le(__builtin_fabs(got - wanted) / wanted, 1e-13);
	}
	ck_assert(kpu_exponential(-1e9) == 0);
	ck_assert(kpu_exponential(1e9) == __builtin_inf());
	ck_assert(kpu_exponential(0) == 1);
	ck_assert(kpu_exponential(__builtin_nan("")) != kpu_exponential(__builtin_nan("")));
}
END_TEST

TCase *yolo2_tests(void)
{
	TCase *tests = tcase_create("yolo2");

	tcase_add_test(tests, vectors_give_the_boxes_of_the_original);
	tcase_add_test(tests, order_and_limit_are_obeyed);
	tcase_add_test(tests, numbers_that_are_none_are_not_found);
	tcase_add_test(tests, shapes_must_suit_the_anchors);
	tcase_add_test(tests, wrong_parameters_are_refused);
	tcase_add_test(tests, boxes_go_back_to_the_picture);
	tcase_add_test(tests, exponential_agrees_with_the_c_library);
	return tests;
}
