/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/models/detector.h"
#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/models/known_models.h"
#include "utils/kpuctl/models/side_file.h"

#define DEFAULT_THRESHOLD 0.5
#define DEFAULT_NMS       0.3
#define NET_SIZE_MAX      65535

bool detector_read_anchors(struct detector *detector, const char *text)
{
	size_t count = 0;

	while (*text && count < 2 * ANCHORS_MAX) {
		char *end;
		float value = strtof(text, &end);

		if (end == text || !(value > 0 && value < 1e6f) ||
		    (*end && *end != ',' && *end != ' '))
			return false;
		detector->anchors[count++] = value;
		text = *end ? end + 1 : end;
	}
	detector->anchor_count = count / 2;
	return count && count % 2 == 0 && !*text;
}

/* The user's own values come first. */
static int read_side_file(struct detector *detector, const struct side_file *side,
			  struct kpu_error *error)
{
	struct detector found = *detector;
	int rc = side_file_pairs(side, "anchors", ANCHORS_MAX, found.anchors, &found.anchor_count,
				 error);

	if (rc == 0)
		rc = side_file_fraction(side, "threshold", &found.threshold, error);
	if (rc == 0)
		rc = side_file_fraction(side, "nms", &found.nms, error);
	if (rc == 0)
		rc = side_file_count(side, "net_width", NET_SIZE_MAX, &found.net_width, error);
	if (rc == 0)
		rc = side_file_count(side, "net_height", NET_SIZE_MAX, &found.net_height, error);
	if (rc == 0 && !detector->labels.count)
		rc = side_file_labels(side, "labels", &found.labels, error);
	if (rc < 0)
		return rc;
	if (detector->anchor_count) {
		memcpy(found.anchors, detector->anchors, sizeof(found.anchors));
		found.anchor_count = detector->anchor_count;
	}
	if (detector->threshold >= 0)
		found.threshold = detector->threshold;
	if (detector->nms >= 0)
		found.nms = detector->nms;
	*detector = found;
	return 0;
}

static void use_known(struct detector *detector, const struct known_model *known)
{
	if (!detector->anchor_count) {
		detector->anchor_count = known->anchor_count;
		memcpy(detector->anchors, known->anchors,
		       2 * known->anchor_count * sizeof(known->anchors[0]));
	}
	if (!detector->net_height)
		detector->net_height = known->net_height;
	if (!detector->labels.count && known->labels[0])
		labels_split(&detector->labels, known->labels);
}

static int no_anchors(const char *model_path, struct kpu_error *error)
{
	int rc = fail(error, KPU_ERR_PARAM, "no anchors are known for %s", model_path);

	snprintf(
		error->next_step, sizeof(error->next_step),
		"give --anchors W,H,W,H,..., or --side FILE.json, or such a file beside the model");
	return rc;
}

int detector_complete(struct detector *detector, const char *model_path, const char *side_path,
		      const struct kpu_network *network, struct kpu_error *error)
{
	const struct known_model *known;
	struct side_file side;
	int rc = side_path ? side_file_open_named(&side, side_path, error)
			   : side_file_open(&side, model_path, error);

	if (rc == 0)
		rc = read_side_file(detector, &side, error);
	side_file_close(&side);
	if (rc < 0)
		return rc;
	known = find_known_model(network);
	if (known)
		use_known(detector, known);
	if (detector->threshold < 0)
		detector->threshold = DEFAULT_THRESHOLD;
	if (detector->nms < 0)
		detector->nms = DEFAULT_NMS;
	return detector->anchor_count ? 0 : no_anchors(model_path, error);
}

void detector_free(struct detector *detector)
{
	labels_free(&detector->labels);
}
