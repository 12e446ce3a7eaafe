/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The self-learning classifier against examples worked by hand and a plain k-means of its own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/opened.h"
#include "tests/unit/lib/suites.h"

static struct kpu_classifier *make(uint32_t length)
{
	struct kpu_classifier_config config = { .feature_length = length };
	struct kpu_classifier *classifier;

	ck_assert_int_eq(kpu_classifier_new(NULL, &config, &classifier, NULL), 0);
	return classifier;
}

static float centre_1d(struct kpu_classifier *classifier, uint32_t index)
{
	struct kpu_classifier_class description;
	float centre;

	ck_assert_int_eq(kpu_classifier_class(classifier, index, &description, &centre), 0);
	return centre;
}

static void add_all(struct kpu_classifier *classifier, const float *classes, size_t class_count,
		    const float *samples, size_t sample_count)
{
	for (size_t i = 0; i < class_count; i++)
		ck_assert_int_eq(kpu_classifier_add_class_features(classifier, &classes[i],
								   KPU_CLASSIFIER_LAST, NULL),
				 (int)i);
	for (size_t i = 0; i < sample_count; i++)
		ck_assert_int_eq(kpu_classifier_add_sample_features(classifier, &samples[i]),
				 (int)i);
}

/*
 * By hand. 0 and 10; samples 1 2 8 9 30. First 1 2 | 8 9 30, centres 1.5 and 15.67. Then 8 changes
 * sides: 3.67 and 19.5. Then 9 does: 5 and 30. Nothing changes any more: 4 + 3 + 3 + 4 + 0.
 */
static const float hand_classes[] = { 0, 10 };
static const float hand_samples[] = { 1, 2, 8, 9, 30 };

START_TEST(centres_move_until_nothing_changes)
{
	struct kpu_classifier *classifier = make(1);
	struct kpu_classifier_training training;
	struct kpu_classifier_class description;

	add_all(classifier, hand_classes, 2, hand_samples, 5);
	ck_assert_int_eq(kpu_classifier_train(classifier, 0, &training), 0);
	ck_assert(training.converged);
	ck_assert_uint_eq(training.iterations, 3);
	ck_assert_double_eq(training.distance, 14);
	ck_assert_float_eq(centre_1d(classifier, 0), 5);
	ck_assert_float_eq(centre_1d(classifier, 1), 30);
	ck_assert_int_eq(kpu_classifier_class(classifier, 0, &description, NULL), 0);
	ck_assert_uint_eq(description.samples, 4);
	kpu_classifier_free(classifier);
}
END_TEST

START_TEST(iterations_are_bounded)
{
	struct kpu_classifier *classifier = make(1);
	struct kpu_classifier_training training;

	add_all(classifier, hand_classes, 2, hand_samples, 5);
	ck_assert_int_eq(kpu_classifier_train(classifier, 1, &training), 0);
	ck_assert(!training.converged);
	ck_assert_uint_eq(training.iterations, 1);
	ck_assert_float_eq(centre_1d(classifier, 0), 1.5f);
	ck_assert_float_eq_tol(centre_1d(classifier, 1), 47.0f / 3, 1e-5f);
	kpu_classifier_free(classifier);
}
END_TEST

START_TEST(a_class_without_samples_keeps_its_centre)
{
	static const float classes[] = { 0, 100, 200 }, samples[] = { 2, 4, 190 };
	struct kpu_classifier *classifier = make(1);

	add_all(classifier, classes, 3, samples, 3);
	ck_assert_int_eq(kpu_classifier_train(classifier, 0, NULL), 0);
	ck_assert_float_eq(centre_1d(classifier, 0), 3);
	ck_assert_float_eq(centre_1d(classifier, 1), 100);
	ck_assert_float_eq(centre_1d(classifier, 2), 190);
	kpu_classifier_free(classifier);
}
END_TEST

START_TEST(prediction_is_the_nearest_class)
{
	static const float right[] = { 3, 0 }, up[] = { 0, 4 }, between[] = { 0, 0 };
	static const float equal[] = { 1.5f, 2 };
	struct kpu_classifier *classifier = make(2);
	struct kpu_classifier_match match;

	ck_assert_int_eq(kpu_classifier_predict_features(classifier, right, &match),
			 -KPU_ERR_OUTPUTS_NODONE);
	ck_assert_int_eq(kpu_classifier_add_class_features(classifier, right, -1, "right"), 0);
	ck_assert_int_eq(kpu_classifier_predict_features(classifier, up, &match), 0);
	ck_assert_float_eq(match.distance, 5);
	ck_assert(isinf(match.next_distance));
	ck_assert_int_eq(kpu_classifier_add_class_features(classifier, up, -1, "up"), 1);
	ck_assert_int_eq(kpu_classifier_predict_features(classifier, between, &match), 0);
	ck_assert_uint_eq(match.class_index, 0);
	ck_assert_str_eq(match.label, "right");
	ck_assert_float_eq(match.distance, 3);
	ck_assert_float_eq(match.next_distance, 4);
	/* Equally far: the first. */
	ck_assert_int_eq(kpu_classifier_predict_features(classifier, equal, &match), 0);
	ck_assert_uint_eq(match.class_index, 0);
	ck_assert_float_eq(match.distance, match.next_distance);
	kpu_classifier_free(classifier);
}
END_TEST

START_TEST(classes_and_samples_come_and_go)
{
	static const float classes[] = { 1, 2, 3 }, samples[] = { 5, 6 }, seven = 7, nan = NAN;
	struct kpu_classifier *classifier = make(1);
	struct kpu_classifier_info info;
	struct kpu_classifier_class description;

	ck_assert_int_eq(kpu_classifier_remove_class(classifier, -1), -KPU_ERR_IDX_OUTRANGE);
	ck_assert_int_eq(kpu_classifier_remove_sample(classifier, 0), -KPU_ERR_IDX_OUTRANGE);
	ck_assert_int_eq(kpu_classifier_train(classifier, 0, NULL), -KPU_ERR_OUTPUTS_NODONE);
	add_all(classifier, classes, 3, samples, 2);
	ck_assert_int_eq(kpu_classifier_add_class_features(classifier, &seven, 1, "a\nb"), 1);
	ck_assert_int_eq(kpu_classifier_class(classifier, 1, &description, NULL), 0);
	ck_assert_str_eq(description.label, "a?b");
	ck_assert_int_eq(kpu_classifier_add_class_features(classifier, &seven, 4, ""),
			 -KPU_ERR_IDX_OUTRANGE);
	ck_assert_int_eq(kpu_classifier_add_class_features(classifier, &nan, -1, ""),
			 -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_classifier_add_sample_features(classifier, &nan), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_classifier_remove_class(classifier, 0), 0);
	ck_assert_float_eq(centre_1d(classifier, 0), 7);
	ck_assert_float_eq(centre_1d(classifier, 1), 3);
	ck_assert_int_eq(kpu_classifier_remove_class(classifier, 2), -KPU_ERR_IDX_OUTRANGE);
	ck_assert_int_eq(kpu_classifier_remove_class(classifier, KPU_CLASSIFIER_LAST), 0);
	ck_assert_int_eq(kpu_classifier_remove_sample(classifier, 0), 0);
	ck_assert_int_eq(kpu_classifier_info(classifier, &info), 0);
	ck_assert(info.classes == 1 && info.samples == 1 && info.feature_length == 1);
	kpu_classifier_free(classifier);
}
END_TEST

/* --- a plain k-means of its own, one dimension of arrays, long double ------------------------- */

#define LENGTH  7
#define CLASSES 5
#define SAMPLES 400

static float points[CLASSES + SAMPLES][LENGTH];

static int reference_nearest(long double centres[CLASSES][LENGTH], const float *point)
{
	long double best = INFINITY;
	int which = -1;

	for (int c = 0; c < CLASSES; c++) {
		long double d = 0;

		for (int k = 0; k < LENGTH; k++)
			d += powl(centres[c][k] - point[k], 2);
		if (d < best) {
			best = d;
			which = c;
		}
	}
	return which;
}

static void reference_train(long double centres[CLASSES][LENGTH])
{
	for (int round = 0; round < 1000; round++) {
		long double sums[CLASSES][LENGTH] = { { 0 } }, moved = 0;
		int members[CLASSES] = { 0 };

		for (int s = 0; s < SAMPLES; s++) {
			int c = reference_nearest(centres, points[CLASSES + s]);

			members[c]++;
			for (int k = 0; k < LENGTH; k++)
				sums[c][k] += points[CLASSES + s][k];
		}
		for (int c = 0; c < CLASSES; c++) {
			for (int k = 0; k < LENGTH && members[c]; k++) {
				long double mean = sums[c][k] / members[c];

				moved += fabsl(mean - centres[c][k]);
				centres[c][k] = mean;
			}
		}
		if (moved == 0)
			return;
	}
	ck_abort_msg("the reference does not converge");
}

START_TEST(random_clusters_equal_a_plain_reference)
{
	long double centres[CLASSES][LENGTH];
	struct kpu_classifier *classifier = make(LENGTH);
	struct kpu_classifier_training training;
	struct kpu_classifier_class description;
	uint32_t state = 12345 + (uint32_t)_i;
	float got[LENGTH];

	for (int p = 0; p < CLASSES + SAMPLES; p++) {
		for (int k = 0; k < LENGTH; k++) {
			state = state * 1664525u + 1013904223u;
			points[p][k] = (float)(state >> 8) / 1e6f + (float)(p % CLASSES * k);
		}
	}
	for (int c = 0; c < CLASSES; c++) {
		for (int k = 0; k < LENGTH; k++)
			centres[c][k] = points[c][k];
		kpu_classifier_add_class_features(classifier, points[c], -1, NULL);
	}
	for (int s = 0; s < SAMPLES; s++)
		kpu_classifier_add_sample_features(classifier, points[CLASSES + s]);
	reference_train(centres);
	ck_assert_int_eq(kpu_classifier_train(classifier, 1000, &training), 0);
	ck_assert(training.converged);
	for (int c = 0; c < CLASSES; c++) {
		ck_assert_int_eq(kpu_classifier_class(classifier, (uint32_t)c, &description, got),
				 0);
		for (int k = 0; k < LENGTH; k++)
			ck_assert_float_eq_tol(got[k], (float)centres[c][k], 1e-5f);
	}
	for (int s = 0; s < SAMPLES; s++) {
		struct kpu_classifier_match match;

		kpu_classifier_predict_features(classifier, points[CLASSES + s], &match);
		ck_assert_int_eq((int)match.class_index,
				 reference_nearest(centres, points[CLASSES + s]));
	}
	kpu_classifier_free(classifier);
}
END_TEST

START_TEST(features_come_from_the_models_output)
{
	struct kpu_classifier_config config = { .output = 0, .feature_length = 9 };
	struct kpu_classifier *classifier;
	struct kpu_classifier_match match;
	struct kpu_error error;
	static struct opened o;
	float features[9];
	uint8_t *bytes = (uint8_t *)features;

	open_all(&o, BEHAVE);
	ck_assert_int_eq(kpu_classifier_new(o.model, &config, &classifier, &error), 0);
	ck_assert_int_eq(kpu_classifier_features(classifier, o.input, o.info.input_bytes, features),
			 0);
	for (size_t i = 0; i < sizeof(features); i++)
		ck_assert_uint_eq(bytes[i], fake_board_byte(0, i));
	ck_assert_int_eq(kpu_classifier_features(classifier, o.input, 1, features),
			 -KPU_ERR_SIZE_NOTMATCH);
	ck_assert_int_eq(kpu_classifier_predict(classifier, o.input, o.info.input_bytes, &match),
			 -KPU_ERR_OUTPUTS_NODONE);
	kpu_classifier_free(classifier);
	config.output = 1;
	ck_assert_int_eq(kpu_classifier_new(o.model, &config, &classifier, &error),
			 -KPU_ERR_IDX_OUTRANGE);
	config.output = 0;
	config.feature_length = 2401; /* of 20 x 15 x 8 */
	ck_assert_int_eq(kpu_classifier_new(o.model, &config, &classifier, &error),
			 -KPU_ERR_SIZE_NOTMATCH);
	ck_assert_int_eq(kpu_classifier_new(NULL, NULL, &classifier, &error), -KPU_ERR_PARAM);
	config.feature_length = 0;
	ck_assert_int_eq(kpu_classifier_new(NULL, &config, &classifier, &error), -KPU_ERR_PARAM);
	close_all(&o);
}
END_TEST

TCase *classifier_tests(void)
{
	TCase *tests = tcase_create("classifier");

	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, centres_move_until_nothing_changes);
	tcase_add_test(tests, iterations_are_bounded);
	tcase_add_test(tests, a_class_without_samples_keeps_its_centre);
	tcase_add_test(tests, prediction_is_the_nearest_class);
	tcase_add_test(tests, classes_and_samples_come_and_go);
	tcase_add_loop_test(tests, random_clusters_equal_a_plain_reference, 0, 4);
	tcase_add_test(tests, features_come_from_the_models_output);
	return tests;
}
