/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* kmodel_measure(): the size of a model is found without its end being known. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmodel/kmodel.h"
#include "tests/shared_models.h"
#include "tools/kmodel/disc_detector.h"

#define FLASH_BYTES (16u << 20)

struct image {
	uint8_t *bytes;
	size_t size;
	uint32_t furthest; /* end of what was read */
};

/* Behind the model the flash is erased. */
static bool read_image(void *context, uint32_t offset, uint8_t *bytes, uint32_t length)
{
	struct image *image = context;

	ck_assert(offset % 4 == 0 && length % 4 == 0);
	for (uint32_t i = 0; i < length; i++)
		bytes[i] = offset + i < image->size ? image->bytes[offset + i] : 0xff;
	if (offset + length > image->furthest)
		image->furthest = offset + length;
	return true;
}

static bool read_nothing(void *context, uint32_t offset, uint8_t *bytes, uint32_t length)
{
	(void)context;
	(void)offset;
	(void)bytes;
	(void)length;
	return false;
}

static void reverse_words(struct image *image)
{
	for (size_t i = 0; i + 3 < image->size; i += 4) {
		uint8_t word[4];

		memcpy(word, image->bytes + i, 4);
		for (unsigned k = 0; k < 4; k++)
			image->bytes[i + k] = word[3 - k];
	}
}

static struct image generated(void)
{
	const char *reason = NULL;
	struct image image = { 0 };

	image.bytes = disc_detector_model(&image.size, &reason);
	ck_assert_msg(image.bytes != NULL, "%s", reason);
	return image;
}

/* A file may lack the padding of its last body, or have zeros behind it (v4_feature64: 16). */
static void expect_size(struct image *image, const char *name)
{
	uint32_t size;

	ck_assert_msg(kmodel_measure(read_image, image, FLASH_BYTES, &size), "%s: not measured",
		      name);
	ck_assert_msg(size + 16 >= image->size && size <= image->size + KMODEL_V3_TAIL_BYTES,
		      "%s: measured %u, has %zu", name, size, image->size);
	for (size_t i = size; i < image->size; i++)
		ck_assert_msg(image->bytes[i] == 0, "%s: byte %zu is cut off", name, i);
}

START_TEST(measures_a_model_and_its_reversed_twin)
{
	struct image image = generated();

	expect_size(&image, "plain");
	ck_assert_uint_lt(image.furthest, 1024);
	reverse_words(&image);
	expect_size(&image, "reversed");
	free(image.bytes);
}
END_TEST

START_TEST(refuses_what_is_none)
{
	struct image image = generated();
	uint32_t size = 1;

	ck_assert(!kmodel_measure(read_image, &image, (uint32_t)image.size / 2, &size));
	ck_assert_uint_eq(size, 0);
	ck_assert(!kmodel_measure(read_image, &image, 16, &size));
	ck_assert(!kmodel_measure(read_nothing, NULL, FLASH_BYTES, &size));
	/* A table of more layers than there may be is not walked. */
	image.bytes[KMODEL_V3_LAYER_COUNT + 2] = 0xff;
	ck_assert(!kmodel_measure(read_image, &image, FLASH_BYTES, &size));
	memset(image.bytes, 0xff, image.size);
	ck_assert(!kmodel_measure(read_image, &image, FLASH_BYTES, &size));
	free(image.bytes);
}
END_TEST

/* Each kind of file: with many outputs, many layers, float parameters, a missing tail. */
static const char *const real_models[] = {
	"v3_face_demo", "v3_face_maixpy", "v3_voc20_canmv",  "v3_mask_maixpy", "v3_mnist",
	"v3_ld5",       "v3_iris",        "v4_voc20",        "v4_iris",        "v4_ulffd_landmark",
	"v4_slim320",   "v4_feature64",   "v4_mobilenet025",
};

START_TEST(measures_real_models)
{
	if (!shared_models_present("measuring real models"))
		return;
	for (size_t i = 0; i < sizeof(real_models) / sizeof(real_models[0]); i++) {
		struct image image = { 0 };

		image.bytes = shared_models_read("kmodel", real_models[i], ".kmodel", &image.size);
		ck_assert_msg(image.bytes != NULL, "%s is missing", real_models[i]);
		expect_size(&image, real_models[i]);
		free(image.bytes);
	}
}
END_TEST

/* The file is cut out of a flash: behind the model come erased bytes and other data. The sum of its
 * header, tables and eleven bodies, added up by hand, is 797632. */
START_TEST(finds_the_end_inside_a_longer_file)
{
	struct image image = { 0 };
	uint32_t size;

	if (!shared_models_present("measuring a model in a longer file"))
		return;
	image.bytes = shared_models_read("kmodel", "v4_asr", ".kmodel", &image.size);
	ck_assert(image.bytes != NULL);
	ck_assert(kmodel_measure(read_image, &image, FLASH_BYTES, &size));
	ck_assert_uint_eq(size, 797632);
	free(image.bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("measure");
	TCase *test = tcase_create("measure");
	SRunner *runner;
	int failed;

	tcase_add_test(test, measures_a_model_and_its_reversed_twin);
	tcase_add_test(test, refuses_what_is_none);
	tcase_add_test(test, measures_real_models);
	tcase_add_test(test, finds_the_end_inside_a_longer_file);
	suite_add_tcase(suite, test);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
