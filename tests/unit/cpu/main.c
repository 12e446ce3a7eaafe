/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>

#include "tests/unit/cpu/suites.h"

int main(void)
{
	Suite *suite = suite_create("cpu");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, traps_case());
	suite_add_tcase(suite, csr_case());
	suite_add_tcase(suite, run_case());
	suite_add_tcase(suite, atomic_case());
	suite_add_tcase(suite, code_cache_case());
	suite_add_tcase(suite, spin_case());
	suite_add_tcase(suite, floating_point_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
