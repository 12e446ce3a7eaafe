/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Classifier files: layout, checksum against zlib's, and every kind of damage. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/unit/lib/opened.h"
#include "tests/unit/lib/suites.h"

#define LENGTH      3u
#define CLASSES     2u
#define CLASS_BYTES (64 + 4 + 4 * LENGTH)
#define FILE_BYTES  (28 + CLASSES * CLASS_BYTES + 4)

static char path[] = "/tmp/kpu_classifier_XXXXXX";

static struct kpu_classifier *make(void)
{
	static const float first[LENGTH] = { 1, -2.5f, 0 }, second[LENGTH] = { 4, 5, 6 };
	struct kpu_classifier_config config = { .output = 0, .feature_length = LENGTH };
	struct kpu_classifier *classifier;

	ck_assert_int_eq(kpu_classifier_new(NULL, &config, &classifier, NULL), 0);
	kpu_classifier_add_class_features(classifier, first, -1, "cup");
	kpu_classifier_add_class_features(classifier, second, -1, "plate");
	return classifier;
}

/* Saves it, gives back the bytes. */
static uint8_t *saved(size_t *size)
{
	struct kpu_classifier *classifier = make();
	struct kpu_error error;
	uint8_t *data;
	int fd;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_msg(kpu_classifier_save(classifier, path, &error) == 0, "%s", error.message);
	kpu_classifier_free(classifier);
	data = read_whole(path, size);
	ck_assert_uint_eq(*size, FILE_BYTES);
	return data;
}

static uint32_t word(const uint8_t *in)
{
	return in[0] | in[1] << 8 | in[2] << 16 | (uint32_t)in[3] << 24;
}

static void put_word(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> 8 * i);
}

static void seal(uint8_t *data, size_t size)
{
	put_word(data + size - 4, (uint32_t)crc32(0, data, (uInt)size - 4));
}

static int parse(const uint8_t *data, size_t size)
{
	struct kpu_classifier *classifier = NULL;
	struct kpu_error error = { 0 };
	int rc = kpu_classifier_parse(NULL, data, size, &classifier, &error);

	ck_assert((rc == 0) == (classifier != NULL));
	ck_assert(rc == 0 || error.message[0]);
	kpu_classifier_free(classifier);
	return rc;
}

START_TEST(layout_is_as_described)
{
	static const uint8_t minus_two_and_a_half[] = { 0, 0, 0x20, 0xc0 };
	size_t size;
	uint8_t *data = saved(&size);

	ck_assert_mem_eq(data, "KPUCLASS", 8);
	ck_assert_uint_eq(word(data + 8), 1);
	ck_assert_uint_eq(word(data + 20), LENGTH);
	ck_assert_uint_eq(word(data + 24), CLASSES);
	ck_assert_str_eq((char *)data + 28, "cup");
	ck_assert_mem_eq(data + 28 + 68 + 4, minus_two_and_a_half, 4);
	ck_assert_str_eq((char *)data + 28 + CLASS_BYTES, "plate");
	ck_assert_uint_eq(word(data + size - 4), crc32(0, data, (uInt)size - 4));
	free(data);
	unlink(path);
}
END_TEST

START_TEST(what_was_saved_comes_back)
{
	struct kpu_classifier_class description;
	struct kpu_classifier *classifier;
	struct kpu_classifier_info info;
	struct kpu_error error;
	float centre[LENGTH];
	size_t size;

	free(saved(&size));
	ck_assert_int_eq(kpu_classifier_load(NULL, path, &classifier, &error), 0);
	kpu_classifier_info(classifier, &info);
	ck_assert(info.classes == CLASSES && info.feature_length == LENGTH && !info.samples);
	ck_assert_int_eq(kpu_classifier_class(classifier, 1, &description, centre), 0);
	ck_assert_str_eq(description.label, "plate");
	ck_assert(centre[0] == 4 && centre[1] == 5 && centre[2] == 6);
	kpu_classifier_free(classifier);
	unlink(path);
	ck_assert_int_eq(kpu_classifier_load(NULL, path, &classifier, &error), -KPU_ERR_READ_FILE);
	ck_assert_ptr_nonnull(strstr(error.message, path));
}
END_TEST

START_TEST(every_damaged_bit_and_length_is_found)
{
	size_t size;
	uint8_t *data = saved(&size);
	uint8_t *longer = malloc(size + 1);

	for (size_t bit = 0; bit < size * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_lt(parse(data, size), 0);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_int_eq(parse(data, size), 0);
	/* In memory of just that size, for the sanitizer to see. */
	for (size_t length = 0; length < size; length++) {
		uint8_t *cut = malloc(length + 1);

		memcpy(cut, data, length);
		ck_assert_int_lt(parse(cut, length), 0);
		free(cut);
	}
	memcpy(longer, data, size);
	longer[size] = 0;
	ck_assert_int_lt(parse(longer, size + 1), 0);
	free(longer);
	free(data);
	unlink(path);
}
END_TEST

START_TEST(lies_with_a_good_checksum_are_refused)
{
	static const struct {
		size_t place;
		uint32_t value;
		int code;
	} lies[] = {
		{ 8, 2, KPU_ERR_KMODEL_FORMAT },           /* version */
		{ 20, 0, KPU_ERR_KMODEL_FORMAT },          /* length */
		{ 20, 0xffffffff, KPU_ERR_KMODEL_FORMAT }, /* length */
		{ 20, 0x40000003, KPU_ERR_KMODEL_FORMAT }, /* length, the same modulo 2^32 / 4 */
		{ 24, 3, KPU_ERR_KMODEL_FORMAT },          /* classes */
		{ 24, 0xffffffff, KPU_ERR_KMODEL_FORMAT }, /* classes */
		{ 28 + 68, 0x7fc00000, KPU_ERR_KMODEL_FORMAT }, /* not a number */
		{ 28 + 68, 0xff800000, KPU_ERR_KMODEL_FORMAT }, /* minus infinity */
	};
	size_t size;
	uint8_t *data = saved(&size);

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		uint32_t truth = word(data + lies[i].place);

		put_word(data + lies[i].place, lies[i].value);
		seal(data, size);
		ck_assert_int_eq(parse(data, size), -lies[i].code);
		put_word(data + lies[i].place, truth);
	}
	/* Labels without an end, or with control characters, become labels with neither. */
	memset(data + 28, 7, 64);
	seal(data, size);
	ck_assert_int_eq(parse(data, size), 0);
	free(data);
	unlink(path);
}
END_TEST

START_TEST(a_file_of_another_network_is_refused)
{
	struct kpu_classifier *classifier;
	struct kpu_error error;
	static struct opened o;
	size_t size;
	uint8_t *data = saved(&size);

	open_all(&o, BEHAVE);
	/* Unknown origin: taken. */
	ck_assert_int_eq(kpu_classifier_parse(o.model, data, size, &classifier, &error), 0);
	kpu_classifier_free(classifier);
	put_word(data + 12, o.info.crc32);
	seal(data, size);
	ck_assert_int_eq(kpu_classifier_parse(o.model, data, size, &classifier, &error), 0);
	kpu_classifier_free(classifier);
	put_word(data + 12, o.info.crc32 + 1);
	seal(data, size);
	ck_assert_int_eq(kpu_classifier_parse(o.model, data, size, &classifier, &error),
			 -KPU_ERR_SIZE_NOTMATCH);
	/* An output that the model does not have. */
	put_word(data + 12, 0);
	put_word(data + 16, 7);
	seal(data, size);
	ck_assert_int_eq(kpu_classifier_parse(o.model, data, size, &classifier, &error),
			 -KPU_ERR_IDX_OUTRANGE);
	free(data);
	unlink(path);
	close_all(&o);
}
END_TEST

START_TEST(saving_to_nowhere_fails_and_leaves_nothing)
{
	struct kpu_classifier *classifier = make();
	struct kpu_error error;

	ck_assert_int_eq(kpu_classifier_save(classifier, "/nonexistent/x", &error), -KPU_ERR_IO);
	ck_assert_ptr_nonnull(strstr(error.message, "/nonexistent/x"));
	ck_assert_ptr_nonnull(strstr(error.next_step, "folder"));
	/* A folder is not replaced. */
	ck_assert_int_eq(kpu_classifier_save(classifier, "/tmp", &error), -KPU_ERR_IO);
	kpu_classifier_free(classifier);
}
END_TEST

START_TEST(saving_replaces_no_device_or_pipe)
{
	struct kpu_classifier *classifier = make();
	struct kpu_error error;
	struct stat about;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	ck_assert_int_ge(close(mkstemp(path)), 0);
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(kpu_classifier_save(classifier, path, &error), -KPU_ERR_IO);
	ck_assert_ptr_nonnull(strstr(error.message, "no regular file"));
	ck_assert_int_eq(stat(path, &about), 0);
	ck_assert(S_ISFIFO(about.st_mode));
	unlink(path);
	kpu_classifier_free(classifier);
}
END_TEST

TCase *classifier_file_tests(void)
{
	TCase *tests = tcase_create("classifier file");

	tcase_add_test(tests, layout_is_as_described);
	tcase_add_test(tests, what_was_saved_comes_back);
	tcase_add_test(tests, every_damaged_bit_and_length_is_found);
	tcase_add_test(tests, lies_with_a_good_checksum_are_refused);
	tcase_add_test(tests, a_file_of_another_network_is_refused);
	tcase_add_test(tests, saving_to_nowhere_fails_and_leaves_nothing);
	tcase_add_test(tests, saving_replaces_no_device_or_pipe);
	return tests;
}
