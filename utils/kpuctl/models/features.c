/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/models/features.h"

#include <stdlib.h>
#include <string.h>

static int copy_features(const char *picture, const struct kpu_tensor *tensor, float **features,
			 uint32_t *length)
{
	if (tensor->info.type != KPU_TENSOR_FLOAT32) {
		complain("output %u of the model holds bytes, not floating-point features",
			 tensor->target.index);
		return EXIT_BAD_FILE;
	}
	*length = (uint32_t)tensor->info.elements;
	*features = malloc(tensor->info.bytes);
	if (!*features) {
		complain("no memory for the features of %s", picture);
		return EXIT_FAILED;
	}
	memcpy(*features, tensor->data, tensor->info.bytes);
	return EXIT_OK;
}

int picture_features(struct kpu_device *device, struct kpu_model *model, const char *picture,
		     const struct crop *crop, enum kpu_resize rule, uint32_t output,
		     float **features, uint32_t *length)
{
	struct kpu_result *result;
	struct kpu_tensor tensor;
	struct input input;
	int status;

	status = input_read_part(picture, kpu_model_network(model), rule, crop, &input);
	if (status)
		return status;
	if (kpu_forward_output(model, input.data, input.size, output, &result) < 0) {
		status = report_last_error(device);
	} else {
		kpu_result_tensor(result, 0, &tensor);
		status = copy_features(picture, &tensor, features, length);
		kpu_result_free(result);
	}
	input_free(&input);
	return status;
}

int picture_face(struct kpu_device *device, struct kpu_model *model, const char *picture,
		 const struct crop *crop, enum kpu_resize rule, int8_t **vector, uint32_t *length)
{
	float *features;
	int status = picture_features(device, model, picture, crop, rule, 0, &features, length);

	if (status)
		return status;
	*vector = malloc(*length + 1);
	if (!*vector) {
		complain("no memory for the features of %s", picture);
		status = EXIT_FAILED;
	} else if (kpu_face_normalize(features, *length, features) < 0) {
		complain("the model sees no features in %s", picture);
		free(*vector);
		status = EXIT_FAILED;
	} else {
		kpu_face_encode(features, *length, KPU_FACE_SATURATE, *vector);
	}
	free(features);
	return status;
}
