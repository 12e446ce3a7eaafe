/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <string.h>

#include "utils/kpuctl/conformance/conformance.h"
#include "utils/kpuctl/models/detector.h"

/* boxes.json holds five decimals of a score and two of a coordinate. */
#define SCORE_TOLERANCE 2e-5
#define PIXEL_TOLERANCE 0.02

static bool near(double a, double b, double tolerance)
{
	return a - b <= tolerance && b - a <= tolerance;
}

static double real(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_double(value) : -1;
}

static bool box_matches(const struct kpu_detection *got, struct json_object *wanted)
{
	return got->box_index == json_number(wanted, "index", -1) &&
	       got->class_index == json_number(wanted, "cls", -1) &&
	       near((double)got->score, real(wanted, "prob"), SCORE_TOLERANCE) &&
	       near((double)got->left, real(wanted, "x1"), PIXEL_TOLERANCE) &&
	       near((double)got->top, real(wanted, "y1"), PIXEL_TOLERANCE) &&
	       near((double)got->right, real(wanted, "x2"), PIXEL_TOLERANCE) &&
	       near((double)got->bottom, real(wanted, "y2"), PIXEL_TOLERANCE);
}

static bool lists_match(const struct kpu_detections *got, struct json_object *wanted)
{
	const struct kpu_detection *items = kpu_detections_items(got);
	size_t count = json_object_array_length(wanted);

	if (kpu_detections_count(got) != count)
		return false;
	/* The order of the file is not that of ours. */
	for (size_t i = 0; i < count; i++) {
		struct json_object *box = json_object_array_get_idx(wanted, i);
		bool found = false;

		for (size_t k = 0; k < count && !found; k++)
			found = box_matches(&items[k], box);
		if (!found)
			return false;
	}
	return true;
}

static uint32_t element(struct json_object *list, size_t index)
{
	return (uint32_t)json_object_get_int64(json_object_array_get_idx(list, index));
}

static bool check_list(struct json_object *expected, const struct kpu_tensor *output)
{
	struct json_object *anchors = json_list(expected, "anchors");
	struct json_object *grid = json_list(expected, "grid");
	struct json_object *net = json_list(expected, "net_wh");
	struct kpu_tensor tensor = *output;
	struct kpu_detections *detections;
	float sizes[2 * ANCHORS_MAX];
	struct kpu_yolo2_config config = {
		.threshold = (float)real(expected, "threshold"),
		.nms = (float)real(expected, "nms"),
		.anchors = sizes,
	};
	struct kpu_yolo2 *yolo2;
	bool right;

	config.anchor_count = json_object_array_length(anchors) / 2;
	if (config.anchor_count > ANCHORS_MAX || json_object_array_length(grid) != 2 ||
	    json_object_array_length(net) != 2 || !element(grid, 0) || !element(grid, 1))
		return false;
	for (size_t i = 0; i < 2 * config.anchor_count; i++)
		sizes[i] = (float)json_object_get_double(json_object_array_get_idx(anchors, i));
	/* Files without shapes only tell the number of elements. */
	tensor.info.width = element(grid, 0);
	tensor.info.height = element(grid, 1);
	tensor.info.channels =
		(uint32_t)(tensor.info.elements / tensor.info.width / tensor.info.height);
	if (kpu_yolo2_new(&config, &yolo2, NULL) < 0)
		return false;
	right = kpu_yolo2_decode(yolo2, &tensor, element(net, 0), element(net, 1), &detections) ==
		0;
	if (right) {
		right = lists_match(detections, json_list(expected, "boxes"));
		kpu_detections_free(detections);
	}
	kpu_yolo2_free(yolo2);
	return right;
}

void conformance_boxes(const struct conformance *run, const struct kpu_tensor *output,
		       const char *test_name, struct conformance_row *row)
{
	for (size_t i = 0; i < json_object_array_length(run->boxes); i++) {
		struct json_object *expected = json_object_array_get_idx(run->boxes, i);
		const char *model = json_text(expected, "model");
		const char *name = json_text(expected, "case");
		bool right;

		/* The case is called like its input, without the ending. */
		if (!model || !name || strcmp(model, row->model) ||
		    strncmp(name, test_name, strlen(name)) || test_name[strlen(name)] != '.')
			continue;
		right = check_list(expected, output);
		row->boxes++;
		row->boxes_right += right;
		if (!right)
			conformance_remark(row, "boxes of %s at threshold %g differ", name,
					   real(expected, "threshold"));
	}
}
