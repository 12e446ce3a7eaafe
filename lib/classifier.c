/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The self-learning classifier: its classes and samples. */
#include <stdlib.h>
#include <string.h>

#include "lib/api.h"
#include "lib/classifier.h"
#include "lib/object.h"

bool kpu_vectors_append(struct kpu_vectors *vectors, uint32_t length, const float *values)
{
	size_t bytes = length * sizeof(values[0]);

	if (vectors->count == vectors->room) {
		uint32_t room = vectors->room ? vectors->room * 2 : 8;
		float *grown = realloc(vectors->data, room * bytes);

		if (!grown)
			return false;
		vectors->data = grown;
		vectors->room = room;
	}
	memcpy(vectors->data + (size_t)vectors->count * length, values, bytes);
	vectors->count++;
	return true;
}

void kpu_vectors_remove(struct kpu_vectors *vectors, uint32_t length, uint32_t index)
{
	float *place = vectors->data + (size_t)index * length;

	vectors->count--;
	memmove(place, place + length,
		(size_t)(vectors->count - index) * length * sizeof(place[0]));
}

bool kpu_vectors_finite(const float *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!__builtin_isfinite(values[i]))
			return false;
	}
	return true;
}

void kpu_classifier_set_label(struct kpu_classifier_class *description, const char *label)
{
	size_t i;

	memset(description->label, 0, sizeof(description->label));
	for (i = 0; label && label[i] && i + 1 < sizeof(description->label); i++) {
		unsigned char c = (unsigned char)label[i];

		description->label[i] = c < ' ' || c == 127 ? '?' : label[i];
	}
}

static int check_output(struct kpu_model *model, const struct kpu_classifier_config *config,
			uint32_t *length, struct kpu_error *error)
{
	struct kpu_tensor_info output;

	if (config->output >= model->network->info.outputs)
		return kpu_fail(error, KPU_ERR_IDX_OUTRANGE, "output %u of %u", config->output,
				model->network->info.outputs);
	output = model->network->outputs[config->output];
	if (output.type != KPU_TENSOR_FLOAT32)
		return kpu_fail(error, KPU_ERR_SIZE_NOTMATCH,
				"output %u holds bytes, not floating-point features",
				config->output);
	*length = config->feature_length ? config->feature_length : (uint32_t)output.elements;
	if (*length > output.elements)
		return kpu_fail(error, KPU_ERR_SIZE_NOTMATCH,
				"%u features are asked for, output %u has %zu", *length,
				config->output, output.elements);
	return 0;
}

KPU_API int kpu_classifier_new(struct kpu_model *model, const struct kpu_classifier_config *config,
			       struct kpu_classifier **classifier, struct kpu_error *error)
{
	static const struct kpu_classifier_config defaults;
	struct kpu_classifier *made;
	uint32_t length;
	int rc = 0;

	if (!classifier || (!model && !config))
		return kpu_fail(error, KPU_ERR_PARAM, "classifier, or model and config are NULL");
	*classifier = NULL;
	config = config ? config : &defaults;
	length = config->feature_length;
	if (model)
		rc = check_output(model, config, &length, error);
	if (rc < 0)
		return rc;
	if (length == 0 || length > KPU_CLASSIFIER_LENGTH_MAX)
		return kpu_fail(error, KPU_ERR_PARAM, "%u features, possible are 1..%u", length,
				KPU_CLASSIFIER_LENGTH_MAX);
	made = calloc(1, sizeof(*made));
	if (!made)
		return kpu_fail_memory(error);
	pthread_mutex_init(&made->lock, NULL);
	made->length = length;
	made->output = config->output;
	if (model) {
		made->network_crc32 = model->network->info.crc32;
		made->model = kpu_model_reference(model);
	}
	*classifier = made;
	return 0;
}

KPU_API void kpu_classifier_free(struct kpu_classifier *classifier)
{
	if (!classifier)
		return;
	if (classifier->model)
		kpu_model_unreference(classifier->model);
	pthread_mutex_destroy(&classifier->lock);
	free(classifier->centres.data);
	free(classifier->samples.data);
	free(classifier);
}

KPU_API int kpu_classifier_info(struct kpu_classifier *classifier, struct kpu_classifier_info *info)
{
	if (!classifier || !info)
		return -KPU_ERR_PARAM;
	pthread_mutex_lock(&classifier->lock);
	info->classes = classifier->centres.count;
	info->samples = classifier->samples.count;
	info->output = classifier->output;
	info->feature_length = classifier->length;
	info->network_crc32 = classifier->network_crc32;
	pthread_mutex_unlock(&classifier->lock);
	return 0;
}

KPU_API int kpu_classifier_class(struct kpu_classifier *classifier, uint32_t index,
				 struct kpu_classifier_class *description, float *centre)
{
	int rc = 0;

	if (!classifier || !description)
		return -KPU_ERR_PARAM;
	pthread_mutex_lock(&classifier->lock);
	if (index >= classifier->centres.count) {
		rc = -KPU_ERR_IDX_OUTRANGE;
	} else {
		*description = classifier->classes[index];
		if (centre)
			memcpy(centre,
			       classifier->centres.data + (size_t)index * classifier->length,
			       classifier->length * sizeof(*centre));
	}
	pthread_mutex_unlock(&classifier->lock);
	return rc;
}

/* With the lock: puts a vector in place @index, or behind the others. Returns the place. */
static int place_class(struct kpu_classifier *classifier, const float *features, int index,
		       const char *label)
{
	uint32_t count = classifier->centres.count;
	uint32_t place = index == KPU_CLASSIFIER_LAST ? count : (uint32_t)index;

	if (index < KPU_CLASSIFIER_LAST || place > count || place == KPU_CLASSIFIER_CLASSES_MAX)
		return -KPU_ERR_IDX_OUTRANGE;
	if (place < count)
		memcpy(classifier->centres.data + (size_t)place * classifier->length, features,
		       classifier->length * sizeof(*features));
	else if (!kpu_vectors_append(&classifier->centres, classifier->length, features))
		return -KPU_ERR_HOST_MEMORY;
	classifier->classes[place].samples = 0;
	kpu_classifier_set_label(&classifier->classes[place], label);
	return (int)place;
}

KPU_API int kpu_classifier_add_class_features(struct kpu_classifier *classifier,
					      const float *features, int index, const char *label)
{
	int rc;

	if (!classifier || !features || !kpu_vectors_finite(features, classifier->length))
		return -KPU_ERR_PARAM;
	pthread_mutex_lock(&classifier->lock);
	rc = place_class(classifier, features, index, label);
	pthread_mutex_unlock(&classifier->lock);
	return rc;
}

KPU_API int kpu_classifier_remove_class(struct kpu_classifier *classifier, int index)
{
	uint32_t count, place;
	int rc = -KPU_ERR_IDX_OUTRANGE;

	if (!classifier)
		return -KPU_ERR_PARAM;
	pthread_mutex_lock(&classifier->lock);
	count = classifier->centres.count;
	place = index == KPU_CLASSIFIER_LAST ? count - 1 : (uint32_t)index;
	if (count && place < count) {
		kpu_vectors_remove(&classifier->centres, classifier->length, place);
		memmove(&classifier->classes[place], &classifier->classes[place + 1],
			(count - 1 - place) * sizeof(classifier->classes[0]));
		rc = 0;
	}
	pthread_mutex_unlock(&classifier->lock);
	return rc;
}

KPU_API int kpu_classifier_add_sample_features(struct kpu_classifier *classifier,
					       const float *features)
{
	int rc;

	if (!classifier || !features || !kpu_vectors_finite(features, classifier->length))
		return -KPU_ERR_PARAM;
	pthread_mutex_lock(&classifier->lock);
	rc = (int)classifier->samples.count;
	if (rc == KPU_CLASSIFIER_SAMPLES_MAX)
		rc = -KPU_ERR_IDX_OUTRANGE;
	else if (!kpu_vectors_append(&classifier->samples, classifier->length, features))
		rc = -KPU_ERR_HOST_MEMORY;
	pthread_mutex_unlock(&classifier->lock);
	return rc;
}

KPU_API int kpu_classifier_remove_sample(struct kpu_classifier *classifier, int index)
{
	uint32_t count, place;
	int rc = -KPU_ERR_IDX_OUTRANGE;

	if (!classifier)
		return -KPU_ERR_PARAM;
	pthread_mutex_lock(&classifier->lock);
	count = classifier->samples.count;
	place = index == KPU_CLASSIFIER_LAST ? count - 1 : (uint32_t)index;
	if (count && place < count) {
		kpu_vectors_remove(&classifier->samples, classifier->length, place);
		rc = 0;
	}
	pthread_mutex_unlock(&classifier->lock);
	return rc;
}
