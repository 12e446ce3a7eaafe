/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Test suites of the firmware's runtime and server. */
#ifndef TESTS_RUNTIME_SUITES_H
#define TESTS_RUNTIME_SUITES_H

#include <check.h>

Suite *heap_suite(void);
Suite *map_suite(void);
Suite *layers_suite(void);
Suite *v4_values_suite(void);
Suite *v4_shapes_suite(void);
Suite *v4_windows_suite(void);
Suite *v4_kpu_suite(void);
Suite *models_suite(void);
Suite *runs_suite(void);
Suite *goldens_suite(void);
Suite *stream_suite(void);
Suite *server_suite(void);
Suite *server_flash_suite(void);

#endif
