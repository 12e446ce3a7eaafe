/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>

#include "tests/unit/runtime/suites.h"

int main(void)
{
	SRunner *runner = srunner_create(heap_suite());
	int failed;

	srunner_add_suite(runner, map_suite());
	srunner_add_suite(runner, layers_suite());
	srunner_add_suite(runner, v4_values_suite());
	srunner_add_suite(runner, v4_shapes_suite());
	srunner_add_suite(runner, v4_windows_suite());
	srunner_add_suite(runner, v4_kpu_suite());
	srunner_add_suite(runner, models_suite());
	srunner_add_suite(runner, runs_suite());
	srunner_add_suite(runner, goldens_suite());
	srunner_add_suite(runner, stream_suite());
	srunner_add_suite(runner, server_suite());
	srunner_add_suite(runner, server_flash_suite());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
