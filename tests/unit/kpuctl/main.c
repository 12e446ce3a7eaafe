/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/kpuctl/suites.h"

int main(void)
{
	Suite *suite = suite_create("kpuctl");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, flash_list_tests());
	suite_add_tcase(suite, package_tests());
	suite_add_tcase(suite, gallery_tests());
	suite_add_tcase(suite, picture_tests());
	suite_add_tcase(suite, draw_tests());
	suite_add_tcase(suite, attach_config_tests());
	suite_add_tcase(suite, flash_tests());
	suite_add_tcase(suite, pins_tests());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
