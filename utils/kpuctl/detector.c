/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "utils/kpuctl/detector.h"
#include "utils/kpuctl/known_models.h"

#define DEFAULT_THRESHOLD 0.5
#define DEFAULT_NMS       0.3
#define SIDE_FILE_MAX     65536

static void add_label(struct detector *detector, const char *text, size_t length)
{
	char *label;
	size_t i;

	if (detector->label_count == LABELS_MAX)
		return;
	label = detector->labels[detector->label_count];
	for (i = 0; i < length && i + 1 < LABEL_BYTES; i++)
		label[i] = text[i] >= ' ' && text[i] < 127 ? text[i] : '?';
	label[i] = 0;
	detector->label_count++;
}

static void split_labels(struct detector *detector, const char *text, const char *separators)
{
	detector->label_count = 0;
	while (*text) {
		size_t length = strcspn(text, separators);

		if (length)
			add_label(detector, text, length);
		text += length + (text[length] != 0);
	}
}

bool detector_read_labels(struct detector *detector, const char *text)
{
	char content[SIDE_FILE_MAX];
	FILE *file = fopen(text, "r");
	size_t length;

	if (!file) {
		split_labels(detector, text, ",");
		return detector->label_count > 0;
	}
	length = fread(content, 1, sizeof(content) - 1, file);
	fclose(file);
	content[length] = 0;
	split_labels(detector, content, "\r\n");
	return detector->label_count > 0;
}

bool detector_read_anchors(struct detector *detector, const char *text)
{
	size_t count = 0;

	while (*text && count < 2 * ANCHORS_MAX) {
		char *end;
		float value = strtof(text, &end);

		if (end == text || !(value > 0) || (*end && *end != ',' && *end != ' '))
			return false;
		detector->anchors[count++] = value;
		text = *end ? end + 1 : end;
	}
	detector->anchor_count = count / 2;
	detector->source = "--anchors";
	return count && count % 2 == 0 && !*text;
}

const char *detector_label(const struct detector *detector, uint32_t class_index, char *buffer,
			   size_t size)
{
	if (class_index < detector->label_count)
		return detector->labels[class_index];
	snprintf(buffer, size, "class %u", class_index);
	return buffer;
}

static bool json_fraction(struct json_object *side, const char *key, double *value)
{
	struct json_object *entry;

	if (*value >= 0 || !json_object_object_get_ex(side, key, &entry))
		return true;
	*value = json_object_get_double(entry);
	return *value >= 0 && *value <= 1;
}

static bool json_anchors(struct detector *detector, struct json_object *side)
{
	struct json_object *list;
	size_t count;

	if (detector->anchor_count || !json_object_object_get_ex(side, "anchors", &list))
		return true;
	if (!json_object_is_type(list, json_type_array))
		return false;
	count = json_object_array_length(list);
	if (count == 0 || count % 2 || count > 2 * ANCHORS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		double value = json_object_get_double(json_object_array_get_idx(list, i));

		if (!(value > 0 && value < 1e6))
			return false;
		detector->anchors[i] = (float)value;
	}
	detector->anchor_count = count / 2;
	return true;
}

static bool json_labels(struct detector *detector, struct json_object *side)
{
	struct json_object *list;

	if (detector->label_count || !json_object_object_get_ex(side, "labels", &list))
		return true;
	if (!json_object_is_type(list, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(list, i));

		if (text)
			add_label(detector, text, strlen(text));
	}
	return true;
}

static int read_side_file(struct detector *detector, const char *path)
{
	struct json_object *side = json_object_from_file(path);
	bool ok;

	if (!side || !json_object_is_type(side, json_type_object)) {
		json_object_put(side);
		complain("%s is not a JSON object", path);
		return EXIT_BAD_FILE;
	}
	ok = json_anchors(detector, side) && json_labels(detector, side) &&
	     json_fraction(side, "threshold", &detector->threshold) &&
	     json_fraction(side, "nms", &detector->nms);
	json_object_put(side);
	if (ok)
		return EXIT_OK;
	complain("%s: anchors are pairs of numbers above 0, labels texts, threshold and nms within "
		 "0..1",
		 path);
	return EXIT_BAD_FILE;
}

/* MODEL.kmodel -> MODEL.json, MODEL.yolo2; also MODEL.kmodel.json. */
static int find_side_file(struct detector *detector, const char *model_path)
{
	static const char *const endings[] = { ".json", ".yolo2" };
	const char *dot = strrchr(model_path, '.'), *slash = strrchr(model_path, '/');
	size_t stem =
		dot && (!slash || dot > slash) ? (size_t)(dot - model_path) : strlen(model_path);
	char path[4096];

	for (size_t i = 0; i < 4; i++) {
		size_t length = i < 2 ? stem : strlen(model_path);

		snprintf(path, sizeof(path), "%.*s%s", (int)length, model_path, endings[i % 2]);
		if (access(path, R_OK) == 0)
			return read_side_file(detector, path);
	}
	return EXIT_OK;
}

static void use_known(struct detector *detector, const struct known_model *known)
{
	if (!detector->anchor_count) {
		detector->anchor_count = known->anchor_count;
		memcpy(detector->anchors, known->anchors,
		       2 * known->anchor_count * sizeof(known->anchors[0]));
		detector->source = known->name;
	}
	detector->net_height = known->net_height;
	if (!detector->label_count)
		split_labels(detector, known->labels, ",");
}

int detector_complete(struct detector *detector, const char *model_path,
		      const struct kpu_network *network)
{
	const struct known_model *known;
	int status = find_side_file(detector, model_path);

	if (status)
		return status;
	known = find_known_model(network);
	if (known)
		use_known(detector, known);
	if (detector->threshold < 0)
		detector->threshold = DEFAULT_THRESHOLD;
	if (detector->nms < 0)
		detector->nms = DEFAULT_NMS;
	if (detector->anchor_count)
		return EXIT_OK;
	complain("no anchors are known for %s: give --anchors W,H,W,H,... or write them to a .json "
		 "file beside the model",
		 model_path);
	return EXIT_USAGE;
}
