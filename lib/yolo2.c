/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Parameters of a YOLO v2 region layer. */
#include <stdlib.h>
#include <string.h>

#include "lib/api.h"
#include "lib/error.h"
#include "lib/exponential.h"
#include "lib/yolo2.h"

#define LOGIT_RANGE  40.0f
#define LOGIT_MARGIN 1e-3f

/* A logit just below the one whose sigmoid is @threshold. */
static float find_logit_limit(float threshold)
{
	float low = -LOGIT_RANGE, high = LOGIT_RANGE;

	if (threshold <= 0)
		return -__builtin_inff();
	while (high - low > LOGIT_MARGIN / 4) {
		float middle = (low + high) / 2;

		if (1.0 / (1.0 + kpu_exponential(-(double)middle)) < (double)threshold)
			low = middle;
		else
			high = middle;
	}
	return low - LOGIT_MARGIN;
}

static int check_config(const struct kpu_yolo2_config *config, struct kpu_error *error)
{
	if (!(config->threshold >= 0 && config->threshold <= 1))
		return kpu_fail(error, KPU_ERR_PARAM, "threshold %g is not within 0..1",
				(double)config->threshold);
	if (!(config->nms >= 0 && config->nms <= 1))
		return kpu_fail(error, KPU_ERR_PARAM, "nms %g is not within 0..1",
				(double)config->nms);
	if (!config->anchors)
		return kpu_fail(error, KPU_ERR_PARAM, "anchors is NULL");
	if (config->anchor_count < 1 || config->anchor_count > KPU_ANCHORS_MAX)
		return kpu_fail(error, KPU_ERR_PARAM, "%zu anchors given, 1..%u are possible",
				config->anchor_count, KPU_ANCHORS_MAX);
	for (size_t i = 0; i < 2 * config->anchor_count; i++) {
		if (!(config->anchors[i] > 0 && config->anchors[i] < 1e6f))
			return kpu_fail(error, KPU_ERR_PARAM,
					"anchor number %zu is %g, sizes are above 0 and below 1e6",
					i / 2, (double)config->anchors[i]);
	}
	if (config->order != KPU_ORDER_SCORE && config->order != KPU_ORDER_INDEX)
		return kpu_fail(error, KPU_ERR_PARAM, "order %u is not known", config->order);
	return 0;
}

KPU_API int kpu_yolo2_new(const struct kpu_yolo2_config *config, struct kpu_yolo2 **yolo2,
			  struct kpu_error *error)
{
	struct kpu_yolo2 *made;
	int rc;

	if (!config || !yolo2)
		return kpu_fail(error, KPU_ERR_PARAM, "config or yolo2 is NULL");
	*yolo2 = NULL;
	rc = check_config(config, error);
	if (rc < 0)
		return rc;
	made = calloc(1, sizeof(*made));
	if (!made)
		return kpu_fail_memory(error);
	made->threshold = config->threshold;
	made->nms = config->nms;
	made->logit_limit = find_logit_limit(config->threshold);
	made->anchor_count = (uint32_t)config->anchor_count;
	made->classes = config->classes;
	made->max_results = config->max_results;
	made->order = (enum kpu_detection_order)config->order;
	memcpy(made->anchors, config->anchors, config->anchor_count * 2 * sizeof(float));
	*yolo2 = made;
	return 0;
}

KPU_API void kpu_yolo2_free(struct kpu_yolo2 *yolo2)
{
	free(yolo2);
}

int kpu_yolo2_classes(const struct kpu_yolo2 *yolo2, uint32_t channels)
{
	uint32_t per_anchor = channels / yolo2->anchor_count;

	if (channels % yolo2->anchor_count || per_anchor < 6 || channels > 65536)
		return -KPU_ERR_SIZE_NOTMATCH;
	if (yolo2->classes && yolo2->classes != per_anchor - 5)
		return -KPU_ERR_SIZE_NOTMATCH;
	return (int)(per_anchor - 5);
}

KPU_API int kpu_yolo2_check(const struct kpu_yolo2 *yolo2, const struct kpu_tensor_info *info,
			    struct kpu_error *error)
{
	if (!yolo2 || !info)
		return kpu_fail(error, KPU_ERR_PARAM, "yolo2 or info is NULL");
	if (info->type != KPU_TENSOR_FLOAT32)
		return kpu_fail(error, KPU_ERR_SIZE_NOTMATCH,
				"YOLO v2 needs a float tensor, this one is of type %u", info->type);
	if (info->width < 1 || info->height < 1 || info->width > 4096 || info->height > 4096)
		return kpu_fail(error, KPU_ERR_SIZE_NOTMATCH, "grid of %u x %u cells", info->width,
				info->height);
	if (kpu_yolo2_classes(yolo2, info->channels) > 0)
		return 0;
	if (yolo2->classes)
		kpu_fail(error, KPU_ERR_SIZE_NOTMATCH,
			 "the output has %u channels, %u anchors and %u classes need %u",
			 info->channels, yolo2->anchor_count, yolo2->classes,
			 yolo2->anchor_count * (5 + yolo2->classes));
	else
		kpu_fail(
			error, KPU_ERR_SIZE_NOTMATCH,
			"the output has %u channels, which %u anchors do not divide into 5 and one "
			"or more classes",
			info->channels, yolo2->anchor_count);
	kpu_error_advise(error, "give the anchors that the network was trained with");
	return -KPU_ERR_SIZE_NOTMATCH;
}
