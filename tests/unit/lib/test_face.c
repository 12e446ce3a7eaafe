/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Face functions against vectors on which the vendor's object code was run. */
#include <glob.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/suites.h"

static int8_t *read_bytes(struct json_object *vector, const char *key, size_t *count)
{
	struct json_object *list;
	int8_t *bytes;

	ck_assert(json_object_object_get_ex(vector, key, &list));
	*count = json_object_array_length(list);
	bytes = malloc(*count + 1);
	for (size_t i = 0; i < *count; i++)
		bytes[i] = (int8_t)json_object_get_int(json_object_array_get_idx(list, i));
	return bytes;
}

static void check_encode(const char *path)
{
	struct json_object *vector = json_object_from_file(path);
	char data_path[512];
	int8_t *legacy, *sane, *got;
	size_t size, count;
	float *features;

	snprintf(data_path, sizeof(data_path), "%.*s.f32", (int)strlen(path) - 5, path);
	features = read_whole(data_path, &size);
	legacy = read_bytes(vector, "output_int8", &count);
	ck_assert_uint_eq(count, size / 4);
	sane = read_bytes(vector, "saturating_alternative_int8", &count);
	got = malloc(count + 1);
	ck_assert_int_eq(kpu_face_encode(features, count, KPU_FACE_LEGACY, got), 0);
	ck_assert_mem_eq(got, legacy, count);
	ck_assert_int_eq(kpu_face_encode(features, count, KPU_FACE_SATURATE, got), 0);
	ck_assert_mem_eq(got, sane, count);
	free(got);
	free(sane);
	free(legacy);
	free(features);
	json_object_put(vector);
}

static void check_compare(const char *path)
{
	struct json_object *vector = json_object_from_file(path), *wanted;
	size_t count;
	int8_t *a = read_bytes(vector, "a_int8", &count);
	int8_t *b = read_bytes(vector, "b_int8", &count);
	float score = -1, expected;
	uint32_t bits;
	int rc = kpu_face_compare(a, b, count, &score);

	ck_assert(json_object_object_get_ex(vector, "score_hex", &wanted));
	if (!wanted) {
		ck_assert_int_eq(rc, -KPU_ERR_PARAM);
	} else {
		bits = (uint32_t)strtoul(json_object_get_string(wanted), NULL, 16);
		memcpy(&expected, &bits, sizeof(expected));
		ck_assert_int_eq(rc, 0);
		ck_assert_msg(score == expected, "%s: %.9g instead of %.9g", path, (double)score,
			      (double)expected);
	}
	free(a);
	free(b);
	json_object_put(vector);
}

static void check_all(const char *names, size_t least, void (*check)(const char *path))
{
	char pattern[512];
	glob_t found;

	if (!shared_path("vectors/face", pattern, sizeof(pattern)))
		return;
	strcat(pattern, names);
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	ck_assert_uint_ge(found.gl_pathc, least);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check(found.gl_pathv[i]);
	globfree(&found);
}

START_TEST(encoding_equals_the_vendor_code)
{
	check_all("/enc_*.json", 6, check_encode);
}
END_TEST

START_TEST(comparing_equals_the_vendor_code)
{
	check_all("/cmp_*.json", 8, check_compare);
}
END_TEST

START_TEST(scale_of_likeness)
{
	static const int8_t right[] = { 100, 0 }, up[] = { 0, 7 }, left[] = { -50, 0 };
	float score;

	ck_assert_int_eq(kpu_face_compare(right, right, 2, &score), 0);
	ck_assert_float_eq(score, 100);
	ck_assert_int_eq(kpu_face_compare(right, up, 2, &score), 0);
	ck_assert_float_eq(score, 50);
	ck_assert_int_eq(kpu_face_compare(right, left, 2, &score), 0);
	ck_assert_float_eq(score, 0);
	ck_assert_int_eq(kpu_face_compare(right, left, 0, &score), -KPU_ERR_PARAM);
}
END_TEST

START_TEST(vectors_are_brought_to_length_1)
{
	static const float features[] = { 3, -4 }, tiny[] = { 3e-30f, -4e-30f };
	static const float huge[] = { 3e38f, -3e38f }, zero[] = { 0, 0 };
	static const float bad[] = { 1, INFINITY }, worse[] = { NAN, 1 };
	float unit[2] = { 7, 7 };

	ck_assert_int_eq(kpu_face_normalize(features, 2, unit), 0);
	ck_assert_float_eq(unit[0], 0.6f);
	ck_assert_float_eq(unit[1], -0.8f);
	ck_assert_int_eq(kpu_face_normalize(tiny, 2, unit), 0);
	ck_assert_float_eq_tol(unit[0], 0.6f, 1e-6f);
	ck_assert_int_eq(kpu_face_normalize(huge, 2, unit), 0);
	ck_assert_float_eq_tol(unit[0], 0.70710678f, 1e-6f);
	ck_assert_int_eq(kpu_face_normalize(unit, 2, unit), 0);
	ck_assert_float_eq_tol(unit[1], -0.70710678f, 1e-6f);
	unit[0] = 7;
	ck_assert_int_eq(kpu_face_normalize(zero, 2, unit), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_face_normalize(bad, 2, unit), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_face_normalize(worse, 2, unit), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_face_normalize(features, 0, unit), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_face_normalize(NULL, 2, unit), -KPU_ERR_PARAM);
	ck_assert_float_eq(unit[0], 7);
}
END_TEST

START_TEST(vectors_of_any_length_are_compared)
{
	static const float right[] = { 2, 0, 0 }, up[] = { 0, 1e-20f, 0 },
			   left[] = { -1e30f, 0, 0 };
	static const float between[] = { 1, 1, 0 }, zero[] = { 0, 0, 0 }, bad[] = { NAN, 0, 0 };
	static const float odd[] = { 0.1f, 0.7f, -0.3f };
	float score;

	ck_assert_int_eq(kpu_face_compare_features(right, up, 3, &score), 0);
	ck_assert_float_eq(score, 50);
	ck_assert_int_eq(kpu_face_compare_features(right, left, 3, &score), 0);
	ck_assert_float_eq(score, 0);
	/* 45 degrees: 50 * (1 + sqrt(1/2)). */
	ck_assert_int_eq(kpu_face_compare_features(right, between, 3, &score), 0);
	ck_assert_float_eq_tol(score, 85.355339f, 1e-4f);
	ck_assert_int_eq(kpu_face_compare_features(odd, odd, 3, &score), 0);
	ck_assert_float_le(score, 100);
	ck_assert_float_eq_tol(score, 100, 1e-4f);
	score = 7;
	ck_assert_int_eq(kpu_face_compare_features(right, zero, 3, &score), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_face_compare_features(bad, right, 3, &score), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_face_compare_features(right, right, 0, &score), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_face_compare_features(right, NULL, 3, &score), -KPU_ERR_PARAM);
	ck_assert_float_eq(score, 7);
}
END_TEST

TCase *face_tests(void)
{
	TCase *tests = tcase_create("face");

	tcase_add_test(tests, encoding_equals_the_vendor_code);
	tcase_add_test(tests, comparing_equals_the_vendor_code);
	tcase_add_test(tests, scale_of_likeness);
	tcase_add_test(tests, vectors_are_brought_to_length_1);
	tcase_add_test(tests, vectors_of_any_length_are_compared);
	return tests;
}
