/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The self-learning classifier on a model's inputs: run, take the features, go on with them. */
#include <stdlib.h>
#include <string.h>

#include "lib/api.h"
#include "lib/classifier.h"
#include "lib/object.h"

KPU_API int kpu_classifier_features(struct kpu_classifier *classifier, const void *input,
				    size_t size, float *features)
{
	struct kpu_result *result;
	struct kpu_tensor tensor;
	int rc;

	if (!classifier || !classifier->model || !input || !features)
		return -KPU_ERR_PARAM;
	rc = kpu_forward_output(classifier->model, input, size, classifier->output, &result);
	if (rc < 0)
		return rc;
	rc = kpu_result_tensor(result, 0, &tensor);
	if (rc == 0)
		memcpy(features, tensor.data, classifier->length * sizeof(*features));
	kpu_result_free(result);
	return rc;
}

/* Features of an input, to be freed. */
static int take_features(struct kpu_classifier *classifier, const void *input, size_t size,
			 float **features)
{
	int rc;

	if (!classifier || !classifier->model)
		return -KPU_ERR_PARAM;
	*features = malloc(classifier->length * sizeof(**features));
	if (!*features)
		return kpu_device_fail(classifier->model->device, KPU_ERR_HOST_MEMORY,
				       "no memory for %u features", classifier->length);
	rc = kpu_classifier_features(classifier, input, size, *features);
	if (rc == 0 && !kpu_vectors_finite(*features, classifier->length))
		rc = kpu_device_fail(classifier->model->device, KPU_ERR_PARAM,
				     "the model gave features that are no finite numbers");
	if (rc < 0)
		free(*features);
	return rc;
}

/* Keeps the sentence for what the functions without a device return. */
static int note(struct kpu_classifier *classifier, int rc)
{
	if (rc == -KPU_ERR_OUTPUTS_NODONE)
		return kpu_device_fail(classifier->model->device, -rc,
				       "the classifier has no class yet");
	if (rc < 0)
		return kpu_device_fail(classifier->model->device, -rc, "%s", kpu_strerror(rc));
	return rc;
}

KPU_API int kpu_classifier_add_class(struct kpu_classifier *classifier, const void *input,
				     size_t size, int index, const char *label)
{
	float *features;
	int rc = take_features(classifier, input, size, &features);

	if (rc < 0)
		return rc;
	rc = kpu_classifier_add_class_features(classifier, features, index, label);
	free(features);
	return note(classifier, rc);
}

KPU_API int kpu_classifier_add_sample(struct kpu_classifier *classifier, const void *input,
				      size_t size)
{
	float *features;
	int rc = take_features(classifier, input, size, &features);

	if (rc < 0)
		return rc;
	rc = kpu_classifier_add_sample_features(classifier, features);
	free(features);
	return note(classifier, rc);
}

KPU_API int kpu_classifier_predict(struct kpu_classifier *classifier, const void *input,
				   size_t size, struct kpu_classifier_match *match)
{
	float *features;
	int rc = take_features(classifier, input, size, &features);

	if (rc < 0)
		return rc;
	rc = kpu_classifier_predict_features(classifier, features, match);
	free(features);
	return note(classifier, rc);
}
