/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Decoding of a YOLO v2 tensor. The arithmetic is that of MaixPy v1 (single precision, the sigmoid
 * in double); the order of work is not: cells whose objectness cannot reach the threshold are
 * passed over before any exponential, and only scores above the threshold are sorted and compared.
 */
#include <stdlib.h>

#include "lib/api.h"
#include "lib/detections.h"
#include "lib/error.h"
#include "lib/exponential.h"
#include "lib/yolo2.h"

/* One class's score of one box. */
struct candidate {
	uint32_t class_index;
	uint32_t box; /* element of struct decoder.boxes */
	float score;  /* 0: suppressed */
};

struct box {
	uint32_t index;
	float x, y, w, h; /* centre and size, parts of the input */
	float left, right, top, bottom, area;
	float best;
	uint32_t best_class;
};

struct decoder {
	const struct kpu_yolo2 *yolo2;
	const float *data;
	uint32_t width, height, cells, classes;
	float *probabilities; /* of one box */
	struct box *boxes;
	size_t box_count;
	struct candidate *candidates;
	size_t candidate_count;
};

static float sigmoid(float x)
{
	return (float)(1.0 / (1.0 + (double)kpu_exponential_float(-x)));
}

/* Logits of one box lie @cells apart: tx, ty, tw, th, to, class 0, class 1, ... */
static const float *box_logits(const struct decoder *d, uint32_t anchor, uint32_t cell)
{
	return d->data + (size_t)anchor * (5 + d->classes) * d->cells + cell;
}

static void softmax(const float *logits, size_t stride, uint32_t count, float *out)
{
	float most = logits[0], sum = 0;

	for (uint32_t i = 1; i < count; i++)
		most = logits[i * stride] > most ? logits[i * stride] : most;
	for (uint32_t i = 0; i < count; i++) {
		out[i] = kpu_exponential_float(logits[i * stride] - most);
		sum += out[i];
	}
	for (uint32_t i = 0; i < count; i++)
		out[i] /= sum;
}

static void decode_box(const struct decoder *d, const float *logits, uint32_t anchor, uint32_t cell,
		       struct box *box)
{
	const float *size = d->yolo2->anchors + 2 * anchor;
	size_t stride = d->cells;

	box->index = anchor * d->cells + cell;
	box->x = ((float)(cell % d->width) + sigmoid(logits[0])) / (float)d->width;
	box->y = ((float)(cell / d->width) + sigmoid(logits[stride])) / (float)d->height;
	box->w = kpu_exponential_float(logits[2 * stride]) * size[0] / (float)d->width;
	box->h = kpu_exponential_float(logits[3 * stride]) * size[1] / (float)d->height;
	box->left = box->x - box->w / 2;
	box->right = box->x + box->w / 2;
	box->top = box->y - box->h / 2;
	box->bottom = box->y + box->h / 2;
	box->area = box->w * box->h;
	box->best = 0;
}

static void score_box(struct decoder *d, uint32_t anchor, uint32_t cell)
{
	const float *logits = box_logits(d, anchor, cell);
	float objectness = sigmoid(logits[4 * (size_t)d->cells]);
	size_t before = d->candidate_count;

	if (!(objectness > d->yolo2->threshold))
		return;
	softmax(logits + 5 * (size_t)d->cells, d->cells, d->classes, d->probabilities);
	for (uint32_t i = 0; i < d->classes; i++) {
		float score = objectness * d->probabilities[i];

		if (score > d->yolo2->threshold)
			d->candidates[d->candidate_count++] = (struct candidate){
				.class_index = i,
				.box = (uint32_t)d->box_count,
				.score = score,
			};
	}
	if (d->candidate_count > before)
		decode_box(d, logits, anchor, cell, &d->boxes[d->box_count++]);
}

/* Boxes whose objectness logit says that they need a look. NaN never passes. */
static size_t count_possible(const struct decoder *d)
{
	size_t count = 0;

	for (uint32_t anchor = 0; anchor < d->yolo2->anchor_count; anchor++) {
		const float *objectness = box_logits(d, anchor, 0) + 4 * (size_t)d->cells;

		for (uint32_t cell = 0; cell < d->cells; cell++)
			count += objectness[cell] > d->yolo2->logit_limit;
	}
	return count;
}

static void collect(struct decoder *d)
{
	for (uint32_t anchor = 0; anchor < d->yolo2->anchor_count; anchor++) {
		const float *objectness = box_logits(d, anchor, 0) + 4 * (size_t)d->cells;

		for (uint32_t cell = 0; cell < d->cells; cell++) {
			if (objectness[cell] > d->yolo2->logit_limit)
				score_box(d, anchor, cell);
		}
	}
}

/* By class, then strongest first; equal scores by box index, which qsort alone would not give. */
static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->class_index != right->class_index)
		return left->class_index < right->class_index ? -1 : 1;
	if (left->score != right->score)
		return left->score < right->score ? 1 : -1;
	return (left->box > right->box) - (left->box < right->box);
}

/* The candidates of one class that are left, strongest last, each side in an array of its own. */
struct rivals {
	float *left, *right, *top, *bottom, *area;
	size_t *candidate;
	size_t count;
};

static float overlap(const struct box *a, const struct rivals *b, size_t i)
{
	float w = (a->right < b->right[i] ? a->right : b->right[i]) -
		  (a->left > b->left[i] ? a->left : b->left[i]);
	float h = (a->bottom < b->bottom[i] ? a->bottom : b->bottom[i]) -
		  (a->top > b->top[i] ? a->top : b->top[i]);
	float intersection;

	if (w < 0 || h < 0)
		return 0;
	intersection = w * h;
	return intersection / (a->area + b->area[i] - intersection);
}

/* Takes the rivals that @kept covers too much out of the list. */
static void drop_covered(struct decoder *d, const struct box *kept, struct rivals *rivals)
{
	size_t left = 0;

	for (size_t i = 0; i < rivals->count; i++) {
		if (overlap(kept, rivals, i) > d->yolo2->nms) {
			d->candidates[rivals->candidate[i]].score = 0;
			continue;
		}
		rivals->left[left] = rivals->left[i];
		rivals->right[left] = rivals->right[i];
		rivals->top[left] = rivals->top[i];
		rivals->bottom[left] = rivals->bottom[i];
		rivals->area[left] = rivals->area[i];
		rivals->candidate[left] = rivals->candidate[i];
		left++;
	}
	rivals->count = left;
}

static void add_rival(const struct decoder *d, size_t candidate, struct rivals *rivals)
{
	const struct box *box = &d->boxes[d->candidates[candidate].box];
	size_t i = rivals->count++;

	rivals->left[i] = box->left;
	rivals->right[i] = box->right;
	rivals->top[i] = box->top;
	rivals->bottom[i] = box->bottom;
	rivals->area[i] = box->area;
	rivals->candidate[i] = candidate;
}

/* Greedy, within each class: a kept box removes all weaker ones that it covers too much. */
static void suppress_class(struct decoder *d, size_t first, size_t end, struct rivals *rivals)
{
	rivals->count = 0;
	for (size_t i = end; i-- > first + 1;)
		add_rival(d, i, rivals);
	for (size_t i = first; i < end; i++) {
		if (d->candidates[i].score == 0)
			continue;
		/* The list ends with the strongest: the one that is kept now. */
		if (rivals->count && rivals->candidate[rivals->count - 1] == i)
			rivals->count--;
		drop_covered(d, &d->boxes[d->candidates[i].box], rivals);
	}
}

static bool suppress(struct decoder *d)
{
	size_t count = d->box_count, end;
	struct rivals rivals = { .left = calloc(count, 5 * sizeof(float)) };

	rivals.candidate = calloc(count, sizeof(size_t));
	if (!rivals.left || !rivals.candidate) {
		free(rivals.left);
		free(rivals.candidate);
		return false;
	}
	rivals.right = rivals.left + count;
	rivals.top = rivals.right + count;
	rivals.bottom = rivals.top + count;
	rivals.area = rivals.bottom + count;
	qsort(d->candidates, d->candidate_count, sizeof(d->candidates[0]), compare_candidates);
	for (size_t first = 0; first < d->candidate_count; first = end) {
		end = first + 1;
		while (end < d->candidate_count &&
		       d->candidates[end].class_index == d->candidates[first].class_index)
			end++;
		suppress_class(d, first, end, &rivals);
	}
	free(rivals.left);
	free(rivals.candidate);
	return true;
}

/* One box yields one result: the strongest class left, the first of equal ones. */
static void choose_classes(struct decoder *d)
{
	for (size_t i = 0; i < d->candidate_count; i++) {
		const struct candidate *candidate = &d->candidates[i];
		struct box *box = &d->boxes[candidate->box];

		if (candidate->score > box->best) {
			box->best = candidate->score;
			box->best_class = candidate->class_index;
		}
	}
}

static struct kpu_detections *report(const struct decoder *d, float net_width, float net_height)
{
	struct kpu_detections *list;

	list = calloc(1, sizeof(*list) + d->box_count * sizeof(list->items[0]));
	if (!list)
		return NULL;
	for (size_t i = 0; i < d->box_count; i++) {
		const struct box *box = &d->boxes[i];
		struct kpu_detection *item = &list->items[list->count];

		if (box->best == 0)
			continue;
		list->count++;
		item->score = box->best;
		item->class_index = box->best_class;
		item->box_index = box->index;
		item->left = box->x * net_width - box->w * net_width / 2;
		item->right = box->x * net_width + box->w * net_width / 2;
		item->top = box->y * net_height - box->h * net_height / 2;
		item->bottom = box->y * net_height + box->h * net_height / 2;
		kpu_detection_set_pixels(item);
	}
	kpu_detections_arrange(list, d->yolo2->order, d->yolo2->max_results);
	return list;
}

static int decode(struct decoder *d, float net_width, float net_height,
		  struct kpu_detections **detections)
{
	size_t possible = count_possible(d);
	int rc = 0;

	if (possible) {
		d->boxes = calloc(possible, sizeof(d->boxes[0]));
		d->candidates = calloc(possible * d->classes, sizeof(d->candidates[0]));
		d->probabilities = calloc(d->classes, sizeof(float));
		if (!d->boxes || !d->candidates || !d->probabilities)
			rc = -KPU_ERR_HOST_MEMORY;
		else
			collect(d);
	}
	if (d->candidate_count) {
		if (suppress(d))
			choose_classes(d);
		else
			rc = -KPU_ERR_HOST_MEMORY;
	}
	if (rc == 0) {
		*detections = report(d, net_width, net_height);
		if (!*detections)
			rc = -KPU_ERR_HOST_MEMORY;
	}
	free(d->boxes);
	free(d->candidates);
	free(d->probabilities);
	return rc;
}

KPU_API int kpu_yolo2_decode(const struct kpu_yolo2 *yolo2, const struct kpu_tensor *tensor,
			     uint32_t net_width, uint32_t net_height,
			     struct kpu_detections **detections)
{
	struct decoder decoder = { .yolo2 = yolo2 };
	const struct kpu_tensor_info *info;
	int rc;

	if (!yolo2 || !tensor || !tensor->data || !detections || !net_width || !net_height)
		return -KPU_ERR_PARAM;
	*detections = NULL;
	info = &tensor->info;
	rc = kpu_yolo2_check(yolo2, info, NULL);
	if (rc < 0)
		return rc;
	if (info->bytes < (size_t)info->width * info->height * info->channels * sizeof(float))
		return -KPU_ERR_SIZE_NOTMATCH;
	decoder.data = tensor->data;
	decoder.width = info->width;
	decoder.height = info->height;
	decoder.cells = info->width * info->height;
	decoder.classes = (uint32_t)kpu_yolo2_classes(yolo2, info->channels);
	return decode(&decoder, (float)net_width, (float)net_height, detections);
}
