/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/lib/suites.h"
#include "tools/kmodel/disc_detector.h"

int shared_path(const char *name, char *path, size_t size)
{
	const char *shared = getenv("KPU_SHARED");

	snprintf(path, size, "%s/%s", shared ? shared : "../shared", name);
	if (access(path, R_OK) == 0)
		return 1;
	printf("SKIP %s is not there\n", path);
	fflush(stdout);
	return 0;
}

void *read_whole(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	void *data;

	ck_assert_msg(file != NULL, "cannot open %s", path);
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	data = malloc(*size + 1);
	ck_assert_uint_eq(fread(data, 1, *size, file), *size);
	fclose(file);
	return data;
}

uint8_t *disc_model(size_t *size)
{
	const char *reason = "";
	uint8_t *model = disc_detector_model(size, &reason);

	ck_assert_msg(model != NULL, "%s", reason);
	return model;
}

int main(void)
{
	Suite *suite = suite_create("libkpu");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, error_tests());
	suite_add_tcase(suite, uri_tests());
	suite_add_tcase(suite, boards_tests());
	suite_add_tcase(suite, yolo2_tests());
	suite_add_tcase(suite, face_tests());
	suite_add_tcase(suite, image_tests());
	suite_add_tcase(suite, fmap_tests());
	suite_add_tcase(suite, network_tests());
	suite_add_tcase(suite, classifier_tests());
	suite_add_tcase(suite, classifier_file_tests());
	suite_add_tcase(suite, engine_tests());
	suite_add_tcase(suite, hostile_tests());
	suite_add_tcase(suite, thread_tests());
	suite_add_tcase(suite, flash_tests());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
