/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * k-means (Lloyd) from the centres that the classes have. Sums are double and in the order of the
 * samples, so the result is the same everywhere.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/api.h"
#include "lib/classifier.h"

#define DEFAULT_ITERATIONS 100u
#define NO_CLASS           UINT32_MAX

static double squared_distance(const float *a, const float *b, uint32_t length)
{
	double sum = 0;

	for (uint32_t i = 0; i < length; i++) {
		double difference = (double)a[i] - (double)b[i];

		sum += difference * difference;
	}
	return sum;
}

void kpu_classifier_nearest(const struct kpu_classifier *classifier, const float *features,
			    struct kpu_classifier_match *match)
{
	const struct kpu_vectors *centres = &classifier->centres;
	double nearest = __builtin_inf(), next = nearest;

	match->class_index = 0;
	for (uint32_t i = 0; i < centres->count; i++) {
		double d =
			squared_distance(features, centres->data + (size_t)i * classifier->length,
					 classifier->length);

		if (d < nearest) {
			next = nearest;
			nearest = d;
			match->class_index = i;
		} else if (d < next) {
			next = d;
		}
	}
	match->distance = (float)__builtin_sqrt(nearest);
	match->next_distance = (float)__builtin_sqrt(next);
	memcpy(match->label, classifier->classes[match->class_index].label, sizeof(match->label));
}

struct training {
	struct kpu_classifier *classifier;
	uint32_t *owners;  /* class of each sample */
	double *sums;      /* of the samples of each class */
	uint32_t *members; /* number of them */
};

/* Gives each sample to its nearest centre; returns whether that changed anything. */
static bool assign(struct training *training, double *distance)
{
	const struct kpu_classifier *c = training->classifier;
	struct kpu_classifier_match match;
	bool changed = false;

	*distance = 0;
	for (uint32_t i = 0; i < c->samples.count; i++) {
		kpu_classifier_nearest(c, c->samples.data + (size_t)i * c->length, &match);
		changed |= training->owners[i] != match.class_index;
		training->owners[i] = match.class_index;
		*distance += (double)match.distance;
	}
	return changed;
}

static void move_centres(struct training *training)
{
	struct kpu_classifier *c = training->classifier;

	memset(training->sums, 0, (size_t)c->centres.count * c->length * sizeof(double));
	memset(training->members, 0, c->centres.count * sizeof(uint32_t));
	for (uint32_t i = 0; i < c->samples.count; i++) {
		uint32_t owner = training->owners[i];
		const float *sample = c->samples.data + (size_t)i * c->length;
		double *sum = training->sums + (size_t)owner * c->length;

		training->members[owner]++;
		for (uint32_t k = 0; k < c->length; k++)
			sum[k] += (double)sample[k];
	}
	for (uint32_t i = 0; i < c->centres.count; i++) {
		float *centre = c->centres.data + (size_t)i * c->length;
		const double *sum = training->sums + (size_t)i * c->length;

		c->classes[i].samples = training->members[i];
		for (uint32_t k = 0; k < c->length && training->members[i]; k++)
			centre[k] = (float)(sum[k] / training->members[i]);
	}
}

/* With the lock. */
static int train(struct kpu_classifier *classifier, uint32_t iterations,
		 struct kpu_classifier_training *out)
{
	struct training training = { .classifier = classifier };
	size_t cells = (size_t)classifier->centres.count * classifier->length;
	int rc = -KPU_ERR_HOST_MEMORY;

	if (!classifier->centres.count || !classifier->samples.count)
		return -KPU_ERR_OUTPUTS_NODONE;
	training.owners = malloc(classifier->samples.count * sizeof(uint32_t));
	training.sums = malloc(cells * sizeof(double));
	training.members = malloc(classifier->centres.count * sizeof(uint32_t));
	if (training.owners && training.sums && training.members) {
		for (uint32_t i = 0; i < classifier->samples.count; i++)
			training.owners[i] = NO_CLASS;
		while (!(out->converged = !assign(&training, &out->distance)) &&
		       out->iterations < iterations) {
			move_centres(&training);
			out->iterations++;
		}
		rc = 0;
	}
	free(training.owners);
	free(training.sums);
	free(training.members);
	return rc;
}

KPU_API int kpu_classifier_train(struct kpu_classifier *classifier, uint32_t iterations,
				 struct kpu_classifier_training *training)
{
	struct kpu_classifier_training local = { 0 };
	int rc;

	if (!classifier)
		return -KPU_ERR_PARAM;
	pthread_mutex_lock(&classifier->lock);
	rc = train(classifier, iterations ? iterations : DEFAULT_ITERATIONS, &local);
	pthread_mutex_unlock(&classifier->lock);
	if (training)
		*training = local;
	return rc;
}

KPU_API int kpu_classifier_predict_features(struct kpu_classifier *classifier,
					    const float *features,
					    struct kpu_classifier_match *match)
{
	int rc = 0;

	if (!classifier || !features || !match || !kpu_vectors_finite(features, classifier->length))
		return -KPU_ERR_PARAM;
	memset(match, 0, sizeof(*match));
	pthread_mutex_lock(&classifier->lock);
	if (classifier->centres.count)
		kpu_classifier_nearest(classifier, features, match);
	else
		rc = -KPU_ERR_OUTPUTS_NODONE;
	pthread_mutex_unlock(&classifier->lock);
	return rc;
}
