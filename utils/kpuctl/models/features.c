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

static int picture_features(struct board_model *model, const char *picture,
			    const struct input *input, float **features, uint32_t *length)
{
	struct kpu_result *result;
	struct kpu_tensor tensor;
	int status = board_model_load(model);

	if (status)
		return status;
	if (kpu_forward_output(model->on_board, input->data, input->size, 0, &result) < 0)
		return report_last_error(model->device);
	kpu_result_tensor(result, 0, &tensor);
	status = copy_features(picture, &tensor, features, length);
	kpu_result_free(result);
	return status;
}

int picture_face(struct board_model *model, const char *picture, const struct input *input,
		 int8_t **vector, uint32_t *length)
{
	float *features = NULL;
	int status = picture_features(model, picture, input, &features, length);

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
