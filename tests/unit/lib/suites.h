/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef TESTS_UNIT_LIB_SUITES_H
#define TESTS_UNIT_LIB_SUITES_H

#include <check.h>
#include <kpu.h>
#include <stdbool.h>
#include <stdint.h>

TCase *error_tests(void);
TCase *uri_tests(void);
TCase *boards_tests(void);
TCase *yolo2_tests(void);
TCase *face_tests(void);
TCase *image_tests(void);
TCase *fmap_tests(void);
TCase *network_tests(void);
TCase *engine_tests(void);
TCase *hostile_tests(void);
TCase *thread_tests(void);
TCase *flash_tests(void);
TCase *classifier_tests(void);
TCase *classifier_file_tests(void);

/* Path below $KPU_SHARED; false, with a SKIP line, when it is not there. */
int shared_path(const char *name, char *path, size_t size);
/* Whole file; fails the test when it cannot be read. To be freed. */
void *read_whole(const char *path, size_t *size);

/* The disc detector of tools/kmodel, made in memory; to be freed. */
uint8_t *disc_model(size_t *size);

#endif
